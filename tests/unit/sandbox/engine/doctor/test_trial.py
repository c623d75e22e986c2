"""The tries themselves, with the real RootlessKit, and what it prints when it cannot."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from sandbox.engine.doctor import trial


def program(folder: Path, script: str) -> str:
    path = folder / "rootlesskit"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_an_error_of_rootlesskit_is_its_first_line_that_is_no_warning(tmp_path: Path) -> None:
    fake = program(
        tmp_path,
        'echo \'time="…" level=warning msg="unsupported"\' >&2\n'
        "echo '[rootlesskit:child ] error: failed to share mount point: permission denied' >&2\n"
        "echo '[rootlesskit:parent] error: child exited: exit status 1' >&2\nexit 1",
    )
    made = trial.make(fake, tmp_path / "home")
    assert made.refusal.endswith("failed to share mount point: permission denied")


def test_a_rootlesskit_that_says_nothing(tmp_path: Path) -> None:
    made = trial.make(program(tmp_path, "exit 1"), tmp_path)
    assert made.refusal == "RootlessKit printed no error"


def test_the_nearest_folder_that_is_there_is_tried_and_left_clean(tmp_path: Path) -> None:
    fake = program(tmp_path, 'for folder; do :; done; ls -d "$folder" >&2; exit 1')
    made = trial.make(fake, tmp_path / "not" / "yet")
    assert Path(made.refusal).parent == tmp_path
    assert [path.name for path in tmp_path.iterdir()] == ["rootlesskit"]


def test_errors_have_the_kernels_names() -> None:
    made = trial.Tried(errors={"overlay": errno.EINVAL, "proc": 0})
    assert made.says("overlay") == "EINVAL, Invalid argument"
    assert made.error("proc") == 0


@pytest.mark.parametrize("exists", [True, False])
def test_a_folder_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exists: bool
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(trial.tempfile, "mkdtemp", refuse)
    with pytest.raises(PermissionError):
        trial.make("rootlesskit", tmp_path if exists else tmp_path / "home")
