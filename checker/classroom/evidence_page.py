"""The page of one grade: verdict, checks, what was built, and the work beside the starter.

A book has thousands of these pages, so one is made only when what it shows has changed. Its first
line has a digest of that.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from markupsafe import Markup, escape

from checker.classroom.book_entries import BookEntry
from checker.classroom.book_rows import BookRows, BookStudent, state_of
from checker.classroom.build_pictures import DrawnBuild
from checker.classroom.gradebook import GradeBook
from checker.classroom.page_templates import evidence_of, render
from checker.classroom.starter_diff import FileDiff, compare_files
from checker.course.digests import add_folder
from checker.results import CheckResult
from sandbox import atomic

_STAMP_BYTES = 80
_CLASSES = {"+": "added", "-": "removed", " ": "kept"}


def write_evidence(book: GradeBook, student: BookStudent, slug: str, rows: BookRows) -> Path:
    """Write the page of a student's work in an exercise if it is not there, or shows other things.

    Returns:
        The page's path.
    """
    path = book.folder / evidence_of(student.key, slug)
    stamp = f"<!-- {_digest(student, slug, rows)} -->\n"
    if _stamp_of(path) != stamp:
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic.write_text(path, stamp + _page(book, student, slug, rows))
    return path


def _page(book: GradeBook, student: BookStudent, slug: str, rows: BookRows) -> str:
    entry = student.entries[slug]
    return render(
        "evidence.html",
        student=student,
        slug=slug,
        entry=entry,
        latest=entry.latest,
        state=state_of(entry),
        late=student.lateness.get(slug),
        identical=rows.identical.get((student.key, slug), ()),
        files=compare_files(
            entry.handed.files if entry.handed else {}, rows.starters.get(slug, {})
        ),
        builds=_shown(book.drawn_builds(entry)),
        lines_of=_lines_of,
        evidence=_evidence,
    )


def _shown(builds: Iterable[DrawnBuild]) -> list[tuple[DrawnBuild, list[Markup | str]]]:
    """Each build with its pictures, which share the style sheet of the first one."""
    shown, style = [], ""
    for build in builds:
        pictures: list[Markup | str] = []
        for picture in build.pictures:
            if not picture.startswith("<svg "):  # why it could not be drawn
                pictures.append(picture)
                continue
            before, _, rest = picture.partition("<style>")
            inner, _, after = rest.partition("</style>")
            is_known, style = inner == style, inner
            # Drawn by the sandbox's views, which escape every text.
            pictures.append(Markup(before + after if is_known else picture))  # noqa: S704
        shown.append((build, pictures))
    return shown


def _lines_of(file: FileDiff) -> Markup:
    """The lines of a file; a template would take half of the time that all pages take."""
    lines = []
    for line in file.lines:
        text = "".join(
            f"<mark>{escape(part)}</mark>" if is_escaped else escape(part)
            for part, is_escaped in line.parts
        )
        lines.append(
            f'<div class="{_CLASSES[line.sign]}"><span>{line.number}</span>'
            f'<span>{line.sign}</span><bdi dir="ltr">{text}</bdi></div>'
        )
    return Markup("".join(lines))  # noqa: S704  # each text is escaped


def _evidence(check: CheckResult) -> str:
    return json.dumps(dict(check.evidence), ensure_ascii=False, indent=1)


def _stamp_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.readline(_STAMP_BYTES).decode("utf-8", "replace")
    except FileNotFoundError:
        return ""


def _digest(student: BookStudent, slug: str, rows: BookRows) -> str:
    """Of everything that the page shows; a grade never changes, so its number stands for it."""
    entry: BookEntry = student.entries[slug]
    shown = (
        _made_by(),
        (student.id, student.name, student.label, student.key, slug),
        (entry.handed, entry.override, entry.aside),
        [(one.number, one.grade.points, one.graded_at) for one in entry.grades],
        entry.latest and entry.latest.number,
        student.lateness.get(slug),
        rows.identical.get((student.key, slug)),
        rows.starters.get(slug),
    )
    return hashlib.sha256(repr(shown).encode("utf-8", "surrogatepass")).hexdigest()[:32]


@cache
def _made_by() -> str:
    """The version of what makes pages: a newer one makes them all again."""
    digest = hashlib.sha256()
    add_folder(digest, Path(__file__).parent)
    return digest.hexdigest()
