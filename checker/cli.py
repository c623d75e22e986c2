"""The command line ``checker``. stdout is the report, stderr is progress and errors.

Exit codes: 0 passed, 1 not passed, 2 usage, 3 the sandbox is not available or there is a
fault in the checker, 4 the exercise is invalid, 130 interrupted.
"""

from __future__ import annotations

import io
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from checker.course import json_schema
from checker.course.catalogue import exercises_folder, find_exercise, find_slug, find_slugs
from checker.course.scaffold import MARK, new_exercise
from checker.errors import CheckerError, ExerciseError, UsageError
from checker.exercise import Exercise
from checker.grading.submission import is_starter
from checker.learner.batch import find_work, grade_each
from checker.learner.standing import find_next, find_standings, next_hints
from checker.learner.update import update_work
from checker.learner.workspace import WRITABLE, Workspace, refusal
from checker.results import Grade, Verdict

app = typer.Typer(
    name="checker",
    help="Exercises on container builds, graded by what a build does.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

Slug = Annotated[str, typer.Argument(help="An exercise: its slug, or its number, such as 01.")]


@app.command("list")
def list_exercises(
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show all exercises, how far you are, and where you stopped."""
    # As for `grade`, rich is loaded where it is used.
    from rich.console import Console  # noqa: PLC0415

    from checker.report import print_standings, standings_as_json  # noqa: PLC0415

    folder = exercises_folder()
    standings = find_standings(folder, Workspace.of_course(folder))
    if json:
        typer.echo(standings_as_json(standings))
    else:
        print_standings(standings, Console(highlight=False, force_jupyter=False))


@app.command()
def start(slug: Slug) -> None:
    """Lay out an exercise in the work folder. Work that is there stays as it is."""
    exercise, workspace = _find(slug)
    _renew(exercise, workspace)
    made = workspace.start(exercise)
    folder = workspace.folder(exercise)
    typer.echo(f"{'Made' if made else 'Already there, left as it is:'} {folder}")
    typer.echo(f"The task: {exercise.readme}")
    typer.echo(f"You edit: {', '.join(exercise.submit)}")
    typer.echo(f"next: checker watch {exercise.slug}, or checker grade {exercise.slug}")


@app.command()
def watch(
    slug: Annotated[
        str | None, typer.Argument(help="An exercise; by default the one where you stopped.")
    ] = None,
) -> None:
    """Grade whenever you save, and show what to look at first. Hints and more are on keys."""
    folder = exercises_folder()
    workspace = Workspace.of_course(folder)
    if slug is not None:
        exercise = find_exercise(slug, folder)
    elif (here := find_next(find_standings(folder, workspace))) is not None:
        exercise = here.exercise
    else:
        raise UsageError(
            "You have passed all exercises.", next_step="name one to watch it, or `checker list`"
        )
    # The engine's side takes longer to load than `checker list` takes to answer.
    from checker.watch.start import watch_course  # noqa: PLC0415

    watch_course(exercise, workspace)


@app.command()
def grade(
    slug: Annotated[
        str | None,
        typer.Argument(help="An exercise: its slug, or its number. With --all: a folder."),
    ] = None,
    path: Annotated[
        Path | None,
        typer.Argument(help="A folder or a Dockerfile. By default your work folder's."),
    ] = None,
    every: Annotated[
        bool,
        typer.Option(
            "--all",
            help="All exercises that have a folder in your work folder, or in the one named; "
            "SLUG in its path stands for each exercise's, as in exercises/SLUG/solution.",
        ),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Grade what you wrote: build it, run it, and say what was measured."""
    if every:
        if path is not None:
            raise UsageError("--all takes one folder.", next_step="name the folder alone")
        _grade_all(Path(slug) if slug else None, json)
        return
    if slug is None:
        raise UsageError(
            "Which exercise?", next_step="name it, such as `checker grade 01`, or say --all"
        )
    exercise, workspace = _find(slug)
    where = path or workspace.folder(exercise)
    if path is None and not where.exists():
        raise UsageError(
            f"{exercise.slug} is not in your work folder yet.",
            next_step=f"run `checker start {exercise.slug}`",
        )
    if workspace.holds(exercise, where):
        with _optional("What the course has changed could not be laid out"):
            _renew(exercise, workspace)
    # Asked now: the learner may go on writing while the builds run.
    counts = workspace.holds(exercise, where) and not is_starter(exercise, where)
    # The engine's side takes longer to load than `checker list` takes to answer.
    from rich.console import Console  # noqa: PLC0415

    from checker.learner.attempts import grade_path  # noqa: PLC0415
    from checker.report import as_json, print_grade, show_progress  # noqa: PLC0415

    with show_progress() as progress:
        result = grade_path(exercise, where, progress=progress)
    if json:
        typer.echo(as_json(result))
    else:
        print_grade(result, Console(highlight=False, force_jupyter=False))
    if counts:
        with _optional("This attempt could not be remembered"):
            workspace.record(exercise, result)
    if not result.passed:
        raise typer.Exit(3 if result.verdict is Verdict.INFRASTRUCTURE else 1)


@app.command()
def hint(slug: Slug) -> None:
    """Show the hints so far and one more."""
    exercise, workspace = _find(slug)
    hints = next_hints(exercise, workspace)
    typer.echo("\n\n".join(hints.shown))
    number = exercise.slug[:2]
    more = f"{hints.left} more: checker hint" if hints.left else "checker solution"
    typer.echo(f"\nnext: {more} {number}")
    with _optional("Which hints you have seen could not be remembered"):
        workspace.show_hints(exercise, len(hints.shown))


@app.command()
def reset(
    slug: Slug,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Begin an exercise again. Your work is moved to a backup, never deleted."""
    exercise, workspace = _find(slug)
    folder = workspace.folder(exercise)
    if folder.exists() and not yes and not _confirmed(f"Move {folder} to a backup, begin again?"):
        typer.echo("Left as it is.")
        return
    kept = workspace.reset(exercise)
    if kept is not None:
        typer.echo(f"Your work is kept in {kept}")
    typer.echo(f"Made {folder}\nnext: checker grade {exercise.slug}")


@app.command()
def solution(
    slug: Slug,
    peek: Annotated[bool, typer.Option("--peek", help="Show it before any attempt.")] = False,
) -> None:
    """Show one possible solution, once you have tried."""
    exercise, workspace = _find(slug)
    if not peek and not workspace.attempts(exercise):
        raise UsageError(
            f"There is no attempt at {exercise.slug} yet.",
            next_step=f"change what `checker start {exercise.slug}` gave you and grade it, "
            "or look all the same with --peek",
        )
    parts = [f"--- {name}\n{exercise.text(f'solution/{name}')}" for name in exercise.submit]
    typer.echo("\n".join([*parts, exercise.text("solution/NOTES.md").rstrip()]))


@app.command()
def lint(
    slugs: Annotated[list[str] | None, typer.Argument(help="Exercises.")] = None,
    every: Annotated[
        bool,
        typer.Option("--all", help="All exercises, and no note to their authors may be left."),
    ] = False,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Gradings at a time. By default one a core, up to 4.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Prove exercises: starter fails, solutions pass, each near-miss fails its own check."""
    folder = exercises_folder()
    if bool(slugs) == every:
        raise UsageError("Nothing to prove, or too much.", next_step="name exercises, or --all")
    names = find_slugs(folder) if every else [find_slug(name, folder) for name in slugs or ()]
    # The engine's side takes longer to load than `checker list` takes to answer.
    from checker.course import proof_report  # noqa: PLC0415
    from checker.course.prover import JOBS, prove  # noqa: PLC0415
    from checker.report import show_progress  # noqa: PLC0415

    started = time.monotonic()
    proofs = []
    with (
        show_progress() as progress,
        closing(
            prove(
                [folder / name for name in names],
                jobs=jobs or JOBS,
                is_finished=every,
                progress=progress,
            )
        ) as found,
    ):
        for proof in found:
            proofs.append(proof)
            if not json:
                progress.report(proof_report.as_text(proof))
    took_s = time.monotonic() - started
    if json:
        typer.echo(proof_report.as_json(proofs, took_s))
    elif len(proofs) > 1:
        typer.echo(proof_report.sum_as_text(proofs, took_s))
    if any(proof.faults for proof in proofs):
        raise typer.Exit(ExerciseError.exit_code)


@app.command()
def new(
    slug: Annotated[str, typer.Argument(help="Its name, such as 21-smaller-image.")],
) -> None:
    """Lay out a new exercise for you to change, one that is already proven."""
    folder = new_exercise(slug, exercises_folder())
    number = slug[:2]
    typer.echo(f"Made {folder}")
    typer.echo(f"It is a whole exercise; lines with {MARK!r} say what to put in place of what.")
    typer.echo(f"next: checker lint {number}, change something, checker lint {number} again")


@app.command()
def schema() -> None:
    """Print the JSON Schema of exercise.toml, for editors."""
    typer.echo(json_schema.as_text(), nl=False)


def main() -> None:
    """Run the command line of a terminal; it ends with the exit code of ``run``."""
    for told_to_end in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(told_to_end) is not signal.SIG_IGN:  # `nohup` asks to go on
            signal.signal(told_to_end, _terminate)
    if isinstance(sys.stdout, io.TextIOWrapper):  # a report must not fail for want of a letter
        sys.stdout.reconfigure(errors="replace")
    sys.exit(run())


def run(argv: Sequence[str] | None = None) -> int:
    """Run one command, also in a notebook's kernel; its exit code.

    Args:
        argv: The words behind ``checker``; None for this process's own.
    """
    return reported(lambda: app(args=None if argv is None else list(argv), prog_name="checker"))


def reported(action: Callable[[], object]) -> int:
    """Do it; the exit code. Every error is told, ends with a next step and has its own code."""
    try:
        action()
    except CheckerError as error:
        typer.echo(error.report(), err=True)
        return error.exit_code
    except SystemExit as ended:
        if ended.code == 130:
            typer.echo("Interrupted; nothing was left behind.", err=True)
        return ended.code if isinstance(ended.code, int) else 0
    except OSError as error:
        typer.echo(f"{refusal(error)}\n  next: {WRITABLE}", err=True)
        return 3
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        typer.echo(
            f"The checker failed: {error}\n  next: try again; if it stays, report the lines above",
            err=True,
        )
        return 3
    return 0


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    # A grading that is told to end takes its builds, images and folders with it. Told twice, as
    # by a terminal that closes and its shell, neither it nor what it starts for that is disturbed.
    for told_to_end in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(told_to_end, signal.SIG_IGN)
    raise KeyboardInterrupt


@contextmanager
def _optional(what_failed: str) -> Iterator[None]:
    """What was reported stands, and keeps its exit code, also where nothing can be kept."""
    try:
        yield
    except OSError as error:
        typer.echo(f"{what_failed}. {refusal(error)}\n  next: {WRITABLE}", err=True)


def _grade_all(where: Path | None, json: bool) -> None:
    exercises = exercises_folder()
    workspace = Workspace.of_course(exercises)
    work = find_work(exercises, where or workspace.root)
    # As for `grade`.
    from rich.console import Console  # noqa: PLC0415

    from checker.learner.attempts import grade_path  # noqa: PLC0415
    from checker.report import grades_as_json, print_grades, show_progress  # noqa: PLC0415

    with show_progress() as progress:

        def grade_one(exercise: Exercise, folder: Path) -> Grade:
            progress.grading(f"{exercise.slug}")
            counts = workspace.holds(exercise, folder) and not is_starter(exercise, folder)
            result = grade_path(exercise, folder, progress=progress)
            if counts:
                with _optional(f"The attempt at {exercise.slug} could not be remembered"):
                    workspace.record(exercise, result)
            return result

        grades = grade_each(work, grade_one)
    if json:
        typer.echo(grades_as_json(grades))
    else:
        print_grades(grades, Console(highlight=False, force_jupyter=False))
    if any(result.verdict is Verdict.INFRASTRUCTURE for result in grades):
        left = (
            f", {len(work) - len(grades)} exercises were not tried" if work[len(grades) :] else ""
        )
        typer.echo(f"The sandbox failed{left}.\n  next: sandbox doctor, then again", err=True)
        raise typer.Exit(3)
    if not all(result.passed for result in grades):
        raise typer.Exit(1)


def _find(slug: str) -> tuple[Exercise, Workspace]:
    folder = exercises_folder()
    return find_exercise(slug, folder), Workspace.of_course(folder)


def _confirmed(question: str) -> bool:
    try:
        return typer.confirm(question, err=True)
    except typer.Abort as error:
        raise UsageError("There was no answer.", next_step="answer y or n, or add --yes") from error


def _renew(exercise: Exercise, workspace: Workspace) -> None:
    """Bring what lies in the work folder to the course's version, and say what became of it."""
    if (update := update_work(workspace, exercise)) is not None:
        typer.echo(update.told(), err=True)
