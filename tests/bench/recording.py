"""Records the docker commands of a sandbox: what was run, from when to when.

For the time of a recording the sandbox's ``docker`` is a script that notes the clock, runs the
real client as its child, and notes the clock again. Every way to the client is seen: Python, a
notebook's ``!`` lines, and commands that these start. The script costs about 3 ms a command.
"""

from __future__ import annotations

import contextlib
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox import Sandbox

# bash has the clock and writes files without a process of its own. While it waits for the client
# it notes a signal and goes on: the client gets the same one, and its end is still recorded.
_SCRIPT = """\
#!{bash}
trap : INT TERM HUP
entry={log}/$EPOCHREALTIME-$$
{keep}
started=$EPOCHREALTIME
{client} "$@"
code=$?
ended=$EPOCHREALTIME
printf '%s\\0' "$started" "$ended" "$PWD" "$@" > "$entry.part"
mv "$entry.part" "$entry"
exit $code
"""
_KEEP = 'case $PWD/ in {below}/*) cp -a "$PWD" "$entry.folder" ;; esac'


@dataclass(frozen=True, slots=True)
class Command:
    """A docker command that has ended.

    Args:
        arguments: What follows ``docker``.
        folder: Where it ran; the copy of that folder where one was kept.
        started_s: Seconds of the system's clock.
        ended_s: The same.
    """

    arguments: tuple[str, ...]
    folder: Path
    started_s: float
    ended_s: float


class Recording:
    """The commands that have ended since the recording began, or since ``clear``.

    Args:
        log: A folder with a file for each command.
    """

    def __init__(self, log: Path) -> None:
        self._log = log

    @property
    def commands(self) -> tuple[Command, ...]:
        """In the order in which they started."""
        found = []
        for path in self._log.iterdir():
            if path.name.endswith((".part", ".folder")):
                continue
            started, ended, folder, *arguments = path.read_text().split("\0")[:-1]
            kept = path.with_name(f"{path.name}.folder")
            where = kept if kept.exists() else Path(folder)
            found.append(Command(tuple(arguments), where, float(started), float(ended)))
        return tuple(sorted(found, key=lambda one: one.started_s))

    def clear(self) -> None:
        """Forget what was recorded."""
        for path in self._log.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def docker_s(commands: Iterable[Command]) -> float:
    """Seconds in which at least one of the commands ran: what overlaps counts once."""
    busy_s, until_s = 0.0, 0.0
    for command in sorted(commands, key=lambda one: one.started_s):
        busy_s += max(0.0, command.ended_s - max(command.started_s, until_s))
        until_s = max(until_s, command.ended_s)
    return busy_s


@contextlib.contextmanager
def recorded(lab: Sandbox, log: Path, *, keeps_below: Path | None = None) -> Iterator[Recording]:
    """Record the docker commands of a running sandbox while the block runs.

    Args:
        lab: The sandbox; its client is exchanged for the time of the block.
        log: An empty folder for what is recorded.
        keeps_below: A command that runs in this folder or below has a copy made of where it runs,
            so that it can run again when that is gone. Copying takes time: nothing is to be
            measured meanwhile. None: no copies.
    """
    client = lab.paths.bin / "docker"
    real = client.resolve()
    script = _SCRIPT.format(
        bash=shutil.which("bash"),
        log=shlex.quote(str(log)),
        client=shlex.quote(str(real)),
        keep=_KEEP.format(below=shlex.quote(str(keeps_below))) if keeps_below else "",
    )
    client.unlink()
    client.write_text(script)
    client.chmod(0o755)
    try:
        yield Recording(log)
    finally:
        client.unlink()
        client.symlink_to(real)


def bare(arguments: Sequence[str]) -> tuple[str, ...]:
    """Without the two options that the sandbox adds and a person at a terminal leaves out."""
    words = iter(arguments)
    kept = []
    for word in words:
        if word in ("--metadata-file", "--progress"):
            next(words)
        elif not word.startswith(("--metadata-file=", "--progress=")):
            kept.append(word)
    return tuple(kept)


def run(
    *argv: object, env: dict[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end; one that fails ends the bench with what it said."""
    words = [str(word) for word in argv]
    done = subprocess.run(words, env=env, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout)[-2000:]
        sys.exit(f"bench: {shlex.join(words)} failed with exit code {done.returncode}:\n{said}")
    return done
