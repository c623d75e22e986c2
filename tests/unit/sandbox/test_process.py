from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from sandbox import CommandError, HostError, process

STUBBORN = "trap '' INT TERM; echo ready; while :; do sleep 0.05; done"


def consume(lines: object) -> tuple[list[tuple[str, str]], process.Completed]:
    """All lines of a stream, and what it returns."""
    found = []
    while True:
        try:
            found.append(next(lines))  # type: ignore[call-overload]
        except StopIteration as end:
            return found, end.value


def wait_until(true: Callable[[], object]) -> None:
    give_up = time.monotonic() + 30
    while not true():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def test_what_is_printed_is_kept() -> None:
    done = process.run(["sh", "-c", "echo out; echo err >&2"])
    assert (done.exit_code, done.stdout, done.stderr) == (0, "out\n", "err\n")
    assert done.ok
    assert not done.timed_out
    assert done.duration_s > 0


def test_no_more_is_kept_than_was_asked_for() -> None:
    script = "head -c 3000000 /dev/zero | tr '\\0' x; seq 3 >&2; exit 3"
    done = process.run(["sh", "-c", script], check=False, keep_bytes=1000)
    assert done.exit_code == 3  # and was not held up
    assert done.stdout == "x" * 1000 + "\n[2999000 more bytes were printed and are not kept]\n"
    assert done.stderr == "1\n2\n3\n"


def test_what_prints_without_end_takes_no_memory_until_its_time_is_up() -> None:
    tracemalloc.start()
    try:
        done = process.run(["yes"], timeout_s=1, check=False, keep_bytes=1000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert done.timed_out
    assert done.stdout.startswith("y\ny\n")
    assert "are not kept" in done.stdout
    assert peak < 4 << 20


def test_a_failure_carries_what_was_tried() -> None:
    with pytest.raises(CommandError, match="sh failed") as caught:
        process.run(["sh", "-c", "seq 100 >&2; exit 9"], next_step="count again")
    error = caught.value
    assert error.argv == ("sh", "-c", "seq 100 >&2; exit 9")
    assert error.exit_code == 9
    assert error.stderr_tail.splitlines() == [str(n) for n in range(81, 101)]
    assert error.next_step == "count again"


def test_a_failure_may_be_wanted() -> None:
    assert process.run(["sh", "-c", "exit 9"], check=False).exit_code == 9
    assert process.run(["sh", "-c", "kill -9 $$"], check=False).exit_code == -signal.SIGKILL


def test_bytes_that_are_no_text_are_no_hindrance() -> None:
    done = process.run(["printf", r"caf\351\n"])
    assert done.stdout == "caf�\n"
    lines, _ = consume(process.stream(["printf", r"caf\351\n"]))
    assert lines == [("stdout", "caf�\n")]


@pytest.mark.parametrize("tied", [False, True])
def test_no_such_program(tied: bool) -> None:
    with pytest.raises(HostError, match="Could not start no-such-program") as caught:
        process.run(["no-such-program"], tied=tied)
    assert "doctor" in caught.value.next_step
    with pytest.raises(HostError):
        next(process.stream(["/no/such/program"]))


def test_find_looks_where_root_programs_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "tool").touch(0o755)
    assert process.find("tool", next_step="…") == str(tmp_path / "tool")
    with pytest.raises(HostError, match="no-such-program") as caught:
        process.find("no-such-program", next_step="install it")
    assert caught.value.next_step == "install it"
    monkeypatch.delenv("PATH")
    with pytest.raises(HostError):
        process.find("tool", next_step="…")


def test_nobody_is_asked_for_input() -> None:
    assert process.run(["cat"]).stdout == ""


@pytest.mark.parametrize("polite", [True, False])
def test_time_is_up(monkeypatch: pytest.MonkeyPatch, polite: bool) -> None:
    monkeypatch.setattr(process.interrupt, "__defaults__", (0.2,))
    script = "sleep 600" if polite else STUBBORN
    done = process.run(["sh", "-c", script], timeout_s=0.2, check=False)
    assert done.timed_out
    assert not done.ok
    with pytest.raises(CommandError, match=r"still running after 0\.1 s"):
        process.run(["sleep", "600"], timeout_s=0.1)


@pytest.mark.parametrize(("script", "code"), [("exit 7", 7), ("kill -KILL $$", 137)])
def test_a_program_on_this_terminal_hands_on_its_exit_code(script: str, code: int) -> None:
    assert process.attended(["sh", "-c", script], env=os.environ) == code


def test_ctrl_c_is_for_the_program_alone() -> None:
    before = signal.getsignal(signal.SIGINT)
    script = "kill -INT $PPID; trap 'exit 3' INT; kill -INT $$"
    assert process.attended(["sh", "-c", script], env=os.environ) == 3
    assert signal.getsignal(signal.SIGINT) is before


def test_lines_come_as_they_are_printed() -> None:
    """The second line is only printed once the first has been read."""
    read, write = os.pipe()
    script = "echo first; echo second >&2; cat; echo third"
    child = ["sh", "-c", f"exec < /proc/{os.getpid()}/fd/{read}; {script}"]
    lines = process.stream(child)
    assert {next(lines), next(lines)} == {("stdout", "first\n"), ("stderr", "second\n")}
    os.close(write)
    rest, done = consume(lines)
    os.close(read)
    assert rest == [("stdout", "third\n")]
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "")
    assert done.argv == tuple(child)


def test_a_stream_ends_at_its_deadline() -> None:
    lines = process.stream(["sh", "-c", "echo begun; exec sleep 600"], timeout_s=0.3)
    found, done = consume(lines)
    assert found == [("stdout", "begun\n")]
    assert done.timed_out


@pytest.mark.parametrize("timeout_s", [0.0, 0.001])
def test_no_time_at_all(timeout_s: float) -> None:
    _, done = consume(process.stream(["sleep", "600"], timeout_s=timeout_s))
    assert done.timed_out


def test_a_stream_that_nobody_reads_to_its_end_is_cancelled() -> None:
    lines = process.stream(["sh", "-c", "echo $$; exec sleep 600"])
    _, pid = next(lines)
    lines.close()
    assert not psutil.pid_exists(int(pid))


def test_an_error_of_the_reader_cancels_it() -> None:
    def read() -> None:
        for _, line in lines:
            pids.append(int(line))
            raise RuntimeError

    pids: list[int] = []
    lines = process.stream(["sh", "-c", "echo $$; exec sleep 600"])
    with pytest.raises(RuntimeError):
        read()
    lines.close()
    assert not psutil.pid_exists(pids[0])


def test_children_that_hold_the_pipe_end_too() -> None:
    """As docker's buildx: the parent ends at once, what it started ignores that."""
    script = f"sh -c {STUBBORN!r} & echo $!; wait"
    lines = process.stream(["sh", "-c", script])
    # Parent and child write to one pipe, and who comes first is nobody's promise.
    said = sorted((next(lines), next(lines)))
    assert said[1] == ("stdout", "ready\n")
    process_of = psutil.Process(int(said[0][1]))
    family = psutil.Process(process_of.ppid())
    process.interrupt(family.pid, grace_s=0.2)
    _, done = consume(lines)
    assert done.exit_code is not None
    assert not process.runs(process_of)


def test_a_child_that_starts_late_is_told_too() -> None:
    script = (
        "trap 'sleep 0.2; sh -c \"echo late; exec sleep 600\"; exit' INT; echo ready; sleep 600"
    )
    with subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        began = time.monotonic()
        process.interrupt(child.pid, grace_s=25.0)
        assert time.monotonic() - began < 20.0
        assert child.stdout.read() in ("late\n", "")


def test_what_is_over_is_left_alone() -> None:
    with subprocess.Popen(["true"]) as child:
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert not process.runs(psutil.Process(child.pid))
        process.interrupt(child.pid)
        process.cancel(child)
        assert child.returncode == 0


def test_a_tied_program_ends_with_who_started_it() -> None:
    script = (
        "from sandbox import process\n"
        "for _, line in process.stream(['sh', '-c', 'echo $$; exec sleep 600']):\n"
        "    print(line, end='', flush=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        assert process.runs(child)
        parent.kill()
    wait_until(lambda: not process.runs(child))


def test_a_launched_program_outlives_who_started_it(tmp_path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from sandbox import process\n"
        "log = Path(sys.argv[1])\n"
        "argv = ['sh', '-c', 'echo said; pwd; exec sleep 600']\n"
        "print(process.launch(argv, env=dict(os.environ), log_path=log))\n"
    )
    log = tmp_path / "log"
    out = subprocess.run(
        [sys.executable, "-c", script, str(log)], stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    child = psutil.Process(int(out))
    try:
        assert os.getsid(child.pid) == child.pid
        wait_until(lambda: log.read_text() == "said\n/\n")
    finally:
        child.kill()


def test_a_deadline_is_called_once_and_only_when_it_is_due() -> None:
    fired = threading.Event()
    with process.Deadline(0.0, fired.set) as due:
        assert fired.wait(30)
    assert due.reached
    with process.Deadline(None, pytest.fail) as never, process.Deadline(600, pytest.fail) as late:
        pass
    assert not never.reached
    assert not late.reached


@pytest.mark.parametrize(
    "said",
    ["cp: error writing 'a': No space left on device", "tar: b: Wrote only 512 of 10240 bytes"],
)
def test_words_for_a_full_disk(said: str) -> None:
    assert process.DISK_FULL.search(said)
    assert not process.DISK_FULL.search("tar: b: Cannot open: Permission denied")


def test_the_tail_of_a_text() -> None:
    assert process.tail("a\nb\nc\n", 2) == "b\nc"
    assert process.tail("") == ""


def test_what_is_held_ends_when_it_is_let_go() -> None:
    held = process.hold(["sh", "-c", "echo ready; read -r _; echo over"], env=os.environ)
    assert held.stdout is not None
    assert held.stdout.readline() == b"ready\n"
    assert os.getsid(held.pid) == held.pid
    out, _ = held.communicate()
    assert out == b"over\n"
    with pytest.raises(HostError, match="no-such-program"):
        process.hold(["no-such-program"], env=os.environ)


@pytest.mark.parametrize(("script", "code"), [("exit 7", 7), ("kill -TERM $$", 143)])
def test_a_program_on_the_terminal_hands_on_its_end(script: str, code: int) -> None:
    assert process.attended(["sh", "-c", script], env=dict(os.environ)) == code


def test_a_program_on_the_terminal_reads_its_input_from_the_same_place_each_time(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "text").write_text("one\ntwo\n")
    with (tmp_path / "text").open("rb") as stdin:
        for _ in range(2):
            process.attended(["cat"], env=dict(os.environ), stdin=stdin, place=4)
    assert capfd.readouterr().out == "two\ntwo\n"


def test_ctrl_c_is_for_the_program_on_the_terminal() -> None:
    script = "trap 'exit 9' INT; kill -INT $PPID $$; sleep 5"
    assert process.attended(["sh", "-c", script], env=dict(os.environ)) == 9
