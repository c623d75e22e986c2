from __future__ import annotations

from pathlib import Path

import pytest

from sandbox import Limits, UsageError
from sandbox.engine import limits
from sandbox.engine.limits import Fence, parse_size


@pytest.mark.parametrize(
    ("text", "size_bytes"),
    [
        ("512", 512),
        ("1k", 1024),
        ("512m", 512 << 20),
        ("4g", 4 << 30),
        ("4G", 4 << 30),
        ("4GB", 4 << 30),
        ("4GiB", 4 << 30),
        ("1.5g", 3 << 29),
        (" 2 t ", 2 << 40),
    ],
)
def test_sizes_are_read_as_docker_reads_them(text: str, size_bytes: int) -> None:
    assert parse_size(text) == size_bytes


@pytest.mark.parametrize("text", ["", "g", "-1g", "4 gigabytes", "1e3", "0x10", "4,5g", "nan"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a size") as caught:
        parse_size(text)
    assert "512m or 4g" in caught.value.next_step


def test_defaults_fit_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    class Machine:
        total = 2 << 30

    monkeypatch.setattr(limits.psutil, "virtual_memory", Machine)
    assert Limits.of() == Limits(3 << 29, None, 4096)
    Machine.total = 64 << 30
    assert Limits.of() == Limits(4 << 30, None, 4096)
    assert Limits.of("1g", 1.5, 300) == Limits(1 << 30, 1.5, 300)


@pytest.mark.parametrize(
    ("memory", "cpus", "pids", "option"),
    [
        ("511m", None, None, "--memory"),
        (None, 0.0, None, "--cpus"),
        (None, -1.0, None, "--cpus"),
        (None, float("nan"), None, "--cpus"),
        (None, float("inf"), None, "--cpus"),
        (None, None, 255, "--pids"),
        (None, None, 0, "--pids"),
    ],
)
def test_what_no_engine_could_run_with_is_refused(
    memory: str | None, cpus: float | None, pids: int | None, option: str
) -> None:
    with pytest.raises(UsageError) as caught:
        Limits.of(memory, cpus, pids)
    assert option in caught.value.next_step


def tree(root: Path, *controllers: str) -> None:
    for controller in controllers:
        (root / controller).mkdir()
        (root / controller / "cgroup.procs").touch()


def test_a_cgroup_of_version_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CGROUP", tmp_path)
    tree(tmp_path, "memory", "pids", "cpu")
    made = limits.fence("lab", Limits(1 << 30, 1.5, 300))
    assert made.kind == "cgroup v1"
    assert (tmp_path / "memory/lab/memory.limit_in_bytes").read_text() == str(1 << 30)
    assert (tmp_path / "pids/lab/pids.max").read_text() == "300"
    assert (tmp_path / "cpu/lab/cpu.cfs_quota_us").read_text() == "150000"
    assert (tmp_path / "cpu/lab/cpu.cfs_period_us").read_text() == "100000"
    assert set(made.folders) == {tmp_path / c / "lab" for c in ("memory", "pids", "cpu")}


def test_a_cgroup_of_version_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CGROUP", tmp_path)
    (tmp_path / "cgroup.controllers").write_text("cpuset cpu io memory pids\n")
    made = limits.fence("lab", Limits(1 << 30, 0.5, 300))
    assert (made.kind, made.folders) == ("cgroup v2", (tmp_path / "lab",))
    assert (tmp_path / "lab/memory.max").read_text() == str(1 << 30)
    assert (tmp_path / "lab/pids.max").read_text() == "300"
    assert (tmp_path / "lab/cpu.max").read_text() == "50000 100000"


@pytest.mark.parametrize("controllers", ["", "cpu io", "memory"])
def test_half_a_cgroup_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, controllers: str
) -> None:
    monkeypatch.setattr(limits, "CGROUP", tmp_path)
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    (tmp_path / "cgroup.controllers").write_text(controllers)
    tree(tmp_path, "memory", "cpu")
    assert limits.fence("lab", Limits.of()) == Fence("none")
    assert not (tmp_path / "memory" / "lab").exists()


def test_no_right_to_a_cgroup_leaves_none_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Folders can be made, but one of the files does not take a value."""
    monkeypatch.setattr(limits, "CGROUP", tmp_path)
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    tree(tmp_path, "memory", "pids", "cpu")
    (tmp_path / "pids" / "lab").mkdir()
    (tmp_path / "pids" / "lab" / "pids.max").mkdir()  # EISDIR
    assert limits.fence("lab", Limits.of()).kind == "none"
    assert not (tmp_path / "cpu" / "lab").exists()


def test_a_systemd_scope(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CGROUP", tmp_path / "none")
    monkeypatch.setattr(limits.shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "systemd").mkdir()
    (tmp_path / "systemd" / "private").touch()
    made = limits.fence("lab", Limits(1 << 30, 1.5, 300))
    assert (made.kind, made.folders) == ("systemd scope", ())
    assert made.prefix[:3] == ("/bin/systemd-run", "--user", "--scope")
    assert {"MemoryMax=1073741824", "TasksMax=300", "CPUQuota=150%"} <= set(made.prefix)
    assert made.prefix[-1] == "--"


def test_what_is_removed_is_the_fence_and_what_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "lab" / "build" / "inner").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    made = Fence("cgroup v2", (tmp_path / "lab",))
    made.remove()
    made.remove()
    assert [path.name for path in tmp_path.iterdir()] == ["other"]
