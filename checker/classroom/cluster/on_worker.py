"""Grades one submission on a worker. Files come as bytes, and the answer goes back as JSON."""

from __future__ import annotations

import asyncio
import os
import platform
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version

import distributed

from checker import course
from checker.classroom.book_entries import Versions
from checker.classroom.build_pictures import BuildCollector
from checker.classroom.cluster.machines import AnswerKind, MachineAnswer, Request
from checker.classroom.versions import versions_of
from checker.errors import CheckerError, ExerciseError
from checker.grading import grade_on_sandbox
from checker.grading.submission import Submission
from checker.learner.attempts import Grader
from checker.plain_text import plain_line
from checker.workbench.grading_run import GradingRun
from sandbox import Cancelled, CancelToken

NOTICES = "checker-notices"
"""The topic of the sandbox's notices."""
SANDBOX = "sandbox"
"""The resource that a worker declares: ``sandbox=1``."""
_LOOK_EVERY_S = 0.5
_IDLE_EVERY_S = 0.1


def wanted_for(request: Request) -> dict[str, str]:
    """What has to be equal on both sides, by the name that a message gives it."""
    return _versions_here(request.versions)


def grade(slug: str, files: Mapping[str, bytes], wanted: Mapping[str, str]) -> str:
    """Grade a submission in a sandbox of its own; called by Dask.

    Args:
        slug: The exercise.
        files: The submission.
        wanted: As ``wanted_for`` has it on the teacher's side.

    Returns:
        An ``MachineAnswer`` as JSON.
    """
    return answer(slug, files, wanted, grade_on_sandbox).as_json()


def answer(
    slug: str, files: Mapping[str, bytes], wanted: Mapping[str, str], grader: Grader
) -> MachineAnswer:
    """As ``grade``, by any grader."""
    try:
        exercise = course.find_exercise(slug, course.exercises_folder())
        here = _versions_here(versions_of(exercise))
    except CheckerError as error:
        return MachineAnswer(AnswerKind.DIFFERS, why=error.message)
    if different := [name for name in wanted if here.get(name) != wanted[name]]:
        return MachineAnswer(AnswerKind.DIFFERS, why=f"it has another version of {different[0]}")
    builds = BuildCollector()
    try:
        with _cancelled_with_its_task() as cancel_token:
            graded = grader(
                exercise,
                Submission(files),
                GradingRun(on_build=builds.add),
                tell=_tell,
                cancel_token=cancel_token,
                in_clone=True,
            )
    except ExerciseError as error:
        return MachineAnswer(AnswerKind.INVALID_EXERCISE, why=error.message)
    except Cancelled:
        return MachineAnswer(AnswerKind.FAULT, why="the grading was cancelled")
    except Exception as error:  # any: a fault here is the machine's, and no submission's
        return MachineAnswer(AnswerKind.FAULT, why=f"{type(error).__name__}: {error}")
    return MachineAnswer(AnswerKind.GRADE, graded, builds=builds.graded())


def _versions_here(versions: Versions) -> dict[str, str]:
    return {
        "the checker": versions.checker,
        "the exercise": versions.exercise,
        "Python": ".".join(platform.python_version_tuple()[:2]),
        "distributed": version("distributed"),
    }


def _tell(text: str) -> None:
    worker = distributed.get_worker()
    worker.log_event(NOTICES, f"{worker.address}: {plain_line(text)}")


@contextmanager
def _cancelled_with_its_task() -> Iterator[CancelToken]:
    """Cancel the block's work when Dask has cancelled the task, as when the teacher has stopped.

    Dask does not interrupt a task that runs. The sandbox of a grading that nobody waits for would
    be in the way of the next one.
    """
    token, ended = CancelToken(), threading.Event()
    worker = distributed.get_worker()
    tasks, key = worker.state.tasks, worker.get_current_task()

    def look() -> None:
        while not ended.wait(_LOOK_EVERY_S):
            if (task := tasks.get(key)) is None or task.state == "cancelled":
                token.cancel()
                return

    thread = threading.Thread(target=look, name="cancellation", daemon=True)
    thread.start()
    _running.append(token)
    try:
        yield token
    finally:
        _running.remove(token)
        ended.set()
        thread.join()


_running: list[CancelToken] = []
"""The gradings of this process."""


async def until_idle(most_s: float) -> None:
    """Wait, at most so long, until this process grades nothing; called by Dask."""
    ends = time.monotonic() + most_s
    while _running and time.monotonic() < ends:
        await asyncio.sleep(_IDLE_EVERY_S)


def dask_setup(_: distributed.Worker) -> None:
    """Called by Dask in a new worker that is preloaded with this module.

    Ctrl-C in a terminal is for the teacher's process, which ends its workers in order.
    """
    os.setpgid(0, 0)
