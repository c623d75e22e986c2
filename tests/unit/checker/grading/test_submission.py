"""What is taken from a learner, and what is refused."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from checker import Exercise, SubmissionError, UsageError
from checker.errors import UnreadableFileError
from checker.grading.submission import is_starter, take


@pytest.fixture
def exercise(make_exercise: Callable[..., Exercise]) -> Exercise:
    return make_exercise()


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def test_takes_the_named_file_and_nothing_else(exercise: Exercise, work: Path) -> None:
    (work / "Dockerfile").write_text("FROM lab/busybox\n")
    (work / "nonce.txt").write_text("mine\n")

    assert take(exercise, work).files == {"Dockerfile": b"FROM lab/busybox\n"}


def test_takes_one_file_under_any_name(exercise: Exercise, work: Path) -> None:
    (work / "Dockerfile.ada").write_text("FROM lab/busybox\n")

    assert take(exercise, work / "Dockerfile.ada").files == {"Dockerfile": b"FROM lab/busybox\n"}


def test_a_path_that_is_not_there_is_a_usage_error(exercise: Exercise, work: Path) -> None:
    with pytest.raises(UsageError, match="nothing at"):
        take(exercise, work / "elsewhere")


@pytest.mark.parametrize(
    ("content", "unchanged"),
    [
        ("FROM lab/busybox\nCMD true\n", True),
        ("FROM lab/busybox\r\nCMD true\r\n\r\n", True),
        ("FROM lab/busybox\n  CMD true\n", False),
        ("FROM lab/busybox\nCMD true\n# mine\n", False),
    ],
)
def test_a_starter_is_known_whatever_an_editor_does_to_its_line_ends(
    exercise: Exercise, work: Path, content: str, unchanged: bool
) -> None:
    (exercise.folder / "Dockerfile").write_text("FROM lab/busybox\nCMD true\n")
    (work / "Dockerfile").write_text(content, newline="")

    assert is_starter(exercise, take(exercise, work)) is unchanged
    assert is_starter(exercise, take(exercise, work / "Dockerfile")) is unchanged


def test_all_files_of_a_starter_must_be_unchanged(exercise: Exercise, work: Path) -> None:
    exercise = replace(exercise, submit=("Dockerfile", "build.txt"))
    for folder in (exercise.folder, work):
        (folder / "Dockerfile").write_text("FROM lab/busybox\n")
        (folder / "build.txt").write_text("one\n")
    assert is_starter(exercise, take(exercise, work))

    (work / "build.txt").write_text("two\n")

    assert not is_starter(exercise, take(exercise, work))


def _missing(_: Path) -> None:
    """Leave it away."""


def _empty(path: Path) -> None:
    path.write_text(" \n\t\n")


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(10_000_000)


def _zero_bytes(path: Path) -> None:
    path.write_bytes(b"FROM lab/busybox\n\0\n")


def _no_utf8(path: Path) -> None:
    path.write_bytes(b"FROM lab/\xff\xfe\n")


def _link(path: Path) -> None:
    path.symlink_to("/etc/hostname")


def _dangling_link(path: Path) -> None:
    path.symlink_to("nowhere")


def _folder(path: Path) -> None:
    path.mkdir()


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


@pytest.mark.parametrize(
    ("lay_out", "said"),
    [
        (_missing, "Dockerfile is missing"),
        (_empty, "Dockerfile is empty"),
        (_huge, "10.0 MB"),
        (_zero_bytes, "not a text file"),
        (_no_utf8, "not a text file"),
        (_link, "symbolic link"),
        (_dangling_link, "symbolic link"),
        (_folder, "not a regular file"),
        (_pipe, "not a regular file"),
        (_socket, "not a regular file"),
    ],
)
def test_what_cannot_be_graded_is_refused(
    exercise: Exercise, work: Path, lay_out: Callable[[Path], None], said: str
) -> None:
    lay_out(work / "Dockerfile")

    with pytest.raises(SubmissionError) as caught:
        take(exercise, work)

    assert said in caught.value.message
    assert caught.value.next_step
    assert not isinstance(caught.value, UnreadableFileError)


@pytest.mark.parametrize("code", [errno.EMFILE, errno.EIO, errno.EACCES, errno.ENOSPC])
@pytest.mark.parametrize("call", ["open", "fdopen"])
def test_an_error_of_the_machine_is_not_the_learners(
    exercise: Exercise, work: Path, monkeypatch: pytest.MonkeyPatch, code: int, call: str
) -> None:
    (work / "Dockerfile").write_text("FROM lab/busybox\n")

    def fail(*_: object, **__: object) -> int:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patched:
        patched.setattr(os, call, fail)
        with pytest.raises(UnreadableFileError, match=os.strerror(code)):
            take(exercise, work)


def test_the_largest_file_that_is_taken(exercise: Exercise, work: Path) -> None:
    content = b"#" * 1_000_000
    (work / "Dockerfile").write_bytes(content)

    assert take(exercise, work).files["Dockerfile"] == content


def test_a_file_that_names_what_is_left_out_may_be_empty(exercise: Exercise, work: Path) -> None:
    exercise = replace(exercise, submit=(".dockerignore",))
    (work / ".dockerignore").write_text("")

    assert take(exercise, work).files == {".dockerignore": b""}


def test_several_files_need_a_folder(make_exercise: Callable[..., Exercise], work: Path) -> None:
    header = (
        'format_version = 1\ntitle = "T"\nlesson = "00"\nconcepts = []\ntimeout_s = 5\n'
        'submit = ["Dockerfile", ".dockerignore"]\n'
    )
    exercise = make_exercise(header=header, slug="08-two-files")
    (work / "Dockerfile").write_text("FROM lab/busybox\n")
    (work / ".dockerignore").write_text("*.log\n")

    assert set(take(exercise, work).files) == {"Dockerfile", ".dockerignore"}
    with pytest.raises(UsageError, match="takes 2 files"):
        take(exercise, work / "Dockerfile")


def test_a_folder_that_is_a_link_is_not_followed(
    make_exercise: Callable[..., Exercise], tmp_path: Path
) -> None:
    (tmp_path / "neighbour").mkdir()
    (tmp_path / "neighbour" / "Dockerfile").write_text("FROM scratch\n")
    link = tmp_path / "mine"
    link.symlink_to("neighbour")

    with pytest.raises(SubmissionError, match="is a symbolic link"):
        take(make_exercise(), link)
