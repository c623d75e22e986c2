"""What a browser draws a state with comes from Python, whole and readable."""

from __future__ import annotations

import re

import pytest

from sandbox.model.vertex import State
from sandbox.notebook.widget import PARTS, STATIC
from sandbox.views.browser_look import browser_constants, browser_css
from sandbox.views.style import (
    CARD,
    DARK_LOOKS,
    INK,
    LOOKS,
    MUTED,
    PLAIN,
    SIGNS,
    STRIPE,
    Look,
    dark_colours,
)

LOOKED = [*LOOKS.values(), *DARK_LOOKS.values()]


def luminance(colour: str) -> float:
    """Source: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("look", LOOKED)
def test_texts_and_lines_can_be_read_on_their_fill(look: Look) -> None:
    assert contrast(look.text, look.fill) >= 4.5
    assert contrast(look.line, look.fill) >= 3


def test_no_two_states_share_a_colour_or_a_sign() -> None:
    for looks in (LOOKS, DARK_LOOKS):
        assert set(looks) == set(State)
        assert len({look.line for look in looks.values()}) == len(State)
    assert len({sign.path for sign in SIGNS.values()}) == len(State)


def test_every_state_has_its_rule_and_its_colours_in_both_themes() -> None:
    css = browser_css()
    for state in State:
        assert css.count(f'[data-state="{state}"]') == 1
        name = state.name.lower()
        assert f"--bkl-{name}: {LOOKS[state].line};" in css
        assert f"--bkl-{name}: {DARK_LOOKS[state].line};" in css


def test_the_scripts_use_the_words_and_do_not_repeat_them() -> None:
    given = browser_constants()
    for state in State:
        assert f'"{state.name}": "{state.value}"' in given
    for part in PARTS:
        script = (STATIC / part).read_text(encoding="utf-8")
        assert not [state for state in State if re.search(rf"""["'`]{state}["'`]""", script)]
        assert set(re.findall(r"STATE\.(\w+)", script)) <= {state.name for state in State}
    css = (STATIC / "live.css").read_text(encoding="utf-8")
    assert set(re.findall(r'data-state="(\w+)"', css)) <= set(State)
    assert not re.search(rf"(?i)--bkl-({'|'.join(State.__members__)}):", css)


def test_a_saved_picture_has_the_colours_of_the_live_view_in_the_dark() -> None:
    dark = dark_colours()
    for state, look in LOOKS.items():
        assert dark["stroke"][look.line] == DARK_LOOKS[state].line
        assert contrast(dark["fill"][look.text], dark["fill"][look.fill]) >= 4.5
    for ink in (INK, MUTED):
        for paper in (CARD, STRIPE, PLAIN.fill):
            assert contrast(dark["fill"][ink], dark["fill"][paper]) >= 4.5


def test_lines_of_the_axis_do_not_strike_through_labels() -> None:
    css = (STATIC / "live.css").read_text(encoding="utf-8")
    # In a theme of high contrast borders have the colour of letters.
    (axis,) = re.findall(r"\.bkl-axis path \{([^}]*)\}", css)
    assert "stroke-opacity: 0.16" in axis
    (rim,) = re.findall(r"\n([^\n]*) \{[^}]*paint-order: stroke", css)
    assert rim == ".bkl-bar .bkl-outside, .bkl-lane .bkl-quiet"
