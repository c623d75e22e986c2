"""Predictions, judged."""

from __future__ import annotations

import pytest

from sandbox.model.prediction import PredictionOutcome

OPTIONS = ("api", "web", "docs")


@pytest.mark.parametrize(
    ("predicted", "happened", "right", "headline"),
    [
        (("api", "web"), ("web", "api"), True, "As predicted."),
        ((), (), True, "As predicted."),
        (("api",), ("api", "web"), False, "2 of 3 options as predicted."),
        (("docs",), ("api", "web"), False, "0 of 3 options as predicted."),
        (None, ("api",), None, "No prediction was made; this is what happened."),
        # What was not among the options could not be chosen.
        (("api",), ("api", "else"), True, "As predicted."),
    ],
)
def test_right_and_wrong(
    predicted: tuple[str, ...] | None, happened: tuple[str, ...], right: bool | None, headline: str
) -> None:
    verdict = PredictionOutcome("Which?", OPTIONS, predicted, happened)
    assert verdict.right is right
    assert verdict.headline() == headline


@pytest.mark.parametrize(
    ("predicted", "happened", "headline"),
    [
        (("web",), ("web",), "As predicted."),
        (("api",), ("web",), 'Not as predicted: you said "api", it was "web".'),
        (("api",), (), 'Not as predicted: you said "api", it was none of them.'),
        (("api",), ("else",), 'Not as predicted: you said "api", it was "else".'),
    ],
)
def test_a_wrong_choice_of_one_scores_nothing(
    predicted: tuple[str, ...], happened: tuple[str, ...], headline: str
) -> None:
    verdict = PredictionOutcome("Which?", OPTIONS, predicted, happened, several=False)
    assert verdict.headline() == headline


def test_rows_say_what_was_wrong() -> None:
    verdict = PredictionOutcome("Which?", OPTIONS, ("api", "docs"), ("api", "web", "else"))
    assert verdict.rows() == (
        ("api", True, True, ""),
        ("web", False, True, "not foreseen"),
        ("docs", True, False, "did not happen"),
        ("else", False, True, "not among the options"),
    )


def test_table() -> None:
    text = str(PredictionOutcome("W\x1b?", OPTIONS, ("api",), ("web",), is_late=True))
    assert text.splitlines() == [
        "W\N{REPLACEMENT CHARACTER}? 1 of 3 options as predicted. "
        "It was chosen after the build had begun.",
        "",
        "        predicted  happened",
        "  api   yes        no        did not happen",
        "  web   no         yes       not foreseen",
        "  docs  no         no",
    ]


def test_without_a_prediction_the_column_is_empty() -> None:
    lines = str(PredictionOutcome("Which?", ("a",), None, ("a",))).splitlines()
    assert lines[-1] == "  a             yes"
