"""The commands ``checker class …``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from checker import course, report
from checker.classroom import export_commands
from checker.classroom.book_results import results_kept_fresh, write_results
from checker.classroom.class_options import (
    BookFolder,
    Due,
    Jobs,
    JsonLines,
    Slugs,
    deadlines_of,
    exercises_named,
    valid_exercises,
)
from checker.classroom.cluster import cluster_commands
from checker.classroom.cluster.addresses import ClusterOptions
from checker.classroom.cluster.cluster_commands import (
    CertificatesFolder,
    Cluster,
    Hosts,
    Scheduler,
)
from checker.classroom.grading_place import marker_for, require_watchable, where_to_grade
from checker.errors import UsageError

if TYPE_CHECKING:
    from checker.classroom.book_entries import BookEntry
    from checker.classroom.class_run import ClassRun
    from checker.classroom.gradebook import GradeBook
    from checker.classroom.layouts import Placement, Student
    from checker.classroom.marking import Ending
    from checker.classroom.progress_lines import ProgressLines
    from checker.exercise import Exercise


class ClassGroup(TyperGroup):
    """``checker class SUBMISSIONS``, where no command is named, is ``checker class grade``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("--help", "-h"):
            args = ["grade", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=ClassGroup,
    help="Grade a whole class into a grade book: checker class SUBMISSIONS --book DIR",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.command("grade")
def grade_class(
    submissions: Annotated[
        Path, typer.Argument(help="A folder or an archive, as the learning platform gave it.")
    ],
    *,
    book: BookFolder,
    exercise: Slugs = None,
    roster: Annotated[
        Path | None, typer.Option(help="A CSV of the class; columns id, name, role, section.")
    ] = None,
    layout: Annotated[
        str | None,
        typer.Option(help="folders, exercises, moodle or canvas, if it cannot be recognised."),
    ] = None,
    due: Due = None,
    jobs: Jobs = None,
    scheduler: Scheduler = None,
    hosts: Hosts = None,
    cluster: Cluster = None,
    certificates: CertificatesFolder = None,
    json_lines: JsonLines = False,
    watch: Annotated[
        bool,
        typer.Option("--watch", help="Grade what is saved until Ctrl-C, and serve a page of it."),
    ] = False,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Of the page of --watch; by default a free one."),
    ] = None,
    hide_names: Annotated[
        bool, typer.Option("--hide-names", help="Show numbers in place of names, with --watch.")
    ] = False,
    stuck_after: Annotated[
        int | None,
        typer.Option(
            min=1, help="Minutes of failing a check, then --watch points at the student; 10."
        ),
    ] = None,
) -> None:
    """Grade all that has no grade yet. It can be ended at any time, and begun again."""
    # Imported here, and below: other commands start without the engine's side.
    from checker.classroom.book_rows import read_rows  # noqa: PLC0415
    from checker.classroom.gradebook import GradeBook  # noqa: PLC0415
    from checker.classroom.handed_in import read_class  # noqa: PLC0415
    from checker.classroom.layouts import place  # noqa: PLC0415
    from checker.classroom.roster import Roster  # noqa: PLC0415
    from checker.classroom.wall_start import (  # noqa: PLC0415
        STUCK_AFTER_MIN,
        WallOptions,
        watch_class,
    )

    where = where_to_grade(jobs, ClusterOptions(scheduler, hosts, cluster, certificates))
    if not watch and (port is not None or hide_names or stuck_after is not None):
        raise UsageError(
            "--port, --hide-names and --stuck-after are for --watch.", next_step="add --watch"
        )
    if watch:
        require_watchable(submissions, where)
    chosen = exercises_named(exercise)
    slugs = course.find_slugs(course.exercises_folder())
    kind = _layout(layout)
    people = Roster.read(roster) if roster else None
    deadlines = deadlines_of(due)
    wanted = {name for one in chosen for name in one.submit}
    with GradeBook(book).open() as opened:
        if people is not None:
            opened.write_roster(people)
        if deadlines is not None:
            opened.write_deadlines(deadlines)

        def read() -> Placement:
            found = read_class(submissions, wanted, without=book, asks_git=not watch)
            return place(found, chosen, slugs, kind, peels=not watch)

        placement = read()
        unplaced = list(placement.unplaced)

        def work(run: ClassRun, lines: ProgressLines) -> None:
            if watch and isinstance(where, int):
                options = WallOptions(where, port or 0, hide_names, stuck_after or STUCK_AFTER_MIN)
                unplaced[:] = watch_class(
                    read, opened, run, lines=lines, exercises=chosen, options=options
                )
            else:
                run.grade_missing(run.hand_in(placement.work))
            unplaced.extend(
                (one.id, "is not in the roster, or another folder is this person's")
                for one in read_rows(opened, ()).students
                if not one.is_known
            )

        _run(opened, work, unplaced, where, json_lines=json_lines)


@app.command()
def regrade(
    *,
    book: BookFolder,
    student: Annotated[
        list[str] | None, typer.Option(help="A student, by id, name or folder; repeatable.")
    ] = None,
    exercise: Slugs = None,
    changed: Annotated[
        bool,
        typer.Option(
            "--changed", help="Only grades from before a change of the exercise or the checker."
        ),
    ] = False,
    jobs: Jobs = None,
    scheduler: Scheduler = None,
    hosts: Hosts = None,
    cluster: Cluster = None,
    certificates: CertificatesFolder = None,
    json_lines: JsonLines = False,
) -> None:
    """Grade again what is in the book, and say which points moved. Old grades are kept."""
    from checker.classroom.gradebook import GradeBook  # noqa: PLC0415

    where = where_to_grade(jobs, ClusterOptions(scheduler, hosts, cluster, certificates))
    opened = GradeBook(book)
    opened.require()
    with opened.open():
        entries = _with_exercises(opened.entries(), exercise)
        if student:
            keys = {one for name in student for one in _students_named(opened, name)}
            entries = [(one, theirs) for one, theirs in entries if one.student in keys]

        def work(run: ClassRun, _: ProgressLines) -> None:
            run.grade_again(
                [(one, of) for one, of in entries if not changed or run.is_stale(one, of)]
            )

        _run(opened, work, [], where, json_lines=json_lines)


@app.command()
def override(
    student: Annotated[str, typer.Argument(help="A student, by id, name or folder.")],
    slug: Annotated[str, typer.Argument(help="The exercise, by slug or number.")],
    points: Annotated[int, typer.Argument(help="The points that count from now on.", min=0)],
    why: Annotated[str, typer.Option(help="The reason; it is shown wherever the points are.")],
    book: BookFolder,
) -> None:
    """Give points by hand. They win over every grading, and are marked."""
    from checker.classroom.book_entries import Override  # noqa: PLC0415
    from checker.classroom.gradebook import GradeBook  # noqa: PLC0415
    from checker.plain_text import plain_line  # noqa: PLC0415

    if not why.strip():
        raise UsageError("A reason is missing.", next_step='give it: --why "late by illness"')
    (exercise,) = exercises_named([slug])
    most = sum(check.points for check in exercise.checks)
    if points > most:
        raise UsageError(
            f"{exercise.slug} has at most {most} points.", next_step=f"give 0 to {most}"
        )
    opened = GradeBook(book)
    opened.require()
    with opened.open():
        who = _students_named(opened, student)
        if len(who) > 1:
            raise UsageError(
                f"{plain_line(student)} means several students.", next_step="name the folder"
            )
        given = Override(points, most, plain_line(why.strip()), datetime.now(UTC))
        before = opened.entry(who[0], exercise.slug).points
        after = opened.override(who[0], exercise.slug, given)
        write_results(opened)
    typer.echo(
        f"{after.shown_label} {exercise.slug}: "
        f"{'blank' if before is None else before} → {points}, {after.override and given.why}"
    )


app.command("export")(export_commands.export)
app.command("fill")(export_commands.fill_sheet)
app.command("certificates")(cluster_commands.make_certificates)
app.command("worker")(cluster_commands.work)


def _run(
    book: GradeBook,
    work: Callable[[ClassRun, ProgressLines], None],
    unplaced: list[tuple[str, str]],
    where: int | ClusterOptions,
    *,
    json_lines: bool,
) -> None:
    """Do the work, write the results even when it is interrupted, report, and end."""
    from checker.classroom import class_report  # noqa: PLC0415
    from checker.classroom.class_run import ClassRun  # noqa: PLC0415
    from checker.classroom.progress_lines import ProgressLines  # noqa: PLC0415

    with report.show_progress() as progress:
        write = typer.echo if json_lines else None
        lines = ProgressLines(progress.grading, write, progress.report)
        marking = marker_for(where, progress, lines)
        with results_kept_fresh(book) as refresh:

            def ended(entry: BookEntry, ending: Ending, why: str) -> None:
                lines.ended(entry, ending, why)
                refresh()

            run = ClassRun(book, marking, on_ended=ended)
            try:
                work(run, lines)
            except KeyboardInterrupt:
                typer.echo(f"What was graded is kept in {book.folder}.", err=True)
                raise
    code = class_report.exit_code_of(run.result, unplaced)
    if json_lines:
        lines.summary(run.result, unplaced, code)
    else:
        stale = sum(run.is_stale(*one) for one in _with_exercises(book.entries(), None))
        typer.echo(class_report.as_text(run.result, unplaced, book.folder, stale=stale))
    if code:
        raise typer.Exit(code)


def _with_exercises(
    entries: Sequence[BookEntry], names: Sequence[str] | None
) -> list[tuple[BookEntry, Exercise]]:
    """The entries that hold a submission of these exercises, or of any."""
    chosen = {one.slug: one for one in (exercises_named(names) if names else valid_exercises())}
    return [
        (entry, chosen[entry.slug])
        for entry in entries
        if entry.slug in chosen and entry.handed is not None
    ]


def _layout(name: str | None) -> Any:
    from checker.classroom.layouts import Layout  # noqa: PLC0415

    if name is None:
        return None
    try:
        return Layout(name)
    except ValueError:
        raise UsageError(
            f"There is no layout {name!r}.", next_step=f"choose one: {', '.join(Layout)}"
        ) from None


def _students_named(book: GradeBook, name: str) -> list[Student]:
    """The students whom a name means: as the book shows them, or as the roster has them.

    Raises:
        UsageError: There is none.
    """
    from checker.classroom.book_rows import read_rows  # noqa: PLC0415
    from checker.classroom.layouts import Student  # noqa: PLC0415
    from checker.plain_text import plain_line  # noqa: PLC0415

    rows = read_rows(book, ()).students
    exact = [one for one in rows if name in (one.id, one.label, one.key)]
    found = exact or [one for one in rows if name == one.name]
    if not found:
        raise UsageError(
            f"The book has no student {plain_line(name)}.",
            next_step="use an id of grades.csv in the book",
        )
    return [
        next((entry.student for entry in one.entries.values()), Student(one.id)) for one in found
    ]
