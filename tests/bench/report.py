"""Figures, as a row for people and as JSON for programs."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

VERSION = 1


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured several times.

    Args:
        name: In JSON, such as ``build`` or ``solution 19-bake``.
        title: For people.
        unit: Of the values and of ``at_most``.
        values: One a run, in their order.
        at_most: The goal for the median. None: the figure has no goal.
        parts: Medians of what the figure is made of, by names that end in their unit.
    """

    name: str
    title: str
    unit: Literal["s", "MB", "ratio"]
    values: tuple[float, ...]
    at_most: float | None = None
    parts: Mapping[str, float] = field(default_factory=dict)

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def is_reached(self) -> bool | None:
        """Whether the median meets the goal; None: there is no goal."""
        return None if self.at_most is None else self.median <= self.at_most

    def as_row(self) -> str:
        """One line: the median, the spread, the goal, the parts."""
        number = {"s": ".2f", "MB": ".0f", "ratio": ".3f"}[self.unit]
        unit = "" if self.unit == "ratio" else f" {self.unit}"
        value = f"{self.median:{number}}{unit}"
        if len(self.values) > 1:
            lowest, highest = min(self.values), max(self.values)
            value += f" ({lowest:{number}} to {highest:{number}}, n={len(self.values)})"
        mark = {None: "", True: "reached", False: "MISSED"}[self.is_reached]
        goal = "" if self.at_most is None else f"at most {self.at_most:g}{unit}"
        parts = ", ".join(f"{name} {part:.2f}" for name, part in self.parts.items())
        return f"{self.title:46} {value:32} {goal:14} {mark:8} {parts}".rstrip()

    def as_item(self) -> dict[str, object]:
        """The same for JSON, with every value."""
        return {
            "name": self.name,
            "title": self.title,
            "unit": self.unit,
            "median": self.median,
            "min": min(self.values),
            "max": max(self.values),
            "values": list(self.values),
            "at_most": self.at_most,
            "reached": self.is_reached,
            "parts": dict(self.parts),
        }


def as_object(figures: Sequence[Figure], pairs: int) -> dict[str, object]:
    """All figures as one object for JSON."""
    items = [figure.as_item() for figure in figures]
    return {"version": VERSION, "pairs": pairs, "figures": items}
