"""Values with fields are split by Go's rules, and not by those of Python's ``csv``."""

from __future__ import annotations

import pytest

from sandbox.errors import ParseError
from sandbox.parse.flags.fields import Fields, is_off, read_csv, read_fields


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("", ()),
        ("\n", ()),
        ("a", ("a",)),
        ("a,b,c", ("a", "b", "c")),
        ("a,b\n", ("a", "b")),
        ("a,b\r\n", ("a", "b")),
        ("a\r", ("a\r",)),
        ("a\nb,c", ("a\nb", "c")),
        (" a, b", (" a", " b")),
        (",,", ("", "", "")),
        ("a,", ("a", "")),
        ('""', ("",)),
        ('a,"b,c ,d",e', ("a", "b,c ,d", "e")),
        ('"a ""b"" c",d', ('a "b" c', "d")),
        ('"""a"', ('"a',)),
        ("a'b',c", ("a'b'", "c")),
        ("a\\,b", ("a\\", "b")),
        ("\ufeffa", ("\ufeffa",)),
        ("é€,\x1fname=b", ("é€", "\x1fname=b")),
    ],
)
def test_a_row(text: str, row: tuple[str, ...]) -> None:
    assert read_csv(text) == row


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('"', "not closed"),
        ('"""', "not closed"),
        ('a,"b', "not closed"),
        ('a "b",c', "not at the beginning"),
        ('a""b', "not at the beginning"),
        (' "a"', "not at the beginning"),
        ('"a "b",c', "b follows a closing quote"),
        ('"a"\n\n', "follows a closing quote"),
    ],
)
def test_what_go_does_not_read(text: str, why: str) -> None:
    with pytest.raises(ParseError, match=why):
        read_csv(text)


def test_a_long_row_is_read_at_once() -> None:
    assert len(read_csv("a," * 500_000)) == 500_001
    assert len(read_csv('"' + '""' * 500_000 + '"')[0]) == 500_000


@pytest.mark.parametrize("trims", [False, True])
def test_fields_keep_their_order_and_the_last_of_a_name_counts(trims: bool) -> None:
    fields = read_fields('b=1,alone,A=2,"c=x,y",b=3=4', trims=trims)

    assert fields.pairs == (("b", "1"), ("a", "2"), ("c", "x,y"), ("b", "3=4"))
    assert fields.nameless == ("alone",)
    assert fields.names == ("b", "a", "c", "b")
    assert fields.get("b") == "3=4"
    assert fields.all("b") == ("1", "3=4")
    assert fields.get("d") == ""
    assert fields.get("d", "min") == "min"


@pytest.mark.parametrize(
    ("text", "trims", "name"),
    [
        (" Dest =x", True, "dest"),
        (" Dest =x", False, " dest "),
        ("\u00a0dest\u3000=x", True, "dest"),
        # Python's strip would take this one away, and Go's TrimSpace does not.
        ("\x1fname=x", True, "\x1fname"),
        ("\ufeffname=x", True, "\ufeffname"),
        # Its small letter is i in Go, and i with another sign behind it in Python.
        ("compress\u0130on=x", False, "compression"),
        ("\u212aey=x", False, "key"),
    ],
)
def test_names_are_read_as_go_reads_them(text: str, trims: bool, name: str) -> None:
    assert read_fields(text, trims=trims).names == (name,)


def test_an_object_of_a_bake_file_has_the_same_fields_as_a_text() -> None:
    entry = {"type": "registry", "ref": "a,b", "Oci-Mediatypes": True}

    assert read_fields(entry) == read_fields('type=registry,"ref=a,b",oci-mediatypes=true')
    assert read_fields({}) == Fields()


@pytest.mark.parametrize(
    ("text", "off"),
    [("", True), ("0", True), ("F", True), ("false", True), ("true", False), ("x", False)],
)
def test_what_turns_a_switch_off(text: str, off: bool) -> None:
    assert is_off(text) is off
