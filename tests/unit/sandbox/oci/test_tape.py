"""Searching a stream in pieces finds what searching the whole finds."""

from __future__ import annotations

import random

import pytest

from sandbox.oci.forms import plain
from sandbox.oci.tape import CutOff, Hit, Tape


class Pieces:
    """A stream that hands out pieces of a few bytes."""

    def __init__(self, data: bytes, at_most: int) -> None:
        self.data = data
        self.at_most = at_most

    def read(self, size: int, /) -> bytes:
        piece, self.data = self.data[: self.at_most], self.data[self.at_most :]
        return piece


@pytest.mark.parametrize("at_most", [1, 2, 3, 7, 64])
def test_every_section_has_the_matches_that_begin_in_it(at_most: int) -> None:
    chance = random.Random(at_most)
    for _ in range(200):
        data = bytes(chance.choices(b"ab", k=60))
        # No needle that overlaps itself: how often those occur is a matter of taste.
        needle = chance.choice([b"a", b"ab", b"aab", b"abb", b"aabab", b"aaaabb"])
        cuts = sorted(chance.sample(range(61), 3))
        tape = Tape(Pieces(data, at_most), plain(needle))
        for start, end in zip([0, *cuts], [*cuts, 60], strict=True):
            tape.skip(end - start) if end < 60 else tape.drain()
            begins = [i for i in range(start, end) if data.startswith(needle, i)]
            assert tape.section() == ((Hit(begins[0], len(begins)),) if begins else ())
        assert tape.offset == 60


def test_a_needle_longer_than_the_stream() -> None:
    tape = Tape(Pieces(b"abc", 2), plain(b"abcdef"))
    tape.drain()
    assert tape.section() == ()
    assert tape.offset == 3


def test_take_and_skip_do_not_go_beyond_the_end() -> None:
    tape = Tape(Pieces(b"abcdef", 4), plain(b"ef"))
    assert tape.take(3) == b"abc"
    with pytest.raises(CutOff):
        tape.take(4)
    with pytest.raises(CutOff):
        tape.skip(4)
