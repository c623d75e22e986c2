"""Each layout that platforms give out, and what cannot be placed."""

from __future__ import annotations

import io
import os
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from checker import UsageError
from checker.classroom.class_run import read_handed_in
from checker.classroom.handed_in import read_class
from checker.classroom.layouts import Layout, Placement, place

from .conftest import Course

D = "FROM lab/busybox\n"


def placed(
    course: Course, path: Path, *, only: str | None = None, layout: Layout | None = None
) -> Placement:
    chosen = [one for one in course.exercises if only in (None, one.slug)]
    return place(read_class(path, {"Dockerfile"}), chosen, course.slugs, layout)


def owners(placement: Placement) -> list[tuple[str, str]]:
    return [(one.student.label, one.exercise.slug) for one in placement.work]


def zipped(files: Mapping[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return out.getvalue()


BOTH = [("ada", "03-order"), ("ada", "04-small"), ("bob", "03-order")]


@pytest.mark.parametrize(
    "names",
    [
        ("ada/03-order/", "ada/04-small/", "bob/03-order/"),
        ("03-order/ada/", "04-small/ada/", "03-order/bob/"),
        ("class/ada/03-order/", "class/ada/04-small/", "class/bob/03-order/"),
        ("ada/work/03-order/", "ada/work/04-small/", "bob/work/03-order/"),
        ("home/ada/work/03-order/", "home/ada/work/04-small/", "home/bob/work/03-order/"),
        ("ada/repo/exercises/03-order/", "ada/repo/exercises/04-small/", "bob/x/03-order/"),
    ],
)
def test_folders_of_students_and_of_exercises(course: Course, names: tuple[str, ...]) -> None:
    folder = course.lay_out({f"{name}Dockerfile": D for name in names})

    placement = placed(course, folder)

    assert owners(placement) == BOTH
    assert placement.unplaced == ()


def test_a_folder_for_each_student_is_enough_for_one_exercise(course: Course) -> None:
    folder = course.lay_out({"ada/Dockerfile": D, "bob/src/Dockerfile": D, "ada/notes.txt": "-"})

    placement = placed(course, folder, only="03-order")

    assert owners(placement) == [("ada", "03-order"), ("bob", "03-order")]
    assert all(set(one.files) == {"Dockerfile"} for one in placement.work)


def test_one_student_alone_is_a_student_and_no_folder_around_a_class(course: Course) -> None:
    folder = course.lay_out({"ada/Dockerfile": D})

    assert owners(placed(course, folder, only="03-order")) == [("ada", "03-order")]


def test_in_a_watched_folder_nobody_becomes_somebody_else(course: Course) -> None:
    """The first one to begin has put a folder with another's name around his work."""
    files = read_class(course.lay_out({"eve/bob/03-order/Dockerfile": D}), {"Dockerfile"})

    at_once, watched = (
        place(files, course.exercises, course.slugs, peels=peels) for peels in (True, False)
    )

    assert owners(at_once) == [("bob", "03-order")]
    assert owners(watched) == [("eve", "03-order")]


def test_a_name_that_begins_with_a_dot_may_be_a_students(course: Course, tmp_path: Path) -> None:
    names = [f"{top}/03-order/Dockerfile" for top in (".ada", "bob/.cache", "bob")]
    folder = course.lay_out({**dict.fromkeys(names, D), ".git/config": "-", ".git/a/b": "-"})
    packed = tmp_path / "class.zip"
    packed.write_bytes(zipped({**dict.fromkeys(names, D), ".git/config": "-"}))

    for path in (folder, packed):
        placement = placed(course, path)

        assert owners(placement) == [(".ada", "03-order"), ("bob", "03-order")]
        assert placement.unplaced == ()


def test_moodle(course: Course) -> None:
    names = ("Ada Lovelace_0012_assignsubmission_file_", "Bob_0013_assignsubmission_file_")
    (course.root / "moodle.zip").write_bytes(zipped({f"{name}/Dockerfile": D for name in names}))

    placement = placed(course, course.root / "moodle.zip", only="03-order")

    assert owners(placement) == [("0012", "03-order"), ("0013", "03-order")]
    assert placement.work[0].student.name == "Ada Lovelace"


def test_a_files_name_takes_no_other_students_place(course: Course) -> None:
    name = "Ada_0012_assignsubmission_file_x_0013_assignsubmission_file_Dockerfile"
    (course.root / "moodle.zip").write_bytes(zipped({name: D}))

    placement = placed(course, course.root / "moodle.zip", only="03-order")

    assert "0013" not in [owner for owner, _ in owners(placement)]


def test_moodle_below_a_folder_for_each_exercise(course: Course) -> None:
    name = "Ada_0012_assignsubmission_file_/Dockerfile"
    folder = course.lay_out({f"03-order/{name}": D, f"04-small/{name}": D})

    assert owners(placed(course, folder)) == [("0012", "03-order"), ("0012", "04-small")]


def test_canvas_takes_the_latest_of_several_and_a_zip_within(course: Course) -> None:
    inner = zipped({"03-order/Dockerfile": "FROM inner\n"}).decode("latin-1")
    with zipfile.ZipFile(course.root / "canvas.zip", "w") as archive:
        archive.writestr("lovelaceada_12_901_Dockerfile", "FROM first\n")
        archive.writestr("lovelaceada_12_902_Dockerfile-2", "FROM second\n")
        archive.writestr("bobby_LATE_13_903_work.zip", inner.encode("latin-1"))

    placement = placed(course, course.root / "canvas.zip", only="03-order")

    assert owners(placement) == [("12", "03-order"), ("13", "03-order")]
    texts = [read_handed_in(one).files["Dockerfile"] for one in placement.work]
    assert texts == ["FROM second\n", "FROM inner\n"]


def test_an_archive_for_each_student(course: Course) -> None:
    course.handed_in.mkdir()
    (course.handed_in / "ada.zip").write_bytes(zipped({"03-order/Dockerfile": D}))
    with tarfile.open(course.handed_in / "bob.tar.gz", "w:gz") as archive:
        info = tarfile.TarInfo("work/03-order/Dockerfile")
        info.size = len(D)
        archive.addfile(info, io.BytesIO(D.encode()))

    placement = placed(course, course.handed_in)

    assert owners(placement) == [("ada", "03-order"), ("bob", "03-order")]
    assert [read_handed_in(one).files["Dockerfile"] for one in placement.work] == [D, D]


def test_an_archive_is_not_kept_in_memory_and_read_when_it_is_needed(course: Course) -> None:
    folder = course.lay_out({"bob/03-order/Dockerfile": D})
    (folder / "ada.zip").write_bytes(zipped({"03-order/Dockerfile": D}))
    ada = placed(course, folder).work[0]
    assert read_handed_in(ada).files == {"Dockerfile": D}

    (folder / "ada.zip").write_bytes(zipped({"other": D}))

    refusal = read_handed_in(ada).refusal
    assert refusal is not None
    assert "is no longer in its archive" in refusal.message


def test_whatever_has_no_place_is_listed(course: Course) -> None:
    folder = course.lay_out(
        {
            "ada/03-order/Dockerfile": D,
            "bob/Dockerfile": D,
            "cyd/x/03-order/Dockerfile": D,
            "cyd/y/03-order/Dockerfile": D,
            "notes.txt": "-",
            "eve.zip": "no zip",
        }
    )
    (folder / "dan").mkdir()
    (folder / "fay").symlink_to(folder / "ada")
    (folder / "gus").symlink_to("gus")

    placement = placed(course, folder)

    assert owners(placement) == [("ada", "03-order")]
    assert [place for place, _ in placement.unplaced] == [
        "bob", "cyd/03-order", "dan", "eve.zip", "fay", "gus", "notes.txt",
    ]  # fmt: skip
    reasons = dict(placement.unplaced)
    assert "--exercise" in reasons["bob"]
    assert reasons["cyd/03-order"] == "is in several places: x/03-order, y/03-order"
    assert reasons["eve.zip"] == "is not a readable archive (BadZipFile)"
    assert "symbolic link" in reasons["fay"]
    assert "symbolic link" in reasons["gus"]


def test_an_exercise_that_was_not_asked_for_is_left_out(course: Course) -> None:
    folder = course.lay_out({"ada/03-order/Dockerfile": D, "ada/04-small/Dockerfile": D})

    placement = placed(course, folder, only="04-small")

    assert owners(placement) == [("ada", "04-small")]
    assert placement.unplaced == ()


def test_a_file_beside_the_folders_of_other_exercises_is_listed(course: Course) -> None:
    folder = course.lay_out({"ada/03-order/Dockerfile": D, "ada/Dockerfile": D, "ada/x": "-"})

    placement = placed(course, folder, only="04-small")

    assert [place for place, _ in placement.unplaced] == ["ada/Dockerfile"]
    assert placed(course, folder).unplaced == ()


def test_one_exercise_in_several_places_is_listed(course: Course) -> None:
    folder = course.lay_out({"ada/x/Dockerfile": D, "ada/y/Dockerfile": D, "bob/Dockerfile": D})

    placement = placed(course, folder, only="03-order")

    assert owners(placement) == [("bob", "03-order")]
    assert placement.unplaced == (("ada/03-order", "is in several places: x, y"),)


def test_an_exercise_among_students_is_no_student(course: Course) -> None:
    names = ["ada", "bob", "cyd", "dan", "03-order"]
    folder = course.lay_out({f"{name}/Dockerfile": D for name in names})

    placement = placed(course, folder, only="03-order")

    assert [label for label, _ in owners(placement)] == names[:-1]
    assert [place for place, _ in placement.unplaced] == ["03-order/Dockerfile"]


def test_two_layouts_at_once_are_asked_about(course: Course) -> None:
    files = {
        "03-order/ada/Dockerfile": D,
        "bob/03-order/Dockerfile": D,
        "cyd/04-small/Dockerfile": D,
    }
    folder = course.lay_out(files)

    with pytest.raises(UsageError) as raised:
        placed(course, folder)
    assert raised.value.next_step == "name the layout: --layout folders"

    assert owners(placed(course, folder, layout=Layout.EXERCISES)) == [("ada", "03-order")]


def test_names_that_differ_in_case_or_form_only_are_different_students(course: Course) -> None:
    names = ["ada", "Ada", "\u00e9ve", "e\u0301ve"]
    folder = course.lay_out({f"{name}/03-order/Dockerfile": D for name in names})

    assert sorted(label for label, _ in owners(placed(course, folder))) == sorted(names)


@pytest.mark.parametrize(
    "name",
    ["../../evil/Dockerfile", "/etc/Dockerfile", "C:\\x\\Dockerfile", "a\\..\\..\\Dockerfile"],
)
def test_a_name_that_leads_out_of_its_archive_is_listed(course: Course, name: str) -> None:
    (course.root / "class.zip").write_bytes(zipped({name: D, "ada/03-order/Dockerfile": D}))

    placement = placed(course, course.root / "class.zip")

    assert owners(placement) == [("ada", "03-order")]
    assert [why for _, why in placement.unplaced] == ["is a name that leads out of its archive"]


def test_links_and_doubles_in_an_archive_are_refused(course: Course) -> None:
    path = course.root / "class.zip"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("ada/03-order/Dockerfile")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("bob/03-order/Dockerfile", D)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("bob/03-order/Dockerfile", "FROM other\n")

    refused = [read_handed_in(one).refusal for one in placed(course, path).work]

    assert [one and one.message for one in refused] == [
        "Dockerfile is a symbolic link, and links are not followed.",
        "Dockerfile was handed in twice.",
    ]


def test_links_and_pipes_in_a_folder_are_refused(course: Course) -> None:
    folder = course.lay_out({"ada/03-order/notes": D, "bob/03-order/notes": D})
    (folder / "ada/03-order/Dockerfile").symlink_to("/etc/passwd")
    os.mkfifo(folder / "bob/03-order/Dockerfile")

    refused = [read_handed_in(one).refusal for one in placed(course, folder).work]

    assert [one and one.message for one in refused] == [
        "Dockerfile is a symbolic link, and links are not followed.",
        "Dockerfile is not a regular file.",
    ]


def test_a_bomb_costs_only_its_owner(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checker.classroom.archives.MOST_MEMBERS", 50)
    course.handed_in.mkdir()
    many = zipped({f"03-order/{n}": "" for n in range(60)})
    (course.handed_in / "many.zip").write_bytes(many)
    big = io.BytesIO()
    with zipfile.ZipFile(big, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("03-order/Dockerfile", b"\n" * 30_000_000)
    (course.handed_in / "big.zip").write_bytes(big.getvalue())
    with tarfile.open(course.handed_in / "tar.tar.xz", "w:xz") as tar:
        info = tarfile.TarInfo("03-order/Dockerfile")
        info.size = 60_000_000
        tar.addfile(info, io.BytesIO(bytes(info.size)))
    (course.handed_in / "ada.zip").write_bytes(zipped({"03-order/Dockerfile": D}))

    placement = placed(course, course.handed_in)

    assert owners(placement) == [("ada", "03-order"), ("big", "03-order")]
    refusal = read_handed_in(placement.work[1]).refusal
    assert refusal is not None
    assert refusal.message == "Dockerfile has 30.0 MB, and at most 1 MB is taken."
    assert dict(placement.unplaced) == {
        "many.zip": "has more than 50 entries",
        "tar.tar.xz": "has more than 50 MB unpacked",
    }


def test_an_entry_with_too_many_files_costs_only_itself(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checker.classroom.handed_in.MOST_FILES", 5)
    files = {f"bob/03-order/{n}": "-" for n in range(9)}
    folder = course.lay_out({"ada/03-order/Dockerfile": D, "bob/03-order/Dockerfile": D} | files)

    placement = placed(course, folder)

    assert owners(placement) == [("ada", "03-order")]
    assert placement.unplaced == (("bob", "holds more than 5 files"),)


def test_hostile_names_are_shown_in_plain_text(course: Course) -> None:
    name = "<b>\x1b[31m\n=1+1\u202e" + os.fsdecode(b"\xff")
    folder = course.lay_out({f"{name}/x": D, "ada/03-order/Dockerfile": D})

    ((shown, _),) = placed(course, folder).unplaced

    assert shown.isprintable()
    assert shown == "<b>\\x1b[31m\\n=1+1\\u202e\\udcff"


def test_nothing_and_no_archive(course: Course) -> None:
    with pytest.raises(UsageError, match="There is nothing at"):
        read_class(course.root / "none", set())
    (course.root / "text").write_text("-")
    with pytest.raises(UsageError, match="is not a readable archive"):
        read_class(course.root / "text", set())
