"""One grade, for every way to tell it."""

from __future__ import annotations

import pytest

from checker import CheckResult, Grade, Status, Verdict


@pytest.fixture
def failed() -> Grade:
    """A grade with a passed check and a failed one."""
    return Grade(
        "01-parallel-stages",
        "Two preparations",
        Verdict.FAILED,
        4.56789,
        (
            CheckResult(
                "builds", "builds", "It builds", Status.PASSED, 10, 10, "It built in 2.0 s."
            ),
            CheckResult(
                "overlap",
                "stages_overlap",
                "They overlap",
                Status.FAILED,
                0,
                50,
                "Ran: assets 0.0\N{EN DASH}1.5 s.\nWanted: at least 0.3 s. [red]\x1b[2J\tend",
                "Look at [both].",
                {"overlap_s": 0.0},
            ),
        ),
    )
