"""The board on the quay: ``skerry-board`` prints today's."""

from collections.abc import Iterable
from datetime import date

from skerry_timetable import Departure, departures


def board(boats: Iterable[Departure]) -> str:
    """A line for each boat."""
    return "\n".join(
        f"{boat.minute // 60:02}:{boat.minute % 60:02}  {boat.origin:12} {boat.destination:12}"
        f"{'' if boat.sails else ' stays in'}".rstrip()
        for boat in boats
    )


def main() -> None:
    """Print today's board."""
    print(board(departures(date.today())))
