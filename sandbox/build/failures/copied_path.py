"""The path that a COPY, an ADD or a mount did not find, as the Dockerfile writes it."""

from __future__ import annotations

import fnmatch
import glob
import json
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.build.failures.evidence import Evidence
from sandbox.errors import ParseError
from sandbox.parse.flags import read_mount

_NOT_FOUND = re.compile(
    r'failed to calculate checksum of ref \S+: "(/[^"]*)": not found|'
    r"lstat (/\S+): no such file or directory"
)
_FLAG = re.compile(r"--([a-z]+)=(\S+)")
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")


@dataclass(frozen=True, slots=True)
class CopiedPath:
    """A path that does not exist.

    Args:
        path: As BuildKit looked for it, from the root: ``/b.txt``.
        word: As the Dockerfile has it; None when it cannot be told which word is meant.
        origin: The stage, image or named context to copy from; None for the build context.
    """

    path: str
    word: str | None
    origin: str | None

    @property
    def name(self) -> str:
        """The path relative to the root."""
        return self.path.lstrip("/")

    def empty_variables(self, declared: dict[str, bool]) -> tuple[list[str], bool]:
        """Variables of the word that were empty, to judge by the path, and whether declared.

        Args:
            declared: See ``Evidence.variables``.
        """
        names = dict.fromkeys(a or b for a, b in _VARIABLE.findall(self.word or ""))
        unknown = [name for name in names if name not in declared]
        if unknown and self._fits(unknown):
            return unknown, False
        without_value = [name for name in names if not declared.get(name, False)]
        if without_value and self._fits(without_value):
            return without_value, True
        return [], False

    def _fits(self, empty: list[str]) -> bool:
        """Whether the word gives the path if these variables are empty and others anything."""
        parts = _VARIABLE.split(_without_quotes(self.word or "").removeprefix("./"))
        # The split gives a text and the two groups of a variable in turn.
        pattern = glob.escape(parts[0])
        for bare, braced, text in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
            pattern += ("" if (bare or braced) in empty else "*") + glob.escape(text)
        pattern = re.sub("/+", "/", f"/{pattern}").rstrip("/")
        # fnmatch, unlike a regular expression with several `.*`, never backtracks for long.
        return fnmatch.fnmatchcase(self.path, pattern)


def read_copied_path(evidence: Evidence) -> CopiedPath | None:
    """The path that a build failed to find; None for other failures."""
    found = _NOT_FOUND.search(evidence.said)
    if found is None:
        return None
    path = found[1] or found[2]
    for word, origin in _sources(evidence.marked):
        if _may_become(word, path):
            return CopiedPath(path, word, origin)
    origins = {origin for _, origin in _sources(evidence.marked)}
    return CopiedPath(path, None, origins.pop() if len(origins) == 1 else None)


def _may_become(word: str, path: str) -> bool:
    """Whether BuildKit may have looked for a path because of a word of the Dockerfile."""
    literal = _without_quotes(word)
    begin = re.split(r"[$*?\[]", literal, maxsplit=1)[0]
    if begin == literal:
        return _from_root(literal) == path
    # If a pattern has no match, BuildKit may report its folder.
    begin = begin if "$" in literal else posixpath.dirname(begin)
    return path.startswith(_from_root(begin))


def _from_root(path: str) -> str:
    return posixpath.normpath(f"/{path.lstrip('/')}")


def _sources(marked: str) -> Iterator[tuple[str, str | None]]:
    """Each source of an instruction, and the stage or image that it is in."""
    keyword, _, rest = marked.partition(" ")
    given = _FLAG.findall(rest)
    if keyword.upper() in ("COPY", "ADD"):
        origin = next((value for name, value in given if name == "from"), None)
        text = _FLAG.sub("", rest).strip()
        try:
            words = [str(word) for word in json.loads(text)] if text.startswith("[") else None
        except ValueError:
            words = None
        for word in (words or text.split())[:-1]:
            yield word, origin
    for value in (value for name, value in given if name == "mount"):
        try:
            mount = read_mount(value)
        except ParseError:
            continue
        yield mount.fields.get("source") or mount.fields.get("src") or "/", mount.source


def _without_quotes(word: str) -> str:
    return re.sub(r"[\"']", "", word)
