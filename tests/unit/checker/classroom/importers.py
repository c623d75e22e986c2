"""Readers of exports, written from the rules of the platforms' own importers.

Each reads a file as its platform does, and raises ``Aborted`` where the platform takes nothing.
Sources: ``lib/gradebook_importer.rb`` of canvas-lms; ``grade/import/csv/classes/load_data.php`` and
``mod/assign/feedback/file/importziplib.php`` of moodle; ``docs/specs.md`` of gradescope's samples
of autograders; ``classroom50/result/v1`` of foundation50/classroom50.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path

_CANVAS_HEAD = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
_NO_GRADE = ("", "-")
_GRADESCOPE = {"score", "execution_time", "output", "visibility", "stdout_visibility"}
_GRADESCOPE_TEST = {"score", "max_score", "name", "number", "output", "tags", "visibility"}
_CLASSROOM50 = {
    "schema", "classroom", "assignment", "submission_tag", "username", "owner", "commit_url",
    "release_url", "review_url", "datetime", "graded_at", "score", "max-score", "tests",
}  # fmt: skip


class Aborted(Exception):
    """The platform takes nothing of the file."""


def read_canvas(text: str) -> dict[str, dict[str, float]]:
    """Marks by the first id that has a value, and by assignment; blanks overwrite nothing."""
    head, possible, *lines = csv.reader(io.StringIO(text))
    if head[:5] != _CANVAS_HEAD or possible[0].strip() != "Points Possible":
        raise Aborted(head)
    found = {}
    for line in lines:
        user = next((cell for cell in line[1:4] if cell), None)
        if user is None:
            raise Aborted(line)
        marks = zip(head[5:], line[5:], strict=True)
        found[user] = {name: float(mark) for name, mark in marks if mark not in _NO_GRADE}
    return found


def read_moodle(text: str, users: Collection[str], column: str) -> dict[str, dict[str, float]]:
    """Marks by user and grade item: one wrong line aborts the whole import."""
    found: dict[str, dict[str, float]] = {}
    for line in csv.DictReader(io.StringIO(text)):
        if line[column] not in users:
            raise Aborted(f"unknown user {line[column]}")
        marks = {name: mark for name, mark in line.items() if name not in (column, "email", "id")}
        found[line[column]] = {}
        for name, mark in marks.items():
            if mark in _NO_GRADE:
                continue
            try:
                grade = float(mark)
            except ValueError:
                raise Aborted(f"no number: {mark}") from None
            if grade > 100:
                raise Aborted(f"over 100: {mark}")
            found[line[column]][name] = grade
    return found


def read_moodle_feedback(path: Path, participants: Collection[int]) -> dict[int, dict[str, str]]:
    """Files by participant; what has another name is passed over, and none at all aborts."""
    found: dict[int, dict[str, str]] = {}
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if member.is_dir() or member.filename.startswith(("__MACOSX", ".")):
                continue
            parts = member.filename.replace("/", "").split("_", 4)
            if len(parts) < 5 or parts[2:4] != ["assignsubmission", "file"]:
                continue
            if parts[1].isdecimal() and int(parts[1]) in participants:
                text = archive.read(member).decode()
                found.setdefault(int(parts[1]), {})[parts[4]] = text
    if not found:
        raise Aborted("no feedback files")
    return found


def read_gradescope(text: str) -> tuple[float, dict[str, str]]:
    """The score, and passed or failed by name of test."""
    result = json.loads(text)
    if not set(result) <= {*_GRADESCOPE, "extra_data", "tests"}:
        raise Aborted(sorted(result))
    if not isinstance(result["score"], int) or result["visibility"] != "visible":
        raise Aborted(result)
    states = {}
    for test in result["tests"]:
        if not set(test) <= {*_GRADESCOPE_TEST, "extra_data", "status"}:
            raise Aborted(sorted(test))
        if test["score"] > test["max_score"]:
            raise Aborted(test)
        failed_by_points = "passed" if test["score"] == test["max_score"] else "failed"
        states[test["name"]] = test.get("status", failed_by_points)
    return result["score"], states


def read_classroom50(text: str) -> Mapping[str, object]:
    """The result, if it is one of the format's first version."""
    result = json.loads(text)
    if result.get("schema") != "classroom50/result/v1" or set(result) != _CLASSROOM50:
        raise Aborted(sorted(result))
    for name in ("datetime", "graded_at"):
        if datetime.fromisoformat(result[name]).tzinfo is None:
            raise Aborted(name)
    for one in (result, *result["tests"]):
        if not all(type(one[name]) is int for name in ("score", "max-score")):
            raise Aborted(one)
    for test in result["tests"]:
        if set(test) != {"test-name", "passed", "score", "max-score"}:
            raise Aborted(sorted(test))
        if not isinstance(test["passed"], bool) or not re.search(r"\S", test["test-name"]):
            raise Aborted(test)
    return dict(result)
