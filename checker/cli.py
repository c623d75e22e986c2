"""The command line ``checker``. stdout is the report, stderr is progress and errors.

Exit codes: 0 passed, 1 not passed, 2 usage, 3 the sandbox is not available or there is a
fault in the checker, 4 the exercise is invalid, 130 interrupted.
"""

from __future__ import annotations

import io
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from checker import course, learner, report, watch
from checker.classroom import commands as class_commands
from checker.errors import ExerciseError, UsageError
from checker.learner.isolation import Isolation
from checker.results import Verdict

if TYPE_CHECKING:
    from checker.exercise import Exercise
    from checker.learner.attempts import Attempts


class QuickGroup(TyperGroup):
    """Commands that start without pydantic, which typer loads for each ``--help`` not given.

    An option without a value is None, and typer asks pydantic to convert None to a bool. To load
    pydantic takes as long as to load everything else that ``checker list`` needs.
    """

    def get_help_option(self, ctx: Any) -> Any:
        return _defaulting_to_false(super().get_help_option(ctx))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        command = super().get_command(ctx, cmd_name)
        if command is not None:
            _defaulting_to_false(command.get_help_option(ctx))
        return command


def _defaulting_to_false(option: Any) -> Any:
    if option is not None:
        option.default = False
    return option


app = typer.Typer(
    name="checker",
    cls=QuickGroup,
    help="Exercises on container builds, graded by what a build does.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

app.add_typer(class_commands.app, name="class")

Slug = Annotated[
    str | None, typer.Argument(help="An exercise: its slug, or its number, such as 01.")
]
"""Optional for typer, because ``_named`` says better what is missing."""


@app.command("list")
def list_exercises(
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show all exercises, how far you are, and where you stopped."""
    folder = course.exercises_folder()
    standings = learner.find_standings(folder, learner.Workspace.of_course(folder))
    if json:
        typer.echo(report.standings_as_json(standings))
    else:
        report.print_standings(standings, report.stdout())


@app.command()
def start(slug: Slug = None) -> None:
    """Lay out an exercise in the work folder. Work that is there stays as it is."""
    exercise, attempts = _find(_named(slug, "start"))
    _tell(attempts.update(exercise))
    made = attempts.workspace.start(exercise)
    folder = attempts.workspace.folder(exercise)
    typer.echo(f"{'Made' if made else 'Already there, left as it is:'} {folder}")
    typer.echo(f"The task: {attempts.workspace.task(exercise)}")
    typer.echo(f"You edit: {', '.join(exercise.submit)}")
    typer.echo(f"next: checker watch {exercise.slug}, or checker grade {exercise.slug}")


@app.command()
def lessons(
    afresh: Annotated[
        str | None,
        typer.Option("--afresh", help="Copy this lesson again, such as 01; yours is kept."),
    ] = None,
) -> None:
    """Copy the lessons into the work folder, where you run them. What you changed stays."""
    copies = learner.LessonCopies(course.exercises_folder().parent / "lessons")
    if afresh is not None:
        name = copies.find(afresh)
        kept = copies.start_afresh(name)
        typer.echo(f"Copied {copies.folder / name}")
        if kept is not None:
            typer.echo(f"Your copy is kept: {kept}")
        typer.echo("next: open it, or reload it if it is open (File, Reload Notebook from Disk)")
        return
    for name in copies.update():
        number = name.partition("-")[0]
        typer.echo(
            f"The course has a new {name}; yours stays as you changed it.\n"
            f"  next: `checker lessons --afresh {number}` copies the new one and keeps yours",
            err=True,
        )
    typer.echo(f"The lessons are in {copies.folder}")


@app.command("watch")
def watch_exercise(
    slug: Annotated[
        str | None, typer.Argument(help="An exercise; by default the one where you stopped.")
    ] = None,
) -> None:
    """Grade whenever you save, and show what to look at first. Hints and more are on keys."""
    folder = course.exercises_folder()
    workspace = learner.Workspace.of_course(folder)
    if slug is not None:
        exercise = course.find_exercise(slug, folder)
    elif (here := learner.find_next(learner.find_standings(folder, workspace))) is not None:
        exercise = here.exercise
    else:
        raise UsageError(
            "You have passed all exercises.", next_step="name one to watch it, or `checker list`"
        )
    watch.watch_course(exercise, workspace)


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
    isolation: Annotated[
        Isolation,
        typer.Option(
            help="Which gradings have a sandbox for themselves: those of strangers' work, which is "
            "all outside of your work folder; always; or never."
        ),
    ] = Isolation.STRANGERS,
) -> None:
    """Grade what you wrote: build it, run it, and say what was measured."""
    if every and path is not None:
        raise UsageError("--all takes one folder.", next_step="name the folder alone")
    if every:
        _grade_all(Path(slug) if slug else None, json, isolation)
    else:
        _grade_one(_named(slug, "grade", or_else=", or say --all"), path, json, isolation)


@app.command()
def hint(slug: Slug = None) -> None:
    """Show the hints so far and one more."""
    exercise, attempts = _find(_named(slug, "hint"))
    hints = attempts.next_hints(exercise)
    typer.echo("\n\n".join(hints.shown))
    number = exercise.slug[:2]
    more = f"{hints.left} more: checker hint" if hints.left else "checker solution"
    typer.echo(f"\nnext: {more} {number}")
    _tell(attempts.record_hints(exercise, hints))


@app.command()
def reset(
    slug: Slug = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Begin an exercise again. Your work is moved to a backup, never deleted."""
    exercise, attempts = _find(_named(slug, "reset"))
    folder = attempts.workspace.folder(exercise)
    if folder.exists() and not yes and not _confirmed(f"Move {folder} to a backup, begin again?"):
        typer.echo("Left as it is.")
        return
    kept = attempts.workspace.reset(exercise)
    if kept is not None:
        typer.echo(f"Your work is kept in {kept}")
    typer.echo(f"Made {folder}\nnext: checker grade {exercise.slug}")


@app.command()
def solution(
    slug: Slug = None,
    peek: Annotated[bool, typer.Option("--peek", help="Show it before any attempt.")] = False,
) -> None:
    """Show one possible solution, once you have tried."""
    exercise, attempts = _find(_named(slug, "solution"))
    if not peek and not attempts.workspace.attempts(exercise):
        raise UsageError(
            f"There is no attempt at {exercise.slug} yet.",
            next_step=f"change what `checker start {exercise.slug}` gave you and grade it, "
            "or look all the same with --peek",
        )
    typer.echo(exercise.solution())


@app.command(hidden=True)
def edit(slug: Slug = None) -> None:
    """Say where the editor is: a terminal has none of ours."""
    one = slug or "01"
    raise UsageError(
        "`edit` is a command for notebooks, which show the editor.",
        next_step=f"run `%checker edit {one}` in a notebook; in a terminal, `checker watch {one}` "
        "grades whenever your own editor saves",
    )


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
    again: Annotated[
        bool,
        typer.Option("--again", help="Grade also what the tests of this checkout have recorded."),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Prove exercises: starter fails, solutions pass, each near-miss fails its own check."""
    folder = course.exercises_folder()
    if bool(slugs) == every:
        raise UsageError(
            "Name exercises, or pass --all, not both.",
            next_step="checker lint 01, or checker lint --all",
        )
    names = (
        course.find_slugs(folder)
        if every
        else [course.find_slug(name, folder) for name in slugs or ()]
    )
    started = time.monotonic()
    proofs = []
    with (
        report.show_progress() as progress,
        closing(
            course.prover.prove(
                [folder / name for name in names],
                jobs=jobs or course.prover.JOBS,
                is_finished=every,
                progress=progress,
                store=None
                if again
                else course.claim_store.ClaimStore(course.claim_store.default_folder()),
            )
        ) as found,
    ):
        for proof in found:
            proofs.append(proof)
            if not json:
                progress.report(course.proof_report.as_text(proof))
    took_s = time.monotonic() - started
    if json:
        typer.echo(course.proof_report.as_json(proofs, took_s))
    elif len(proofs) > 1:
        typer.echo(course.proof_report.sum_as_text(proofs, took_s))
    if any(proof.faults for proof in proofs):
        raise typer.Exit(ExerciseError.exit_code)


@app.command()
def new(
    slug: Annotated[str, typer.Argument(help="Its name, such as 21-smaller-image.")],
) -> None:
    """Create a new exercise from a template that works; then change it."""
    folder = course.scaffold.new_exercise(slug, course.exercises_folder())
    mark = course.scaffold.MARK
    number = slug[:2]
    typer.echo(f"Made {folder}")
    typer.echo(f"It is a complete exercise; lines with {mark!r} say what to replace.")
    typer.echo(f"next: checker lint {number}, change something, checker lint {number} again")


@app.command()
def schema() -> None:
    """Print the JSON Schema of exercise.toml, for editors."""
    typer.echo(course.json_schema.as_text(), nl=False)


def main() -> None:
    """Run the command line of a terminal; it ends with the exit code of ``run``."""
    for told_to_end in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(told_to_end) is not signal.SIG_IGN:  # `nohup` ignores the signal
            signal.signal(told_to_end, _terminate)
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal may lack a character
        sys.stdout.reconfigure(errors="replace")
    sys.exit(run())


def run(argv: Sequence[str] | None = None) -> int:
    """Run one command, also in a notebook's kernel; returns its exit code.

    Args:
        argv: The words after ``checker``; None for this process's own.
    """
    return report.reported(
        lambda: app(args=None if argv is None else list(argv), prog_name="checker")
    )


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    # A signal ends a grading, which first removes its builds, images and folders. A second signal,
    # as from a closing terminal and then its shell, must not disturb the removal, so it is ignored.
    for told_to_end in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(told_to_end, signal.SIG_IGN)
    raise KeyboardInterrupt


def _named(slug: str | None, command: str, *, or_else: str = "") -> str:
    """The slug, if there is one."""
    if slug is None:
        raise UsageError(
            "Which exercise?", next_step=f"name it, such as `checker {command} 01`{or_else}"
        )
    return slug


def _grade_one(slug: str, path: Path | None, json: bool, isolation: Isolation) -> None:
    exercise, attempts = _find(slug, isolation)
    where = path or attempts.workspace.folder(exercise)
    if path is None and not where.exists():
        raise UsageError(
            f"{exercise.slug} is not in your work folder yet.",
            next_step=f"run `checker start {exercise.slug}`",
        )
    if attempts.workspace.holds(exercise, where):
        _update_if_possible(attempts, exercise)
    with report.show_progress() as progress:
        graded = attempts.grade(exercise, where, progress)
    if json:
        typer.echo(report.as_json(graded.grade))
    else:
        report.print_grade(graded.grade, report.stdout())
    _tell(attempts.record(graded))
    if not graded.grade.passed:
        raise typer.Exit(3 if graded.grade.verdict is Verdict.INFRASTRUCTURE else 1)


def _grade_all(where: Path | None, json: bool, isolation: Isolation) -> None:
    exercises = course.exercises_folder()
    attempts = learner.Attempts(learner.Workspace.of_course(exercises), isolation=isolation)
    work = learner.find_work(exercises, where or attempts.workspace.root)
    grades = []
    with report.show_progress() as progress:
        for graded in attempts.grade_each(work, progress):
            grades.append(graded.grade)
            _tell(attempts.record(graded, f"The attempt at {graded.exercise.slug}"))
    if json:
        typer.echo(report.grades_as_json(grades))
    else:
        report.print_grades(grades, report.stdout())
    if any(grade.verdict is Verdict.INFRASTRUCTURE for grade in grades):
        left = len(work) - len(grades)
        untried = f", {left} exercises were not tried" if left else ""
        typer.echo(f"The sandbox failed{untried}.\n  next: sandbox doctor, then again", err=True)
        raise typer.Exit(3)
    if not all(grade.passed for grade in grades):
        raise typer.Exit(1)


def _find(slug: str, isolation: Isolation = Isolation.STRANGERS) -> tuple[Exercise, Attempts]:
    folder = course.exercises_folder()
    exercise = course.find_exercise(slug, folder)
    workspace = learner.Workspace.of_course(folder)
    return exercise, learner.Attempts(workspace, isolation=isolation)


def _update_if_possible(attempts: Attempts, exercise: Exercise) -> None:
    """Update the work folder to the course's version; if that fails, the work is graded anyway."""
    try:
        _tell(attempts.update(exercise))
    except OSError as error:
        failed = "What the course has changed could not be laid out."
        typer.echo(f"{failed} {learner.refusal(error)}\n  next: {learner.WRITABLE}", err=True)


def _tell(text: str) -> None:
    """Print a notice on stderr, beside the report; print nothing if the text is empty."""
    if text:
        typer.echo(text, err=True)


def _confirmed(question: str) -> bool:
    try:
        return typer.confirm(question, err=True)
    except typer.Abort as error:
        raise UsageError("There was no answer.", next_step="answer y or n, or add --yes") from error
