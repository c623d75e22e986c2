"""What ``bake --print`` writes is read into targets, value by value."""

from __future__ import annotations

import json

import pytest

from sandbox.errors import ParseError
from sandbox.parse.flags import FLAGS, OPTION_OF_KEY, read_bake_plan

PRINTED = json.dumps(
    {
        "group": {"default": {"targets": ["app"]}},
        "target": {
            "app": {
                "args": {"A": "1", "B": None},
                "cache-to": [{"type": "inline"}, "type=registry,ref=a"],
                "context": ".",
                "no-cache": True,
                "tags": ["a", "b"],
                "pull": None,
            },
            "web": {},
        },
    }
)


@pytest.mark.parametrize(
    ("key", "entries"),
    [
        ("args", ["A=1", "B"]),
        ("cache-to", [{"type": "inline"}, "type=registry,ref=a"]),
        ("context", ["."]),
        ("no-cache", ["true"]),
        ("tags", ["a", "b"]),
        ("pull", []),
        ("secret", []),
    ],
)
def test_a_key_s_value_comes_as_its_option_would_have_it(key: str, entries: list[object]) -> None:
    app = read_bake_plan(PRINTED).targets[0]

    assert list(app.entries(key)) == entries


def test_the_whole_is_kept() -> None:
    plan = read_bake_plan(PRINTED)

    assert [target.name for target in plan.targets] == ["app", "web"]
    assert json.loads(plan.text) == json.loads(PRINTED)
    assert plan.targets[0].text("context", "x") == "."
    assert plan.targets[1].text("dockerfile", "Dockerfile") == "Dockerfile"


def test_of_a_key_that_is_given_twice_one_value_is_left() -> None:
    plan = read_bake_plan('{"target": {"app": {"network": "host", "network": "none"}}}')

    assert plan.text == '{"target": {"app": {"network": "none"}}}'


@pytest.mark.parametrize(
    "printed",
    [
        "",
        "Usage: docker buildx bake",
        "[]",
        "{}",
        '{"target": []}',
        '{"target": {"one": 1}}',
        '{"target": {"one": "two"}}',
        PRINTED[:-5],
        "[" * 100_000,
    ],
)
def test_what_is_no_plan(printed: str) -> None:
    with pytest.raises(ParseError):
        read_bake_plan(printed)


def test_every_key_has_an_option_of_build() -> None:
    assert set(OPTION_OF_KEY.values()) <= set(FLAGS["build"])
