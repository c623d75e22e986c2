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


WARNING = 'time="…" level=warning msg="Running as the root user is unsupported."'
SHARE = "[rootlesskit:child ] error: failed to share mount point: /: permission denied"
FORK = "[rootlesskit:parent] error: failed to start the child: fork/exec: permission denied"


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        ((WARNING, SHARE, "[rootlesskit:parent] error: child exited: exit status 1"), SHARE),
        # The hint of RootlessKit 2.1 and later, where AppArmor restricts namespaces.
        (
            ("########## BEGIN ##########", "abi <abi/4.0>,", "########## END ##########", FORK),
            FORK,
        ),
        ((WARNING, "panic: runtime error"), "panic: runtime error"),
    ],
)
def test_the_first_error_is_reported(tmp_path: Path, lines: tuple[str, ...], error: str) -> None:
    (tmp_path / "said").write_text("\n".join(lines))
    made = trial.make(program(tmp_path, f"cat {tmp_path}/said >&2; exit 1"), tmp_path / "home")
    assert made.refusal == error


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
