"""What the command line does on the engine: grade a path, watch a folder.

Importing this module loads the sandbox, so the commands that need no engine leave it alone.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from checker.checks import WARM
from checker.errors import SubmissionError
from checker.exercise import Exercise
from checker.grading.grade import grade, reject
from checker.grading.submission import take
from checker.learner.standing import find_next, find_standings
from checker.learner.workspace import Workspace
from checker.listeners import Listeners
from checker.results import Grade
from checker.watch.keyboard import has_terminal
from checker.watch.loop import Watch, run_in_terminal
from checker.watch.screen import WatchScreen
from sandbox import Build, CancelToken, Sandbox


def _ignore(_: Build) -> None:
    """Nobody wants to see it."""


def grade_path(
    exercise: Exercise,
    path: Path,
    *,
    progress: Listeners,
    on_build: Callable[[Build], None] = _ignore,
    use_cache: bool = False,
    cancel_token: CancelToken | None = None,
) -> Grade:
    """The grade of what lies at ``path``, whatever it is.

    Args:
        exercise: What is wanted.
        path: A folder, or the one file.
        progress: Told what is being done, in a few words.
        on_build: Given every build that the checks make, as soon as it has ended.
        use_cache: Reuse the builder's cache, where what the exercise measures allows it.
        cancel_token: By which another thread can end it.

    Raises:
        UsageError: Nothing lies there.
        Cancelled: It was asked to end, and nothing of it is left behind.
        ExerciseError: The exercise itself is wrong.
    """
    try:
        submission = take(exercise, path)
    except SubmissionError as error:
        return reject(exercise, error)
    return grade(
        exercise,
        submission,
        Sandbox(tell=progress.sandbox, cancel_token=cancel_token),
        use_cache=use_cache and all(spec.kind in WARM for spec in exercise.checks),
        progress=progress.grading,
        on_build=on_build,
    )


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
