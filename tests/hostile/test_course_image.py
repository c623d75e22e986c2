"""The course's image in a real Docker Engine, which these tests start: built, loaded, run, broken.

The engine has no network and no rule in the machine's firewall; its containers have ``--network
none``, so all that passes here is offline.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.course_image.given import FLAGS, IMAGE, RUN

pytestmark = [pytest.mark.xdist_group("course_image"), pytest.mark.timeout(900)]
ANSWERS = "import urllib.request as u; u.urlopen('http://127.0.0.1:8888/api', timeout=5)"
PATIENCE_S = 120.0
SOLVE = (
    "checker start {0} && cp -r /opt/buildkit-lab/exercises/{0}/solution/. /data/work/{0} && "
    "checker grade {0}"
)


@dataclass(frozen=True, slots=True)
class Engine:
    """A Docker Engine of these tests."""

    socket: Path

    def docker(self, *argv: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        command = ["docker", "--host", f"unix://{self.socket}", *argv]
        return subprocess.run(command, capture_output=True, text=True, check=check)

    def run(
        self, *argv: str, volume: str = "course", flags: Sequence[str] = FLAGS, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in a container, with the README's flags."""
        mounts = ["-v", f"{volume}:/data"] if volume else []
        words = [word for flag in flags for word in flag.split(" ")]
        common = ("run", "--rm", "--network", "none")
        return self.docker(*common, *mounts, *words, IMAGE, *argv, check=check)


def until(true: Callable[[], bool], what: str) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < give_up, what
        time.sleep(0.1)


@pytest.fixture(scope="module")
def engine(session_folder: Path) -> Iterator[Engine]:
    """A Docker Engine with the image."""
    if os.getuid():
        pytest.skip("only root can start a Docker Engine that is not rootless")
    folder = session_folder / "docker"
    folder.mkdir()
    made = Engine(folder / "docker.sock")
    archive = folder / "course.tar"
    build = (sys.executable, "-m", "sandbox.course_image.make_image", "--compression=uncompressed")
    subprocess.run([*build, f"--output={archive}"], check=True, stdout=subprocess.DEVNULL)
    with (folder / "log").open("w") as log:
        argv = ["dockerd", f"--data-root={folder / 'data'}", f"--exec-root={folder / 'exec'}"]
        argv += [f"--host=unix://{made.socket}", f"--pidfile={folder / 'docker.pid'}"]
        argv += ["--iptables=false", "--bridge=none"]
        daemon = subprocess.Popen(argv, stdout=log, stderr=log)
    try:
        until(lambda: made.docker("info", check=False).returncode == 0, "the engine did not start")
        made.docker("load", "--input", str(archive))
        archive.unlink()
        yield made
    finally:
        running = made.docker("ps", "--quiet", check=False).stdout.split()
        if running:
            made.docker("kill", *running, check=False)
        daemon.terminate()
        daemon.wait()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("slug", ["01-parallel-stages", "05-npm-cache"])
def test_a_solution_passes_offline(engine: Engine, slug: str) -> None:
    """The volume is the same for both: what the first container left is there for the second."""
    done = engine.run("sh", "-c", SOLVE.format(slug))
    assert "passed: 100 of 100 points" in done.stdout
    assert slug in engine.run("ls", "work").stdout


def test_jupyterlab_answers_holds_its_volume_and_stops(engine: Engine) -> None:
    words = [word for flag in FLAGS for word in flag.split(" ")]
    common = ("run", "--detach", "--network", "none", "-v", "lab:/data")
    name = engine.docker(*common, *words, IMAGE).stdout.strip()
    asked = ("exec", name, "python3", "-c", ANSWERS)
    until(lambda: engine.docker(*asked, check=False).returncode == 0, "JupyterLab did not answer")
    assert "/lab/tree/work/00-start.ipynb?token=" in engine.docker("logs", name).stdout
    engine.docker("exec", "--user", "lab", name, "sandbox", "up")

    second = engine.run("true", volume="lab", check=False)
    assert second.returncode == 3
    assert f"docker stop {name[:12]}" in second.stderr

    engine.docker("stop", "--time", "60", name)
    # Not 137: docker did not have to kill it.
    assert engine.docker("inspect", "--format={{.State.ExitCode}}", name).stdout.strip() == "0"
    assert "00-start.ipynb" in engine.run("ls", "work", volume="lab").stdout


def test_a_start_that_was_killed_is_repeated(engine: Engine) -> None:
    words = [word for flag in FLAGS for word in flag.split(" ")]
    common = ("run", "--detach", "--network", "none", "-v", "killed:/data")
    name = engine.docker(*common, *words, IMAGE, "sandbox", "warm").stdout.strip()
    asked = ("exec", name, "test", "-e", "/data/.lab/home/run")
    until(lambda: engine.docker(*asked, check=False).returncode == 0, "the engine did not start")
    engine.docker("kill", name)
    assert "is up" in engine.run("sandbox", "up", volume="killed").stdout


@pytest.mark.parametrize("missing", [FLAGS[0], FLAGS[2], FLAGS[3]])
def test_a_missing_flag_is_named(engine: Engine, missing: str) -> None:
    """AppArmor's flag matters only on machines that have AppArmor: see the unit tests."""
    flags = [flag for flag in FLAGS if flag != missing]
    done = engine.run("true", flags=flags, check=False)
    assert done.returncode == 3
    assert f"the flag {missing} is missing" in done.stderr
    assert RUN in done.stderr


def test_a_missing_volume_is_told(engine: Engine) -> None:
    done = engine.run("true", volume="", check=False)
    assert (done.returncode, RUN in done.stderr) == (3, True)
    assert "No volume is mounted at /data" in done.stderr


def test_a_file_system_without_overlay_mounts_is_told(engine: Engine, tmp_path: Path) -> None:
    """An overlay cannot hold another one; the same is true of folders that macOS shares."""
    parts = {name: tmp_path / name for name in ("lower", "upper", "work", "merged")}
    for part in parts.values():
        part.mkdir()
    options = f"lowerdir={parts['lower']},upperdir={parts['upper']},workdir={parts['work']}"
    subprocess.run(["mount", "-t", "overlay", "-o", options, "lab", parts["merged"]], check=True)
    try:
        done = engine.run("true", volume=str(parts["merged"]), check=False)
    finally:
        subprocess.run(["umount", parts["merged"]], check=True)
    assert done.returncode == 3
    assert "The file system overlay at /data cannot hold the engine's data" in done.stderr
