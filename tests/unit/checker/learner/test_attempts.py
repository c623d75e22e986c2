"""Who hears what while a path is graded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from checker import Exercise
from checker.checks import KINDS, WARM
from checker.learner import attempts
from checker.listeners import Listeners
from sandbox import CancelToken


def test_what_the_sandbox_tells_is_kept_apart_from_the_steps_of_a_grading(
    make_exercise: Callable[..., Exercise],
    make: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fetching(*, tell: Callable[[str], None], cancel_token: CancelToken | None) -> Any:
        tell("fetching lab/busybox")
        return make.builder(lambda ask: make.build())

    monkeypatch.setattr(attempts, "Sandbox", fetching)
    exercise, steps, told = make_exercise(), list[str](), list[str]()

    attempts.grade_path(
        exercise, exercise.folder, progress=Listeners(grading=steps.append, sandbox=told.append)
    )

    assert told == ["fetching lab/busybox"]
    assert "building the default target" in steps


@pytest.mark.parametrize(("kind", "is_reused"), [("builds", True), ("cold", False)])
def test_the_builders_cache_is_reused_only_where_every_check_allows_it(
    make_exercise: Callable[..., Exercise],
    make: Any,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    is_reused: bool,
) -> None:
    builder = make.builder(lambda ask: make.build())
    monkeypatch.setattr(attempts, "Sandbox", lambda **_: builder)
    exercise = make_exercise()
    exercise = replace(exercise, checks=tuple(replace(one, kind=kind) for one in exercise.checks))
    quiet = Listeners(lambda _: None, lambda _: None)

    attempts.grade_path(exercise, exercise.folder, progress=quiet, use_cache=True)

    assert ("--no-cache" not in builder.asks[0].argv) is is_reused


def test_kinds_that_may_reuse_the_cache_exist() -> None:
    assert set(KINDS) >= WARM
