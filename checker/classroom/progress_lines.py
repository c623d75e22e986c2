"""The progress of a class: one line for people, or a line of JSON for each event for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from checker.classroom.book_entries import BookEntry
from checker.classroom.class_run import ClassResult
from checker.classroom.marking import Ending, Tally

VERSION = 1


class ProgressLines:
    """Tells what happens in a run.

    Args:
        show: Takes the progress line.
        write: Takes a line of JSON for each event; None: nobody wants them.
        report: Takes lines that stay, if nobody wants JSON.
    """

    def __init__(
        self,
        show: Callable[[str], None],
        write: Callable[[str], None] | None,
        report: Callable[[str], None],
    ) -> None:
        self._show = show
        self._write = write
        self._report = report

    def change(self, tally: Tally) -> None:
        """The number of gradings in each state has changed."""
        self._show(as_line(tally))
        self._event(
            "progress",
            waiting=tally.waiting,
            running=tally.running,
            done=tally.done,
            set_aside=tally.aside,
            blank=tally.blank,
            left_s=None if tally.left_s is None else round(tally.left_s),
        )

    def ended(self, entry: BookEntry, ending: Ending, why: str) -> None:
        """An entry has its grade, or has none for some reason."""
        latest = entry.latest if ending is Ending.DONE else None
        self._event(
            "ended",
            student=entry.shown_label,
            exercise=entry.slug,
            state=ending.value,
            verdict=latest.grade.verdict.value if latest else None,
            points=latest.grade.points if latest else None,
            max_points=latest.grade.max_points if latest else None,
            why=why,
        )

    def serving(self, url: str) -> None:
        """A workshop's wall is served."""
        self._event("serving", url=url)
        if self._write is None:
            self._report(f"The wall of the workshop, until Ctrl-C:\n{url}")

    def notice(self, text: str) -> None:
        """Something that the teacher should know now."""
        self._event("notice", text=text)
        if self._write is None:
            self._report(text)

    def summary(
        self, result: ClassResult, unplaced: Sequence[tuple[str, str]], exit_code: int
    ) -> None:
        """The run has ended."""
        self._event(
            "summary",
            graded=len(result.graded),
            known=len(result.known),
            blank=[[entry.shown_label, entry.slug, why] for entry, why in result.blanks],
            set_aside=[[entry.shown_label, entry.slug, why] for entry, why in result.aside],
            invalid_exercises=result.invalid,
            unplaced=[list(one) for one in unplaced],
            moved=[
                [one.entry.shown_label, one.entry.slug, one.before, one.after]
                for one in result.moved
            ],
            exit_code=exit_code,
        )

    def _event(self, event: str, **values: object) -> None:
        if self._write is not None:
            self._write(json.dumps({"version": VERSION, "event": event, **values}))


def as_line(tally: Tally) -> str:
    """The state of a run in one line."""
    parts = [f"waiting {tally.waiting}", f"running {tally.running}", f"done {tally.done}"]
    parts.append(f"set aside {tally.aside}")
    if tally.blank:
        parts.append(f"blank {tally.blank}")
    if tally.left_s is not None:
        parts.append(f"about {_duration(tally.left_s)} left")
    return " · ".join(parts)


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return in_minutes(seconds)


def in_minutes(seconds: float) -> str:
    """A duration in words, to the minute: ``12 min``, ``1.6 h``."""
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes / 60:.1f} h"
