"""When the water is high."""

from datetime import date
from math import cos, pi

from skerry_charts import depth

NEW_MOON = date(2000, 1, 6)
MONTH_DAYS = 29.530588


def high_water(day: date) -> int:
    """Minutes past midnight of the first high water."""
    age = (day - NEW_MOON).days % MONTH_DAYS
    return round(age * 50.47 + 96) % 745


def depth_at(place: int, day: date, minute: int) -> float:
    """In metres."""
    return depth(place) + 2 * cos((minute - high_water(day)) / 745 * 2 * pi)
