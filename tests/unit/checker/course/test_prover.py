"""Claims tried side by side, by a sandbox that is told what to answer."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from checker import Exercise
from checker.course import proof_report, prover
from checker.course.claim_store import ClaimStore
from checker.course.prover import Proof, Prover, Trial, prove
from checker.course.scaffold import new_exercise
from checker.errors import UnprovenError
from checker.listeners import Listeners
from sandbox import Build, Cancelled, CancelToken, EngineError

QUIET = Listeners(grading=lambda _: None, sandbox=lambda _: None)


@pytest.fixture
def exercise(make_exercise: Callable[..., Exercise]) -> Exercise:
    """One whose solution must build and whose starter and near-miss must not."""
    exercise = make_exercise(CHECKS)
    for name, content in FILES.items():
        path = exercise.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return exercise


CHECKS = """\
[[checks]]
id = "builds"
kind = "builds"
title = "It builds"
points = 100
hint = "Read the message."
"""
HINT = "## Hint\n\n" + "Look at the timeline of the build, and ask which of the two waits. " * 2
FILES = {
    "README.md": "# T\n\n## Goal\n\na\n\n## What you have\n\nb\n\n## Check\n\n"
    "checker grade 07-sample\n",
    "hints.md": "\n\n".join([HINT] * 3),
    "Dockerfile": "FROM broken AS starter\n",
    "solution/Dockerfile": "FROM fine\n",
    "solution/NOTES.md": "# One possibility\n",
    "near-misses/builds.Dockerfile": "FROM broken\n",
    "alternatives/other.Dockerfile": "FROM fine AS other\n",
}


@pytest.fixture
def answers(make: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Takes what decides each build; every sandbox of the trials then answers so."""

    def by(answer: Callable[[Any], Build], up: Callable[[], None] = lambda: None) -> None:
        class Answering:
            def __init__(
                self, *, tell: Callable[[str], None], cancel_token: CancelToken | None = None
            ) -> None:
                self._fake = make.builder(answer)
                self._cancel_token = cancel_token

            def __getattr__(self, name: str) -> Any:
                return getattr(self._fake, name)

            def up(self) -> None:
                up()

            @contextmanager
            def alone(self) -> Iterator[None]:
                ALONE.append(threading.current_thread())
                yield
                ALONE.pop()

        monkeypatch.setattr(prover, "Sandbox", Answering)
        monkeypatch.setattr(prover, "_Quiet", Answering)

    yield by
    ALONE.clear()


ALONE: list[threading.Thread] = []


def honest(make: Any) -> Callable[[Any], Build]:
    return lambda ask: make.build(exit_code=int("broken" in ask.files["Dockerfile"]))


def run(
    *folders: Path, jobs: int = 2, is_finished: bool = False, store: ClaimStore | None = None
) -> list[Proof]:
    return list(prove(folders, jobs=jobs, is_finished=is_finished, progress=QUIET, store=store))


def test_an_exercise_that_grades_as_claimed_is_proven(
    exercise: Exercise, make: Any, answers: Callable[..., None]
) -> None:
    answers(honest(make))

    (proof,) = run(exercise.folder)

    assert proof.faults == ()
    assert {trial.tries for trial in proof.trials} == {1}
    assert [trial.claim.name for trial in proof.trials] == [
        "the starter",
        "solution",
        "alternatives/other",
        "near-misses/builds",
    ]
    text = proof_report.as_text(proof)
    assert text.startswith("07-sample: proven (4 claims, ")
    assert text.endswith(" s of gradings)")
    report = json.loads(proof_report.as_json([proof], 2.5))
    assert (report["version"], report["proven"], report["duration_s"]) == (1, 1, 2.5)
    assert report["exercises"][0]["claims"][3]["wanted"] == "fails builds and no other"
    assert report["exercises"][0]["claims"][3]["verdict"] == "build_error"


def test_exercises_with_faults_hide_no_other_and_the_order_stays(
    exercise: Exercise, make: Any, answers: Callable[..., None], tmp_path: Path
) -> None:
    answers(lambda ask: make.build())  # whatever is asked builds
    (tmp_path / "exercises" / "05-wrong").mkdir()

    wrong, sample = run(tmp_path / "exercises" / "05-wrong", exercise.folder)

    assert wrong.faults == ("05-wrong/exercise.toml could not be read: No such file or directory.",)
    assert [fault.partition(" must")[0] for fault in sample.faults] == [
        "the starter passes all checks: there is nothing to do",
        "near-misses/builds",
    ]
    assert proof_report.as_text(sample).splitlines()[0].startswith("07-sample: 2 faults (4 claims")
    assert proof_report.sum_as_text([wrong, sample], 3).startswith("0 of 2 exercises proven")


def test_a_folder_that_is_not_in_order_is_not_graded(
    exercise: Exercise, make: Any, answers: Callable[..., None]
) -> None:
    answers(honest(make))
    (exercise.folder / "hints.md").unlink()

    (proof,) = run(exercise.folder)

    assert (proof.faults, proof.trials) == (("hints.md is missing",), ())


def test_what_does_not_hold_beside_others_counts_only_when_alone(
    exercise: Exercise, make: Any, answers: Callable[..., None]
) -> None:
    def disturbed(ask: Any) -> Build:
        is_alone = threading.current_thread() in ALONE
        return honest(make)(ask) if is_alone else make.build()

    answers(disturbed)

    (proof,) = run(exercise.folder)

    assert proof.faults == ()


def test_a_claim_is_tried_again_with_no_other_sandbox_at_work_either(
    exercise: Exercise, make: Any, answers: Callable[..., None]
) -> None:
    has_neighbours = [True]

    @contextmanager
    def alone() -> Iterator[None]:
        has_neighbours.append(False)
        yield
        has_neighbours.pop()

    answers(lambda ask: make.build() if has_neighbours[-1] else honest(make)(ask))
    starter = next(prover.find_claims(exercise))

    with Prover(jobs=1, progress=QUIET, alone=alone) as trials:
        trial = trials.begin(exercise, starter).result(timeout=30)

    assert (trial.fault, trial.tries) == (None, 2)
    assert has_neighbours == [True]


def write_today(store: ClaimStore, exercise: Exercise, trial: Trial) -> None:
    """Write what was found with today's sources."""
    store.write(exercise, trial.claim, trial.grade, key=store.key(exercise, trial.claim))


def test_a_recorded_claim_is_not_graded_and_the_report_says_so(
    exercise: Exercise, make: Any, answers: Callable[..., None], tmp_path: Path
) -> None:
    store = ClaimStore(tmp_path / "claims", sources=[])
    answers(honest(make))
    (fresh,) = run(exercise.folder)
    write_today(store, exercise, fresh.trials[1])

    (some,) = run(exercise.folder, store=store)
    for trial in fresh.trials:
        write_today(store, exercise, trial)

    def up() -> None:
        raise AssertionError("no claim is left to grade")

    answers(honest(make), up)
    (known,) = run(exercise.folder, store=store)

    assert [trial.recorded_at is None for trial in some.trials] == [True, False, True, True]
    pattern = r"07-sample: proven \(4 claims, {}recorded by the tests on [-\d]+ at [\d:]+ UTC{}\)"
    text = proof_report.as_text(some)
    assert re.fullmatch(pattern.format("1 of them ", r", \d+\.\d s of gradings"), text)
    assert re.fullmatch(pattern.format("", ""), proof_report.as_text(known))
    assert known.duration_s == 0
    assert proof_report.sum_as_text([known], 1).endswith(
        "; 4 claims were recorded, --again grades them too"
    )
    report = json.loads(proof_report.as_json([some], 1))
    assert [bool(claim["recorded_at"]) for claim in report["exercises"][0]["claims"]] == [
        False,
        True,
        False,
        False,
    ]


def test_notes_to_the_author_are_faults_of_a_finished_exercise_alone(
    make: Any, answers: Callable[..., None], tmp_path: Path
) -> None:
    answers(honest(make))
    folder = new_exercise("21-new", tmp_path)

    (fresh,), (finished,) = run(folder), run(folder, is_finished=True)

    assert not any("notes to its author" in fault for fault in fresh.faults)
    assert finished.trials == ()
    assert [fault.partition(" ")[0] for fault in finished.faults] == [
        "README.md",
        "exercise.toml",
        "hints.md",
        "solution/NOTES.md",
    ]


def test_a_check_that_does_not_fit_its_context_is_a_fault_of_the_exercise(
    exercise: Exercise, make: Any, answers: Callable[..., None]
) -> None:
    answers(honest(make))
    toml = exercise.folder / "exercise.toml"
    toml.write_text(
        toml.read_text().replace('kind = "builds"', 'kind = "runs"')
        + 'params = { contains = ["{secret:TOKEN}"] }\n'
    )

    (proof,) = run(exercise.folder)

    assert proof.faults == ("A check names {secret:TOKEN}, and the exercise has no secret TOKEN.",)


def test_no_sandbox_blames_no_exercise(
    exercise: Exercise, make: Any, answers: Callable[..., None]
) -> None:
    def up() -> None:
        raise EngineError("It is not there.", next_step="mend it")

    answers(honest(make), up)

    with pytest.raises(UnprovenError, match=r"Nothing could be graded: It is not there\."):
        run(exercise.folder)


def test_an_end_before_the_end_ends_what_is_under_way(
    exercise: Exercise, make: Any, answers: Callable[..., None]
) -> None:
    begun = threading.Event()
    stops: list[CancelToken] = []

    class Endless:
        def __init__(self, *, tell: Callable[[str], None], cancel_token: CancelToken) -> None:
            self._fake = make.builder(self._build)
            self._cancel_token = cancel_token

        def __getattr__(self, name: str) -> Any:
            return getattr(self._fake, name)

        def _build(self, _: Any) -> Build:
            ended = threading.Event()
            stops.append(self._cancel_token)
            with self._cancel_token.on_cancel(ended.set):
                begun.set()
                ended.wait(60)
            raise AssertionError("it was not told to end")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prover, "Sandbox", Endless)
        with Prover(jobs=1, progress=QUIET) as running:
            claims = list(prover.find_claims(exercise))
            first, second = [running.begin(exercise, claim) for claim in claims[:2]]
            assert begun.wait(30)

    assert isinstance(first.exception(timeout=30), Cancelled)
    assert second.cancelled()
    assert len(stops) == 1
