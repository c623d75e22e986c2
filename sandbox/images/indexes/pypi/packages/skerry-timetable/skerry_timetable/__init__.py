"""What leaves when."""

from datetime import date
from typing import NamedTuple

from skerry_tides import depth_at
from skerry_winds import force

MOST_WIND = 8
BOATS = (
    (400, "Skerry", "Holm", 104),
    (435, "Holm", "Little Holm", 2731),
    (545, "Skerry", "Vannes", 104),
    (810, "Vannes", "Skerry", 90211),
    (1070, "Holm", "Skerry", 2731),
)


class Departure(NamedTuple):
    """A boat on a day."""

    minute: int
    origin: str
    destination: str
    depth: float
    sails: bool


def departures(day: date) -> list[Departure]:
    """Every boat of the day, the first one first."""
    return [
        Departure(
            minute,
            origin,
            destination,
            depth_at(place, day, minute),
            force(day.toordinal() * 24 + minute // 60) <= MOST_WIND,
        )
        for minute, origin, destination, place in BOATS
    ]
