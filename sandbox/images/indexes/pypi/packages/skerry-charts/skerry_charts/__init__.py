"""Depths of the sound, a byte for each."""

from importlib.resources import files

_SOUNDINGS = files(__name__).joinpath("soundings.bin").read_bytes()


def depth(place: int) -> float:
    """In metres."""
    return _SOUNDINGS[place % len(_SOUNDINGS)] / 4
