"""The only module that starts processes.

A command is an argv list, never a shell string. Output is decoded as UTF-8; replacement characters
stand for bytes that are not valid UTF-8.
"""

from __future__ import annotations

import contextlib
import errno
import os
import queue
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, NoReturn, Self

import psutil

from sandbox.cancellation import CancelToken
from sandbox.errors import CommandError, HostError

STDERR_TAIL_LINES = 20
CANCEL_GRACE_S = 10.0
"""How long a process may take to end after SIGINT before it is killed."""
STOP_GRACE_S = 3.0
"""The same after a cancellation, when the user is waiting for the next command."""
POLL_S = 0.02
KEEP_BYTES = 64 << 20
"""How much of each stream of a program is stored by default; more than any useful output has."""
_PIECE_BYTES = 1 << 16
TIE = ("setpriv", "--pdeathsig", "TERM", "--")
"""A prefix for a command: the kernel ends the program when this process ends.

setpriv is part of util-linux, which every Linux has. Source: prctl(2), PR_SET_PDEATHSIG.
"""
DISK_FULL = re.compile(r"No space left on device|Wrote only \d+ of \d+ bytes")
"""Error messages about a full disk. The second one is tar's, for an incomplete block."""


@dataclass(frozen=True, slots=True)
class Completed:
    """A process that has ended.

    Args:
        argv: The command.
        exit_code: The exit code; negative: the signal that ended the process. None: the process
            was still running when its time was up.
        stdout: The output. If it was longer than ``keep_bytes``, its beginning and a line that
            says so.
        stderr: The error output, shortened like ``stdout``.
        duration_s: The time from start to end.
    """

    argv: tuple[str, ...]
    exit_code: int | None
    stdout: str
    stderr: str
    duration_s: float

    @property
    def ok(self) -> bool:
        return self.exit_code == 0

    @property
    def timed_out(self) -> bool:
        return self.exit_code is None


def search_path() -> str:
    """PATH, and the system folders that it may leave out."""
    return f"{os.environ.get('PATH', '/usr/bin:/bin')}:/usr/sbin:/sbin"


def find(program: str, *, next_step: str) -> str:
    """The path of a program on ``search_path``.

    Raises:
        HostError: There is no such program.
    """
    found = shutil.which(program, path=search_path())
    if found is None:
        raise HostError(f"The program {program} is not on this machine.", next_step=next_step)
    return found


def run(
    argv: Sequence[str],
    *,
    within: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    timeout_s: float | None = None,
    check: bool = True,
    tied: bool = False,
    cancel_token: CancelToken | None = None,
    keep_bytes: int = KEEP_BYTES,
    next_step: str = "read the lines above; `sandbox doctor` checks this machine",
) -> Completed:
    """Run a program to its end and return its output.

    Args:
        argv: The command.
        within: A prefix for the command, which executes it with other limits or in namespaces.
            Errors do not name it.
        env: The environment; None: that of this process.
        cwd: The working directory; None: that of this process.
        timeout_s: The time after which to interrupt the program, and kill it if it still does not
            end. None: no limit.
        check: Raise CommandError if the program fails.
        tied: End the program if this process is killed, for work that would take minutes more.
        cancel_token: Cancels the program.
        keep_bytes: How much of each stream to return. The rest is read, so that the program can
            go on, and dropped.
        next_step: The next step of the CommandError.

    Raises:
        Cancelled: ``cancel_token`` was cancelled; the program has ended.
        CommandError: The program's exit code is not 0, or its time was up; only with ``check``.
        HostError: There is no such program.
    """
    started = time.monotonic()
    cancel_token = cancel_token or CancelToken()
    cancel_token.raise_if_cancelled()
    process = _start(argv, within=within, env=env, cwd=cwd, tied=tied)
    assert process.stdout is not None
    assert process.stderr is not None
    out, err = _Kept(process.stdout, keep_bytes), _Kept(process.stderr, keep_bytes)
    try:
        with (
            cancel_token.on_cancel(lambda: cancel(process, STOP_GRACE_S)),
            Deadline(timeout_s, lambda: cancel(process)) as deadline,
        ):
            stdout, stderr = out.text(), err.text()
            process.wait()
    except BaseException:
        cancel(process)
        raise
    exit_code = None if deadline.reached else process.returncode
    done = Completed(tuple(argv), exit_code, stdout, stderr, time.monotonic() - started)
    if check and not done.ok:
        ended = f"was still running after {timeout_s:g} s" if done.timed_out else "failed"
        raise CommandError(
            f"{Path(argv[0]).name} {ended}.",
            next_step=next_step,
            argv=done.argv,
            exit_code=done.exit_code,
            stderr_tail=tail(done.stderr or done.stdout),
        )
    return done


def stream(
    argv: Sequence[str],
    *,
    within: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    timeout_s: float | None = None,
    cancel_token: CancelToken | None = None,
) -> Generator[tuple[str, str], None, Completed]:
    """Run a program and yield ``("stdout" | "stderr", line)`` for each line that it prints.

    The generator's return value is a Completed with empty stdout and stderr. Closing the generator,
    or an exception in its consumer, cancels the program; so does a kill of this process. The
    arguments are those of ``run``.

    Raises:
        Cancelled: ``cancel_token`` was cancelled; the program has ended.
    """
    started = time.monotonic()
    cancel_token = cancel_token or CancelToken()
    cancel_token.raise_if_cancelled()
    process = _start(argv, within=within, env=env, cwd=cwd, tied=True)
    lines: queue.SimpleQueue[tuple[str, str] | None] = queue.SimpleQueue()
    for origin, pipe in (("stdout", process.stdout), ("stderr", process.stderr)):
        assert pipe is not None
        threading.Thread(target=_pump, args=(origin, pipe, lines), daemon=True).start()
    try:
        with (
            cancel_token.on_cancel(lambda: cancel(process, STOP_GRACE_S)),
            Deadline(timeout_s, lambda: interrupt(process.pid)) as deadline,
        ):
            open_pipes = 2
            while open_pipes:
                item = lines.get()
                if item is None:
                    open_pipes -= 1
                else:
                    yield item
            process.wait()
    finally:
        cancel(process)
    exit_code = None if deadline.reached else process.returncode
    return Completed(tuple(argv), exit_code, "", "", time.monotonic() - started)


class _Kept:
    """Reads a program's stream to its end in a thread, and stores the beginning.

    Args:
        pipe: The stream; closed at its end.
        most_bytes: How much of the stream to store.
    """

    def __init__(self, pipe: IO[bytes], most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._kept = bytearray()
        self._dropped_bytes = 0
        self._reading = threading.Thread(target=self._read, args=(pipe,), daemon=True)
        self._reading.start()

    def _read(self, pipe: IO[bytes]) -> None:
        with pipe:
            while piece := pipe.read1(_PIECE_BYTES):  # type: ignore[attr-defined]
                fits = piece[: self._most_bytes - len(self._kept)]
                self._kept += fits
                self._dropped_bytes += len(piece) - len(fits)

    def text(self) -> str:
        """Wait for the stream's end and return the stored text; a last line notes missing bytes."""
        self._reading.join()
        text = self._kept.decode(errors="replace")
        if self._dropped_bytes:
            text += f"\n[{self._dropped_bytes} more bytes were printed and are not kept]\n"
        return text


class Deadline:
    """A time limit for a ``with`` block.

    Args:
        timeout_s: The time from the block's beginning. None: no limit.
        cancel: Called in another thread when the time is up.
    """

    def __init__(self, timeout_s: float | None, cancel: Callable[[], None]) -> None:
        self._timer = threading.Timer(timeout_s or 0, self._fire)
        self._timer.daemon = True
        self._limited = timeout_s is not None
        self._cancel = cancel
        self.reached = False
        """Whether the time limit was reached before the block ended."""

    def _fire(self) -> None:
        self.reached = True
        self._cancel()

    def __enter__(self) -> Self:
        if self._limited:
            self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()


def interrupt(pid: int, grace_s: float = CANCEL_GRACE_S) -> None:
    """Send SIGINT to a process and all its descendants, as Ctrl-C does; waits for their end.

    Descendants that appear during the wait get the signal too: docker starts buildx, which would go
    on without docker. A process that has executed another program gets it again, because between
    fork and exec a shell's child swallows the signal. Processes that are left after ``grace_s``
    are killed.
    """
    give_up = time.monotonic() + grace_s
    told: set[tuple[psutil.Process, str]] = set()
    while left := {one for one in {one for one, _ in told} | _family(pid) if runs(one)}:
        is_late = time.monotonic() > give_up
        for one in left:
            program = (one, _words(one))
            if is_late or program not in told:
                with contextlib.suppress(psutil.NoSuchProcess):
                    one.send_signal(signal.SIGKILL if is_late else signal.SIGINT)
            told.add(program)
        if is_late:
            return
        time.sleep(POLL_S)


def cancel(process: subprocess.Popen[bytes], grace_s: float = CANCEL_GRACE_S) -> None:
    """End a child, if it still runs: by SIGINT, and after ``grace_s`` by SIGKILL."""
    if process.poll() is None:
        interrupt(process.pid, grace_s)
        process.wait()


def runs(one: psutil.Process) -> bool:
    """Whether a process still runs. A zombie has ended; its parent has not reaped it yet."""
    try:
        return one.is_running() and one.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _words(one: psutil.Process) -> str:
    """A process's command line; empty: the process has ended."""
    try:
        return "\0".join(one.cmdline())
    except psutil.Error:
        return ""


def _family(pid: int) -> set[psutil.Process]:
    try:
        parent = psutil.Process(pid)
        return {parent, *parent.children(recursive=True)}
    except psutil.NoSuchProcess:
        return set()


def launch(argv: Sequence[str], *, env: Mapping[str, str], log_path: Path) -> int:
    """Start a program that outlives this process; returns its process id.

    The program runs in a session of its own, without a terminal, so Ctrl-C does not reach it.
    """
    with log_path.open("ab") as log:
        process = subprocess.Popen(
            list(argv),
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd="/",
        )
    # Reaps the child if it ends before this process, so that it never shows as a zombie.
    threading.Thread(target=process.wait, daemon=True).start()
    return process.pid


def hold(argv: Sequence[str], *, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a program whose stdin ends when this process ends, even if it is killed.

    ``TIE`` does not work for every program. The kernel drops the tie of a set-group-ID program
    such as Debian's ssh-agent, and it also sends the signal when only the thread that started the
    program ends. The program runs in a session of its own, so Ctrl-C does not reach it. To end it,
    close its stdin and ``wait``.

    Raises:
        HostError: There is no such program.
    """
    return _start(argv, env=env, cwd=None, tied=False, held=True)


def attended(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    stdin: BinaryIO | None = None,
    place: int = 0,
) -> int:
    """Run a program on this process's terminal, and wait for it; returns its exit code.

    Ctrl-C reaches the program, which decides what to do; this process goes on waiting.

    Args:
        argv: The command.
        env: The environment.
        stdin: The standard input, a file; None: that of this process.
        place: Where in ``stdin`` the program begins to read.

    Returns:
        The exit code; 128 and the signal's number, as in a shell, if a signal ended the program.
    """
    program = shutil.which(argv[0], path=env.get("PATH")) or argv[0]
    # A handler, because the program would inherit a signal that is ignored.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        if stdin is not None:
            os.lseek(stdin.fileno(), place, os.SEEK_SET)
        ended = subprocess.run(
            [*TIE, program, *argv[1:]], env=dict(env), stdin=stdin, check=False
        ).returncode
    finally:
        signal.signal(signal.SIGINT, before)
    return ended if ended >= 0 else 128 - ended


def replace(argv: Sequence[str], *, env: Mapping[str, str]) -> NoReturn:
    """Replace this process by another program."""
    os.execvpe(argv[0], list(argv), dict(env))  # noqa: S606 (without a shell on purpose)


def tail(text: str, lines: int = STDERR_TAIL_LINES) -> str:
    """The last lines of a text."""
    return "\n".join(text.strip().splitlines()[-lines:])


def _start(
    argv: Sequence[str],
    *,
    within: Sequence[str] = (),
    env: Mapping[str, str] | None,
    cwd: Path | None,
    tied: bool,
    held: bool = False,
) -> subprocess.Popen[bytes]:
    try:
        prefix = [*TIE, *within] if tied else list(within)
        # If there is a prefix, its own error would not name the program.
        if prefix and shutil.which(argv[0], path=(env or os.environ).get("PATH")) is None:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory")
        return subprocess.Popen(
            [*prefix, *argv],
            env=None if env is None else dict(env),
            cwd=cwd,
            stdin=subprocess.PIPE if held else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=held,
        )
    except FileNotFoundError as error:
        raise HostError(
            f"Could not start {argv[0]}: {error.strerror or error}.",
            next_step="`sandbox doctor` lists missing programs and how to install them",
            argv=tuple(argv),
        ) from error


def _pump(origin: str, pipe: IO[bytes], lines: queue.SimpleQueue[tuple[str, str] | None]) -> None:
    with pipe:
        for line in pipe:
            lines.put((origin, line.decode(errors="replace")))
    lines.put(None)
