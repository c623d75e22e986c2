"""Saves as editors make them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from checker.watch.file_watcher import GAP_S, SETTLE_S, Saves, Seen

NAMES = ("Dockerfile", "build.cmd")


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Looker:
    """Looks, with time going by in between."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock = folder, Clock()
        for name in NAMES:
            (folder / name).write_text("as it was\n")
        self.saves = Saves(folder, NAMES, clock=self.clock)

    def after(self, seconds: float) -> Seen:
        self.clock.now_s += seconds
        return self.saves.look()


@pytest.fixture
def looker(tmp_path: Path) -> Looker:
    return Looker(tmp_path)


def in_place(path: Path) -> None:
    path.write_text("saved in place\n")


def by_rename(path: Path) -> None:
    beside = path.with_name("4913")
    beside.write_text("as it was\n")  # the same size, and perhaps the same time
    beside.replace(path)


def with_backup(path: Path) -> None:
    path.rename(path.with_name(f"{path.name}~"))
    path.write_text("written anew\n")


def made_again(path: Path) -> None:
    path.unlink()
    path.write_text("as it was\n# and more\n")


@pytest.mark.parametrize("save", [in_place, by_rename, with_backup, made_again])
@pytest.mark.parametrize("name", NAMES)
def test_a_save_is_seen_at_once_and_is_over_soon(
    looker: Looker, save: Callable[[Path], None], name: str
) -> None:
    assert looker.after(10) is Seen.NOTHING
    save(looker.folder / name)

    assert looker.after(0.01) is Seen.SAVING
    assert looker.after(SETTLE_S / 2) is Seen.NOTHING
    assert looker.after(SETTLE_S / 2) is Seen.SAVED
    assert looker.after(10) is Seen.NOTHING


@pytest.mark.parametrize(
    "steps",
    [
        (lambda path: path.write_text(""), in_place),
        (Path.unlink, in_place),
        (lambda path: path.write_text("half"), in_place),
    ],
    ids=["truncated", "gone", "half"],
)
def test_a_save_in_two_steps_is_one(
    looker: Looker, steps: Sequence[Callable[[Path], object]]
) -> None:
    path = looker.folder / "Dockerfile"
    found = []
    for step in steps:
        step(path)
        found.append(looker.after(SETTLE_S * 0.9))
    found.append(looker.after(SETTLE_S))

    assert found == [Seen.SAVING, Seen.NOTHING, Seen.SAVED]


@pytest.mark.parametrize("content", [None, ""])
def test_what_stays_missing_or_empty_was_meant(looker: Looker, content: str | None) -> None:
    path = looker.folder / "Dockerfile"
    path.unlink()
    if content is not None:
        path.write_text(content)

    assert looker.after(0) is Seen.SAVING
    assert looker.after(SETTLE_S) is Seen.NOTHING
    assert looker.after(GAP_S) is Seen.SAVED


def test_several_quick_saves_are_one(looker: Looker) -> None:
    found = []
    for number in range(4):
        (looker.folder / "Dockerfile").write_text("#" * number)
        found.append(looker.after(SETTLE_S * 0.9))

    assert found == [Seen.SAVING, *[Seen.NOTHING] * 3]
    assert looker.after(SETTLE_S) is Seen.SAVED


def test_what_is_not_handed_in_does_not_count(looker: Looker) -> None:
    for name in ("Dockerfile~", ".Dockerfile.swp", "#Dockerfile#", "list.csv"):
        (looker.folder / name).write_text("an editor's\n")

    assert looker.after(10) is Seen.NOTHING
