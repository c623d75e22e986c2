"""A year of wind, hour by hour."""

from importlib.resources import files

_WINDS = files(__name__).joinpath("winds.bin").read_bytes()


def force(hour: int) -> int:
    """Of Beaufort's scale."""
    return _WINDS[hour % len(_WINDS)] % 10
