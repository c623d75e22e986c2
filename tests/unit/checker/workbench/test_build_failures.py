from __future__ import annotations

from dataclasses import replace
from typing import Any

from checker.results import Verdict
from checker.workbench.build_failures import explain_failure, reason
from sandbox import Explanation


def test_the_sandbox_s_explanation_stands_below_buildkit_s_message(make: Any) -> None:
    explanation = Explanation("name a.txt", "b.txt is not there.", 2, "COPY b.txt .")
    build = replace(make.build(exit_code=1, message="ERROR: no"), explanation=explanation)

    assert reason(build) == "ERROR: no\nLikely cause: b.txt is not there.\nNext: name a.txt"
    assert reason(build) in explain_failure(build).message
    assert explain_failure(build).verdict is Verdict.BUILD_ERROR


def test_a_build_without_any_message(make: Any) -> None:
    build = replace(make.build(exit_code=1), explanation=None)

    assert reason(build) == "BuildKit gave no reason."
