"""Measures and escapes."""

from __future__ import annotations

import pytest

from sandbox.model.vertex import State
from sandbox.views.style import LOOKS, escape, fit, fit_end, width_px


@pytest.mark.parametrize("room_px", [0, 5, 20, 50, 100, 1000])
def test_what_is_fitted_fits(room_px: float) -> None:
    for text in ("", "x", "RUN make all", "日本語日本語", "W" * 50):
        for cut in (fit(text, room_px, 12), fit_end(text, room_px, 12)):
            assert width_px(cut, 12) <= room_px or cut == ""
    assert fit("x", 1000, 12) == "x"


def test_fit_cuts_at_the_end_and_fit_end_at_the_beginning() -> None:
    assert fit("abcdefghijkl", 40, 12).startswith("abc")
    assert fit_end("abcdefghijkl", 40, 12).endswith("jkl")


def test_escape() -> None:
    assert escape("a<b>&\"'\n c") == "a&lt;b&gt;&amp;&quot;&#39; c"


def test_states_differ_in_more_than_colour() -> None:
    borders = {(look.dash, look.line_px) for look in LOOKS.values()}
    # RAN and CACHED share a border; CACHED has stripes.
    assert len(borders) == len(State) - 1
