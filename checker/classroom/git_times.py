"""When the files of a student's git checkout were committed. The repository is a stranger's.

git runs in an empty repository of our own, which borrows the objects of the student's. So none of
his settings, hooks and attributes is there, and nothing that they name can be run. A commit's time
is his word, as that of a file is; but a checkout's files have the time of the checkout.
"""

from __future__ import annotations

import hashlib
import os
import re
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from checker.errors import SubmissionError
from checker.grading.submission import read_beginning

_MOST_SECONDS = 10
_MOST_COMMITS = 1_000
"""The most commits that are looked at, of those that change one of the files."""
_MOST_MEMORY_BYTES = 1_000_000_000
_MOST_REFS_BYTES = 1_000_000
_ID = re.compile(r"[0-9a-f]{40}")
_REF = re.compile(r"ref: (refs/[A-Za-z0-9_][A-Za-z0-9_./-]*)\n?")


@dataclass(frozen=True, slots=True)
class Committed:
    """The latest commit of one file.

    Args:
        at: When, in UTC.
        blob: The id of the file's content in it.
    """

    at: datetime
    blob: str

    def is_of(self, content: bytes) -> bool:
        """Whether the content is that of the commit, and was not changed afterwards."""
        named = b"blob %d\0" % len(content) + content
        return hashlib.sha1(named, usedforsecurity=False).hexdigest() == self.blob


def find_committed(checkout: Path, names: Collection[str]) -> dict[str, Committed]:
    """The latest commit of each of these files, as far as the history tells it.

    Args:
        checkout: The folder that has the folder ``.git``.
        names: Paths of files below it.
    """
    git, objects = shutil.which("git"), checkout.absolute() / ".git" / "objects"
    commit = _commit_of(checkout / ".git")
    if git is None or commit is None or "\n" in str(objects):
        return {}
    with tempfile.TemporaryDirectory(prefix="checker-git-") as folder:
        own = Path(folder)
        for needed in ("refs", "objects/info"):
            (own / needed).mkdir(parents=True)
        (own / "HEAD").write_text("ref: refs/heads/none\n")
        (own / "objects" / "info" / "alternates").write_bytes(os.fsencode(objects) + b"\n")
        (own / "shallow").write_text("".join(f"{one}\n" for one in _ends(checkout / ".git")))
        what = ("--raw", "-z", "--no-abbrev", "--no-renames", "--format=%ct")
        line = [git, "log", *what, f"--max-count={_MOST_COMMITS}", commit, "--", *names]
        return _parsed(_output_of(line, own))


def _output_of(line: list[str], repository: Path) -> str:
    """What git writes; nothing if it fails, as for a damaged repository."""
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "GIT_DIR": str(repository),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_LITERAL_PATHSPECS": "1",
    }
    try:
        process = subprocess.Popen(
            line,
            cwd=repository,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError:  # such as too many names
        return ""
    with process:
        with suppress(ProcessLookupError):
            resource.prlimit(process.pid, resource.RLIMIT_AS, (_MOST_MEMORY_BYTES,) * 2)
        try:
            output, _ = process.communicate(timeout=_MOST_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return ""
    return output.decode("utf-8", "surrogateescape") if process.returncode == 0 else ""


def _parsed(output: str) -> dict[str, Committed]:
    """The first entry of each file: ``TIME\\0\\n:MODES OLD NEW LETTER\\0NAME\\0…``."""
    found: dict[str, Committed] = {}
    at: datetime | None = None
    parts = iter(output.split("\0"))
    for part in parts:
        if part.lstrip("\n").startswith(":"):
            *_, blob, _letter = part.split()
            name = next(parts, "")
            if at is not None:
                found.setdefault(name, Committed(at, blob))
        elif part:
            with suppress(ValueError, OverflowError, OSError):
                at = datetime.fromtimestamp(int(part), UTC)
    return found


def _commit_of(folder: Path) -> str | None:
    """The id of the commit that is checked out; None: it cannot be told."""
    head = _text_of(folder / "HEAD")
    if (ref := _REF.fullmatch(head)) is None:
        return head.strip() if _ID.fullmatch(head.strip()) else None
    if ".." not in ref[1] and _ID.fullmatch(found := _text_of(folder / ref[1]).strip()):
        return found
    lines = (line.split(" ") for line in _text_of(folder / "packed-refs").splitlines())
    packed = (line[0] for line in lines if line[1:] == [ref[1]] and _ID.fullmatch(line[0]))
    return next(packed, None)


def _ends(folder: Path) -> list[str]:
    """The commits whose parents a shallow clone leaves out."""
    return [line for line in _text_of(folder / "shallow").splitlines() if _ID.fullmatch(line)]


def _text_of(path: Path) -> str:
    try:
        return read_beginning(path, path.name, most_bytes=_MOST_REFS_BYTES)[0].decode("ascii")
    except (SubmissionError, UnicodeDecodeError):
        return ""
