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

from checker import json_schema
from checker.catalogue import exercises_folder, find_exercise, find_slug, find_slugs
from checker.errors import CheckerError, ExerciseError, UsageError
from checker.exercise import Exercise, load
from checker.result import Verdict
from checker.submission import is_starter
from checker.template import MARK, new_exercise
from checker.workspace import WORK_VARIABLE, Workspace

WRITABLE = f"free disk if it is full; otherwise set {WORK_VARIABLE} to a folder that you can write"

app = typer.Typer(
    name="checker",
    help="Exercises on container builds, graded by what a build does.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

Slug = Annotated[str, typer.Argument(help="An exercise: its slug, or its number, such as 01.")]


@app.command("list")
def list_exercises() -> None:
    """Show all exercises, and how far you are."""
    folder = exercises_folder()
    workspace = Workspace.of_course(folder)
    for slug in find_slugs(folder):
        try:
            exercise = load(folder / slug)
        except ExerciseError as error:  # one author's mistake must not hide the other exercises
            typer.echo(f"{slug:<32} {'invalid':<20} {error.message}")
            continue
        typer.echo(f"{slug:<32} {_progress_of(exercise, workspace):<20} {exercise.title}")


@app.command()
def start(slug: Slug) -> None:
    """Lay out an exercise in the work folder. Work that is there stays as it is."""
    exercise, workspace = _find(slug)
    made = workspace.start(exercise)
    folder = workspace.folder(exercise)
    typer.echo(f"{'Made' if made else 'Already there, left as it is:'} {folder}")
    typer.echo(f"The task: {exercise.readme}")
    typer.echo(f"You edit: {', '.join(exercise.submit)}")
    typer.echo(f"next: checker grade {exercise.slug}")


@app.command()
def grade(
    slug: Slug,
    path: Annotated[
        Path | None,
        typer.Argument(help="A folder or a Dockerfile. By default your work folder's."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Grade what you wrote: build it, run it, and say what was measured."""
    exercise, workspace = _find(slug)
    where = path or workspace.folder(exercise)
    if path is None and not where.exists():
        raise UsageError(
            f"{exercise.slug} is not in your work folder yet.",
            next_step=f"run `checker start {exercise.slug}`",
        )
    # Asked now: the learner may go on writing while the builds run.
    counts = workspace.holds(exercise, where) and not is_starter(exercise, where)
    # The engine's side takes longer to load than `checker list` takes to answer.
    from rich.console import Console  # noqa: PLC0415

    from checker.examiner import grade_path  # noqa: PLC0415
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
    hints = exercise.hints()
    count = min(workspace.hints_shown(exercise) + 1, len(hints))
    typer.echo("\n\n".join(hints[:count]))
    left = len(hints) - count
    number = exercise.slug[:2]
    more = f"{left} more: checker hint {number}" if left else f"checker solution {number}"
    typer.echo(f"\nnext: {more}")
    with _optional("Which hints you have seen could not be remembered"):
        workspace.show_hints(exercise, count)


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
    from checker import proof_report  # noqa: PLC0415
    from checker.report import show_progress  # noqa: PLC0415
    from checker.trials import JOBS, prove  # noqa: PLC0415

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


def refusal(error: OSError) -> str:
    """What the machine would not do, without Python's words."""
    where = f": {error.filename}" if error.filename else ""
    return f"This machine refused: {error.strerror or error}{where}."


def _find(slug: str) -> tuple[Exercise, Workspace]:
    folder = exercises_folder()
    return find_exercise(slug, folder), Workspace.of_course(folder)


def _confirmed(question: str) -> bool:
    try:
        return typer.confirm(question, err=True)
    except typer.Abort as error:
        raise UsageError("There was no answer.", next_step="answer y or n, or add --yes") from error


def _progress_of(exercise: Exercise, workspace: Workspace) -> str:
    attempts = workspace.attempts(exercise)
    if not attempts:
        return "started" if workspace.folder(exercise).exists() else "not started"
    best = max(attempts, key=lambda attempt: attempt.points)
    word = "passed" if any(a.verdict is Verdict.PASSED for a in attempts) else "tried"
    return f"{word}, {best.points} of {best.max_points}"
