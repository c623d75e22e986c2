"""Somebody without any right on this machine: made here, and removed with all that is theirs."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a user"),
    pytest.mark.skipif(shutil.which("useradd") is None, reason="this machine has no useradd"),
]
NAME = "lab-learner"
COMMENT = "made by the tests of BuildKit Lab"
CHECKOUT = Path(__file__).parents[2]
TUN = Path("/dev/net/tun")
COMMAND = "import sys; from sandbox.cli import main; sys.argv[0] = 'sandbox'; main()"


@dataclass(frozen=True, slots=True)
class Learner:
    """A user, and a Python that this user can run the checkout with."""

    name: str
    uid: int
    home: Path
    python: str

    def run(self, *argv: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """A command in a new, clean environment, as after a login."""
        libraries = sysconfig.get_path("purelib")
        env = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.home),
            "USER": self.name,
            "LOGNAME": self.name,
            "LANG": "C.UTF-8",
            "PYTHONPATH": f"{CHECKOUT}:{libraries}",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        return subprocess.run(
            ["setpriv", f"--reuid={self.uid}", f"--regid={self.uid}", "--clear-groups", *argv],
            env=env,
            cwd=cwd or self.home,
            capture_output=True,
            text=True,
            check=False,
            timeout=280,
            stdin=subprocess.DEVNULL,
        )

    def sandbox(self, *args: str) -> subprocess.CompletedProcess[str]:
        return self.run(self.python, "-c", COMMAND, *args)

    def processes(self) -> list[psutil.Process]:
        """All that is theirs: of their own id, or of one of their subordinate ids."""
        first = subordinate("/etc/subuid", self.name)
        theirs = {self.uid, *range(first, first + 65536)}
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.uids().real in theirs:
                    found.append(process)
        return found


def subordinate(file: str, name: str) -> int:
    """The first of the user's subordinate ids."""
    lines = Path(file).read_text().splitlines()
    return next(int(line.split(":")[1]) for line in lines if line.startswith(f"{name}:"))


def usable_python(learner: Learner) -> str | None:
    for python in dict.fromkeys((sys.executable, "/usr/bin/python3")):
        done = learner.run(python, "-c", "import python_on_whales, sandbox.cli")
        if done.returncode == 0:
            return python
    return None


@pytest.fixture(scope="module")
def learner() -> Iterator[Learner]:
    """A new user with ranges of subordinate ids of their own, and their own empty home."""
    with contextlib.suppress(KeyError):  # left by a run that was killed
        if pwd.getpwnam(NAME).pw_gecos == COMMENT:
            subprocess.run(["userdel", "--remove", NAME], check=True, capture_output=True)
    options = ("--create-home", "--shell", "/bin/sh", "--comment", COMMENT)
    subprocess.run(["useradd", *options, NAME], check=True)
    account = pwd.getpwnam(NAME)
    made = Learner(NAME, account.pw_uid, Path(account.pw_dir), "")
    try:
        for file, option in (("/etc/subuid", "subuids"), ("/etc/subgid", "subgids")):
            if not any(line.startswith(f"{NAME}:") for line in Path(file).read_text().splitlines()):
                subprocess.run(
                    ["usermod", f"--add-{option}", "624288000-624353535", NAME], check=True
                )
        python = usable_python(made)
        if python is None:
            pytest.skip(f"no Python of this machine runs {CHECKOUT} for another user")
        yield Learner(NAME, account.pw_uid, made.home, python)
    finally:
        left = made.processes()
        for process in left:
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(left, timeout=30)
        subprocess.run(["userdel", "--remove", NAME], check=True, capture_output=True)
        shutil.rmtree(made.home, ignore_errors=True)
        assert left == [], "left running"


@pytest.fixture
def tun() -> Iterator[None]:
    """The one thing that root has to do on some machines, done and undone."""
    mode = TUN.stat().st_mode & 0o7777
    TUN.chmod(0o666)
    yield
    TUN.chmod(mode)


def test_what_is_missing_is_said_with_the_command_that_mends_it(learner: Learner) -> None:
    mode = TUN.stat().st_mode & 0o7777
    TUN.chmod(0o600)
    try:
        done = learner.sandbox("up")
    finally:
        TUN.chmod(mode)
    assert done.returncode == 3, done.stderr
    assert "/dev/net/tun: this user may not open it" in done.stderr
    assert done.stderr.endswith("next: as root: chmod 0666 /dev/net/tun\n")
    assert not (learner.home / ".cache").exists()


def lend_image(learner: Learner, cache: Path, name: str) -> None:
    """Copy a base image to the user's cache, if this machine has it: the user need not make it."""
    for layout in cache.glob(f"images/{name}-*"):
        if layout.is_dir():
            own = learner.home / ".cache/buildkit-lab/images" / layout.name
            shutil.copytree(layout, own)
            subprocess.run(["chown", "-R", f"{learner.uid}:{learner.uid}", own], check=True)


@pytest.mark.usefixtures("tun")
@pytest.mark.timeout(600)
def test_from_nothing_to_a_build_and_back(learner: Learner, cache: Path) -> None:
    """Debian's real mirror, by the ordinary client, once: engine, image, build, down, reset."""
    found = learner.sandbox("doctor")
    assert found.returncode == 0, found.stdout
    up = learner.sandbox("up")
    assert up.returncode == 0, up.stderr
    assert learner.sandbox("up").stdout == up.stdout
    context = learner.home / "context"
    script = (
        "mkdir context; cd context; printf 'FROM lab/busybox\\nRUN id -u; mkdir /new && "
        "chown 1000:1000 /new\\n' > Dockerfile"
    )
    assert learner.run("sh", "-c", script).returncode == 0
    build = learner.sandbox(
        "shell", "--", "docker", "buildx", "build", "--progress=plain", str(context)
    )
    assert build.returncode == 0, build.stderr
    # An engine in a container of the engine, where there is no real root to help.
    lend_image(learner, cache, "moby-buildkit")
    docker = ("shell", "--", "docker", "buildx")
    created = learner.sandbox(*docker, "create", "--name=inner", "--bootstrap")
    assert created.returncode == 0, created.stderr
    inner = learner.sandbox(*docker, "build", "--builder=inner", "--progress=plain", str(context))
    assert inner.returncode == 0, inner.stderr
    assert learner.sandbox(*docker, "rm", "--force", "inner").returncode == 0
    status = learner.sandbox("status")
    assert status.returncode == 0, status.stderr
    assert "offline" in status.stdout
    # Everything that runs is theirs; nothing is root's.
    assert {p.uids().real for p in learner.processes() if p.name() == "dockerd"} == {learner.uid}
    down = learner.sandbox("down")
    assert down.stdout == "The sandbox is down.\n", down.stderr
    give_up = time.monotonic() + 30
    while learner.processes():
        assert time.monotonic() < give_up, learner.processes()
        time.sleep(0.05)
    own = {path.name for path in learner.home.iterdir() if not path.name.startswith(".bash")}
    assert own - {".profile"} == {".cache", ".local", "context"}
    gone = learner.sandbox("reset", "--yes", "--cache")
    assert gone.returncode == 0, gone.stderr
    assert not (learner.home / ".local/share/buildkit-lab").exists()
    assert not (learner.home / ".cache/buildkit-lab").exists()
    first = subordinate("/etc/subuid", learner.name)
    # Those of others may go meanwhile.
    owners = {}
    for path in Path("/tmp").glob("mmdebstrap.*"):
        with contextlib.suppress(FileNotFoundError):
            owners[path] = path.stat().st_uid
    assert [path for path, uid in owners.items() if uid >= first] == []
