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
from checker.course.loading import Header
from checker.course.scaffold import FILES
from checker.course.toml_table import is_required
from checker.workbench.work_markers import NONCE, find_work
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


def test_every_kind_in_the_table_is_one() -> None:
    table = TEXT.partition("### Kinds of check")[2]

    assert re.findall(r"(?m)^\| `(\w+)` \|", table) == list(KINDS)


def test_every_key_of_an_exercise_is_there() -> None:
    (table,) = re.findall(r"(?s)\| key \|.*?\n\n", TEXT)
    keys = {name: bool(mark) for mark, name in re.findall(r"(\[?)`(\w+)`", first_column(table))}

    wanted = {f.name: not is_required(f) for f in dataclasses.fields(Header)}
    del wanted["checks"]
    assert keys == wanted


def first_column(table: str) -> str:
    return "\n".join(line.split("|")[1] for line in table.strip().splitlines())


def test_the_template_s_exercise_is_the_one_of_the_walk() -> None:
    shown = re.findall(r"([\w/-]+\.Dockerfile)", TEXT.partition("### What is in")[0])
    files = {path.relative_to(FILES).as_posix() for path in FILES.rglob("*.Dockerfile")}
    new = {"near-misses/no-scraps.Dockerfile"}  # what the walk makes

    for name in shown:
        assert any(file.endswith(name) for file in files | new), name


def test_the_example_of_a_check_is_one(make_exercise: Callable[..., Exercise]) -> None:
    (spec,) = make_exercise(block("toml")).checks

    assert spec.kind == tomllib.loads(block("toml"))["checks"][0]["kind"]


def test_the_example_of_a_work_is_found_by_what_it_prints(make: Any) -> None:
    script = block("sh").replace(NONCE, "00ff")
    log = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout

    (work,) = find_work(Trace((make.vertex("RUN data", log=log),)), "data", "00ff")

    assert work.end_s is not None
