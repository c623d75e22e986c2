"""What is random, put where it belongs."""

from __future__ import annotations

import hashlib

import pytest

from checker.errors import ExerciseError
from checker.workbench.leases import Loans
from checker.workbench.random_values import RandomValues

VALUES = RandomValues("c0ffee", {"TOKEN": "5ec4e7"}, {"BRANCH": "8c1f"}, {"SPECIAL": "fish"})


def test_what_is_lent_is_added_to_new_values() -> None:
    loans = Loans({"NPM_TOKEN": "lent"}, {"BRANCH": "8c1f"}, {"SPECIAL": "fish"}, "/run/agent.sock")
    one, two = (
        RandomValues.draw(
            "c0ffee",
            registry="localhost:5000/c0ffee",
            secret_names=("OTHER",),
            variable_names=("VERSION",),
            loans=loans,
        )
        for _ in range(2)
    )

    assert set(one.secrets) == {"OTHER", "NPM_TOKEN"}
    assert one.secrets["NPM_TOKEN"] == two.secrets["NPM_TOKEN"] == "lent"
    assert one.secrets["OTHER"] != two.secrets["OTHER"]
    assert one.variables["VERSION"] != two.variables["VERSION"]
    assert (one.variables["BRANCH"], one.hidden) == ("8c1f", {"SPECIAL": "fish"})
    assert one.variables_of_builds() == {
        **one.secrets,
        **one.variables,
        "REGISTRY": "localhost:5000/c0ffee",
        "SSH_AUTH_SOCK": "/run/agent.sock",
    }


def test_who_asks_gets_the_registry_and_no_value() -> None:
    values = RandomValues("c0ffee", {"TOKEN": "5ec4e7"}, {"VERSION": "8c1f"}, registry="here")

    assert values.variables_for("imagetools") == {"REGISTRY": "here"}
    assert values.variables_for("bake") == values.variables_of_builds()
    assert "SSH_AUTH_SOCK" not in values.variables_of_builds(), "there is no agent"


def test_a_message_has_names_in_the_place_of_values() -> None:
    values = RandomValues("c0ffee", {"TOKEN": "5ec4e7"}, {"VERSION": "8c1f"}, registry="here:1/x")

    assert values.named("here:1/x/app has 5ec4e7 and 8c1f") == "$REGISTRY/app has $TOKEN and 8c1f"
    assert values.named("c0ffee") == "[random digits]"
    assert VALUES.named("fish of 8c1f") == "[hidden text SPECIAL] of 8c1f"


def test_a_message_has_no_line_of_a_key() -> None:
    lines = ["-----BEGIN KEY-----", "a" * 70, "b" * 70, "-----END KEY-----"]
    values = RandomValues("c0ffee", {"KEY": "\n".join(lines)}, others={"KEY": "c" * 20})

    assert values.named(f"3: {lines[2]}\n{lines[3]}") == f"3: $KEY\n{lines[3]}"
    assert values.named(f"<{values.secrets['KEY']}>{'c' * 20}") == "<$KEY>[another KEY]"


def test_a_file_gets_secrets_and_variables_and_nothing_hidden() -> None:
    content = b"@lab-secret:TOKEN@ @lab-variable:BRANCH@ @lab-hidden:SPECIAL@ @lab-nonce@"
    assert VALUES.fill(content) == b"5ec4e7 8c1f @lab-hidden:SPECIAL@ c0ffee"


def test_a_check_s_text_gets_all() -> None:
    digits = hashlib.sha256(b"5ec4e7").hexdigest()[:16]
    text = "{nonce} {secret:TOKEN} {variable:BRANCH} {hidden:SPECIAL} {sha256:TOKEN} {other}"
    assert VALUES.expand(text) == f"c0ffee 5ec4e7 8c1f fish {digits} {{other}}"


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
        VALUES.expand(text)
