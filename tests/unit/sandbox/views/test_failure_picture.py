"""Why a build failed, in a picture and in words."""

from __future__ import annotations

from xml.etree import ElementTree

from sandbox.model.explanation import Explanation, SourceLine
from sandbox.model.vertex import State
from sandbox.views import failure_picture
from sandbox.views.failure_picture import source_lines
from sandbox.views.style import LOOKS, SIGNS, wrap

from .test_pictures import SVG, inspect, words

KNOWN = Explanation(
    next_step="write COPY",
    cause="COPPY is no instruction.",
    line=2,
    instruction="COPPY a b",
    printed="one\ntwo",
    said='dockerfile parse error on line 2: unknown instruction: "COPPY"',
    source=(
        SourceLine(1, "FROM lab/busybox", False),
        SourceLine(2, "    COPPY a <b>", True),
        SourceLine(3, "", False),
    ),
)


def test_the_line_the_message_the_cause_and_the_next_step_are_told_in_this_order() -> None:
    assert failure_picture(KNOWN).text == (
        "The build failed in line 2 of the Dockerfile.\n"
        "\n"
        "     1 |     FROM lab/busybox\n"
        "     2 | >>>     COPPY a <b>\n"
        "\n"
        '  Message: dockerfile parse error on line 2: unknown instruction: "COPPY"\n'
        "  Printed: one\n"
        "    two\n"
        "  Likely cause: COPPY is no instruction.\n"
        "  Next: write COPY\n"
    )


def test_the_picture_has_the_same_words_and_the_look_of_failure() -> None:
    picture = failure_picture(KNOWN)
    shown = words(picture)
    assert shown[0] == "The build failed in line 2 of the Dockerfile"
    assert shown.index(">>>") < shown.index("COPPY a <b>") < shown.index("Message")
    assert shown[shown.index("Likely cause") + 1] == "COPPY is no instruction."
    assert shown[-2:] == ["Next", "write COPY"]
    assert shown[shown.index("Printed") + 1 :][:2] == ["one", "two"]
    look = LOOKS[State.FAILED]
    assert SIGNS[State.FAILED].path in picture.svg
    root = inspect(picture)
    assert {text.get("fill") for text in root.iter(f"{SVG}text")} == {look.text}
    assert f'stroke="{look.line}"' in picture.svg


def test_what_is_not_known_is_left_out() -> None:
    assert words(failure_picture(Explanation("read on"))) == [
        "The build failed",
        "Next",
        "read on",
    ]


def test_however_long_it_is_it_fits() -> None:
    lines = tuple(SourceLine(n, " " * 200 + "x" * 900, 40 <= n < 45) for n in range(1, 90))
    picture = failure_picture(
        Explanation("go " * 900, "z" * 3000, 40, said="日本語 " * 400, source=lines)
    )
    root: ElementTree.Element = inspect(picture)
    assert float(root.attrib["height"]) < 900
    shown = source_lines(Explanation("", source=lines))
    assert len(shown) == 12
    assert {40, 41, 42, 43, 44} <= {line.number for line in shown}


def test_a_text_is_broken_between_words_and_a_long_word_anywhere() -> None:
    assert wrap("a b", 500, 12, most=9) == ["a b"]
    assert "".join(wrap("x" * 200, 300, 12, most=99)) == "x" * 200
    lines = wrap("word " * 50, 200, 12, most=2)
    assert len(lines) == 2
    assert lines[0].startswith("word word")
    assert lines[1].endswith("…")
    assert wrap("x", 0, 12, most=3) == []
