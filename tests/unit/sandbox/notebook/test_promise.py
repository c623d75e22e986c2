"""A lesson's own check says in words what it checked, and what is wrong."""

from __future__ import annotations

import pytest

from sandbox.notebook.promise import NotAsTold, as_told


def test_what_holds_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with as_told("both stages ran"):
        assert True
    assert capsys.readouterr().out == "✓ As the text says: both stages ran.\n"


def test_what_does_not_hold_is_said_too(capsys: pytest.CaptureFixture[str]) -> None:
    stages = {"api": "cached"}
    with pytest.raises(NotAsTold) as caught, as_told("the stage ran"):
        assert stages["api"] == "ran"  # the words of the report
    told = caught.value.report()
    assert told.startswith("✗ Not as the text says: the stage ran.\n")
    assert "This does not hold: " in told
    assert "next: run this section's cells again" in told
    assert capsys.readouterr().out == ""


def test_an_assertions_own_words_are_better_than_its_source() -> None:
    words = "the checker could not grade"
    with pytest.raises(NotAsTold, match=f"does not hold: {words}"), as_told("it was graded"):
        raise AssertionError(words)


def test_another_error_is_not_hidden() -> None:
    with pytest.raises(NameError), as_told("it ran"):
        raise NameError("first")
