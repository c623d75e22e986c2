from __future__ import annotations

from sandbox.model.explanation import Explanation


def test_a_report_ends_with_the_next_step() -> None:
    known = Explanation("correct it", "It is misspelt.", 2, "COPPY a b")

    assert known.report() == (
        "The build failed in line 2 of the Dockerfile: COPPY a b\n"
        "  likely cause: It is misspelt.\n"
        "  next: correct it"
    )


def test_what_is_not_known_is_left_out() -> None:
    assert Explanation("read on").report() == "The build failed.\n  next: read on"
    assert Explanation("read on", line=4).place == "in line 4 of the Dockerfile"
