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
from checker.grading import grade, reject
from checker.keys import has_terminal
from checker.progress import find_next, find_standings
from checker.report import Progress, WatchScreen
from checker.result import Grade
from checker.submission import take
from checker.watch import Watch, run_in_terminal
from checker.workspace import Workspace
from sandbox import Build, Sandbox, Stop


def _ignore(_: Build) -> None:
    """Nobody wants to see it."""


def grade_path(
    exercise: Exercise,
    path: Path,
    *,
    progress: Progress,
    on_build: Callable[[Build], None] = _ignore,
    use_cache: bool = False,
    stop: Stop | None = None,
) -> Grade:
    """The grade of what lies at ``path``, whatever it is.

    Args:
        exercise: What is wanted.
        path: A folder, or the one file.
        progress: Told what is being done, in a few words.
        on_build: Given every build that the checks make, as soon as it has ended.
        use_cache: Reuse the builder's cache, where what the exercise measures allows it.
        stop: By which another thread can end it.

    Raises:
        UsageError: Nothing lies there.
        Stopped: It was asked to end, and nothing of it is left behind.
        ExerciseError: The exercise itself is wrong.
    """
    try:
        submission = take(exercise, path)
    except SubmissionError as error:
        return reject(exercise, error)
    return grade(
        exercise,
        submission,
        Sandbox(tell=progress.sandbox, stop=stop),
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

    def grade_folder(one: Exercise, folder: Path, stop: Stop) -> Grade:
        def say(text: str) -> None:
            if not stop.is_asked:  # what a cancelled grading says is of no interest
                screen.doing(text)

        return grade_path(one, folder, progress=Progress(say, say), use_cache=True, stop=stop)

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
