"""Searches a JSON document for bytes, value by value."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sandbox.oci.forms import Form, told_apart

_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


@dataclass(frozen=True, slots=True)
class Match:
    """Bytes found in a document.

    Args:
        key: The value's key, as ``config.Env[2]``; None if the bytes span several values.
        offset: The first offset in the value; in the document if there is no key.
        occurrences: The number of occurrences in the value.
        encoding: ``base64`` if they are in the decoded value; None otherwise.
        form: Their encoding there; None: as they are.
    """

    key: str | None
    offset: int
    occurrences: int
    encoding: str | None = None
    form: str | None = None


def search_json(raw: bytes, forms: Sequence[Form]) -> Iterator[Match]:
    """Every value of a JSON document that holds the bytes, and every name of a key.

    Bytes in a document that is not JSON, or across several values, give a match without a key.
    """
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        document = None
    found = False
    for key, value in values_of(document):
        for match in _in_value(key, value, forms):
            found = True
            yield match
    if not found:
        yield from _in_bytes(raw, forms)


def _in_value(key: str, value: str, forms: Sequence[Form]) -> Iterator[Match]:
    found = list(_in_bytes(value.encode(errors="surrogatepass"), forms))
    meant = _decoded(value)
    # A value that matches as it is need not be decoded.
    if meant is not None and all(match.form is not None for match in found):
        decoded = [replace(match, encoding="base64") for match in _in_bytes(meant, forms)]
        found = decoded or found
    yield from (replace(match, key=key) for match in found)


def _in_bytes(content: bytes, forms: Sequence[Form]) -> Iterator[Match]:
    found = {form.name: hits for form in forms if (hits := form.within(content))}
    for name in told_apart(found):
        offset = min(at for _, at, _ in found[name])
        yield Match(None, offset, max(count for *_, count in found[name]), form=name)


def _decoded(value: str) -> bytes | None:
    if not _BASE64.fullmatch(value):
        return None
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error:
        return None


def values_of(document: object) -> Iterator[tuple[str, str]]:
    """Every string, number and name in a document, with its key; iterative, for any depth."""
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
