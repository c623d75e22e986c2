from __future__ import annotations

import json

import pytest

from checker.plain_text import MOST_ENTRIES, MOST_LETTERS, plain, plain_json, plain_line


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ä\n  „schön“ 🐳", "ä\n  „schön“ 🐳"),
        ("a\tb", "a   b"),
        ("\x1b[2J\x1b]0;x\x07", "\\x1b[2J\\x1b]0;x\\x07"),
        ("\x9b2J\x7f\x85", "\\x9b2J\\x7f\\x85"),
        ("\u202eevil\u2066", "\\u202eevil\\u2066"),
        ("half \ud800", "half \\ud800"),
        ("a\rb", "a\\rb"),
    ],
)
def test_what_cannot_be_seen_is_escaped(text: str, said: str) -> None:
    assert plain(text) == said
    json.dumps(plain_json({text: [text]}), ensure_ascii=False).encode()


def test_what_is_long_keeps_its_beginning_and_its_end() -> None:
    text = plain("a" + "\x9b" * 3_000_000 + "z")

    assert len(text) < 5 * MOST_LETTERS
    assert text[0] + text[-1] == "az"
    assert "characters left out" in text


def test_evidence_keeps_its_numbers_and_is_bounded() -> None:
    said = plain_json({"n": 1.5, "is": True, "none": None, "all": list(range(MOST_ENTRIES + 7))})

    assert isinstance(said, dict)
    assert (said["n"], said["is"], said["none"]) == (1.5, True, None)
    assert said["all"][-1] == "… 7 more"


def test_a_line_has_no_line_end() -> None:
    assert plain_line("a\nb\r\u2028c") == "a\\nb\\r\\u2028c"
