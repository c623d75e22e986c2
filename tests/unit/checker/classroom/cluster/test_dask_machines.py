"""The port over Dask, with a scheduler and a worker in this process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import dask
import pytest
from distributed import Client, LocalCluster

from checker import Exercise
from checker.classroom.cluster import on_worker
from checker.classroom.cluster.dask_machines import DaskMachines
from checker.classroom.cluster.machines import Answered, AnswerKind, Event, Joined, Request
from checker.classroom.cluster.worker_process import HTTP_ADDRESS, NO_PAGES
from checker.classroom.versions import versions_of
from checker.grading.submission import Submission
from sandbox import Cancelled
from tests.unit.checker.classroom.conftest import Course

BEGUN, CLEANED_UP = threading.Event(), threading.Event()
DEADLINE_S = 60


def waiting(slug: str, files: Mapping[str, bytes], wanted: Mapping[str, str]) -> str:
    """Grades until it is cancelled, and then cleans up."""

    def grader(*_: object, cancel_token: Any, **__: object) -> Any:
        BEGUN.set()
        try:
            while True:
                cancel_token.raise_if_cancelled()
                threading.Event().wait(0.01)
        except Cancelled:
            threading.Event().wait(0.2)
            CLEANED_UP.set()
            raise

    return on_worker.answer(slug, files, wanted, grader).as_json()


def broken(slug: str, files: Mapping[str, bytes], wanted: Mapping[str, str]) -> str:
    raise OSError("no disk")


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch, provable: Course) -> Iterator[Client]:
    monkeypatch.setenv("BUILDKIT_LAB_EXERCISES", str(provable.exercises[0].folder.parent))
    with (
        dask.config.set(NO_PAGES),
        LocalCluster(
            n_workers=1,
            threads_per_worker=1,
            processes=False,
            resources={on_worker.SANDBOX: 1},
            dashboard_address=HTTP_ADDRESS,
            scheduler_kwargs={"dashboard": False},
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


def next_event(machines: DaskMachines) -> Event:
    for _ in range(DEADLINE_S):
        if events := machines.wait(1):
            return events[0]
    raise AssertionError("nothing happened")


def request_for(exercise: Exercise) -> Request:
    return Request(exercise, Submission({"Dockerfile": b"FROM x\n"}), versions_of(exercise))


def begin(client: Client, course: Course, work: Callable[..., str]) -> tuple[DaskMachines, str]:
    machines = DaskMachines(client, tell=lambda _: None, work=work)
    joined = next_event(machines)
    assert isinstance(joined, Joined)
    machines.begin(joined.machine, request_for(course.exercises[0]))
    return machines, joined.machine


def test_a_grading_that_is_given_up_is_cancelled_and_has_time_to_clean_up(
    client: Client, provable: Course
) -> None:
    machines, name = begin(client, provable, waiting)
    assert BEGUN.wait(DEADLINE_S)

    machines.give_up(name)
    machines.close()

    assert CLEANED_UP.is_set()
    assert machines.wait(0.1) == []


def test_an_exception_on_a_worker_is_a_fault_of_the_machine(
    client: Client, provable: Course
) -> None:
    machines, name = begin(client, provable, broken)

    event = next_event(machines)

    assert isinstance(event, Answered)
    assert (event.machine, event.answer.kind) == (name, AnswerKind.FAULT)
    assert "no disk" in event.answer.why


def test_a_grading_that_dask_has_cancelled_is_no_answer_about_the_submission(
    client: Client, provable: Course
) -> None:
    BEGUN.clear()
    machines, name = begin(client, provable, waiting)
    assert BEGUN.wait(DEADLINE_S)

    ((future, _),) = machines._futures.values()
    future.cancel()
    event = next_event(machines)

    assert isinstance(event, Answered)
    assert (event.machine, event.answer.kind) == (name, AnswerKind.FAULT)
