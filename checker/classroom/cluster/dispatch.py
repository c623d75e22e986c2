"""Decides which machine grades what.

A machine proves itself before it gets work, and again after several failures in a row. Every
machine has one submission at a time, so the submission that a lost machine was grading is known.
A submission whose machine failed or was lost is graded once more, if possible on another machine,
with no other grading on that host.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from checker.classroom.book_entries import Versions
from checker.classroom.cluster.machines import (
    AnswerKind,
    Event,
    Joined,
    Left,
    MachineAnswer,
    Machines,
    Request,
)
from checker.classroom.cluster.proof import MachineProof, proofs_of
from checker.classroom.marking import (
    FAULTS_IN_A_ROW,
    Ending,
    Marked,
    MarkingTask,
    Tallies,
    Tally,
    lost_engine,
    reason_of,
)
from checker.classroom.versions import versions_of
from checker.errors import ClusterError
from checker.exercise import Exercise
from checker.plain_text import plain_line
from checker.results import Verdict

PATIENCE_S = 60.0
"""So long a run waits for a machine that can grade, when there is none."""
_TRIES = 2
_OVERHEAD_S = 1800.0
"""A machine's first grading may have to make base images and fetch packages."""
_LIMIT_FACTOR = 5
_POLL_S = 1.0


@dataclass
class _Try:
    """A task, and what became of it so far.

    Args:
        task: The task.
        failures: Why it has no grade, for each try; and whether the machine or its engine was lost.
        avoid: The machine that has failed with it.
        is_again: It has to be alone on its host.
    """

    task: MarkingTask
    failures: list[tuple[str, bool]] = field(default_factory=list)
    avoid: str = ""
    is_again: bool = False


@dataclass
class _Machine:
    """A machine, and what it does.

    Args:
        name, host: As in ``Joined``.
        proofs: What it still has to grade right before it gets work.
        work: What it grades now; None: it is idle.
        deadline: When it has to have answered, by the clock.
        is_alone: No other machine of the host may begin.
        was_beside: Another machine of the host has graded meanwhile.
        faults_in_a_row: Failures since the last grade.
        has_repeated: A proof has been repeated.
    """

    name: str
    host: str
    proofs: deque[MachineProof]
    work: _Try | MachineProof | None = None
    deadline: float = 0.0
    is_alone: bool = False
    was_beside: bool = False
    faults_in_a_row: int = 0
    has_repeated: bool = False


class ClusterMarking:
    """Grades tasks on machines; a ``Marker``.

    Args:
        open_machines: Connects to the machines, for as long as there are tasks.
        tell: Takes a line about a machine that is lost, paused or refused.
        on_change: Takes the state whenever a grading begins or ends.
        patience_s: So long it waits for a machine that can grade, when there is none.
        next_step: What to do if there is none.
        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        open_machines: Callable[[], AbstractContextManager[Machines]],
        *,
        tell: Callable[[str], None],
        on_change: Callable[[Tally], None],
        next_step: str,
        patience_s: float = PATIENCE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open_machines = open_machines
        self._tell = tell
        self._on_change = on_change
        self._next_step = next_step
        self._patience_s = patience_s
        self._clock = clock
        self._known: dict[str, _Machine] = {}
        self._refused: dict[str, str] = {}
        self._waiting: deque[_Try] = deque()
        self._again: list[_Try] = []
        self._proofs: tuple[MachineProof, ...] = ()
        self._versions: dict[str, Versions] = {}

    def mark(self, tasks: Sequence[MarkingTask]) -> Generator[Marked, None, None]:
        """Yield each task when it has ended; running gradings are cancelled if the caller stops.

        Raises:
            ClusterError: The scheduler is gone, or there was no machine for ``patience_s``.
            ExerciseError: No exercise of the tasks can prove a machine.
        """
        if not tasks:
            return
        exercises = {task.exercise.slug: task.exercise for task in tasks}
        self._versions = {slug: versions_of(one) for slug, one in exercises.items()}
        self._proofs = proofs_of(exercises[slug] for slug in sorted(exercises))
        self._waiting = deque(_Try(task) for task in tasks)
        with self._open_machines() as machines:
            try:
                yield from self._grade_all(machines)
            finally:
                for machine in self._known.values():
                    if machine.work is not None:
                        machines.give_up(machine.name)

    def _grade_all(self, machines: Machines) -> Iterator[Marked]:
        tallies = Tallies(self._on_change, self._clock)
        able_at = self._clock()
        while self._waiting or self._again or self._running:
            if self._assign(machines):
                self._change(tallies)
            for event in (*machines.wait(_POLL_S), *self._overdue(machines)):
                for marked in self._handle(event):
                    tallies.count(marked.ending)
                    self._change(tallies)
                    yield marked
            if self._known:
                able_at = self._clock()
            elif self._clock() - able_at >= self._patience_s:
                raise self._nobody()

    @property
    def _running(self) -> int:
        return sum(isinstance(one.work, _Try) for one in self._known.values())

    def _change(self, tallies: Tallies) -> None:
        waiting = len(self._waiting) + len(self._again)
        tallies.change(waiting=waiting, running=self._running)

    # -- who gets what ---------------------------------------------------------------------

    def _assign(self, machines: Machines) -> bool:
        """Give every idle machine work, if there is some; whether any has begun."""
        has_begun = False
        for machine in self._known.values():
            busy = [one for one in self._on_host(machine) if one.work is not None]
            if machine.work is not None or any(one.is_alone for one in busy):
                continue
            work = self._next_for(machine, is_idle_host=not busy)
            if work is not None:
                has_begun = True
                machine.is_alone = isinstance(work, _Try) and work.is_again
                machines.begin(machine.name, self._begin(machine, work, busy))
        return has_begun

    def _next_for(self, machine: _Machine, *, is_idle_host: bool) -> _Try | MachineProof | None:
        if machine.proofs:
            return machine.proofs[0]
        if self._waiting:
            return self._waiting.popleft()
        if is_idle_host and (found := self._next_again(machine)) is not None:
            self._again.remove(found)
            return found
        return None

    def _next_again(self, machine: _Machine) -> _Try | None:
        others = self._known.keys() - {machine.name}
        fitting = (one for one in self._again if one.avoid != machine.name or not others)
        return next(fitting, None)

    def _begin(
        self, machine: _Machine, work: _Try | MachineProof, beside: Sequence[_Machine]
    ) -> Request:
        request = work.request if isinstance(work, MachineProof) else self._request(work.task)
        machine.work = work
        machine.was_beside = bool(beside)
        for one in beside:
            one.was_beside = True
        machine.deadline = self._clock() + _limit_s(request.exercise)
        return request

    def _request(self, task: MarkingTask) -> Request:
        return Request(task.exercise, task.submission, self._versions[task.exercise.slug])

    def _on_host(self, machine: _Machine) -> Iterator[_Machine]:
        return (one for one in self._known.values() if one.host == machine.host)

    # -- what happened ---------------------------------------------------------------------

    def _overdue(self, machines: Machines) -> Iterator[Event]:
        for machine in list(self._known.values()):
            if machine.work is not None and self._clock() >= machine.deadline:
                machines.give_up(machine.name)
                self._refused[machine.name] = "it has not answered in time"
                yield Left(machine.name)

    def _handle(self, event: Event) -> Iterator[Marked]:
        if isinstance(event, Joined):
            if event.machine not in self._refused:
                proofs = deque(self._proofs)
                self._known[event.machine] = _Machine(event.machine, event.host, proofs)
            return
        machine = self._known.get(event.machine)
        if machine is None:  # it had been refused
            return
        work, machine.work = machine.work, None
        machine.is_alone = False
        if isinstance(event, Left):
            yield from self._left(machine, work)
        elif isinstance(work, MachineProof):
            self._proved(machine, work, event.answer)
        elif work is not None:
            yield from self._answered(machine, work, event.answer)

    def _left(self, machine: _Machine, work: _Try | MachineProof | None) -> Iterator[Marked]:
        del self._known[machine.name]
        why = self._refused.get(machine.name, "the connection to it is lost")
        self._tell(f"{machine.name} gets no more work: {why}")
        if isinstance(work, _Try):
            yield from self._failed(machine, work, "a machine was lost", is_lost=True)

    def _proved(self, machine: _Machine, proof: MachineProof, answer: MachineAnswer) -> None:
        why = proof.refute(answer)
        if not why:
            machine.proofs.popleft()
        elif proof.may_be_repeated(answer) and not machine.has_repeated:
            machine.has_repeated = True
        else:
            self._refuse(machine, why)

    def _answered(self, machine: _Machine, work: _Try, answer: MachineAnswer) -> Iterator[Marked]:
        if answer.kind is AnswerKind.DIFFERS:
            if work.is_again:
                self._again.append(work)
            else:
                self._waiting.appendleft(work)
            self._refuse(machine, answer.why)
        elif answer.kind is AnswerKind.INVALID_EXERCISE:
            yield Marked(work.task, Ending.INVALID_EXERCISE, why=answer.why)
        elif answer.grade is None:
            self._count_fault(machine)
            yield from self._failed(machine, work, answer.why, is_lost=False)
        elif answer.grade.verdict is Verdict.INFRASTRUCTURE:
            self._count_fault(machine)
            is_lost = lost_engine(answer.grade)
            yield from self._failed(machine, work, reason_of(answer.grade), is_lost=is_lost)
        elif answer.grade.verdict is Verdict.TIMEOUT and machine.was_beside:
            self._try_again(work)
        else:
            machine.faults_in_a_row = 0
            yield Marked(work.task, Ending.DONE, answer.grade, builds=answer.builds)

    def _failed(
        self, machine: _Machine, work: _Try, why: str, *, is_lost: bool
    ) -> Iterator[Marked]:
        work.failures.append((why, is_lost))
        work.avoid = machine.name
        if len(work.failures) < _TRIES:
            self._try_again(work)
        elif all(lost for _, lost in work.failures):
            yield Marked(work.task, Ending.ASIDE, why=f"it was lost twice with its machine: {why}")
        else:
            yield Marked(work.task, Ending.BLANK, why=why)

    def _try_again(self, work: _Try) -> None:
        work.is_again = True
        self._again.append(work)

    def _count_fault(self, machine: _Machine) -> None:
        machine.faults_in_a_row += 1
        if machine.faults_in_a_row == FAULTS_IN_A_ROW:
            machine.faults_in_a_row = 0
            machine.has_repeated = False
            machine.proofs = deque(self._proofs)
            self._tell(f"{machine.name} is paused: it failed {FAULTS_IN_A_ROW} times in a row")

    def _refuse(self, machine: _Machine, why: str) -> None:
        self._refused[machine.name] = plain_line(why)
        del self._known[machine.name]
        self._tell(f"{machine.name} gets no work: {plain_line(why)}")

    def _nobody(self) -> ClusterError:
        if self._refused:
            listed = "".join(f"\n  {name}: {why}" for name, why in self._refused.items())
            return ClusterError(
                f"No machine can grade.{listed}",
                next_step="repair these machines (`sandbox doctor` on them, the same version of "
                "the checkout), then the same command: it grades what is missing",
            )
        return ClusterError(
            f"No machine came within {self._patience_s:.0f} s.", next_step=self._next_step
        )


def _limit_s(exercise: Exercise) -> float:
    return _LIMIT_FACTOR * exercise.timeout_s + _OVERHEAD_S
