"""What is random, put where it belongs."""

from __future__ import annotations

import hashlib

import pytest

from checker.errors import ExerciseError
from checker.workbench.random_values import RandomValues

CHANCE = RandomValues("c0ffee", {"TOKEN": "5ec4e7"}, {"BRANCH": "8c1f"}, {"SPECIAL": "fish"})


def test_a_file_gets_secrets_and_variables_and_nothing_hidden() -> None:
    content = b"@lab-secret:TOKEN@ @lab-variable:BRANCH@ @lab-hidden:SPECIAL@ @lab-nonce@"
    assert CHANCE.fill(content) == b"5ec4e7 8c1f @lab-hidden:SPECIAL@ c0ffee"


def test_a_check_s_text_gets_all() -> None:
    digits = hashlib.sha256(b"5ec4e7").hexdigest()[:16]
    text = "{nonce} {secret:TOKEN} {variable:BRANCH} {hidden:SPECIAL} {sha256:TOKEN} {other}"
    assert CHANCE.expand(text) == f"c0ffee 5ec4e7 8c1f fish {digits} {{other}}"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{secret:BRANCH}", "secret BRANCH"),
        ("{sha256:BRANCH}", "secret BRANCH"),
        ("{variable:TOKEN}", "variable TOKEN"),
        ("{hidden:TOKEN}", "hidden TOKEN"),
    ],
)
def test_what_there_is_not_is_the_author_s_fault(text: str, what: str) -> None:
    with pytest.raises(ExerciseError, match=f"the exercise has no {what}"):
        CHANCE.expand(text)
