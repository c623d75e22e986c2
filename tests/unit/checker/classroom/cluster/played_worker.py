"""What a worker of a test runs in place of ``on_worker.grade``: the same, with a played grader."""

from __future__ import annotations

import hashlib
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from checker import Exercise, Grade
from checker.classroom.cluster import on_worker
from checker.grading.submission import Submission
from tests.unit.checker.classroom.conftest import play

SEEN = "PLAYED_SEEN"
"""A folder that all workers share: a file for each content, a byte for each grading of it."""
BROKEN = "PLAYED_BROKEN"
"""Set on a worker that grades everything as passed."""


def played(slug: str, files: Mapping[str, bytes], wanted: Mapping[str, str]) -> str:
    """Grade as a comment says. ``# kills: N`` kills the worker the first N times."""
    return on_worker.answer(slug, files, wanted, _grade).as_json()


def times_seen(folder: Path, content: bytes) -> int:
    """How often a content has been graded, by any worker."""
    path = folder / hashlib.sha256(content).hexdigest()
    return path.stat().st_size if path.exists() else 0


def _grade(exercise: Exercise, submission: Submission, run: Any, **_: object) -> Grade:
    if os.environ.get(BROKEN):
        return play(exercise, b"# passed 100")
    content = submission.files["Dockerfile"]
    folder = Path(os.environ[SEEN])
    with (folder / hashlib.sha256(content).hexdigest()).open("ab") as file:
        file.write(b".")
    times = times_seen(folder, content)
    first = content.partition(b"\n")[0]
    if first.startswith(b"# kills: ") and times <= int(first.split()[-1]):
        os.kill(os.getpid(), signal.SIGKILL)
    return play(exercise, content, times)
