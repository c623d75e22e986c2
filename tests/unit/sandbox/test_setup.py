"""`sandbox/setup.sh` and `lessons/demo.sh` as they are, in a small copy of the checkout.

What they would ask of the system and of the network is answered by scripts that come first on
PATH; /etc/subuid, /etc/subgid and /dev/net/tun are files of the copy.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[3]
INSTALLED = "printf installed"
LACKS = 'for name; do :; done; [ "$name" = {} ] || printf installed'
"""Answers of dpkg-query; the package is its last argument."""
AS_ROOT = 'case "$*" in -u) echo 0 ;; *) echo root ;; esac'
AS_NEWCOMER = 'case "$*" in -u) echo 4321 ;; *) echo newcomer ;; esac'
"""Answers of id."""
THIS_PYTHON = '*sys.executable*) echo "$(cd "$(dirname "$0")" && pwd)/$(basename "$0")" ;;'
"""What is called python3 is a program that may be started by its own path."""
WHOLE_VENV = f"""case "$*" in
    {THIS_PYTHON}
    "-m venv .venv")
        mkdir -p .venv/bin
        printf '#!/bin/sh\\necho "$@" >> calls\\n' > .venv/bin/python
        chmod +x .venv/bin/python ;;
    *) exec {shlex.quote(sys.executable)} "$@" ;;
esac"""
SLOW = 'echo $$ > "$PIDS/{}"; exec sleep 600'
HALF_VENV = WHOLE_VENV.replace("chmod +x .venv/bin/python", SLOW.format("venv"))
"""Pythons that make a .venv, whole or not, without any network."""
NOBODY = 65534


@dataclass(frozen=True)
class Checkout:
    """As much of a checkout as the scripts read."""

    folder: Path
    root: Path

    @property
    def pids(self) -> Path:
        return self.root / "pids"

    @property
    def device(self) -> Path:
        return self.root / "dev" / "net" / "tun"

    @property
    def scratch(self) -> Path:
        return self.root / "tmp"

    def shim(self, **programs: str) -> None:
        """Put scripts first on PATH; ``_`` in a name stands for ``-``."""
        for name, script in programs.items():
            path = self.root / "bin" / name.replace("_", "-")
            path.write_text(f"#!/bin/sh\n{script}\n")
            path.chmod(0o755)

    def subordinate(self, **files: str) -> None:
        """Say what /etc/subuid and /etc/subgid hold."""
        for name, text in files.items():
            (self.root / "etc" / name).write_text(text)

    def venv(self, python: str = "exit 0") -> None:
        """A .venv that a run before this one took for whole."""
        program = self.folder / ".venv" / "bin" / "python"
        program.parent.mkdir(parents=True)
        program.write_text(f"#!/bin/sh\n{python}\n")
        program.chmod(0o755)
        stamp = self.folder / ".venv" / ".installed"
        stamp.touch()
        newer = (self.folder / "pyproject.toml").stat().st_mtime + 10
        os.utime(stamp, (newer, newer))

    @property
    def python_calls(self) -> list[str]:
        return (self.folder / "calls").read_text().splitlines()

    def start(
        self, script: str = "sandbox/setup.sh", *args: str, user: int | None = None
    ) -> subprocess.Popen[str]:
        """Run a script as a terminal does: in a group of processes that Ctrl-C reaches."""
        return subprocess.Popen(
            ["sh", str(self.folder / script), *args],
            cwd=self.root,
            env={
                "PATH": f"{self.root / 'bin'}:/usr/sbin:/usr/bin:/sbin:/bin",
                "HOME": str(self.root),
                "TMPDIR": str(self.scratch),
                "PIDS": str(self.pids),
                "LC_ALL": "C.UTF-8",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            user=user,
            start_new_session=True,
            # A shell cannot take back an interrupt that it was started without.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )

    def run(
        self, script: str = "sandbox/setup.sh", *args: str, user: int | None = None
    ) -> tuple[int, str, str]:
        """Exit code, stdout and stderr."""
        process = self.start(script, *args, user=user)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def wait_for(self, name: str) -> int:
        """The process id of the slow program of that name, once it is at work."""
        path = self.pids / name
        until = time.monotonic() + 30
        while not (path.exists() and path.read_text().strip()):
            assert time.monotonic() < until, f"{name} was never started"
            time.sleep(0.02)
        return int(path.read_text())

    def look(self) -> dict[str, tuple[int, bytes]]:
        """Every file, with its time and what it holds; and every folder and link."""
        found = {}
        for path in sorted(self.root.rglob("*")):
            held = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
            found[str(path.relative_to(self.root))] = path.lstat().st_mtime_ns, held
        return found


@pytest.fixture
def checkout() -> Iterator[Checkout]:
    """Not in pytest's own folder: another user could not reach it."""
    root = Path(tempfile.mkdtemp(prefix="lab-setup-"))
    made = Checkout(root / "checkout", root)
    try:
        for folder in (
            "bin",
            "etc",
            "dev/net",
            "pids",
            "tmp",
            "checkout/sandbox",
            "checkout/lessons",
        ):
            (root / folder).mkdir(parents=True)
        for open_to_all in (root, made.pids, made.scratch, made.folder):
            open_to_all.chmod(0o777)
        script = (ROOT / "sandbox" / "setup.sh").read_text()
        for name in ("/etc/sub", "/dev/net/tun"):
            assert name in script
            script = script.replace(name, f"{root}{name}")
        (made.folder / "sandbox" / "setup.sh").write_text(script)
        shutil.copy(ROOT / "lessons" / "demo.sh", made.folder / "lessons")
        shutil.copy(ROOT / "pyproject.toml", made.folder)
        made.shim(
            dpkg_query=INSTALLED,
            id=AS_NEWCOMER,
            python3=WHOLE_VENV,
            apt_get='echo "apt-get $*" >> "$PIDS/root"',
            usermod='echo "usermod $*" >> "$PIDS/root"',
        )
        own = "newcomer:100000:65536\nroot:200000:65536\n"
        made.subordinate(subuid=own, subgid=own)
        made.device.touch()
        made.device.chmod(0o666)
        yield made
    finally:
        shutil.rmtree(root)


def sudo_lines(err: str) -> list[str]:
    return [line.strip() for line in err.splitlines() if "sudo" in line]


def test_nothing_to_do(checkout: Checkout) -> None:
    checkout.venv()
    before = checkout.look()
    assert checkout.run() == (0, "", "")
    assert checkout.look() == before


def test_an_ordinary_user_gets_one_sudo_line_and_nothing_else(checkout: Checkout) -> None:
    # The real Python may lie where another user cannot read it.
    checkout.shim(id='exec /usr/bin/id "$@"', python3="exit 0")
    checkout.shim(dpkg_query=LACKS.format("slirp4netns"))
    user = os.geteuid() or NOBODY
    checkout.subordinate(subuid=f"{user}:100000:65536\n", subgid=f"{user}:100000:65536\n")
    before = checkout.look()
    code, out, err = checkout.run(user=None if os.geteuid() else NOBODY)
    assert (code, out) == (3, "")
    install = "apt-get update && apt-get install -y --no-install-recommends slirp4netns"
    assert sudo_lines(err) == [f"sudo sh -c '{install}'"]
    assert "nothing was changed" in err
    assert "run the same make command again" in err
    assert checkout.look() == before


@pytest.mark.skipif(os.geteuid() != 0, reason="nothing is closed to root, who alone can be another")
def test_a_device_that_is_closed_to_the_user(checkout: Checkout) -> None:
    checkout.shim(id='exec /usr/bin/id "$@"', python3="exit 0")
    checkout.subordinate(subuid=f"{NOBODY}:100000:65536\n", subgid=f"{NOBODY}:100000:65536\n")
    checkout.device.chmod(0o600)
    code, out, err = checkout.run(user=NOBODY)
    assert (code, out) == (3, "")
    assert sudo_lines(err) == [f"sudo sh -c 'chmod 0666 {checkout.device}'"]


def test_tests_need_a_browser_and_the_lab_does_not(checkout: Checkout) -> None:
    checkout.venv()
    checkout.shim(dpkg_query=LACKS.format("chromium"))
    assert checkout.run() == (0, "", "")
    code, _, err = checkout.run("sandbox/setup.sh", "test")
    assert code == 3
    assert len(sudo_lines(err)) == 1
    assert sudo_lines(err)[0].endswith(" chromium'")


@pytest.mark.parametrize(
    ("subuid", "subgid", "commands"),
    [
        ("newcomer:100000:65536\n", "4321:165536:65537\n", []),
        (
            "",
            "",
            ["--add-subuids 100000-165535", "--add-subgids 100000-165535"],
        ),
        (
            "other:100000:65536\n",
            "newcomer:231072:65536\n",
            ["--add-subuids 165536-231071"],
        ),
        # Free in both files, in whatever order they list, and one that is too small is none.
        (
            "third:296600:10\nother:100000:65536\n",
            "newcomer:50000:65535\nthird:165536:65536\n",
            ["--add-subuids 296610-362145", "--add-subgids 296610-362145"],
        ),
        (
            "# a note\n\nother:0:3000000000\nnewcomer:7:x",
            "newcomer:100000:65536",
            ["--add-subuids 3000000000-3000065535"],
        ),
    ],
)
def test_subordinate_ids_that_nobody_has(
    checkout: Checkout, subuid: str, subgid: str, commands: Sequence[str]
) -> None:
    checkout.venv()
    checkout.subordinate(subuid=subuid, subgid=subgid)
    code, _, err = checkout.run()
    wanted = " && ".join(f"usermod {command} newcomer" for command in commands)
    assert sudo_lines(err) == ([f"sudo sh -c '{wanted}'"] if commands else [])
    assert code == (3 if commands else 0)


def test_a_python_that_is_too_old(checkout: Checkout) -> None:
    checkout.shim(python3='[ "$1" != --version ] || echo Python 3.9.2; exit 1')
    before = checkout.look()
    code, out, err = checkout.run()
    assert (code, out) == (3, "")
    assert "needs Python 3.11 or later; python3 is Python 3.9.2" in err
    assert "next: install a newer Python" in err
    assert checkout.look() == before


@pytest.mark.parametrize("damage", ["no pip", "no Python"])
def test_a_venv_that_is_not_whole_is_made_anew(checkout: Checkout, damage: str) -> None:
    checkout.venv("exit 1")
    if damage == "no Python":
        program = checkout.folder / ".venv" / "bin" / "python"
        program.unlink()
        program.symlink_to("/nowhere/python3.11")
    else:
        (checkout.folder / ".venv" / ".installed").unlink()
    (checkout.folder / ".venv" / "rest").touch()
    code, _, err = checkout.run()
    assert code == 0, err
    assert not (checkout.folder / ".venv" / "rest").exists()
    assert checkout.python_calls[-1].startswith("-m pip install")
    assert checkout.run() == (0, "", "")
    assert list(checkout.scratch.iterdir()) == []


def test_a_venv_that_is_whole_is_kept(checkout: Checkout) -> None:
    checkout.venv('echo "$@" >> calls')
    os.utime(checkout.folder / ".venv" / ".installed", (0, 0))
    code, _, err = checkout.run()
    assert code == 0, err
    assert "making .venv" not in err
    assert [call.split()[:3] for call in checkout.python_calls] == [
        ["-m", "pip", "--version"],
        ["-m", "pip", "install"],
    ]


def test_root_installs_what_is_missing(checkout: Checkout) -> None:
    checkout.shim(id=AS_ROOT, dpkg_query=LACKS.format("uidmap"))
    checkout.subordinate(subuid="")
    code, _, err = checkout.run()
    assert code == 0, err
    assert (checkout.pids / "root").read_text().splitlines() == [
        "apt-get update",
        "apt-get install -y --no-install-recommends uidmap",
        "usermod --add-subuids 265536-331071 root",
    ]
    assert "installing system packages: " in err
    assert sudo_lines(err) == []


def test_apt_that_fails(checkout: Checkout) -> None:
    checkout.venv()
    checkout.shim(
        id=AS_ROOT,
        dpkg_query=LACKS.format("uidmap"),
        apt_get='echo "E: Unable to locate package uidmap" >&2; exit 100',
    )
    code, _, err = checkout.run()
    assert code == 3
    assert "E: Unable to locate package uidmap" in err
    assert "next: fix the error, then run the same make command again" in err
    assert list(checkout.scratch.iterdir()) == []


def test_pip_that_fails_takes_apt_with_it(checkout: Checkout) -> None:
    checkout.venv('case "$*" in *install*) echo "no such release"; exit 1 ;; esac')
    (checkout.folder / ".venv" / ".installed").unlink()
    checkout.shim(id=AS_ROOT, dpkg_query=LACKS.format("uidmap"), apt_get=SLOW.format("apt"))
    # It fails only once apt-get is at work.
    program = checkout.folder / ".venv" / "bin" / "python"
    waits = 'while [ ! -s "$PIDS/apt" ]; do sleep 0.02; done'
    program.write_text(program.read_text().replace("echo", f"{waits}; echo", 1))
    code, _, err = checkout.run()
    assert code == 3
    assert "no such release" in err
    assert not psutil.pid_exists(checkout.wait_for("apt"))
    assert list(checkout.scratch.iterdir()) == []
    assert not (checkout.folder / ".venv" / ".installed").exists()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_ended_while_apt_and_python_are_at_work(checkout: Checkout, how: signal.Signals) -> None:
    checkout.shim(
        id=AS_ROOT,
        dpkg_query=LACKS.format("uidmap"),
        apt_get=SLOW.format("apt"),
        # As tools that choose a Python do: python3 runs it as a child, out of reach.
        python3='"$(dirname "$0")/python" "$@"; exit $?',
        python=HALF_VENV,
    )
    before = checkout.look()
    process = checkout.start()
    at_work = [checkout.wait_for("apt"), checkout.wait_for("venv")]
    os.killpg(process.pid, how)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 128 + how
    assert "failed" not in err
    assert [pid for pid in at_work if psutil.pid_exists(pid)] == []
    for name in ("apt", "venv"):
        (checkout.pids / name).unlink()
    assert set(checkout.look()) == set(before)


def test_ctrl_c_lets_apt_finish_what_dpkg_has_begun(checkout: Checkout) -> None:
    """apt-get holds an interrupt back while dpkg is at work; so does the one here."""
    checkout.venv()
    unpacks = 'trap "echo done > $PIDS/unpacked; exit 100" INT; echo $$ > $PIDS/apt; sleep 600'
    checkout.shim(id=AS_ROOT, dpkg_query=LACKS.format("uidmap"), apt_get=unpacks)
    process = checkout.start()
    apt = checkout.wait_for("apt")
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "interrupted; run the same make command again" in err
    assert (checkout.pids / "unpacked").exists()
    assert not psutil.pid_exists(apt)


@pytest.fixture
def demo(checkout: Checkout) -> Callable[..., tuple[int, str, str]]:
    """Runs the demo; each program notes that it was called and ends with the code it is given."""

    def run(
        *, starter: int = 1, solution: int = 0, lesson: int = 0, warm: int = 0
    ) -> tuple[int, str, str]:
        note = 'echo "$(basename "$0") $*" >> "$PIDS/calls"'
        checkout.shim(
            sandbox=f"{note}; exit {warm}",
            checker=f'{note}; case "$*" in *solution) exit {solution} ;; esac; exit {starter}',
            python=f"{note}; exit {lesson}",
        )
        return checkout.run("lessons/demo.sh")

    return run


def test_demo(demo: Callable[..., tuple[int, str, str]], checkout: Checkout) -> None:
    code, out, err = demo()
    assert code == 0, err
    assert "make lab" in out
    assert [line.split()[0] for line in (checkout.pids / "calls").read_text().splitlines()] == [
        "sandbox",
        "checker",
        "checker",
        "python",
    ]


@pytest.mark.parametrize(
    ("outcome", "wanted"),
    [
        ({"starter": 0}, 1),
        ({"starter": 3}, 3),
        ({"solution": 1}, 1),
        ({"solution": 130}, 130),
        ({"lesson": 1}, 1),
        ({"warm": 3}, 3),
    ],
)
def test_demo_that_does_not_go_as_promised(
    demo: Callable[..., tuple[int, str, str]], outcome: dict[str, int], wanted: int
) -> None:
    code, out, err = demo(**outcome)
    assert code == wanted
    assert "make lab" not in out
    if {"starter", "solution"} & set(outcome):
        assert "next: read what it printed above" in err


def test_clean_keeps_the_learners_work(checkout: Checkout) -> None:
    shutil.copy(ROOT / "Makefile", checkout.folder)
    checkout.venv()
    solution = checkout.folder / "work" / "01-parallel-stages" / "Dockerfile"
    backup = checkout.folder / "work" / ".checker" / "01-parallel-stages" / "backups" / "Dockerfile"
    for path in (solution, backup):
        path.parent.mkdir(parents=True)
        path.write_text("FROM lab/busybox\n")
    (checkout.folder / "build").mkdir()
    done = subprocess.run(
        ["make", "clean"], cwd=checkout.folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert f"stay in {checkout.folder / 'work'}" in done.stdout
    assert solution.exists()
    assert backup.exists()
    assert not (checkout.folder / ".venv").exists()
    assert not (checkout.folder / "build").exists()
