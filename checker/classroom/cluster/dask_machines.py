"""The machines of a Dask scheduler: every worker that declares ``sandbox=1``.

Each submission is sent to a named worker. Left to itself, the scheduler would queue many on one
worker, and could not say which of them has killed it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from queue import Empty, Queue
from typing import Any

from distributed import Client, Future

from checker.classroom.cluster import on_worker
from checker.classroom.cluster.machines import (
    Answered,
    AnswerKind,
    Event,
    Joined,
    Left,
    MachineAnswer,
    Request,
)
from checker.errors import ClusterError
from checker.plain_text import plain_line

_LOOK_EVERY_S = 1.0
_RESULT_TIMEOUT_S = 30
_CLEAN_UP_S = 30.0

Work = Callable[[str, Mapping[str, bytes], Mapping[str, str]], str]


class DaskMachines:
    """``Machines`` over a client.

    Args:
        client: The client, connected.
        tell: Takes the notices of the workers' sandboxes.
        work: Grades on a worker; see ``on_worker.grade``.
        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        client: Client,
        *,
        tell: Callable[[str], None],
        work: Work = on_worker.grade,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._work = work
        self._clock = clock
        self._address = str(client.scheduler_info(n_workers=0)["address"])
        self._workers: dict[str, str] = {}
        self._given_up: set[str] = set()
        self._futures: dict[str, tuple[Future[str], Request]] = {}
        self._ended: Queue[tuple[str, Future[str]]] = Queue()
        self._looked_at = -_LOOK_EVERY_S
        client.subscribe_topic(on_worker.NOTICES, lambda event: tell(plain_line(str(event[1]))))

    def begin(self, machine: str, request: Request) -> None:
        """Have an idle machine grade a submission."""
        future = self._client.submit(
            self._work,
            request.exercise.slug,
            dict(request.submission.files),
            on_worker.wanted_for(request),
            workers=[self._workers[machine]],
            allow_other_workers=False,
            resources={on_worker.SANDBOX: 1},
            pure=False,
            retries=0,
        )
        self._futures[machine] = future, request
        future.add_done_callback(lambda done: self._ended.put((machine, done)))

    def give_up(self, machine: str) -> None:
        """Cancel what a machine is grading; no answer comes."""
        if machine in self._futures:
            future, _ = self._futures.pop(machine)
            self._given_up.add(machine)
            try:
                future.cancel(reason="nobody waits for it")
            except (OSError, RuntimeError, TimeoutError):
                return  # the scheduler is gone, and its tasks with it

    def close(self) -> None:
        """Wait, but not long, until the workers have cleaned up after what was given up."""
        names = self._given_up & self._workers.keys()
        with suppress(OSError, RuntimeError, TimeoutError):
            if names and self._client.status == "running":
                addresses = [self._workers[name] for name in names]
                self._client.run(
                    on_worker.until_idle, _CLEAN_UP_S, workers=addresses, on_error="ignore"
                )

    def wait(self, timeout_s: float) -> Sequence[Event]:
        """What has happened, as soon as something has; nothing after ``timeout_s``.

        Raises:
            ClusterError: The scheduler is gone.
        """
        # Answers first: a worker that answered and then left has done its work.
        if (answered := self._next_answer(0)) is not None:
            return [answered]
        if self._clock() - self._looked_at >= _LOOK_EVERY_S:
            events = self._look()
            self._looked_at = self._clock()
            if events:
                return events
        answered = self._next_answer(min(timeout_s, _LOOK_EVERY_S))
        return [] if answered is None else [answered]

    def _next_answer(self, timeout_s: float) -> Answered | None:
        try:
            machine, future = (
                self._ended.get(timeout=timeout_s) if timeout_s else self._ended.get(block=False)
            )
        except Empty:
            return None
        if machine not in self._futures or self._futures[machine][0] is not future:
            return None  # it was given up
        if future.status == "cancelled":  # not by us, so most probably the scheduler is gone
            self._identities()
        _, request = self._futures.pop(machine)
        if future.status == "finished":
            answer = MachineAnswer.from_json(self._result(future), request.exercise)
        else:
            answer = MachineAnswer(
                AnswerKind.FAULT, why=f"its worker failed: {self._failure(future)}"
            )
        return Answered(machine, answer)

    def _result(self, future: Future[str]) -> object:
        try:
            return future.result(timeout=_RESULT_TIMEOUT_S)
        except (OSError, RuntimeError, TimeoutError, KeyError) as error:
            return repr(error)

    def _failure(self, future: Future[str]) -> str:
        try:
            return str(future.exception(timeout=_RESULT_TIMEOUT_S))
        except (OSError, RuntimeError, TimeoutError, CancelledError) as error:
            return repr(error)

    def _look(self) -> list[Event]:
        workers = self._identities()
        there = {f"{one['id']} at {address}": address for address, one in workers.items()}
        events: list[Event] = []
        for name in self._workers.keys() - there.keys():
            self.give_up(name)
            events.append(Left(name))
        events += [
            Joined(name, str(workers[there[name]]["host"]))
            for name in there
            if name not in self._workers
        ]
        self._workers = there
        return events

    def _identities(self) -> dict[str, Any]:
        """The workers that declare a sandbox, by address."""
        try:
            if self._client.status != "running":
                raise OSError("the connection is lost")
            workers = self._client.scheduler_info(n_workers=-1)["workers"]
        except (OSError, RuntimeError, TimeoutError) as error:
            raise ClusterError(
                f"The scheduler at {self._address} is gone: {error}",
                next_step="start it and its workers again, then the same command: it grades what "
                "is missing",
            ) from error
        return {
            address: one
            for address, one in workers.items()
            if one["resources"].get(on_worker.SANDBOX, 0) >= 1
        }
