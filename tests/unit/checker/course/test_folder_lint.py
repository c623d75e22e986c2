"""Faults of an exercise's folder, found without an engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from checker import Exercise, load
from checker.course.folder_lint import find_faults

HINTS = "\n\n".join(
    f"## {n}. Step\n\nLook at the timeline of the build, and ask which of the two waits for "
    "the other; "
    "then read on about `COPY` and its option `--from`."
    for n in (1, 2, 3)
)

README = """\
# Task

## Goal

- It is reused.

## What you have

A list.

## Check

    checker grade 07-sample
"""
CHECKS = """\
[[checks]]
id = "builds"
kind = "builds"
title = "It builds"
points = 40
hint = "Read the message."

[[checks]]
id = "reused"
kind = "stays_cached"
title = "It is reused"
points = 60
hint = "Look at what it reads."
[checks.params]
edit = "list.csv"
keeps = ["index"]
reruns = []
"""


@pytest.fixture
def exercise(make_exercise: Callable[..., Exercise]) -> Exercise:
    """An exercise without a fault."""
    exercise = make_exercise(CHECKS)
    files = {
        "README.md": README,
        "context/make-index.sh": "echo begin index @lab-nonce@\n",
        "hints.md": f"# Hints\n\n{HINTS}\n",
        "solution/Dockerfile": "FROM lab/busybox\nCOPY --from=a /x /y\n",
        "solution/NOTES.md": "# One possibility\n",
        "near-misses/builds.Dockerfile": "FROM nowhere\n",
        "near-misses/reused.Dockerfile": "FROM lab/busybox AS waits\n",
        "alternatives/other.Dockerfile": "FROM lab/busybox AS other\n",
    }
    for name, content in files.items():
        path = exercise.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
    return exercise


def test_a_whole_exercise_has_no_fault(exercise: Exercise) -> None:
    assert find_faults(exercise) == []


@pytest.mark.parametrize(
    "name", ["README.md", "hints.md", "Dockerfile", "solution/Dockerfile", "solution/NOTES.md"]
)
def test_a_missing_and_an_empty_file_are_faults(exercise: Exercise, name: str) -> None:
    (exercise.folder / name).write_text("\n")
    assert f"{name} is empty" in find_faults(exercise)

    (exercise.folder / name).unlink()
    assert f"{name} is missing" in find_faults(exercise)


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("notes.txt", "x", "notes.txt is a stray file"),
        ("near-misses/other.Dockerfile", "x", "near-misses/other.Dockerfile is a stray file"),
        ("context/Dockerfile", "x", "context/Dockerfile would be overwritten"),
        ("solution/NOTES.md", "# The answer\n", "does not call the solution one possibility"),
        ("README.md", README.removeprefix("# "), "README.md does not begin with a heading"),
        ("README.md", README.replace("## Goal", "Goal"), "no section ## Goal"),
        ("README.md", README.replace("A list.", ""), "no section ## What you have"),
        ("README.md", README.replace("07", "06"), "checker grade 07-sample"),
        ("context/make-index.sh", "echo begin index\n", "names the work index, which no script"),
        ("context/make-index.sh", "# index-all @lab-nonce@\n", "names the work index"),
    ],
)
def test_files_that_do_not_belong(exercise: Exercise, name: str, content: str, fault: str) -> None:
    (exercise.folder / name).write_text(content)

    assert any(fault in line for line in find_faults(exercise))


def test_a_link_is_a_fault(exercise: Exercise) -> None:
    (exercise.context / "link").symlink_to("/etc/hostname")

    assert find_faults(exercise) == ["context/link is a symbolic link"]


@pytest.mark.parametrize("folder", ["near-misses", "alternatives"])
def test_a_check_without_near_miss_and_a_lonely_solution_are_faults(
    exercise: Exercise, folder: str
) -> None:
    for path in Path(exercise.folder / folder).iterdir():
        path.unlink()

    faults = find_faults(exercise)
    assert len(faults) == (2 if folder == "near-misses" else 1)
    assert all(folder in fault for fault in faults)


@pytest.mark.parametrize(
    "line",
    [
        "```",
        "    COPY --from=a /x /y",
        "COPY --from=assets /out /out",
        "Write `RUN sh tests/run.sh` there, at the end of the second of the stages.",
        "`docker buildx build --target test .`",
        "Put `COPY --from=a /x /y` at the end.",
    ],
)
def test_a_hint_that_can_be_pasted_is_a_fault(exercise: Exercise, line: str) -> None:
    (exercise.folder / "hints.md").write_text(f"# Hints\n\n{HINTS}\n\n{line}\n")

    assert any("hint 3 has a" in fault for fault in find_faults(exercise))


def test_too_few_and_too_short_hints_are_faults(exercise: Exercise) -> None:
    (exercise.folder / "hints.md").write_text("# Hints\n\n## 1. A\n\nThink.\n")

    assert find_faults(exercise) == [
        "hints.md has 1 sections with ##, wanted are 3",
        "hint 1 (1. A) says too little",
    ]


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("points = 60", "points = 61", "add up to 101, wanted are 100"),
        ('title = "It builds"', 'title = "It builds."', "the title of check builds is empty or"),
        ('title = "It is reused"', 'title = " "', "the title of check reused is empty or"),
        ('edit = "list.csv"', 'edit = "lost.csv"', "names lost.csv, which context/ does not hold"),
    ],
)
def test_checks_that_are_not_as_they_should_be(
    exercise: Exercise, before: str, after: str, fault: str
) -> None:
    toml = exercise.folder / "exercise.toml"
    toml.write_text(toml.read_text().replace(before, after))

    (found,) = find_faults(load(exercise.folder))
    assert fault in found
