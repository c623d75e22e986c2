"""Copies of lessons: what a learner changed is never lost, and the checkout stays as it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from checker import cli
from checker.errors import UsageError
from checker.learner.lesson_copies import LessonCopies, cells_digest

NAME = "01-dag-builds.ipynb"


def notebook(*sources: str, output: str = "") -> str:
    cells = [
        {"cell_type": "code", "source": [source], "outputs": [output] if output else []}
        for source in sources
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture
def copies(tmp_path: Path) -> LessonCopies:
    lessons = tmp_path / "lessons"
    lessons.mkdir()
    (lessons / NAME).write_text(notebook("build()"))
    (lessons / "02-cache-mounts.ipynb").write_text(notebook("mount()"))
    made = LessonCopies(lessons)
    assert made.update() == ()
    return made


def test_lessons_are_copied_as_they_are(copies: LessonCopies) -> None:
    assert (copies.folder / NAME).read_bytes() == (copies.lessons / NAME).read_bytes()
    assert copies.folder == copies.lessons.parent / "work"


def test_outputs_of_a_run_stay_and_do_not_count_as_a_change(copies: LessonCopies) -> None:
    ran = notebook("build()", output="a picture")
    (copies.folder / NAME).write_text(ran)
    assert copies.update() == ()
    assert (copies.folder / NAME).read_text() == ran

    (copies.lessons / NAME).write_text(notebook("build(better)"))
    assert copies.update() == ()
    assert (copies.folder / NAME).read_text() == notebook("build(better)")


@pytest.mark.parametrize("mine", [notebook("build(mine)"), "no notebook", '{"cells": 1}'])
def test_a_copy_that_was_changed_stays_until_it_is_started_afresh(
    copies: LessonCopies, mine: str
) -> None:
    (copies.folder / NAME).write_text(mine)
    assert copies.update() == (), "the course has not changed"
    (copies.lessons / NAME).write_text(notebook("build(better)"))
    assert copies.update() == (NAME,)
    assert copies.update() == (NAME,), "told until it is settled"
    assert (copies.folder / NAME).read_text() == mine

    kept = copies.start_afresh(NAME)

    assert kept is not None
    assert kept.read_text() == mine
    assert (copies.folder / NAME).read_text() == notebook("build(better)")
    assert copies.update() == ()


def test_a_copy_that_was_removed_comes_back(copies: LessonCopies) -> None:
    (copies.folder / NAME).unlink()
    assert copies.update() == ()
    assert (copies.folder / NAME).exists()
    (copies.folder / NAME).unlink()
    assert copies.start_afresh(NAME) is None
    assert (copies.folder / NAME).exists()


@pytest.mark.parametrize(("wanted", "said"), [("9", "No lesson"), ("", "No"), ("0", "Several")])
def test_a_lesson_that_is_not_there(copies: LessonCopies, wanted: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as refused:
        copies.find(wanted)
    assert "01-dag-builds, 02-cache-mounts" in str(refused.value.next_step)
    assert copies.find("01") == NAME


def test_a_course_without_lessons(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no lesson in"):
        LessonCopies(tmp_path / "lessons").update()


def test_the_same_cells_have_one_digest(tmp_path: Path) -> None:
    one, two = tmp_path / "one.ipynb", tmp_path / "two.ipynb"
    one.write_text(notebook("a", output="1"))
    two.write_text(notebook("a", output="2"))
    assert cells_digest(one) == cells_digest(two)
    two.write_text(notebook("a", "b"))
    assert cells_digest(one) != cells_digest(two)


def test_the_command_says_what_is_new_and_what_is_kept(
    copies: LessonCopies, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (copies.lessons.parent / "exercises").mkdir()
    monkeypatch.setenv("BUILDKIT_LAB_EXERCISES", str(copies.lessons.parent / "exercises"))
    (copies.folder / NAME).write_text(notebook("mine"))
    (copies.lessons / NAME).write_text(notebook("theirs"))

    assert cli.run(["lessons"]) == 0
    out, err = capsys.readouterr()
    assert out == f"The lessons are in {copies.folder}\n"
    assert "yours stays" in err
    assert "checker lessons --afresh 01" in err

    assert cli.run(["lessons", "--afresh", "01"]) == 0
    out, _ = capsys.readouterr()
    assert "Your copy is kept: " in out
    assert cli.run(["lessons", "--afresh", "77"]) == 2
