"""Runs the exercise's own build, then an imagetools command, and keeps the command's output."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from checker.command.command_line import CommandLine
from checker.errors import ExerciseError
from checker.sandbox_port import Printed
from sandbox import EngineError

if TYPE_CHECKING:
    from checker.sandbox_port import SandboxPort

_ANSWER_TIMEOUT_S = 20.0


class UnansweredError(Exception):
    """An imagetools command ended with an error, so there is no answer to measure."""

    def __init__(self, printed: Printed) -> None:
        super().__init__(printed.stderr)
        self.printed = printed


class Query:
    """The imagetools command of one grading, and its answer.

    Args:
        command: The validated command, its variables expanded.
        publish: The exercise's own build that runs before the command; None if it has none.
        folder: The build context, in which both run.
        env: The environment variables of both; None as a value removes one.
        sandbox: A started sandbox.
        progress: Called with the current activity, in a few words.
    """

    def __init__(
        self,
        command: CommandLine,
        publish: CommandLine | None,
        *,
        folder: Path,
        env: Mapping[str, str | None],
        sandbox: SandboxPort,
        progress: Callable[[str], None],
    ) -> None:
        self._command = command
        self._publish = publish
        self._folder = folder
        self._env = env
        self._sandbox = sandbox
        self._progress = progress
        self._answer: Printed | None = None

    def answer(self) -> Printed:
        """The output of the command, which runs only once, even if several checks need it.

        Raises:
            UnansweredError: The command ended with an error.
            ExerciseError: The exercise's own build failed.
            sandbox.EngineError: The engine went away.
        """
        if self._answer is None:
            if self._publish is not None:
                self._make(self._publish)
            self._progress("running the command")
            self._answer = self._sandbox.docker(
                *self._command.argv[1:],
                cwd=self._folder,
                env=self._env,
                check=False,
                timeout_s=_ANSWER_TIMEOUT_S,
            )
        if self._answer.exit_code != 0:
            if not self._sandbox.is_up:
                raise _gone()
            raise UnansweredError(self._answer)
        return self._answer

    def _make(self, publish: CommandLine) -> None:
        with self._sandbox.shared():
            self._progress("building the images that the command reads")
            build = self._sandbox.build_line(
                publish.argv, cwd=self._folder, env=self._env, check=False
            )
        if build.ok:
            return
        raise ExerciseError(
            f"The exercise's own build failed: {build.message.strip()}",
            next_step=f"try it in the exercise's context: {publish.text}",
        )


def _gone() -> EngineError:
    return EngineError(
        "The engine went away while the command ran.",
        next_step="run `sandbox up`, then grade again",
    )
