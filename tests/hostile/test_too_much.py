"""Builds that take more memory, processes or disk than there is: they end, the sandbox does not."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox import BuildError, EngineError, Limits
from sandbox.engine.limits import CGROUP
from sandbox.services.builders import OWN

if TYPE_CHECKING:
    from tests.hostile.conftest import Lab

FULL = """
import json, os, subprocess, sys, time
from pathlib import Path
from sandbox import Sandbox, SandboxError

home, context = Path(sys.argv[1]), Path(sys.argv[2])
lab = Sandbox(home)
told = {}

def build(name, *lines):
    (context / "Dockerfile").write_text("\\n".join(["FROM lab/busybox", *lines, ""]))
    try:
        told[name] = [0, lab.build(context, no_cache=True).log, ""]
    except SandboxError as error:
        told[name] = [type(error).__name__, getattr(error, "build", lab) and error.report(), ""]
        if hasattr(error, "build"):
            told[name][2] = error.build.log

def run(name, *words):
    argv = [sys.executable, "-c", "from sandbox.cli import main; main()", *words]
    done = subprocess.run(argv, capture_output=True, text=True)
    told[name] = [done.returncode, done.stdout, done.stderr]

lab.up()
build("before", "RUN echo fine")
build("large", "RUN dd if=/dev/zero of=/large bs=1M count=2000")
# What the failed build wrote is freed by the engine, in its own time.
give_up = time.monotonic() + 60
while "after" not in told or told["after"][0] and time.monotonic() < give_up:
    build("after", "RUN echo fine again")
fill = home.parent / "fill"
subprocess.run(["dd", "if=/dev/zero", f"of={fill}", "bs=4k"], stderr=subprocess.DEVNULL)
build("full", "RUN echo into a full disk > /file")
run("status when full", "status")
run("down when full", "down")
run("up when full", "up")
fill.unlink()
run("up", "up")
build("in the end", "RUN echo all is well")
run("reset", "reset", "--yes")
print(json.dumps(told))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts need root")
def test_a_full_disk(bare: Lab, lab: Lab, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    home = bare.home.parent / "small/home"
    home.parent.mkdir(parents=True)
    script = f'mount -t tmpfs -o size=700m none {home.parent}; exec "$@"'
    argv = (sys.executable, "-c", FULL, str(home), str(small))
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-euc", script, "sh", *argv],
        env=lab.but(BUILDKIT_LAB_HOME=home).environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    for name in (
        "before",
        "after",
        "up",
        "in the end",
        "reset",
        "status when full",
        "down when full",
    ):
        assert told[name][0] == 0, (name, told[name])
    kind, report, log = told["large"]
    assert kind == "BuildError"
    assert "No space left on device" in log
    bare.advised(report)
    # A byte may still fit: then it is a build like any other.
    kind, report, _ = told["full"]
    assert kind in (0, "BuildError", "HostError")
    assert not kind or bare.advised(report)
    code, _, report = told["up when full"]
    assert code == 3
    assert "disk (home): 0.0 GB free" in bare.advised(report)


@pytest.fixture
def tight(lab: Lab) -> Lab:
    """The module's own sandbox with little of everything."""
    wanted = Limits.of("512m", 0.5, 300)
    if lab.state is None or lab.state.limits != wanted:
        lab.sandbox.down()
        lab.sandbox.up(limits=wanted)
    lab.sandbox.up()
    return lab


def fails(lab: Lab, folder: Path, line: str) -> BuildError:
    (folder / "Dockerfile").write_text(f"FROM lab/busybox\n{line}\n")
    with pytest.raises(BuildError) as caught:
        lab.sandbox.build(folder, no_cache=True)
    lab.advised(caught.value.report())
    return caught.value


def cgroups(named: str) -> list[Path]:
    """Cgroups of this machine with such a name; others may come and go meanwhile."""
    found = (Path(folder, name) for folder, names, _ in os.walk(CGROUP) for name in names)
    return [path for path in found if re.fullmatch(named, path.name)]


def of_containers(fences: set[str]) -> set[Path]:
    """Cgroups that are named as a build or a container is, but for those in another's fence."""
    return {
        path
        for path in cgroups(r"docker|buildkit|[a-z0-9]{25}|\w{64}")
        if {part for part in path.parts if part.startswith("buildkit-lab-")} <= fences
    }


def limited(lab: Lab) -> None:
    assert lab.state is not None
    if lab.state.fence.kind == "none":
        pytest.skip("this machine offers this user no cgroup")


def test_too_much_memory(tight: Lab, tmp_path: Path) -> None:
    """The kernel ends the build's largest process and leaves the engine alone."""
    limited(tight)
    engine = tight.engine
    error = fails(tight, tmp_path, "RUN awk 'BEGIN { while (1) text = text \"xxxxxxxx\" text }'")
    assert "137" in error.message or "Killed" in error.build.log
    assert tight.engine == engine
    assert tight.builds("after too much memory")


def test_too_many_processes(tight: Lab, tmp_path: Path) -> None:
    limited(tight)
    bomb = "for i in $(seq 1000); do sleep 7411 & done"
    error = fails(tight, tmp_path, f"RUN {bomb}")
    assert "fork" in error.build.log or "Resource temporarily unavailable" in error.build.log
    tight.wait_until(lambda: not tight.inside("sleep 7411"), "all of them have ended")
    assert tight.builds("after too many processes")


def test_the_limits_are_those_of_the_kernel(tight: Lab) -> None:
    limited(tight)
    assert tight.state is not None
    fence = tight.state.fence
    if not fence.folders:
        pytest.skip("a systemd scope, whose cgroup is systemd's own")
    every = {p.pid for p in (tight.engine, *tight.engine.children(recursive=True))}
    for folder in fence.folders:
        files = folder.rglob("cgroup.procs")
        members = {int(pid) for file in files for pid in file.read_text().split()}
        assert every <= members
    values = {
        file.name: file.read_text().split()
        for folder in fence.folders
        for name in (
            "memory.limit_in_bytes",
            "memory.max",
            "pids.max",
            "cpu.cfs_quota_us",
            "cpu.max",
        )
        if (file := folder / name).exists()
    }
    assert values["pids.max"] == ["300"]
    memory = values.get("memory.max") or values["memory.limit_in_bytes"]
    assert memory == [str(512 << 20)]
    assert (values.get("cpu.max") or values["cpu.cfs_quota_us"])[0] == "50000"


@pytest.mark.parametrize("where", ["in the sandbox's own builder", "in a builder of its own"])
def test_a_build_stays_within_the_limits(tight: Lab, tmp_path: Path, where: str) -> None:
    """And leaves no cgroup of its own in this machine's tree, alive or killed."""
    limited(tight)
    is_own = where == "in the sandbox's own builder"
    builder = contextlib.nullcontext(OWN) if is_own else tight.sandbox.empty_builder()
    assert tight.state is not None
    fences = {folder.name for folder in tight.state.fence.folders}
    before = of_containers(fences)
    (tmp_path / "Dockerfile").write_text("FROM lab/busybox\nRUN sleep 7412\n")
    inside: set[bool] = set()

    def look() -> None:
        for one in tight.inside("sleep 7412"):
            lines = Path(f"/proc/{one.pid}/cgroup").read_text().splitlines()
            inside.add(fences <= {part for line in lines for part in line.split("/")})
        tight.engine.kill()

    with (
        builder as name,
        tight.during("sleep 7412", look),
        pytest.raises(EngineError),
    ):
        tight.sandbox.build(tmp_path, builder=name)
    assert inside == {True}
    assert of_containers(fences) <= before


def test_a_privileged_container_has_no_cgroups_but_the_sandboxs(tight: Lab) -> None:
    limited(tight)
    assert tight.state is not None
    fence = tight.state.fence
    if not fence.folders:
        pytest.skip("a systemd scope, whose cgroup is systemd's own")
    tight.sandbox.warm(["lab/busybox"])
    name = "lab-probe-of-a-test"
    script = f"cd /sys/fs/cgroup; [ ! -d memory ] || cd memory; mkdir {name}"
    tight.sandbox.docker("run", "--rm", "--privileged", "lab/busybox", "sh", "-c", script)
    made = cgroups(name)
    assert made != []
    assert {path.parent for path in made} <= set(fence.folders)
    tight.sandbox.down()
    assert [path for path in made if path.exists()] == []


def test_down_removes_the_cgroups(tight: Lab) -> None:
    assert tight.state is not None
    folders = tight.state.fence.folders
    tight.sandbox.down()
    assert [folder for folder in folders if folder.exists()] == []


def test_other_limits_are_for_a_new_start(tight: Lab) -> None:
    said = tight.refused("up", "--memory", "1g", code=3)
    assert "running with other limits" in said
    assert "sandbox down" in said


@pytest.mark.parametrize(
    "option",
    [("--memory", "100m"), ("--memory", "much"), ("--cpus", "0"), ("--pids", "3"), ("--port", "0")],
)
def test_limits_that_make_no_sense(bare: Lab, option: tuple[str, str]) -> None:
    done = bare.run("up", *option)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert not bare.home.exists()
