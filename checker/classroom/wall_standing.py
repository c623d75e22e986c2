"""Where each student of a workshop is: at which exercise, in which state, failing since when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from checker.classroom.book_entries import BookEntry, StoredGrade
from checker.classroom.book_rows import NOT_HANDED_IN, BookStudent, state_of
from checker.classroom.wall import SeenWork, WallState
from checker.results import Status

BEGUN, WAITING, RUNNING = "begun", "waiting", "being graded"
"""States beside those of ``book_rows.state_of``."""
SESSION = timedelta(hours=4)
"""A pause that long ends a session: nobody fails a check overnight."""
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class StuckCheck:
    """The check that a student has been failing for longest: its title, and since when (UTC)."""

    title: str
    since: datetime


@dataclass(frozen=True, slots=True)
class WallStanding:
    """Where a student is.

    Args:
        student: The student.
        slug: The exercise; empty: none was begun.
        state: The state there.
        states: The state in each exercise that was begun.
        stuck: What fails there; None: nothing.
        saved_at: The time of the latest save there; None: nobody knows.
    """

    student: BookStudent
    slug: str
    state: str
    states: Mapping[str, str]
    stuck: StuckCheck | None
    saved_at: datetime | None


def standing_of(student: BookStudent, state: WallState, now: datetime) -> WallStanding:
    """Where a student is at ``now``."""
    seen = {slug: one for (key, slug), one in state.seen.items() if key == student.key}
    slugs = sorted({*seen, *student.entries})
    states = {slug: _state(student, slug, slug in seen, state) for slug in slugs}
    saved = {slug: _saved_at(seen.get(slug), student.entries.get(slug)) for slug in slugs}
    begun_only = [slug for slug in slugs if slug in seen and seen[slug].is_begun_only]
    slug = _current({slug: saved[slug] or _NEVER for slug in slugs}, begun_only)
    entry = student.entries.get(slug)
    return WallStanding(
        student,
        slug,
        states.get(slug, NOT_HANDED_IN),
        states,
        None if entry is None else stuck_check(entry, now),
        saved.get(slug),
    )


def stuck_check(entry: BookEntry, now: datetime) -> StuckCheck | None:
    """The check that has been failing for longest; None: none does, or the points are settled.

    A check fails from the first failure after which it never passed. Gradings in which it was not
    measured change nothing: a student whose build breaks in between has the same problem still.
    """
    if not entry.grades or entry.override is not None:
        return None
    latest = (entry.latest or entry.grades[-1]).grade
    if latest.passed:
        return None
    found = [
        StuckCheck(check.title, since)
        for check in latest.checks
        if (since := _failing_since(entry.grades, check.id, now)) is not None
    ]
    return min(found, key=lambda one: one.since, default=None)


def _failing_since(grades: Sequence[StoredGrade], check_id: str, now: datetime) -> datetime | None:
    since, later = None, now
    for stored in reversed(grades):
        if later - stored.graded_at > SESSION:
            break
        later = stored.graded_at
        status = next((one.status for one in stored.grade.checks if one.id == check_id), None)
        if status is Status.PASSED:
            break
        if status is Status.FAILED:
            since = stored.graded_at
    return since


def _state(student: BookStudent, slug: str, is_seen: bool, state: WallState) -> str:
    place = student.key, slug
    if place in state.running:
        return RUNNING
    if place in state.waiting:
        return WAITING
    in_book = state_of(student.entries.get(slug))
    return BEGUN if in_book == NOT_HANDED_IN and is_seen else in_book


def _saved_at(seen: SeenWork | None, entry: BookEntry | None) -> datetime | None:
    if seen is not None:
        return seen.saved_at
    return entry.handed.handed_in_at if entry is not None and entry.handed is not None else None


def _current(saved: Mapping[str, datetime], begun_only: Sequence[str]) -> str:
    """The exercise of the latest save, or the first of the starters that came after it.

    Starters may all have been laid out beforehand, in any order.
    """
    changed = [slug for slug in saved if slug not in begun_only]
    latest = max(changed, key=lambda slug: saved[slug], default="")
    later = [slug for slug in begun_only if not latest or saved[slug] > saved[latest]]
    return min(later, default=latest)
