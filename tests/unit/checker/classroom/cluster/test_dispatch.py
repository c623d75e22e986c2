"""Which machine grades what: proofs, lost machines, pauses. No process and no Dask."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from checker.classroom.build_pictures import Cost, DrawnBuild, GradedBuilds
from checker.classroom.cluster.dispatch import ClusterMarking
from checker.classroom.cluster.machines import (
    Answered,
    AnswerKind,
    Event,
    Joined,
    Left,
    MachineAnswer,
    Request,
)
from checker.classroom.marking import Ending, Marked, Tally
from checker.errors import ClusterError, ExerciseError
from tests.unit.checker.classroom.conftest import Course, play
from tests.unit.checker.classroom.test_marking import tasks

LOST = None
Behaviour = Callable[[Request, int], MachineAnswer | None]


def well(request: Request, times: int) -> MachineAnswer | None:
    """A machine that grades right."""
    content = request.submission.files["Dockerfile"]
    if b"kills" in content:
        return LOST
    return MachineAnswer(AnswerKind.GRADE, play(request.exercise, content, times))


def always(verdict: str) -> Behaviour:
    content = f"# {verdict} 9".encode()
    return lambda request, _: MachineAnswer(AnswerKind.GRADE, play(request.exercise, content))


@dataclass
class PlayedMachines:
    """Machines by ``NAME@HOST``; each wait lets a second pass, and one grading end."""

    behaviours: dict[str, Behaviour]
    silent: bool = False
    now: float = 0.0
    log: list[tuple[str, bytes]] = field(default_factory=list)
    beside: list[frozenset[bytes]] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._running: dict[str, Request] = {}
        self._times: Counter[bytes] = Counter()
        self._events: deque[Event] = deque(
            Joined(name, name.partition("@")[2]) for name in self.behaviours
        )

    def begin(self, machine: str, request: Request) -> None:
        assert machine not in self._running
        self._running[machine] = request
        content = request.submission.files["Dockerfile"]
        self._times[content] += 1
        self.log.append((machine, content))
        host = machine.partition("@")[2]
        self.beside.append(
            frozenset(
                one.submission.files["Dockerfile"]
                for name, one in self._running.items()
                if name.partition("@")[2] == host
            )
        )

    def give_up(self, machine: str) -> None:
        self.given_up.append(machine)
        self._running.pop(machine, None)

    def wait(self, timeout_s: float) -> Sequence[Event]:
        self.now += timeout_s
        if self._events:
            return [self._events.popleft()]
        if not self._running or self.silent:
            return []
        machine = next(iter(self._running))
        request = self._running.pop(machine)
        times = self._times[request.submission.files["Dockerfile"]]
        answer = self.behaviours[machine](request, times)
        return [Left(machine) if answer is LOST else Answered(machine, answer)]


class Lab:
    """A cluster of played machines, and what it told."""

    def __init__(self, **behaviours: Behaviour) -> None:
        self.machines = PlayedMachines(
            {name.replace("_on_", "@"): one for name, one in behaviours.items()}
        )
        self.told: list[str] = []
        self.tallies: list[Tally] = []

    def mark(self, course: Course, *contents: str) -> dict[str, Marked]:
        @contextmanager
        def opened() -> Iterator[PlayedMachines]:
            yield self.machines

        marking = ClusterMarking(
            opened,
            tell=self.told.append,
            on_change=self.tallies.append,
            next_step="start some",
            clock=lambda: self.machines.now,
        )
        todo = tasks(course, *contents)
        return {one.task.entry.student.label: one for one in marking.mark(todo)}

    def graded_by(self, name: str) -> list[bytes]:
        """What a machine graded after its proofs."""
        return [content for machine, content in self.machines.log if machine.startswith(name)][2:]


def test_machines_prove_themselves_and_share_the_work(provable: Course) -> None:
    lab = Lab(a_on_x=well, b_on_y=well)

    marked = lab.mark(provable, *(f"# failed {n}" for n in range(6)))

    assert [one.grade.points for one in marked.values() if one.grade] == list(range(6))
    for name in "ab":
        assert [one for machine, one in lab.machines.log if machine[0] == name][:2] == [
            b"# passed 100\n",
            b"FROM lab/busybox\n",
        ]
        assert len(lab.graded_by(name)) == 3
    assert lab.tallies[-1].done == 6
    assert max(tally.running for tally in lab.tallies) == 2


@pytest.mark.parametrize(
    ("behaviour", "why", "asked"),
    [
        (always("failed"), "the solution of 03-order was graded failed", 1),
        (always("passed"), "the starter of 03-order was graded passed", 2),
        (always("infrastructure"), "the solution of 03-order: It was infrastructure.", 2),
        (always("timeout"), "the solution of 03-order ran out of time", 2),
        (
            lambda *_: MachineAnswer(AnswerKind.DIFFERS, why="it has another version"),
            "another version",
            1,
        ),
        (lambda *_: MachineAnswer(AnswerKind.FAULT, why="OSError: no disk"), "OSError: no disk", 2),
    ],
)
def test_a_machine_whose_proof_fails_gets_no_work(
    provable: Course, behaviour: Behaviour, why: str, asked: int
) -> None:
    lab = Lab(bad_on_x=behaviour, good_on_y=well)

    marked = lab.mark(provable, "# failed 1", "# failed 2")

    assert {one.ending for one in marked.values()} == {Ending.DONE}
    assert sum(machine == "bad@x" for machine, _ in lab.machines.log) == asked
    assert len(lab.told) == 1
    assert lab.told[0].startswith("bad@x gets no work: ")
    assert why in lab.told[0]


def test_a_poisonous_submission_is_set_aside_and_its_neighbours_are_not(provable: Course) -> None:
    lab = Lab(a_on_x=well, b_on_x=well, c_on_y=well, d_on_y=well)

    marked = lab.mark(provable, "# failed 0", "kills", *(f"# failed {n}" for n in range(1, 6)))

    assert marked.pop("s1").ending is Ending.ASIDE
    assert {one.ending for one in marked.values()} == {Ending.DONE}
    assert [content for _, content in lab.machines.log].count(b"kills") == 2
    assert len({machine for machine, content in lab.machines.log if content == b"kills"}) == 2
    assert sum("the connection to it is lost" in line for line in lab.told) == 2
    # The second time nobody is beside it, so that nobody else can be lost with it.
    last = max(n for n, (_, content) in enumerate(lab.machines.log) if content == b"kills")
    assert lab.machines.beside[last] == {b"kills"}


def test_a_machine_lost_once_costs_nothing(provable: Course) -> None:
    def once(request: Request, times: int) -> MachineAnswer | None:
        is_first = request.submission.files["Dockerfile"] == b"# failed 1" and times == 1
        return LOST if is_first else well(request, times)

    lab = Lab(a_on_x=once, b_on_y=once)

    marked = lab.mark(provable, "# failed 1", "# failed 2", "# failed 3")

    assert [one.grade.points for _, one in sorted(marked.items()) if one.grade] == [1, 2, 3]


def test_trouble_is_tried_again_on_another_machine(provable: Course) -> None:
    lab = Lab(a_on_x=well, b_on_y=well)

    marked = lab.mark(provable, "# infrastructure 1", "# infrastructure 9", "# lost 9", "# lost 1")

    endings = [marked[f"s{n}"].ending for n in range(4)]
    assert endings == [Ending.DONE, Ending.BLANK, Ending.ASIDE, Ending.DONE]
    assert marked["s1"].why == "It was infrastructure."
    for content in {content for _, content in lab.machines.log if content.startswith(b"# i")}:
        assert len({machine for machine, one in lab.machines.log if one == content}) == 2


def test_a_timeout_counts_only_if_nobody_was_beside_on_its_host(provable: Course) -> None:
    shared = Lab(a_on_x=well, b_on_x=well)
    shared.mark(provable, "# timeout 10", "# failed 1", "# failed 2")
    seen = [n for n, (_, content) in enumerate(shared.machines.log) if content == b"# timeout 10"]
    assert len(seen) == 2
    assert shared.machines.beside[seen[1]] == {b"# timeout 10"}

    apart = Lab(a_on_x=well, b_on_y=well)
    marked = apart.mark(provable, "# timeout 10", "# failed 1", "# failed 2")
    assert [content for _, content in apart.machines.log].count(b"# timeout 10") == 1
    assert marked["s0"].ending is Ending.DONE


def test_three_failures_in_a_row_pause_a_machine_until_it_proves_itself_again(
    provable: Course,
) -> None:
    graded = [0]

    def breaks(request: Request, times: int) -> MachineAnswer | None:
        graded[0] += 1
        return well(request, times) if graded[0] <= 3 else always("infrastructure")(request, times)

    lab = Lab(a_on_x=breaks, b_on_y=well)

    marked = lab.mark(provable, *(f"# failed {n}" for n in range(40)))

    assert {one.ending for one in marked.values()} == {Ending.DONE}
    assert len(lab.graded_by("a")) == 1 + 3 + 2  # the last two: a proof, and the same once more
    assert lab.told[0] == "a@x is paused: it failed 3 times in a row"
    assert lab.told[1].startswith("a@x gets no work: the solution of 03-order")


def test_an_exercise_that_cannot_be_graded_is_no_machines_fault(provable: Course) -> None:
    def invalid(request: Request, times: int) -> MachineAnswer | None:
        if request.submission.files["Dockerfile"] == b"x":
            return MachineAnswer(AnswerKind.INVALID_EXERCISE, why="its params do not fit")
        return well(request, times)

    marked = Lab(a_on_x=invalid).mark(provable, "x")

    assert (marked["s0"].ending, marked["s0"].why) == (
        Ending.INVALID_EXERCISE,
        "its params do not fit",
    )


def test_without_a_machine_it_ends_after_a_minute_with_a_next_step(provable: Course) -> None:
    lab = Lab()

    with pytest.raises(ClusterError, match="No machine came within 60 s") as caught:
        lab.mark(provable, "# failed 1")

    assert caught.value.next_step == "start some"
    assert 60 <= lab.machines.now < 70


def test_when_all_machines_are_refused_it_says_why_of_each(provable: Course) -> None:
    lab = Lab(a_on_x=always("failed"), b_on_y=always("passed"))

    with pytest.raises(ClusterError, match="No machine can grade") as caught:
        lab.mark(provable, "# failed 1")

    assert "a@x: the solution of 03-order was graded failed" in caught.value.message
    assert "b@y: the starter of 03-order was graded passed" in caught.value.message


def test_a_machine_that_never_answers_is_given_up(provable: Course) -> None:
    lab = Lab(a_on_x=well)
    lab.machines.silent = True

    with pytest.raises(ClusterError, match="it has not answered in time"):
        lab.mark(provable, "# failed 1")

    assert lab.machines.given_up == ["a@x"]


def test_a_course_without_a_solution_proves_no_machine(course: Course) -> None:
    with pytest.raises(ExerciseError, match="No exercise has a solution and a starter"):
        Lab(a_on_x=well).mark(course, "# failed 1")


def test_an_answer_that_cannot_be_read_is_a_fault_of_the_machine(provable: Course) -> None:
    exercise, other = provable.exercises
    grade = play(exercise, b"# failed 60")
    drawn = DrawnBuild(1, "docker buildx build .", ("<svg/>", "told"))
    builds = GradedBuilds(Cost(2, 1.5, None, 0), (drawn,))
    answer = MachineAnswer(AnswerKind.GRADE, grade, builds=builds)
    text = answer.as_json()

    assert MachineAnswer.from_json(text, exercise) == answer
    for damaged in (text[:-9], "null", "{}", text + "x", None):
        assert MachineAnswer.from_json(damaged, exercise).kind is AnswerKind.FAULT
    assert "one of 03-order" in MachineAnswer.from_json(text, other).why
