"""``checker watch`` on the engine, at a terminal as a learner has it."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from checker import Status, exercises_folder, load
from checker.checks import WARM
from checker.learner.attempts import Attempts
from checker.learner.workspace import Workspace
from checker.listeners import Listeners
from sandbox import Sandbox

CHECKER = str(Path(sys.executable).with_name("checker"))
PATIENCE_S = 120.0
ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|[()][A-Z0-9])")

EXERCISE = """\
format_version = 1
title = "{title}"
lesson = "00-start"
concepts = []
timeout_s = 60
submit = ["Dockerfile"]
[[checks]]
id = "builds"
kind = "builds"
title = "It builds"
points = 10
hint = "Read the message."
[[checks]]
id = "greets"
kind = "runs"
title = "It greets"
points = 10
hint = "Run it."
params = {{ contains = ["hello"] }}
"""
SILENT = "FROM lab/busybox\nCMD true\n"
GREETS = "FROM lab/busybox\nCMD echo hello\n"
ENDLESS = "FROM lab/busybox\nCOPY nonce /\nRUN sleep 600\n"


class Terminal:
    """A terminal of 80 columns with a command in it."""

    def __init__(self, argv: list[str], env: dict[str, str]) -> None:
        self.main, self._side = pty.openpty()
        fcntl.ioctl(self._side, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.before = termios.tcgetattr(self._side)
        self._printed = b""
        self._is_open = True
        self._read = 0
        self.process = subprocess.Popen(
            ["setsid", "--ctty", *argv],  # so that Ctrl-C reaches it, and nobody else
            env=env,
            stdin=self._side,
            stdout=self._side,
            stderr=self._side,
        )
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                self._printed += os.read(self.main, 4096)
            except OSError:
                return

    @property
    def text(self) -> str:
        """All that was printed, without what moves and colours it."""
        return ESCAPES.sub("", self._printed.decode(errors="replace")).replace("\r", "")

    def wait_for(self, wanted: str) -> None:
        """Until it is printed, behind what was waited for before."""
        deadline = time.monotonic() + PATIENCE_S
        while wanted not in self.text[self._read :]:
            assert time.monotonic() < deadline, f"no {wanted!r} in:\n{self.text}"
            assert self.process.poll() is None, f"it ended:\n{self.text}"
            time.sleep(0.005)
        self._read = self.text.index(wanted, self._read) + len(wanted)

    def press(self, keys: str) -> None:
        os.write(self.main, keys.encode())

    def ended(self) -> int:
        """Its exit code; the terminal must be as it was."""
        code = self.process.wait(PATIENCE_S)
        assert termios.tcgetattr(self._side) == self.before
        return code

    def hang_up(self) -> int:
        """As when its window is closed; the command's exit code."""
        os.close(self._side)
        os.close(self.main)
        self._is_open = False
        return self.process.wait(PATIENCE_S)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self._is_open:
            os.close(self._side)
            os.close(self.main)


class Course:
    """Two exercises, and a learner's folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for slug, title in (("07-sample", "Sample"), ("08-other", "Other")):
            exercise = root / "exercises" / slug
            (exercise / "context").mkdir(parents=True)
            (exercise / "context" / "nonce").write_text("@lab-nonce@\n")
            (exercise / "exercise.toml").write_text(EXERCISE.format(title=title))
            (exercise / "Dockerfile").write_text("FROM lab/busybox\n")
            (exercise / "hints.md").write_text("## 1. Look\n\nAt what it prints.\n")
        self.temporary.mkdir()

    @property
    def temporary(self) -> Path:
        return self.root / "temporary"

    @property
    def mine(self) -> Path:
        return self.root / "work" / "07-sample" / "Dockerfile"

    @property
    def env(self) -> dict[str, str]:
        return {
            **os.environ,
            "BUILDKIT_LAB_EXERCISES": str(self.root / "exercises"),
            "BUILDKIT_LAB_WORK": str(self.root / "work"),
            "TMPDIR": str(self.temporary),
            "TERM": "xterm-256color",
        }

    def attempts(self) -> list[str]:
        path = self.root / "work" / ".checker" / "07-sample" / "attempts.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [json.loads(line)["verdict"] for line in lines]

    def left(self, sandbox: Sandbox) -> list[str]:
        """What gradings have left behind."""
        listed = sandbox.docker("image", "ls", "--format", "{{.Repository}}").stdout.split()
        images = [name for name in listed if name.startswith("checker-")]
        containers = sandbox.docker("ps", "--all", "--quiet").stdout.split()
        running = sandbox.docker("buildx", "history", "ls").stdout
        builds = [line for line in running.splitlines() if "Running" in line]
        return [*images, *containers, *builds, *map(str, self.temporary.glob("checker-*"))]


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return Course(tmp_path)


@pytest.fixture
def watch(sandbox: Sandbox, course: Course) -> Iterator[Callable[..., Terminal]]:
    """Begins to watch; the exercise is laid out when it returns."""
    terminals: list[Terminal] = []

    def begin(*args: str) -> Terminal:
        terminals.append(Terminal([CHECKER, "watch", *args], course.env))
        terminals[-1].wait_for("q quit")
        return terminals[-1]

    yield begin
    for terminal in terminals:
        terminal.close()


def save(path: Path, text: str) -> None:
    """As most editors do: beside it, then over it."""
    beside = path.with_name(f".{path.name}.swp")
    beside.write_text(text)
    beside.replace(path)


def wait_for_vertex(terminal: Terminal, sandbox: Sandbox, text: str, before: set[Path]) -> None:
    """Until a build that is not among those ``before`` has begun a vertex of that name."""
    deadline = time.monotonic() + PATIENCE_S
    while not any(text in path.read_text() for path in traces(sandbox) - before):
        assert time.monotonic() < deadline, terminal.text
        time.sleep(0.02)


def traces(sandbox: Sandbox) -> set[Path]:
    return set(sandbox.paths.builds.glob("*/trace.rawjson"))


@pytest.mark.quiet
def test_from_save_to_save_to_the_next_exercise(
    course: Course, watch: Callable[..., Terminal], sandbox: Sandbox
) -> None:
    terminal = watch()
    terminal.press("h")
    terminal.wait_for("At what it prints.")

    saved = time.monotonic()
    save(course.mine, "FROM lab/busybox\nCOPY nonce /\nRUN sleep 3\nCMD true\n")
    terminal.wait_for("Saved at")
    acknowledged_s = time.monotonic() - saved
    terminal.wait_for("FAILED     0/10  It greets")
    assert acknowledged_s < (time.monotonic() - saved) / 5
    terminal.wait_for("Look here: Run it.")
    terminal.wait_for("failed: 10 of 20 points")
    assert "It builds" not in terminal.text
    terminal.press("a")
    terminal.wait_for("passed    10/10  It builds")

    save(course.mine, GREETS)
    terminal.wait_for("passed: 20 of 20 points")
    terminal.wait_for("next: 08-other · Other (press n)")
    terminal.press("n")
    terminal.wait_for("08-other · Other")
    assert (course.root / "work" / "08-other" / "Dockerfile").exists()
    terminal.press("q")

    assert terminal.ended() == 0
    assert course.attempts() == ["failed", "passed"]
    assert course.left(sandbox) == []


def test_it_goes_on_where_one_stopped(course: Course, watch: Callable[..., Terminal]) -> None:
    watch("08").press("q")
    terminal = watch()

    assert "08-other · Other" in terminal.text


def test_a_newer_save_ends_the_grading_and_nothing_of_it_is_left(
    course: Course, watch: Callable[..., Terminal], sandbox: Sandbox
) -> None:
    terminal, before = watch("07"), traces(sandbox)
    save(course.mine, ENDLESS)
    wait_for_vertex(terminal, sandbox, "RUN sleep 600", before)

    save(course.mine, GREETS)
    terminal.wait_for("passed: 20 of 20 points")

    assert course.attempts() == ["passed"]
    assert course.left(sandbox) == []


def test_a_newer_save_ends_a_container_that_does_not_listen(
    course: Course, watch: Callable[..., Terminal], sandbox: Sandbox
) -> None:
    terminal = watch("07")
    save(course.mine, "FROM lab/busybox\nCMD trap '' INT TERM; sleep 600\n")
    while not sandbox.docker("ps", "--quiet").stdout:
        assert terminal.process.poll() is None

    save(course.mine, GREETS)
    terminal.wait_for("passed: 20 of 20 points")

    assert course.attempts() == ["passed"]
    assert course.left(sandbox) == []


@pytest.mark.parametrize("slug", ["01-parallel-stages", "02-skip-what-is-not-needed"])
def test_what_is_quicker_than_a_grade_finds_the_same(
    sandbox: Sandbox, slug: str, tmp_path: Path
) -> None:
    """Whatever the builder's cache has; what a grade finds of a solution is among the claims."""
    exercise = load(exercises_folder({}) / slug)
    assert {spec.kind for spec in exercise.checks} <= WARM

    def statuses(folder: Path, *, use_cache: bool) -> list[Status]:
        quiet = Listeners(lambda _: None, lambda _: None)
        attempts = Attempts(Workspace(tmp_path))
        found = attempts.grade(exercise, folder, quiet, use_cache=use_cache).grade
        return [check.status for check in found.checks]

    graded = statuses(exercise.folder, use_cache=False)
    assert Status.FAILED in graded
    for _ in range(2):
        assert statuses(exercise.folder, use_cache=True) == graded
        assert set(statuses(exercise.folder / "solution", use_cache=True)) == {Status.PASSED}


def test_of_several_quick_saves_the_last_one_counts(
    course: Course, watch: Callable[..., Terminal], sandbox: Sandbox
) -> None:
    terminal, before = watch("07"), traces(sandbox)
    save(course.mine, ENDLESS)
    wait_for_vertex(terminal, sandbox, "RUN sleep 600", before)
    for number in range(8):
        save(course.mine, f"{SILENT}# {number}\n")
    save(course.mine, GREETS)
    terminal.wait_for("passed: 20 of 20 points")

    assert course.attempts() == ["passed"]
    assert course.left(sandbox) == []


@pytest.mark.parametrize("how", ["ctrl-c", "q", "terminated", "closed"])
def test_the_end_in_the_middle_of_a_grading_leaves_nothing(
    course: Course, watch: Callable[..., Terminal], sandbox: Sandbox, how: str
) -> None:
    terminal, before = watch("07"), traces(sandbox)
    save(course.mine, ENDLESS)
    wait_for_vertex(terminal, sandbox, "RUN sleep 600", before)
    if how == "terminated":
        terminal.process.send_signal(signal.SIGTERM)
    elif how != "closed":
        terminal.press({"ctrl-c": "\x03", "q": "q"}[how])

    code = terminal.hang_up() if how == "closed" else terminal.ended()
    if how != "closed":  # nobody hears that one
        assert code == (0 if how == "q" else 130)
    assert course.attempts() == []
    assert course.left(sandbox) == []


def test_without_a_terminal_there_are_no_keys_and_it_goes_on_by_itself(
    course: Course, sandbox: Sandbox
) -> None:
    argv = [CHECKER, "watch", "07"]
    (course.root / "work" / "07-sample").mkdir(parents=True)
    save(course.mine, GREETS)
    process = subprocess.Popen(
        argv, env=course.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("You edit") and "08-other" in line:
            break
    process.send_signal(signal.SIGINT)
    process.stdout.close()

    assert process.wait(PATIENCE_S) == 130
    assert "\x1b" not in "".join(lines)
    assert any("passed: 20 of 20 points" in line for line in lines)
