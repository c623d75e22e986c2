"""When work is due, who may be late, and what being late costs: one small file, read in TOML.

::

    [due]
    default = 2026-11-20T23:59:00+01:00
    03-layer-order = 2026-11-27T23:59:00+01:00

    [extensions.0012]                  # a student, by id, name or folder
    default = 2026-11-30T23:59:00+01:00

    [late]
    percent_per_day = 10               # of the points; a day that has begun counts
    most_percent = 50

The time of handing in never changes, so another deadline changes what a grade counts at once.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from checker.classroom.roster import same_name
from checker.errors import UsageError
from checker.plain_text import plain_line

DEFAULT = "default"
"""In the place of an exercise: all that have no time of their own."""
_DAY_S = 24 * 3600
_TABLES = ("due", "extensions", "late")
_RULES = ("percent_per_day", "most_percent")


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late a submission is.

    Args:
        due: When it was due.
        late_s: Seconds after that; 0 if it was in time.
        percent: What is taken from its points.
    """

    due: datetime
    late_s: int
    percent: int

    def counted(self, points: int) -> int:
        """The points that are left, rounded up."""
        return math.ceil(points * (100 - self.percent) / 100)


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The deadlines of a class.

    Args:
        due: Exercise, or ``default`` → when it is due.
        extensions: Student, as ``roster.same_name`` has him → the same, in place of ``due``.
        percent_per_day: Taken from the points for each day that has begun.
        most_percent: At most so much is taken.
    """

    due: Mapping[str, datetime]
    extensions: Mapping[str, Mapping[str, datetime]]
    percent_per_day: int = 0
    most_percent: int = 100

    @classmethod
    def read(cls, path: Path, slugs: Collection[str]) -> Self:
        """Read the file.

        Args:
            path: The file.
            slugs: The exercises that there are.

        Raises:
            UsageError: It cannot be read, or something in it is not understood.
        """
        try:
            return cls.from_data(tomllib.loads(path.read_text(encoding="utf-8")), slugs)
        except OSError as error:
            raise UsageError(
                f"The deadlines {path} cannot be read: {error.strerror}.",
                next_step="name a TOML file",
            ) from error
        except ValueError as error:  # of TOML, of UTF-8, or of a value
            raise UsageError(
                f"The deadlines {path} are not understood: {error}.",
                next_step="CLASS.md shows such a file",
            ) from error

    @classmethod
    def from_data(cls, data: Mapping[str, Any], slugs: Collection[str]) -> Self:
        """The deadlines that a table describes.

        Raises:
            ValueError: Something in it is not understood.
        """
        _know(data, _TABLES, "table")
        late = data.get("late", {})
        _know(late, _RULES, "rule")
        percent = {name: _percent(name, value) for name, value in late.items()}
        return cls(
            due=_times(data.get("due", {}), slugs),
            extensions={
                same_name(who): _times(times, slugs)
                for who, times in data.get("extensions", {}).items()
            },
            **percent,
        )

    def as_data(self) -> dict[str, Any]:
        """The deadlines as values that JSON can hold; ``from_json`` reads them."""
        return {
            "due": {name: at.isoformat() for name, at in self.due.items()},
            "extensions": {
                who: {name: at.isoformat() for name, at in times.items()}
                for who, times in self.extensions.items()
            },
            "late": {
                "percent_per_day": self.percent_per_day,
                "most_percent": self.most_percent,
            },
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The deadlines that ``as_data`` described."""

        def times(table: Mapping[str, str]) -> dict[str, datetime]:
            return {name: datetime.fromisoformat(text) for name, text in table.items()}

        extensions = {who: times(table) for who, table in data["extensions"].items()}
        return cls(times(data["due"]), extensions, **data["late"])

    def lateness(
        self, aliases: Collection[str], slug: str, handed_in_at: datetime | None
    ) -> Lateness | None:
        """How late a student's work on an exercise is; None: nothing is due, or nobody knows.

        Args:
            aliases: What the student is called, as ``roster.same_name`` has it.
            slug: The exercise.
            handed_in_at: When it was handed in.
        """
        due = self._due(aliases, slug)
        if due is None or handed_in_at is None:
            return None
        late_s = max(0, math.ceil((handed_in_at - due).total_seconds()))
        days = math.ceil(late_s / _DAY_S)
        return Lateness(due, late_s, min(self.most_percent, days * self.percent_per_day))

    def _due(self, aliases: Collection[str], slug: str) -> datetime | None:
        extended = [times for who, times in self.extensions.items() if who in aliases]
        for times in (*extended, self.due):
            if (at := times.get(slug, times.get(DEFAULT))) is not None:
                return at
        return None


def _times(table: Any, slugs: Collection[str]) -> dict[str, datetime]:
    if not isinstance(table, dict):
        raise ValueError(f"{plain_line(str(table))} is not a table of times")
    _know(table, (*slugs, DEFAULT), "exercise")
    for name, at in table.items():
        if not isinstance(at, datetime) or at.tzinfo is None:
            raise ValueError(
                f"{name} = {plain_line(str(at))} is not a time with a zone, such as "
                "2026-11-20T23:59:00+01:00"
            )
    return dict(table)


def _know(table: Any, names: Collection[str], what: str) -> None:
    if not isinstance(table, dict):
        raise ValueError(f"{plain_line(str(table))} is not a table")
    if unknown := [name for name in table if name not in names]:
        raise ValueError(f"there is no {what} {plain_line(unknown[0])}")


def _percent(name: str, value: Any) -> int:
    if type(value) is not int or not 0 <= value <= 100:
        raise ValueError(f"{name} = {plain_line(str(value))} is not a number from 0 to 100")
    return value
