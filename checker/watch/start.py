"""Starts ``checker watch``: puts together the loop, the screen, the keyboard and the grader."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from checker.exercise import Exercise
from checker.learner.attempts import grade_path
from checker.learner.standing import find_next, find_standings
from checker.learner.workspace import Workspace
from checker.listeners import Listeners
from checker.results import Grade
from checker.watch.keyboard import has_terminal
from checker.watch.loop import Watch, run_in_terminal
from checker.watch.screen import WatchScreen
from sandbox import CancelToken


def watch_course(exercise: Exercise, workspace: Workspace) -> None:
    """Grade on every save, exercise after exercise, until the learner ends it.

    Args:
        exercise: Where it begins.
        workspace: The learner's.
    """
    has_keys = has_terminal()
    console = Console(highlight=False, force_jupyter=False)
    screen = WatchScreen(console, has_keys=has_keys)

    def grade_folder(one: Exercise, folder: Path, cancel_token: CancelToken) -> Grade:
        def say(text: str) -> None:
            if not cancel_token.is_cancelled:  # what a cancelled grading says is of no interest
                screen.doing(text)

        return grade_path(
            one, folder, progress=Listeners(say, say), use_cache=True, cancel_token=cancel_token
        )

    def find_following(slug: str) -> Exercise | None:
        standings = find_standings(exercise.folder.parent, workspace)
        found = find_next(standings, after=slug)
        return found.exercise if found is not None else None

    def make() -> Watch:
        return Watch(
            exercise,
            workspace,
            screen,
            grade_folder,
            find_next=find_following,
            goes_on=not has_keys,
        )

    run_in_terminal(make)
