"""Real schedulers and workers, in processes of their own, with a grader that is played."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from checker.classroom.class_run import ClassResult, ClassRun
from checker.classroom.cluster.addresses import ClusterOptions
from checker.classroom.cluster.connection import cluster_marking
from checker.classroom.gradebook import GradeBook
from checker.errors import ClusterError
from tests.unit.checker.classroom.conftest import Course, PlayedGrader
from tests.unit.checker.classroom.test_class_run import CLASS, contents, placement_of
from tests.unit.checker.classroom.test_class_run import grade as grade_here

from .played_worker import BROKEN, SEEN, played, times_seen

ROOT = Path(__file__).parents[5]
CHECKER = [sys.executable, "-c", "from checker.cli import main; main()"]
DASK = [sys.executable, "-m", "dask", "scheduler"]


@pytest.fixture
def seen(provable: Course, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which workers note what they grade; the course is the test's on all workers."""
    folder = provable.root / "seen"
    folder.mkdir()
    monkeypatch.setenv(SEEN, str(folder))
    monkeypatch.setenv("BUILDKIT_LAB_EXERCISES", str(provable.exercises[0].folder.parent))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return folder


@contextmanager
def process(*argv: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process, which is killed at the end of the block."""
    started = subprocess.Popen(
        argv,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield started
    finally:
        started.kill()
        started.wait()


def grade(
    course: Course,
    options: ClusterOptions,
    tell: Callable[[str], object],
    on_ended: Callable[[int], object] = lambda _: None,
) -> ClassResult:
    """Grade the class into the book ``cluster``; ``on_ended`` takes the number of new grades."""
    with GradeBook(course.root / "cluster").open() as book:
        marking = cluster_marking(
            options, tell=tell, on_change=lambda _: None, work=played, patience_s=120
        )
        run = ClassRun(book, marking, on_ended=lambda *_: on_ended(len(run.result.graded)))
        run.grade_missing(run.hand_in(placement_of(course).work))
        return run.result


def test_killed_workers_cost_no_grade_and_two_of_them_set_a_submission_aside(
    provable: Course, seen: Path
) -> None:
    provable.lay_out({**CLASS, "eve/03-order/Dockerfile": "# kills: 1\n# failed 50\n"})
    grade_here(provable, provable.root / "here", PlayedGrader())
    poison = "# kills: 9\n"
    provable.lay_out({"fay/03-order/Dockerfile": poison})
    told: list[str] = []

    result = grade(provable, ClusterOptions(local="local:2"), told.append)

    assert [entry.shown_label for entry, _ in result.aside] == ["fay"]
    assert result.blanks == []
    assert times_seen(seen, poison.encode()) == 2
    assert sum("the connection to it is lost" in line for line in told) == 3
    shutil.rmtree(next((provable.root / "cluster" / "students").glob("fay-*")))
    assert contents(provable.root / "cluster") == contents(provable.root / "here")


def test_a_scheduler_that_is_killed_and_started_again_gives_the_same_book(
    provable: Course, seen: Path, tmp_path: Path
) -> None:
    provable.lay_out(CLASS)
    grade_here(provable, provable.root / "here", PlayedGrader())
    others = tmp_path / "others"
    shutil.copytree(provable.exercises[0].folder.parent, others)
    (others / "03-order" / "context" / "list.csv").write_text("another version\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    address = f"tcp://127.0.0.1:{port}"
    scheduler = [*DASK, "--host", "127.0.0.1", "--port", port, "--no-dashboard"]
    worker = [*CHECKER, "class", "worker", address]
    options = ClusterOptions(scheduler=address)
    told: list[str] = []

    with (
        ExitStack() as stack,
        process(*scheduler) as first,
        process(*worker, **{BROKEN: "yes"}),
        process(*worker, BUILDKIT_LAB_EXERCISES=str(others)),
    ):

        def tell(line: str) -> None:
            told.append(line)
            if len(told) == 2:  # both were refused, so now somebody may do the work
                stack.enter_context(process(*worker))

        with pytest.raises(ClusterError, match="is gone") as gone:
            grade(provable, options, tell, lambda number: number == 4 and first.kill())
    kept = contents(provable.root / "cluster")
    with process(*scheduler), process(*worker):
        result = grade(provable, options, told.append)

    assert sorted(line.partition(" gets no work: ")[2] for line in told) == [
        "it has another version of the exercise",
        "the starter of 03-order was graded passed",
    ]
    assert "the same command" in gone.value.next_step
    assert len(result.known) >= 4
    assert len(result.known) + len(result.graded) == len(CLASS)
    whole = contents(provable.root / "cluster")
    assert kept.items() <= whole.items()
    assert whole == contents(provable.root / "here")


SSH = """#!/bin/sh
for command; do :; done  # the last word is the command line for the other host
exec sh -c "$command"
"""


def test_hosts_get_workers_by_ssh_which_end_with_the_run(
    provable: Course, seen: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    python = f'exec {sys.executable} -c "{CHECKER[-1]}"'
    checker = f'#!/bin/sh\necho $$ > {tmp_path}/pid\n{python} "$@"\n'
    for name, text in (("ssh", SSH), ("checker", checker)):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    hosts = tmp_path / "hosts.txt"
    hosts.write_text(f"lab1 1 {programs}/checker\nlab2 1 {programs}/absent\n")
    provable.lay_out({"ada/03-order/Dockerfile": "# failed 7\n"})
    told: list[str] = []

    result = grade(provable, ClusterOptions(hosts=hosts), told.append)

    assert [entry.points for entry in result.graded] == [7]
    assert any(line.startswith("the worker on lab2 has ended: ") for line in told)
    assert not Path("/proc", (tmp_path / "pid").read_text().strip()).exists()
