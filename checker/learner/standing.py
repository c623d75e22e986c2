"""How far a learner is with a course, and which exercise comes next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from checker.course.catalogue import find_slugs
from checker.course.loading import load
from checker.errors import ExerciseError
from checker.exercise import Exercise
from checker.learner.update import is_outdated
from checker.learner.workspace import Attempt, Workspace
from checker.results import Verdict


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a learner is with one exercise.

    Args:
        exercise: The exercise.
        is_started: Whether the work folder has the exercise.
        is_outdated: Whether the course has a newer version than the work folder.
        attempts: Gradings so far, oldest first.
        hints_seen: How many hints were shown.
        hints: How many hints the exercise has.
    """

    exercise: Exercise
    is_started: bool
    is_outdated: bool
    attempts: tuple[Attempt, ...]
    hints_seen: int
    hints: int

    @classmethod
    def of(cls, exercise: Exercise, workspace: Workspace) -> Standing:
        """The learner's current standing, from the work folder."""
        try:
            hints = len(exercise.hints())
        except ExerciseError:  # `checker lint` reports missing hints to the author
            hints = 0
        return cls(
            exercise,
            workspace.folder(exercise).exists(),
            is_outdated(workspace, exercise),
            workspace.attempts(exercise),
            min(workspace.hints_shown(exercise), hints),
            hints,
        )

    @property
    def is_passed(self) -> bool:
        return any(attempt.verdict is Verdict.PASSED for attempt in self.attempts)

    @property
    def state(self) -> str:
        """``passed``, ``tried``, ``started`` or ``not started``."""
        if self.attempts:
            return "passed" if self.is_passed else "tried"
        return "started" if self.is_started else "not started"

    @property
    def points(self) -> int:
        """The points of the best attempt; all points once it is passed, even if more were added."""
        if self.is_passed:
            return self.max_points
        return min(max((attempt.points for attempt in self.attempts), default=0), self.max_points)

    @property
    def max_points(self) -> int:
        return sum(spec.points for spec in self.exercise.checks)


@dataclass(frozen=True, slots=True)
class Broken:
    """An exercise that cannot be read, and the reason. The other exercises are listed anyway."""

    slug: str
    why: str


def find_standings(folder: Path, workspace: Workspace) -> list[Standing | Broken]:
    """The standing of each exercise of the course, in the course's order."""
    found: list[Standing | Broken] = []
    for slug in find_slugs(folder):
        try:
            found.append(Standing.of(load(folder / slug), workspace))
        except ExerciseError as error:
            found.append(Broken(slug, error.message))
    return found


def find_next(standings: Iterable[Standing | Broken], *, after: str = "") -> Standing | None:
    """The exercise to do next; None if all are passed.

    Args:
        standings: The standings of the whole course.
        after: A slug: find the next exercise after it that is not passed, or, if there is none, the
            first exercise that is not passed. Empty: the exercise of the latest attempt, or, if
            it is passed, the next one after it; without any attempt, the first started exercise.
    """
    standings = list(standings)
    latest = _latest(standings) if not after else None
    if latest is not None:
        if not latest.is_passed:
            return latest
        after = latest.exercise.slug
    left = [one for one in standings if isinstance(one, Standing) and not one.is_passed]
    left = [one for one in left if one.exercise.slug != after]
    wanted: Sequence[Standing]
    if after:
        wanted = [one for one in left if one.exercise.slug > after]
    else:
        wanted = [one for one in left if one.is_started]
    return next(iter([*wanted, *left]), None)


def _latest(standings: Iterable[Standing | Broken]) -> Standing | None:
    """The exercise that was graded last; None if there is no attempt."""
    tried = [one for one in standings if isinstance(one, Standing) and one.attempts]
    return max(tried, key=lambda one: one.attempts[-1].at, default=None)
