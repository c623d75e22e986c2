"""Looking for bytes in a JSON document, value by value."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


@dataclass(frozen=True, slots=True)
class Match:
    """Bytes found in a document.

    Args:
        key: The value's, as ``config.Env[2]``; None when they lie across several values.
        offset: Of the first, in the value; in the document when there is no key.
        occurrences: In the value.
        encoding: ``base64`` when they are in what the value stands for, else None.
    """

    key: str | None
    offset: int
    occurrences: int
    encoding: str | None = None


def search_json(raw: bytes, needle: bytes) -> Iterator[Match]:
    """Every value of a JSON document that holds the bytes, and every name of a key.

    What is not JSON, or is found across several values only, gives a match without a key.
    """
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        document = None
    found = False
    for key, value in _values(document):
        for match in _in_value(key, value, needle):
            found = True
            yield match
    if not found and needle in raw:
        yield Match(None, raw.find(needle), raw.count(needle))


def _in_value(key: str, value: str, needle: bytes) -> Iterator[Match]:
    plain = value.encode(errors="surrogatepass")
    if needle in plain:
        yield Match(key, plain.find(needle), plain.count(needle))
    elif _BASE64.fullmatch(value):
        try:
            meant = base64.b64decode(value, validate=True)
        except binascii.Error:
            return
        if needle in meant:
            yield Match(key, meant.find(needle), meant.count(needle), "base64")


def _values(document: object) -> Iterator[tuple[str, str]]:
    """Every string, number and name in a document, with its key; depth costs no stack."""
    todo: list[tuple[str, object]] = [("", document)]
    while todo:
        key, value = todo.pop()
        if isinstance(value, dict):
            for name in value:
                yield f"{key}.{name}".lstrip("."), str(name)
            todo += [(f"{key}.{name}".lstrip("."), v) for name, v in reversed(value.items())]
        elif isinstance(value, list):
            todo += [(f"{key}[{number}]", v) for number, v in reversed([*enumerate(value)])]
        elif value is not None:
            yield key, str(value) if not isinstance(value, bool) else str(value).lower()
