from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from sandbox import Limits
from sandbox.engine.limits import Fence
from sandbox.engine.state import EngineState, birth, engines_in, load


def state(pid: int = 4711, started: str | None = "boot/7") -> EngineState:
    fence = Fence("cgroup v1", (Path("/cgroup/lab"),), ("sh", "-c", "…"))
    return EngineState(
        pid, started or "ended", 5000, False, Path("/tree"), Limits(1 << 30, 1.5, 300), fence
    )


def test_what_is_kept_is_what_was_known(tmp_path: Path) -> None:
    path = tmp_path / "engine.json"
    state().save(path)
    assert load(path) == state()
    assert [file.name for file in tmp_path.iterdir()] == ["engine.json"]


def test_none_is_no_limit_on_cpus(tmp_path: Path) -> None:
    known = EngineState(1, "boot/7", 1, True, Path("/"), Limits(1, None, 1), Fence("none"))
    known.save(tmp_path / "engine.json")
    assert load(tmp_path / "engine.json") == known


def test_the_other_network_is_the_same_engine() -> None:
    assert state().with_online(True).online
    assert state().with_online(True).pid == state().pid


def test_no_file_is_no_engine(tmp_path: Path) -> None:
    assert load(tmp_path / "engine.json") is None
    (tmp_path / "engine.json").mkdir()
    assert load(tmp_path / "engine.json") is None


@pytest.mark.parametrize(
    "content", [b"", b"{", b"null", b"[]", b"7", b'"text"', b"{}", b"\xff\x00", b'{"pid": 1}']
)
def test_a_file_that_is_no_state(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "engine.json"
    path.write_bytes(content)
    assert load(path) is None


def test_a_file_cut_short_anywhere(tmp_path: Path) -> None:
    path = tmp_path / "engine.json"
    state().save(path)
    whole = path.read_text()
    for length in range(len(whole)):
        path.write_text(whole[:length])
        assert load(path) is None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("pid", "one"),
        ("pid", -1),
        ("pid", 0),
        ("pid", 1 << 40),
        ("pid", None),
        ("port", {}),
        ("limits", 3),
        ("limits", {"memory_bytes": "much", "cpus": None, "pids": 1}),
        ("fence", {"kind": "none"}),
        ("rootfs", 7),
    ],
)
def test_a_value_of_the_wrong_kind(tmp_path: Path, key: str, value: object) -> None:
    path = tmp_path / "engine.json"
    state().save(path)
    path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))
    assert load(path) is None


def test_an_id_that_was_given_to_another_is_no_engine() -> None:
    own = psutil.Process()
    assert state(own.pid, birth(own.pid)).process == own
    assert state(own.pid, birth(1)).process is None


def test_an_ended_process_is_no_engine_waited_for_or_not() -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as child:
        known = state(child.pid, birth(child.pid))
        assert known.process is not None
        assert child.stdin is not None
        child.stdin.close()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert known.process is None
    assert known.process is None
    assert birth(child.pid) is None


def test_engines_are_known_by_their_folder_alone(tmp_path: Path) -> None:
    """The outermost of those with the very same words; no prefix of another's folder."""
    program = (
        "import subprocess, sys\n"
        "inner = [sys.executable, '-c', 'print(1, flush=True); open(0).read()', *sys.argv[1:]]\n"
        "subprocess.run(inner)\n"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    flags = [f"--state-dir={tmp_path / name}" for name in ("mine", "mine-too")]
    argv = [[sys.executable, "-c", program, flag] for flag in flags]
    with (
        subprocess.Popen(argv[0], **pipes) as mine,
        subprocess.Popen(argv[1], **pipes) as other,
    ):
        for process in (mine, other):
            assert process.stdout is not None
            process.stdout.readline()
        assert [found.pid for found in engines_in(tmp_path / "mine")] == [mine.pid]
        assert list(engines_in(tmp_path / "nobody")) == []
        for process in (mine, other):
            assert process.stdin is not None
            process.stdin.close()
