"""The parts of the sandbox that a grading needs; a test's fake must implement the same parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from sandbox import Build, Emulation, GitServer, Image, Packages, Pushed, RunResult


class Printed(Protocol):
    """The result of a finished docker command, as far as the checker reads it."""

    @property
    def exit_code(self) -> int | None: ...

    @property
    def stdout(self) -> str: ...

    @property
    def stderr(self) -> str: ...


class DockerCommand(Protocol):
    """Runs the sandbox's docker client; a variable of ``env`` that is None is removed."""

    def __call__(
        self,
        *args: str,
        timeout_s: float | None = None,
        check: bool = True,
        cwd: Path | None = None,
        env: Mapping[str, str | None] | None = None,
    ) -> Printed: ...


class SandboxPort(Protocol):
    """The parts of a ``sandbox.Sandbox`` that a grading needs."""

    @property
    def registry(self) -> str: ...

    @property
    def is_up(self) -> bool: ...

    @property
    def packages(self) -> Packages: ...

    @property
    def git(self) -> GitServer: ...

    @property
    def emulation(self) -> Emulation: ...

    @property
    def pushed(self) -> Pushed: ...

    def up(self) -> object: ...

    def clone(self) -> AbstractContextManager[SandboxPort]: ...

    def shared(self) -> AbstractContextManager[None]: ...

    def alone(self) -> AbstractContextManager[None]: ...

    def empty_builder(self) -> AbstractContextManager[str]: ...

    def image(self, reference: str) -> Image: ...

    def pushed_image(self, reference: str, *, known: Iterable[Image] = ()) -> Image: ...

    def build_line(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str | None] | None = None,
        timeout_s: float | None = None,
        check: bool = True,
    ) -> Build: ...

    def run(
        self, image: str, *args: str, timeout_s: float = 60, platform: str | None = None
    ) -> RunResult: ...

    @property
    def docker(self) -> DockerCommand: ...
