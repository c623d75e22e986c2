"""Turns at the engine, and the time that is left."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace
from typing import Any, cast

import pytest

from checker.workbench.turns import Budget, Turns


def test_while_a_grading_is_alone_its_builds_take_no_turn(lab: Any) -> None:
    lab.bench.builds.get(target="one")
    with lab.bench.turns.alone(), lab.bench.turns.alone():
        lab.bench.builds.get(target="other")

    assert lab.builder.turns == ["shared", "alone"]


def test_a_build_without_the_cache_keeps_other_gradings_away(lab: Any) -> None:
    """They would share its steps, and find nothing in the cache for what follows one."""
    lab.bench.builds.get()
    lab.bench.builds.get(target="one")
    lab.bench.builds.get(target="one", options=("--no-cache",))

    assert lab.builder.turns == ["alone", "shared", "alone"]


def test_what_counts_downloads_builds_alone_from_indexes_without_a_limit(counting_lab: Any) -> None:
    counting_lab.bench.builds.get()
    counting_lab.bench.builds.get(target="other")

    assert counting_lab.builder.turns == ["alone", "alone"]
    assert counting_lab.builder.packages.paces == [(math.inf, 0)] * 2


@pytest.mark.parametrize("counts_downloads", [False, True])
def test_an_activity_is_told_when_the_wait_for_a_turn_is_over(counts_downloads: bool) -> None:
    told: list[str] = []

    class Waits:
        packages = SimpleNamespace(paced=lambda **_: nullcontext())

        @contextmanager
        def turn(self) -> Iterator[None]:
            told.append("(the sandbox tells of a wait)")
            yield

        alone = shared = turn

    turns = Turns(cast("Any", Waits()), counts_downloads=counts_downloads, progress=told.append)
    with turns.take("building the default target"):
        told.append("(it builds)")

    assert told == ["(the sandbox tells of a wait)", "building the default target", "(it builds)"]


def test_a_budget_that_is_spent_is_never_nothing() -> None:
    budget = Budget(20)
    budget.spend(15)
    assert budget.left_s == 5
    budget.spend(15)
    assert budget.left_s == 0.1, "0 would be no limit at all to some commands"
