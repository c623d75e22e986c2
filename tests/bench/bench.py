"""What the lab costs over the bare commands: ``make bench``.

Every comparison runs A B A B … so that both meet the same machine, and prints the median
of the pairs' ratios beside its goal. The engine is the bench's own.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from sandbox import Sandbox
from sandbox.engine.paths import Paths
from sandbox.engine.status import resident_bytes

ROOT = Path(__file__).parents[2]
COMMANDS = Path(sys.executable).parent
EXERCISE = "01-parallel-stages"
DOCKERFILE = """\
FROM lab/busybox AS one
RUN sleep 1 && seq 20000 > /numbers
RUN sort -r /numbers > /one
FROM lab/busybox AS two
RUN seq 200 && sleep 1.2 && echo two > /two
FROM lab/busybox
COPY --from=one /one /
COPY --from=two /two /
"""
# Stands in for the client while one grading is recorded: notes the command, and keeps what
# it was given to build, which is gone when the grading ends.
RECORDING_CLIENT = """\
#!/bin/sh
log={log}
entry=$(mktemp -d "$log/$(date +%s.%N)-XXXX")
for word; do context=$word; done
[ ! -d "$context" ] || cp -a "$context" "$entry/context"
printf '%s\\0' "$@" > "$entry/argv"
exec {client} "$@"
"""


# 60 vertexes and 5,000 lines of log: ten stages of five RUNs, and a stage that takes from nine.
TALKATIVE = "".join(
    f"FROM lab/busybox AS s{stage}\n"
    # No two alike: BuildKit would run them once.
    + "".join(f"RUN seq {n}00 {n}99\n" for n in range(5 * stage, 5 * stage + 5))
    for stage in range(10)
) + "".join(f"COPY --from=s{stage} /bin/busybox /{stage}\n" for stage in range(9))
# Runs in a kernel, where what is sent to a browser is made as it is for one.
WATCHED = """\
import json, time
from pathlib import Path
from sandbox import Sandbox, read_dockerfile
from sandbox.notebook.watch import WidgetWatch, in_cell

lab, folder = Sandbox(), Path({folder!r})
argv = ("docker", "buildx", "build", "--no-cache", str(folder))
graph = read_dockerfile((folder / "Dockerfile").read_bytes())

def watched():
    with WidgetWatch("bench", graph, None, in_cell) as watch:
        watch.ended(lab.build_line(argv, on_start=watch.follow, most_log_lines=2000))

def unwatched():
    lab.build_line(argv, most_log_lines=2000)

def timed(work):
    began = time.perf_counter()
    work()
    return time.perf_counter() - began

ratios = [timed(watched) / timed(unwatched) for _ in range({pairs} + 1)]
Path({answer!r}).write_text(json.dumps(ratios[1:]))
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the report."""

    name: str
    value: str
    goal: str
    reached: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=7)
    pairs: int = parser.parse_args().pairs
    with _own_sandbox() as lab:
        figures = (
            _up(lab, pairs),
            _memory(lab),
            _build(lab, pairs),
            _watch(pairs),
            _grade(lab, pairs),
        )
    for figure in figures:
        mark = "reached" if figure.reached else "MISSED"
        print(f"{figure.name:44} {figure.value:34} goal {figure.goal:14} {mark}")


@contextlib.contextmanager
def _own_sandbox() -> Iterator[Sandbox]:
    with tempfile.TemporaryDirectory(prefix="lab-bench-", ignore_cleanup_errors=True) as folder:
        home = Path(folder) / "home"
        os.environ["BUILDKIT_LAB_HOME"] = str(home)
        lab = Sandbox(home, Paths.default().cache)
        try:
            lab.up()
            lab.warm(["lab/busybox"])
            yield lab
        finally:
            lab.reset()


def _up(lab: Sandbox, pairs: int) -> Figure:
    seconds = []
    for _ in range(pairs):
        lab.down()
        seconds.append(_timed(lambda: _run(COMMANDS / "sandbox", "up")))
    median = statistics.median(seconds)
    return Figure("sandbox up, warm", f"{median:.2f} s {_spread(seconds)}", "< 1 s", median < 1)


def _memory(lab: Sandbox) -> Figure:
    used = resident_bytes(lab.state) / 1e6
    return Figure("resident, idle", f"{used:.0f} MB", "< 250 MB", used < 250)


def _build(lab: Sandbox, pairs: int) -> Figure:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "Dockerfile").write_text(DOCKERFILE)
        typed = [lab.paths.bin / "docker", "buildx", "build", "--no-cache", folder]
        env = lab.environment()
        ratios = _ratios(
            pairs,
            lambda: lab.build(folder, no_cache=True),
            lambda: _run(*typed, env=env),
        )
    return _ratio_figure("Sandbox.build / docker buildx build", ratios, 1.05)


def _watch(pairs: int) -> Figure:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "Dockerfile").write_text(TALKATIVE)
        answer = f"{folder}.ratios"
        cell = WATCHED.format(folder=folder, pairs=pairs, answer=answer)
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)])
        NotebookClient(notebook, timeout=None, kernel_name="python3").execute()
        ratios: list[float] = json.loads(Path(answer).read_text())
        Path(answer).unlink()
    return _ratio_figure("a build watched / unwatched", ratios, 1.05)


def _grade(lab: Sandbox, pairs: int) -> Figure:
    solution = ROOT / "exercises" / EXERCISE / "solution"
    grade = [COMMANDS / "checker", "grade", EXERCISE, solution]
    with tempfile.TemporaryDirectory() as folder:
        bare = _recorded(lab, Path(folder), lambda: _run(*grade))
        env = lab.environment()
        client = lab.paths.bin / "docker"

        def run_bare() -> None:
            for argv in bare:
                _run(client, *argv, env=env)

        def empty() -> None:
            lab.docker("buildx", "prune", "--all", "--force")

        ratios = _ratios(pairs, lambda: _run(*grade), run_bare, before=empty)
    name = f"checker grade {EXERCISE} / its {len(bare)} commands"
    return _ratio_figure(name, ratios, 1.15)


def _recorded(lab: Sandbox, log: Path, work: Callable[[], None]) -> list[list[str]]:
    """The docker commands that ``work`` makes, with contexts that can be built again."""
    client = lab.paths.bin / "docker"
    real = client.resolve()
    client.unlink()
    client.write_text(RECORDING_CLIENT.format(log=log, client=real))
    client.chmod(0o755)
    try:
        work()
    finally:
        client.unlink()
        client.symlink_to(real)
    commands = []
    for entry in sorted(log.iterdir()):
        argv = (entry / "argv").read_text().split("\0")[:-1]
        kept = entry / "context"
        if kept.exists():
            argv = [word.replace(argv[-1], str(kept)) for word in argv]
        # A person at a terminal asks for neither of these.
        commands.append(_without(argv, "--metadata-file", "--progress"))
    return commands


def _without(argv: list[str], *options: str) -> list[str]:
    words = iter(argv)
    kept = []
    for word in words:
        if word in options:
            next(words)
        elif not word.startswith(tuple(f"{option}=" for option in options)):
            kept.append(word)
    return kept


def _ratios(
    pairs: int,
    ours: Callable[[], object],
    bare: Callable[[], object],
    before: Callable[[], None] = lambda: None,
) -> list[float]:
    ratios = []
    for number in range(pairs + 1):
        before()
        a = _timed(ours)
        before()
        b = _timed(bare)
        if number:  # the first pair warms up both
            ratios.append(a / b)
    return ratios


def _ratio_figure(name: str, ratios: list[float], goal: float) -> Figure:
    median = statistics.median(ratios)
    return Figure(name, f"{median:.3f} {_spread(ratios)}", f"<= {goal}", median <= goal)


def _spread(values: list[float]) -> str:
    return f"({min(values):.2f} to {max(values):.2f}, n={len(values)})"


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _run(*argv: object, env: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        [str(word) for word in argv], env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"bench: {shutil.which(str(argv[0]))} failed:\n{done.stderr[-2000:]}")


if __name__ == "__main__":
    main()
