"""How much quicker more machines are: ``python tests/bench/cluster_speedup.py [WORKERS …]``.

A simulation: a grading sleeps for a second, in place of twenty. Scheduler, dispatch, proofs and
book are the real ones; workers are threads of this process. Each number of workers grades as many
submissions as keep it busy for some seconds. The rate is that between the first and the last grade.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import dask
from distributed import Client, LocalCluster

from checker import Grade, Verdict, exercises_folder, load
from checker.classroom.book_entries import Handed
from checker.classroom.class_run import ClassRun
from checker.classroom.cluster.dask_machines import DaskMachines
from checker.classroom.cluster.dispatch import ClusterMarking
from checker.classroom.cluster.machines import AnswerKind, MachineAnswer
from checker.classroom.cluster.on_worker import SANDBOX
from checker.classroom.cluster.worker_process import HTTP_ADDRESS, NO_PAGES
from checker.classroom.gradebook import GradeBook
from checker.classroom.layouts import Student

SLUG = "03-layer-order"
CLASS = 300 * 20
REAL_GRADING_S = 20
GRADINGS_A_WORKER = 20


@cache
def starter() -> bytes:
    return (exercises_folder({}) / SLUG / "Dockerfile").read_bytes()


def sleeping(slug: str, files: Mapping[str, bytes], wanted: Mapping[str, str]) -> str:
    """Take half a second to one and a half; only the starter does not pass."""
    time.sleep(random.uniform(0.5, 1.5))
    verdict = Verdict.FAILED if files["Dockerfile"] == starter() else Verdict.PASSED
    return MachineAnswer(AnswerKind.GRADE, Grade(slug, "", verdict, 1.0, ())).as_json()


@contextmanager
def machines(workers: int) -> Iterator[DaskMachines]:
    with (
        dask.config.set(NO_PAGES),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=False,
            resources={SANDBOX: 1},
            memory_limit=0,
            dashboard_address=HTTP_ADDRESS,
            scheduler_kwargs={"dashboard": False},
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield DaskMachines(client, tell=print, work=sleeping)


def rate(workers: int) -> float:
    """Grades a second."""
    ended: list[float] = []
    exercise = load(exercises_folder({}) / SLUG)
    marking = ClusterMarking(
        lambda: machines(workers), tell=print, on_change=lambda _: None, next_step=""
    )
    with tempfile.TemporaryDirectory() as folder, GradeBook(Path(folder) / "book").open() as book:
        entries = [
            book.hand_in(Student(f"s{n}"), SLUG, Handed({"Dockerfile": "#"}, None, None, "file"))
            for n in range(GRADINGS_A_WORKER * workers)
        ]
        run = ClassRun(book, marking, on_ended=lambda *_: ended.append(time.monotonic()))
        run.grade_missing([(entry, exercise) for entry in entries])
    assert len(ended) == len(entries)
    return (len(ended) - 1) / (ended[-1] - ended[0])


def main() -> None:
    print("| workers | speed-up | 300 students, 20 exercises |\n| --- | --- | --- |")
    for workers in [int(word) for word in sys.argv[1:]] or [1, 2, 4, 8, 16, 32, 64]:
        speed_up = rate(workers)  # one worker grades one a second
        hours = CLASS * REAL_GRADING_S / speed_up / 3600
        print(f"| {workers} | {speed_up:.1f} | {hours:.1f} h |", flush=True)


if __name__ == "__main__":
    main()
