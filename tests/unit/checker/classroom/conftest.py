"""A class, exercises of a course, and a grader that is played."""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from checker import CheckResult, Exercise, Grade, Status, Verdict
from checker.grading.measurement import ENGINE_LOST
from checker.grading.submission import Submission

CHECKS = """
[[checks]]
id = "builds"
kind = "builds"
title = "It builds"
points = 100
hint = "Read the message."
"""
_PLAYED = re.compile(rb"# ([a-z_]+) ([0-9]+)")


@dataclass
class PlayedGrader:
    """Gives the verdict and the points that a Dockerfile's comment names.

    ``# failed 60`` is graded like that. ``# infrastructure 1`` fails once by the infrastructure,
    and is then passed; ``# lost 2`` loses the engine twice. ``instead`` is played for everything,
    as after a change of the exercise.
    """

    seen: list[bytes] = field(default_factory=list)
    beside: dict[bytes, int] = field(default_factory=dict)
    pause: Callable[[], None] = lambda: None
    instead: bytes | None = None

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._running = 0

    def __call__(
        self,
        exercise: Exercise,
        submission: Submission,
        run: Any,
        *,
        tell: Any,
        cancel_token: Any,
        in_clone: bool,
    ) -> Grade:
        assert in_clone, "each grading of a class has a sandbox for itself"
        content = submission.files["Dockerfile"]
        with self._lock:
            self.seen.append(content)
            self._running += 1
            self.beside[content] = self._running
            times = self.seen.count(content)
        try:
            self.pause()
            cancel_token.raise_if_cancelled()
            return play(exercise, self.instead or content, times)
        finally:
            with self._lock:
                self._running -= 1


def play(exercise: Exercise, content: bytes, times: int = 1) -> Grade:
    """The grade that a content asks for, when it is graded for the n-th time."""
    found = _PLAYED.search(content)
    word, number = (found[1].decode(), int(found[2])) if found else ("failed", 0)
    evidence: dict[str, object] = {}
    if word in ("infrastructure", "lost"):
        verdict = Verdict.INFRASTRUCTURE if times <= number else Verdict.PASSED
        evidence = {ENGINE_LOST: True} if word == "lost" else {}
        points = 0 if times <= number else 100
    else:
        verdict, points = Verdict(word), number
    if verdict is Verdict.INFRASTRUCTURE:
        status = Status.ERROR
    else:
        status = Status.PASSED if verdict is Verdict.PASSED else Status.FAILED
    check = CheckResult(
        "builds", "builds", "It <b>builds</b>", status, points, 100, f"It was {word}.",
        evidence=evidence,
    )  # fmt: skip
    duration_s = int(hashlib.sha256(content).hexdigest()[:3], 16) / 1000
    return Grade(exercise.slug, exercise.title, verdict, duration_s, (check,))


@dataclass
class Course:
    """Two exercises, and a place for what a class hands in."""

    exercises: list[Exercise]
    root: Path

    @property
    def slugs(self) -> list[str]:
        return [exercise.slug for exercise in self.exercises]

    @property
    def handed_in(self) -> Path:
        return self.root / "handed-in"

    def lay_out(self, files: Mapping[str, str]) -> Path:
        """Write files below the folder that the class hands in; all have one time."""
        for name, text in files.items():
            path = self.handed_in / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            os.utime(path, (1_700_000_000, 1_700_000_000))
        return self.handed_in


@pytest.fixture
def course(make_exercise: Callable[..., Exercise], tmp_path: Path) -> Course:
    return Course([make_exercise(CHECKS, slug=slug) for slug in ("03-order", "04-small")], tmp_path)


@pytest.fixture
def grader() -> PlayedGrader:
    return PlayedGrader()
