"""Starts ``checker watch``: puts together the loop, the screen, the keyboard and the grader."""

from __future__ import annotations

from checker.exercise import Exercise
from checker.learner.attempts import Attempts
from checker.learner.standing import find_next, find_standings
from checker.learner.workspace import Workspace
from checker.report import stdout
from checker.watch.keyboard import has_terminal
from checker.watch.loop import Watch, run_in_terminal
from checker.watch.screen import WatchScreen


def watch_course(exercise: Exercise, workspace: Workspace) -> None:
    """Grade on every save, exercise after exercise, until the learner ends it.

    Args:
        exercise: The first exercise.
        workspace: The learner's work folder.
    """
    has_keys = has_terminal()
    screen = WatchScreen(stdout(), has_keys=has_keys)

    def find_following(slug: str) -> Exercise | None:
        standings = find_standings(exercise.folder.parent, workspace)
        found = find_next(standings, after=slug)
        return found.exercise if found is not None else None

    def make() -> Watch:
        return Watch(
            exercise,
            Attempts(workspace),
            screen,
            find_next=find_following,
            goes_on=not has_keys,
        )

    run_in_terminal(make)
