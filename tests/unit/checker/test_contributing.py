"""What CONTRIBUTING says of exercises is what the checker does."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from checker import Exercise
from checker.checks import KINDS
from checker.marks import NONCE, find_work
from sandbox import Trace

TEXT = (Path(__file__).parents[3] / "CONTRIBUTING.md").read_text().partition("## An exercise")[2]


def block(language: str) -> str:
    """The one example in that language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    return str(found)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_check_is_there_with_its_params(kind: str) -> None:
    (row,) = re.findall(rf"(?m)^\| `{kind}` \| .* \| (.*) \|$", TEXT)
    fields = dataclasses.fields(KINDS[kind])  # type: ignore[arg-type]
    needed = [f"`{f.name}`" for f in fields if f.default is dataclasses.MISSING]
    optional = [f"[`{f.name}`]" for f in fields if f.default is not dataclasses.MISSING]

    assert sorted(row.split(", ")) == sorted(needed + optional)


def test_the_example_of_a_check_is_one(make_exercise: Callable[..., Exercise]) -> None:
    (spec,) = make_exercise(block("toml")).checks

    assert spec.kind == tomllib.loads(block("toml"))["checks"][0]["kind"]


def test_the_example_of_a_work_is_found_by_what_it_prints(make: Any) -> None:
    script = block("sh").replace(NONCE, "00ff")
    log = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout

    (work,) = find_work(Trace((make.vertex("RUN data", log=log),)), "data", "00ff")

    assert work.end_s is not None
