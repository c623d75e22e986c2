"""Starts a workshop's wall: puts together the loop, the page and the server."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from checker.classroom.class_run import ClassRun
from checker.classroom.gradebook import GradeBook
from checker.classroom.layouts import Placement
from checker.classroom.progress_lines import ProgressLines
from checker.classroom.pseudonyms import Pseudonyms
from checker.classroom.wall import Wall
from checker.classroom.wall_page import WallPage, static_text
from checker.classroom.wall_server import ServedText, serve
from checker.exercise import Exercise

STUCK_AFTER_MIN = 10
"""Who fails a check for so many minutes may want help, unless the teacher says otherwise."""


@dataclass(frozen=True, slots=True)
class WallOptions:
    """What the teacher wants of a wall.

    Args:
        jobs: The number of simultaneous gradings.
        port: The port; 0: a free one.
        hides_names: Whether numbers take the place of names.
        stuck_after_min: Who fails a check for so many minutes may want help.
    """

    jobs: int
    port: int
    hides_names: bool
    stuck_after_min: int


def watch_class(
    read: Callable[[], Placement],
    book: GradeBook,
    run: ClassRun,
    *,
    lines: ProgressLines,
    exercises: Iterable[Exercise],
    options: WallOptions,
) -> tuple[tuple[str, str], ...]:
    """Grade what is saved and show it until an interrupt; returns what could not be placed.

    Raises:
        UsageError: The port is in use.
    """
    page = WallPage(
        {exercise.slug: exercise.title for exercise in exercises},
        stuck_after_min=options.stuck_after_min,
        pseudonyms=Pseudonyms(book.folder) if options.hides_names else None,
    )
    wall = Wall(book, run, read, jobs=options.jobs, publish=page.publish, tell=lines.notice)
    texts = {
        "": ServedText("text/html", page.page),
        "changing": ServedText("text/html", page.changing),
        "wall.css": ServedText("text/css", lambda: static_text("wall.css")),
        "wall.js": ServedText("text/javascript", lambda: static_text("wall.js")),
    }
    try:
        with serve(texts, port=options.port) as url:
            lines.serving(url)
            wall.watch()
    except KeyboardInterrupt:  # how a wall ends
        if wall.ungraded:
            lines.notice(
                f"Saved and not graded yet: {wall.ungraded}. "
                "The same command grades what is missing, with or without --watch."
            )
    return wall.unplaced
