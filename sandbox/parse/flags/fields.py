"""Reads values with fields: ``type=registry,ref=NAME`` of an option, or an object of a bake file.

docker reads them with Go's rules, which differ from Python's ``csv`` module in what is an
error, in what counts as a blank, and in lower case. If this module read a value differently than
docker, the checker could judge one value, and docker could build with another.

Source: https://pkg.go.dev/encoding/csv and https://github.com/tonistiigi/go-csvvalue, which
reads one line by the same rules; https://github.com/docker/buildx/tree/v0.29.1/util/buildflags
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.errors import ParseError

Entry = str | Mapping[str, object]
"""A value as an option has it, or as ``bake --print`` writes it: an object of JSON."""
# The blanks that Go's strings.TrimSpace removes; Python's strip also removes U+001C to U+001F.
_BLANKS = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
# The only letter whose lower case is two characters in Python and one in Go.
_CAPITAL_DOTTED_I = "\u0130"
_OFF = frozenset({"", "0", "f", "false"})
_ON = frozenset({"1", "t", "true"})
_FIELD_NAME = re.compile(r"[a-z0-9][a-z0-9._:-]*", re.ASCII)
_UNSEEN = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode's categories of characters that control or end a line, and of lone surrogates."""


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of one value, in their order.

    Args:
        pairs: Name and value of each field; the names in lower case.
        nameless: Fields without an equals sign, as they were typed.
    """

    pairs: tuple[tuple[str, str], ...] = ()
    nameless: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all fields; a field that is given twice is listed twice."""
        return tuple(name for name, _ in self.pairs)

    def get(self, name: str, default: str = "") -> str:
        """The value that docker uses: the last one, if a field is given more than once."""
        return next((value for own, value in reversed(self.pairs) if own == name), default)

    def all(self, name: str) -> tuple[str, ...]:
        """Every value that is given for a field."""
        return tuple(value for own, value in self.pairs if own == name)


def read_fields(entry: Entry, *, trims: bool = False) -> Fields:
    """Read the fields of a value.

    Args:
        entry: The value.
        trims: Whether docker ignores blanks around the names of this option's fields.

    Raises:
        ParseError: The text cannot be split into fields.
    """
    if not isinstance(entry, str):
        return Fields(tuple((_name(name, trims), to_text(value)) for name, value in entry.items()))
    return to_fields(read_csv(entry), trims=trims)


def to_fields(row: tuple[str, ...], *, trims: bool = False) -> Fields:
    """Split each field of a row into name and value; see ``read_fields``."""
    split = [field.partition("=") for field in row]
    return Fields(
        tuple((_name(name, trims), value) for name, is_there, value in split if is_there),
        tuple(text for text, is_there, _ in split if not is_there),
    )


def read_csv(text: str) -> tuple[str, ...]:
    """Split one line of comma-separated values as Go does; an empty text has no fields.

    Raises:
        ParseError: A quote is misplaced or not closed. The message is a clause, not a sentence.
    """
    line = text.removesuffix("\n")
    line = line.removesuffix("\r") if line != text else line
    if not line:
        return ()
    fields: list[str] = []
    position = 0
    while True:
        if line.startswith('"', position):
            field, position = _read_quoted(line, position + 1)
        else:
            end = line.find(",", position)
            end = len(line) if end < 0 else end
            field, position = line[position:end], end
            if '"' in field:
                raise _error(f"in {field}, a quote is not at the beginning")
        fields.append(field)
        if position == len(line):
            return tuple(fields)
        position += 1  # the comma


def write_fields(fields: Fields) -> str:
    """The one spelling of some fields, which docker reads exactly as this module does.

    Raises:
        ParseError: There is no such spelling: a field has no name, an unusual name, or the name of
            another field, or a value has a character that cannot be seen.
    """
    if fields.nameless:
        raise _unwritable(f"the field {shown(fields.nameless[0])} has no name")
    for name in fields.names:
        if not _FIELD_NAME.fullmatch(name):
            raise _unwritable(f"no field is called {shown(name)}")
        if fields.names.count(name) > 1:
            raise _unwritable(f"the field {name} is there {fields.names.count(name)} times")
    return ",".join(_quoted(f"{name}={write_text(value)}") for name, value in fields.pairs)


def write_text(text: str) -> str:
    """A text that is passed on as it is.

    Raises:
        ParseError: It has a character that cannot be seen; programs differ in what they make of it.
    """
    if unseen := next((letter for letter in text if is_unseen(letter)), None):
        raise _unwritable(f"{shown(text)} contains U+{ord(unseen):04X}, which cannot be seen")
    return text


def is_unseen(letter: str) -> bool:
    """Whether a character controls or ends a line, or is half of a pair."""
    return unicodedata.category(letter) in _UNSEEN


def shown(text: str) -> str:
    """A text for a message: in quotes and escaped where it could not be seen as it is."""
    plain = text and text.strip() == text and not any(map(is_unseen, text))
    return text if plain else ascii(text)


def read_switch(text: str) -> bool:
    """Read the value of a switch. Source: Go, strconv.ParseBool.

    Raises:
        ParseError: It is neither true nor false.
    """
    if text not in (text.lower(), text.upper(), text.capitalize()) or not text:
        raise _no_switch(text)
    if text.lower() in _ON:
        return True
    if text.lower() in _OFF:
        return False
    raise _no_switch(text)


def write_switch(value: bool) -> str:
    """The one spelling of a switch's value."""
    return "true" if value else "false"


def is_off(text: str) -> bool:
    """Whether a switch's value turns it off. Source: Go, strconv.ParseBool."""
    return text.lower() in _OFF


def to_text(value: object) -> str:
    """A JSON value as the text of an option."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _read_quoted(line: str, begin: int) -> tuple[str, int]:
    """The quoted field whose text begins at ``begin``, and the position after its closing quote."""
    position = begin
    while True:
        position = line.find('"', position)
        if position < 0:
            raise _error("a quote is not closed")
        behind = line[position + 1 : position + 2]
        if behind == '"':  # a pair of quotes stands for one
            position += 2
        elif behind in ("", ","):
            return line[begin:position].replace('""', '"'), position + 1
        else:
            raise _error(f"{behind} follows a closing quote, where a comma must follow")


def _name(text: str, trims: bool) -> str:
    name = text.replace(_CAPITAL_DOTTED_I, "i").lower()
    return name.strip(_BLANKS) if trims else name


def _quoted(field: str) -> str:
    doubled = field.replace('"', '""')
    return f'"{doubled}"' if "," in field or doubled != field else field


def _unwritable(why: str) -> ParseError:
    return ParseError(why, next_step="write each field once, as NAME=VALUE")


def _no_switch(text: str) -> ParseError:
    return ParseError(f"{shown(text)} is neither true nor false", next_step="leave the value out")


def _error(why: str) -> ParseError:
    return ParseError(
        why, next_step='put quotes around a whole field that has a comma, as in "name=a,b"'
    )
