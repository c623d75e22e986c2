"""Everything that can go wrong in the sandbox, as one tree.

    SandboxError                 anything below; carries ``next_step``
    ├── HostError                this machine lacks something that a sandbox needs
    ├── SetupError               the engine's root file system or a base image could not be made
    ├── EngineError              the engine did not start, stopped answering, or went away
    ├── NotRunning               a command that needs a running sandbox found none
    ├── UsageError               the arguments of the caller are invalid
    ├── CommandError             a command inside the sandbox ended with an error
    ├── BuildError               a build ended with an error; carries the Build as evidence
    │   └── BuildTimeout         a build was still running when its time was up
    ├── ImageNotFound            there is no image of that name
    └── ParseError               output of the engine, or a file, could not be read
        └── ImageError           an image's index, manifest, config or layer could not be read

A learner's failed check is a result, not an exception: see ``checker``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.model.build import Build
    from sandbox.model.strain import Strain


class SandboxError(Exception):
    """What happened, what was tried, and what to do next.

    Args:
        message: What happened, in one sentence.
        next_step: One line that the reader can act on.
        argv: The command that was tried; empty if there was none.
        exit_code: The exit code of that command; None if it did not end by itself.
        stderr_tail: The last lines that the command printed on stderr.
        log_path: The file with all of its output; None if there is none.
    """

    def __init__(
        self,
        message: str,
        *,
        next_step: str,
        argv: tuple[str, ...] = (),
        exit_code: int | None = None,
        stderr_tail: str = "",
        log_path: Path | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step
        self.argv = argv
        self.exit_code = exit_code
        self.stderr_tail = stderr_tail
        self.log_path = log_path

    def reword(self, change: Callable[[str], str]) -> None:
        """Change every text of the error, for example to hide a secret."""
        self.message, self.next_step = change(self.message), change(self.next_step)
        self.argv = tuple(map(change, self.argv))
        self.stderr_tail = change(self.stderr_tail)
        self.args = (self.message,)

    def report(self) -> str:
        """The whole error as plain text, next step last, as command lines print it."""
        lines = [self.message]
        if self.argv:
            ended = "" if self.exit_code is None else f" (exit code {self.exit_code})"
            lines.append(f"  tried: {' '.join(self.argv)}{ended}")
        lines += [f"  | {line}" for line in self.stderr_tail.splitlines() if line.strip()]
        if self.log_path is not None:
            lines.append(f"  log: {self.log_path}")
        lines.append(f"  next: {self.next_step}")
        return "\n".join(lines)


class HostError(SandboxError):
    """This machine lacks something that a sandbox needs."""


class SetupError(SandboxError):
    """The engine's root file system or a base image could not be made."""


class EngineError(SandboxError):
    """The engine did not start, stopped answering, or went away.

    ``build`` holds the evidence of the build that ran when it went away; None: none did. ``strain``
    is what this build, or a container that ran then, took of memory and disk; None: none ran.
    """

    def __init__(
        self,
        message: str,
        *,
        next_step: str,
        argv: tuple[str, ...] = (),
        exit_code: int | None = None,
        stderr_tail: str = "",
        log_path: Path | None = None,
        build: Build | None = None,
        strain: Strain | None = None,
    ) -> None:
        super().__init__(
            message,
            next_step=next_step,
            argv=argv,
            exit_code=exit_code,
            stderr_tail=stderr_tail,
            log_path=log_path,
        )
        self.build = build
        self.strain = strain if build is None else build.strain


class NotRunning(SandboxError):
    """A command that needs a running sandbox found none."""


class UsageError(SandboxError):
    """The caller's arguments are invalid."""


class CommandError(SandboxError):
    """A command inside the sandbox ended with an error."""


class ParseError(SandboxError):
    """Output of the engine, or a file, could not be read."""


class ImageNotFound(SandboxError):
    """There is no image of that name."""


class ImageError(ParseError):
    """An image's index, manifest, config or layer could not be read."""


class BuildError(SandboxError):
    """A build ended with an error.

    ``build`` holds the evidence up to the failure: command, trace and log are complete.
    """

    def __init__(self, message: str, *, build: Build, next_step: str) -> None:
        super().__init__(
            message,
            next_step=next_step,
            argv=build.command,
            exit_code=build.exit_code,
            stderr_tail="\n".join(build.message.splitlines()[-20:]),
            log_path=build.log_path,
        )
        self.build = build


class BuildTimeout(BuildError):
    """A build was still running when its time was up, and was cancelled."""
