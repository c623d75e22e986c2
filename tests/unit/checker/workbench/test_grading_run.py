"""What is new in each run of a grading, and what stays."""

from __future__ import annotations

import os

from checker.workbench.grading_run import NAME, GradingRun


def test_a_run_has_a_name_that_says_whose_it_is() -> None:
    run = GradingRun("c0ffee")

    assert run.name == f"checker-{os.getpid()}-c0ffee"
    assert NAME.fullmatch(GradingRun().name)


def test_again_is_another_run_for_the_same_listeners() -> None:
    said: list[str] = []
    run = GradingRun(use_cache=True, progress=said.append)

    again = run.again()
    again.progress("again")

    assert again.nonce != run.nonce
    assert (again.use_cache, said) == (True, ["again"])
