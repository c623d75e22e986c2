"""The page of a workshop's wall, and the part of it that changes.

It holds titles of the course, names (or numbers in their place) and times, and nothing that a
student wrote: no message of a check, no file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files

from checker.classroom.book_rows import BookStudent
from checker.classroom.page_templates import render, sign_of
from checker.classroom.progress_lines import in_minutes
from checker.classroom.pseudonyms import Pseudonyms
from checker.classroom.wall import WallState
from checker.classroom.wall_standing import BEGUN, RUNNING, WAITING, WallStanding, standing_of

_SIGNS = {BEGUN: "○", WAITING: "…", RUNNING: "▶"}
"""Signs of the wall's own states; the others are those of the class page."""


@dataclass(frozen=True, slots=True)
class WallCell:
    """One exercise of a student; without a state, it was not begun."""

    slug: str
    state: str
    sign: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class WallRow:
    """One student, as the wall shows him; durations are in words."""

    name: str
    exercise: str
    state: str
    sign: str
    failing: str
    failing_for: str
    may_want_help: bool
    saved_ago: str
    cells: tuple[WallCell, ...]


class WallPage:
    """Makes the page; the server's thread asks for it, while another one publishes states.

    Args:
        titles: Titles of exercises, by slug.
        stuck_after_min: Who fails a check for so many minutes may want help.
        pseudonyms: Numbers in place of names; None: names are shown.
        now: The time, in UTC.
    """

    def __init__(
        self,
        titles: Mapping[str, str],
        *,
        stuck_after_min: int,
        pseudonyms: Pseudonyms | None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._titles = titles
        self._stuck_after_s = 60.0 * stuck_after_min
        self._pseudonyms = pseudonyms
        self._now = now
        self._state = WallState()

    def publish(self, state: WallState) -> None:
        """Show this state from now on."""
        if self._pseudonyms is not None:
            self._pseudonyms.number_all([_identity(student) for student in state.students])
        self._state = state  # whole, so another thread never sees a part of it

    def page(self) -> str:
        """The whole page, for a browser with or without scripts."""
        return render("wall.html", changing=self.changing())

    def changing(self) -> str:
        """The part that changes: equal as long as nothing changes that it shows."""
        state, now = self._state, self._now()
        standings = [standing_of(student, state, now) for student in self._ordered(state)]
        slugs = sorted({slug for one in standings for slug in one.states})
        rows = [self._row(one, slugs, now) for one in standings]
        return render(
            "wall_changing.html",
            rows=rows,
            helped=self._helped(standings, rows),
            slugs=slugs,
            titles={slug: self._titles.get(slug, slug) for slug in slugs},
            counts=Counter(state for one in standings for state in one.states.values()),
            trouble=state.trouble,
            signs={state: _sign(state) for state in _states(rows)},
        )

    def _ordered(self, state: WallState) -> list[BookStudent]:
        if (pseudonyms := self._pseudonyms) is not None:
            return sorted(state.students, key=lambda one: pseudonyms.number(_identity(one)))
        return sorted(state.students, key=lambda one: (_name(one).casefold(), one.key))

    def _row(self, standing: WallStanding, slugs: Iterable[str], now: datetime) -> WallRow:
        stuck = standing.stuck
        stuck_s = 0.0 if stuck is None else (now - stuck.since).total_seconds()
        return WallRow(
            name=self._shown_name(standing.student),
            exercise=self._titles.get(standing.slug, standing.slug),
            state=standing.state,
            sign=_sign(standing.state),
            failing="" if stuck is None else stuck.title,
            failing_for=_minutes(stuck_s),
            may_want_help=stuck is not None and stuck_s >= self._stuck_after_s,
            saved_ago=(
                ""
                if standing.saved_at is None
                else _minutes((now - standing.saved_at).total_seconds())
            ),
            cells=tuple(
                WallCell(slug, state, _sign(state) if state else "", slug == standing.slug)
                for slug in slugs
                for state in (standing.states.get(slug, ""),)
            ),
        )

    def _shown_name(self, student: BookStudent) -> str:
        if self._pseudonyms is not None:
            return f"student {self._pseudonyms.number(_identity(student))}"
        return _name(student)

    @staticmethod
    def _helped(standings: list[WallStanding], rows: list[WallRow]) -> list[WallRow]:
        """Who may want help, the one who waits longest first."""
        pairs = [
            (one.stuck.since, number)
            for number, (one, row) in enumerate(zip(standings, rows, strict=True))
            if one.stuck is not None and row.may_want_help
        ]
        return [rows[number] for _, number in sorted(pairs)]


def static_text(name: str) -> str:
    """A file that the page refers to, such as ``wall.css``."""
    return (files("checker.classroom") / "templates" / name).read_text(encoding="utf-8")


def _identity(student: BookStudent) -> str:
    """Who it is: by the roster, also before the work begins; else by the folder, for labels of two
    students may look alike."""
    return f"id {student.id}" if student.cells else student.key


def _name(student: BookStudent) -> str:
    return student.name or student.id


def _sign(state: str) -> str:
    return _SIGNS.get(state) or sign_of(state)


def _states(rows: Iterable[WallRow]) -> list[str]:
    """The states that are shown, for the legend."""
    return sorted({cell.state for row in rows for cell in row.cells if cell.state})


def _minutes(seconds: float) -> str:
    return "< 1 min" if seconds < 60 else in_minutes(seconds)
