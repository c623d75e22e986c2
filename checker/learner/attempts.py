"""One attempt of a learner: grade the work, decide whether it counts, record it; then a hint.

``checker grade``, ``checker grade --all``, ``checker watch`` and the notebook's editor all work
through ``Attempts``; each of them only shows the results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from checker import grading
from checker.checks import WARM
from checker.errors import ExerciseError, SubmissionError
from checker.exercise import Exercise
from checker.grading.submission import Submission, is_starter, take
from checker.learner.isolation import Isolation
from checker.learner.update import update_work
from checker.learner.workspace import WRITABLE, Workspace, refusal
from checker.listeners import Listeners
from checker.results import Grade, Verdict
from checker.workbench.grading_run import GradingRun

if TYPE_CHECKING:
    from sandbox import Build, CancelToken


class Grader(Protocol):
    """Grades a submission on an engine; ``tell`` takes the sandbox's notices."""

    def __call__(
        self,
        exercise: Exercise,
        submission: Submission,
        run: GradingRun,
        *,
        tell: Callable[[str], None],
        cancel_token: CancelToken | None,
        in_clone: bool,
    ) -> Grade: ...


@dataclass(frozen=True, slots=True)
class GradedWork:
    """A grade, and whether it is an attempt.

    Args:
        exercise: The exercise.
        grade: The grade.
        counts: Whether the learner's own work was graded, and it differed from the starter.
    """

    exercise: Exercise
    grade: Grade
    counts: bool


@dataclass(frozen=True, slots=True)
class Hints:
    """The hints to show, the new hint last, and the number of all hints."""

    shown: tuple[str, ...]
    count: int

    @property
    def left(self) -> int:
        return self.count - len(self.shown)


def _ignore(_: Build) -> None:
    """The default listener, which ignores builds."""


class Attempts:
    """The attempts of one learner.

    Args:
        workspace: The learner's work folder.
        grader: Grades a submission; None: the user's own sandbox, or a clone of it, does.
        isolation: Which gradings have a sandbox for themselves.
    """

    def __init__(
        self,
        workspace: Workspace,
        grader: Grader | None = None,
        *,
        isolation: Isolation = Isolation.STRANGERS,
    ) -> None:
        self.workspace = workspace
        self._grader = grader
        self._isolation = isolation

    def update(self, exercise: Exercise) -> str:
        """Update the work folder to the course's version; returns a notice, empty if up to date.

        Raises:
            OSError: The work folder cannot be written.
        """
        update = update_work(self.workspace, exercise)
        return "" if update is None else update.told()

    def is_untouched(self, exercise: Exercise) -> bool:
        """Whether the files in the work folder are still the starter.

        Raises:
            UsageError: The exercise is not in the work folder.
        """
        try:
            return is_starter(exercise, take(exercise, self.workspace.folder(exercise)))
        except SubmissionError:
            return False

    def grade(
        self,
        exercise: Exercise,
        path: Path,
        listeners: Listeners,
        *,
        on_build: Callable[[Build], None] = _ignore,
        use_cache: bool = False,
        cancel_token: CancelToken | None = None,
    ) -> GradedWork:
        """Grade the work at a path: the learner's own, or a submission in any other place.

        The files are read once, at the beginning: the learner may go on editing meanwhile.

        Args:
            exercise: The exercise.
            path: A folder, or the one file.
            listeners: Take the current activity, in a few words, and notices of the sandbox.
            on_build: Called with each build that a check makes, as soon as the build has ended.
            use_cache: Reuse the builder's cache, if the measurements of the exercise allow it.
            cancel_token: Lets another thread cancel the grading.

        Raises:
            UsageError: There is nothing at ``path``.
            sandbox.Cancelled: The grading was cancelled, and has cleaned up.
            ExerciseError: The exercise itself is wrong.
        """
        is_own = self.workspace.holds(exercise, path)
        try:
            submission = take(exercise, path)
        except SubmissionError as error:
            return GradedWork(exercise, grading.reject(exercise, error), counts=is_own)
        run = GradingRun(
            use_cache=use_cache and all(spec.kind in WARM for spec in exercise.checks),
            progress=listeners.grading,
            on_build=on_build,
        )
        counts = is_own and not is_starter(exercise, submission)
        # Reached through the package, so that the engine's code loads now, not on import: hints do
        # not need it.
        grader = self._grader or grading.grade_on_sandbox
        made = grader(
            exercise,
            submission,
            run,
            tell=listeners.sandbox,
            cancel_token=cancel_token,
            in_clone=self._isolation.applies(is_own=is_own),
        )
        return GradedWork(exercise, made, counts)

    def grade_each(
        self, work: Sequence[tuple[Exercise, Path]], listeners: Listeners
    ) -> Iterator[GradedWork]:
        """Grade one folder after the other; stop after two failures of the sandbox in a row.

        Args:
            work: Exercises and folders; see ``checker.learner.class_work.find_work``.
            listeners: Take the current activity, in a few words, and notices of the sandbox.
        """
        faults = 0
        for exercise, path in work:
            listeners.grading(exercise.slug)
            graded = self.grade(exercise, path, listeners)
            yield graded
            # A single failure may be the submission's fault: some builds crash an engine.
            faults = faults + 1 if graded.grade.verdict is Verdict.INFRASTRUCTURE else 0
            if faults == 2:
                return

    def record(self, graded: GradedWork, named: str = "This attempt") -> str:
        """Record an attempt; returns a message if that failed, else an empty text.

        Args:
            graded: Not recorded if it does not count.
            named: The name of the attempt in the message.
        """
        try:
            if graded.counts:
                self.workspace.record(graded.exercise, graded.grade)
        except OSError as error:
            return _unkept(f"{named} could not be remembered.", error)
        return ""

    def next_hints(self, exercise: Exercise) -> Hints:
        """The hints that were shown before and one more; all hints if all were shown.

        Raises:
            ExerciseError: hints.md is missing, or has no hints.
        """
        hints = exercise.hints()
        if not hints:
            raise ExerciseError(
                f"{exercise.slug}/hints.md holds no hint.", next_step="write one below a heading ##"
            )
        return Hints(hints[: self.workspace.hints_shown(exercise) + 1], len(hints))

    def record_hints(self, exercise: Exercise, hints: Hints) -> str:
        """Record which hints were shown; returns the same as ``record``."""
        try:
            self.workspace.show_hints(exercise, len(hints.shown))
        except OSError as error:
            return _unkept("Which hints you have seen could not be remembered.", error)
        return ""


def _unkept(what: str, error: OSError) -> str:
    return f"{what} {refusal(error)}\n  next: {WRITABLE}"
