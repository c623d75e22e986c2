"""Who hears what while a path is graded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from checker import Exercise, examiner
from checker.report import Progress


def test_what_the_sandbox_tells_is_kept_apart_from_the_steps_of_a_grading(
    make_exercise: Callable[..., Exercise],
    make: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fetching(tell: Callable[[str], None]) -> Any:
        tell("fetching lab/busybox")
        return make.builder(lambda ask: make.build())

    monkeypatch.setattr(examiner, "Sandbox", fetching)
    exercise, steps, told = make_exercise(), list[str](), list[str]()

    examiner.grade_path(
        exercise, exercise.folder, progress=Progress(grading=steps.append, sandbox=told.append)
    )

    assert told == ["fetching lab/busybox"]
    assert "building the default target" in steps
