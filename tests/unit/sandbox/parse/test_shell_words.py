"""A line is split into words as a shell splits it, and nothing of it is worked out."""

from __future__ import annotations

from contextlib import suppress

import pytest

from sandbox.parse.shell_words import Kind, UnfinishedError, WordPart, read_words


def words(line: str) -> list[str]:
    return list(read_words(line, lambda part: part.text))


def parts(line: str) -> list[WordPart]:
    found: list[WordPart] = []

    def note(part: WordPart) -> str:
        found.append(part)
        return part.text

    with suppress(UnfinishedError):  # behind $' stands a quote of its own
        list(read_words(line, note))
    return [part for part in found if part.kind is not Kind.TEXT]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("", []),
        (" \t\r\n", []),
        ("a  b\tc", ["a", "b", "c"]),
        ("'a b' \"c d\" e\\ f", ["a b", "c d", "e f"]),
        ("'' \"\" a''", ["", "", "a"]),
        ("a'b'\"c\"\\d", ["abcd"]),
        ("'\\n' \"\\n\" \\n", ["\\n", "\\n", "n"]),
        ('"\\"\\\\\\$\\`"', ['"\\$`']),
        ("it\\'s \"it's\"", ["it's", "it's"]),
        ("a#b ''#c", ["a#b", "#c"]),
        ("a # b\nc", ["a", "c"]),
        ("#don't", []),
        ("a~b ~", ["a~b", "~"]),
        ("a\u00a0b\x0bc", ["a\u00a0b\x0bc"]),
        ("{a,b} !x a=b %c", ["{a,b}", "!x", "a=b", "%c"]),
    ],
)
def test_words(line: str, found: list[str]) -> None:
    assert words(line) == found


@pytest.mark.parametrize(
    ("line", "kind", "text"),
    [
        ("a$B", Kind.VARIABLE, "B"),
        ('"${B_1}x"', Kind.VARIABLE, "B_1"),
        ("a|b", Kind.OPERATOR, "|"),
        ("a && b", Kind.OPERATOR, "&&"),
        ("a;b", Kind.OPERATOR, ";"),
        ("a 2>&1", Kind.OPERATOR, "2>&1"),
        ("a2>b", Kind.OPERATOR, ">"),
        ("(a", Kind.OPERATOR, "("),
        ("$'a'", Kind.OPERATOR, "$'"),
        ("a`", Kind.SUBSTITUTION, "`"),
        ('"$(a"', Kind.SUBSTITUTION, "$("),
        ("$1", Kind.PARAMETER, "$1"),
        ('"${A:-b}"', Kind.PARAMETER, "${"),
        ("a*", Kind.PATTERN, "*"),
        ("~a/b", Kind.HOME, "~a"),
        ("a #b c", Kind.COMMENT, "#b c"),
    ],
)
def test_what_a_shell_would_work_on(line: str, kind: Kind, text: str) -> None:
    assert WordPart(kind, text) in parts(line)


@pytest.mark.parametrize(
    "line",
    ["'$A `b` $(c) | > ; * ~ #'", "\\$A \\| \\* \\~ \\#", '"| > ; * ~ # \\$A 5$"', "5$ a~ a#"],
)
def test_quoted_nothing_is_left_for_a_shell(line: str) -> None:
    assert parts(line) == []


@pytest.mark.parametrize(
    ("line", "is_quote"), [("'a", True), ('a "b', True), ("a\\", False), ('"a\\', True)]
)
def test_a_line_that_ends_too_early(line: str, is_quote: bool) -> None:
    with pytest.raises(UnfinishedError) as caught:
        words(line)

    assert caught.value.is_quote is is_quote


def test_a_part_is_given_out_before_the_rest_is_read() -> None:
    def refuse(part: WordPart) -> str:
        if part.kind is Kind.OPERATOR:
            raise LookupError(part.text)
        return part.text

    with pytest.raises(LookupError, match=";"):
        list(read_words("a ; 'b", refuse))
