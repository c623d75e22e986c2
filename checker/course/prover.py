"""Tries the claims of exercises on the engine, several at a time.

If another grading would disturb a measurement, the grading itself keeps the others away
(``workbench.turns``), and times are compared within one build only. Where one failed check is all
that is claimed, the grading ends with it. If a claim does not hold, it is tried once more while no
other grading runs, and only the second result counts: the fault must be the exercise's, not the
machine's.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Self

from checker.course.claim_store import ClaimStore
from checker.course.claims import Claim, find_claims, find_twins
from checker.course.folder_lint import find_faults
from checker.course.loading import load
from checker.course.scaffold import find_notes
from checker.errors import ExerciseError, SubmissionError, UnprovenError
from checker.exercise import Exercise
from checker.grading.grade import grade
from checker.listeners import Listeners
from checker.results import Grade
from checker.workbench.grading_run import GradingRun
from sandbox import CancelToken, Sandbox, SandboxError

JOBS = min(os.cpu_count() or 1, 4)
"""The default number of simultaneous gradings: more would only wait for the one engine."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A claim that was tried.

    Args:
        claim: The claim.
        grade: The grade of its submission.
        fault: How the grade differs from the claim; None if it agrees with the claim.
        tries: How often the claim was graded: twice if it did not hold at the first try.
        recorded_at: When the tests of this checkout graded the claim, in UTC. None: it was graded
            now.
    """

    claim: Claim
    grade: Grade
    fault: str | None
    tries: int = 1
    recorded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """The results of the proof of one exercise.

    Args:
        slug: The exercise.
        faults: The faults, one line each, in the terms of an author.
        trials: The claims that were tried; empty if the folder has faults.
    """

    slug: str
    faults: tuple[str, ...]
    trials: tuple[Trial, ...] = ()

    @property
    def duration_s(self) -> float:
        """The sum of the durations of its gradings; recorded gradings do not count."""
        return sum(trial.grade.duration_s for trial in self.trials if trial.recorded_at is None)


class Prover:
    """Tries claims, ``jobs`` at a time, in the order in which they come.

    At the end of its block, running gradings are cancelled, as by Ctrl-C, and clean up.

    Args:
        jobs: The number of simultaneous gradings.
        progress: Takes the current activity, in a few words, and notices of sandboxes.
        alone: Keeps the builds of other sandboxes away while a claim is tried again. By default
            there are no other sandboxes.
    """

    def __init__(
        self,
        *,
        jobs: int,
        progress: Listeners,
        alone: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._pool = ThreadPoolExecutor(jobs, thread_name_prefix="trial")
        self._cancel_token = CancelToken()
        self._progress = progress
        self._alone = alone
        self._asked = 0
        self._done = 0
        self._told: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._cancel_token.cancel()
        self._pool.shutdown(cancel_futures=True)

    def begin(self, exercise: Exercise, claim: Claim) -> Future[Trial]:
        """Try a claim when its turn comes.

        The future raises ``UnprovenError`` if the sandbox failed, and ``ExerciseError`` if the
        exercise cannot be graded.
        """
        self._asked += 1
        future = self._pool.submit(self._try, exercise, claim)
        future.add_done_callback(self._count)
        return future

    def _count(self, _: Future[Trial]) -> None:
        self._done += 1

    def _try(self, exercise: Exercise, claim: Claim) -> Trial:
        def tell(text: str) -> None:
            number = f"{self._done} of {self._asked} done"
            self._progress.grading(f"{number} · {exercise.slug}: {claim.name}: {text}")

        run = GradingRun(until_failed=claim.fails is None, progress=tell)
        result = grade(exercise, claim.submission, self._sandbox(Sandbox), run)
        fault, tries = claim.find_fault(result), 1
        if fault is not None:
            tell("again, alone")
            with self._alone(), self._sandbox(Sandbox).alone():
                result = grade(exercise, claim.submission, self._sandbox(_Quiet), run.again())
            fault, tries = claim.find_fault(result), 2
        return Trial(claim, result, fault, tries)

    def _sandbox(self, kind: type[Sandbox]) -> Sandbox:
        return kind(tell=self._tell_once, cancel_token=self._cancel_token)

    def _tell_once(self, text: str) -> None:
        """Pass on a notice of any sandbox, such as a wait for its turn; equal notices only once."""
        if text not in self._told:
            self._told.add(text)
            self._progress.sandbox(text)


class _Quiet(Sandbox):
    """A sandbox whose engine is already locked for its only user: it takes no further locks."""

    def alone(self) -> AbstractContextManager[None]:
        return nullcontext()

    def shared(self) -> AbstractContextManager[None]:
        return nullcontext()


def prove(
    folders: Sequence[Path],
    *,
    jobs: int,
    is_finished: bool,
    progress: Listeners,
    store: ClaimStore | None = None,
) -> Generator[Proof, None, None]:
    """Yield a proof for each exercise, in order; the faults of an exercise do not stop the rest.

    Args:
        folders: The folders of the exercises.
        jobs: The number of simultaneous gradings.
        is_finished: Whether notes to their author count as faults.
        progress: Takes the current activity, in a few words, and notices of sandboxes.
        store: Records of claims that need not be graded again. None: all claims are graded.

    Raises:
        UnprovenError: The sandbox failed; the earlier proofs were already yielded.
    """
    looked = [_look(folder, is_finished) for folder in folders]
    recorded = [
        [None if store is None else _recorded(store, *claim) for claim in claims]
        for _, claims in looked
    ]
    if None in chain.from_iterable(recorded):
        try:
            Sandbox(tell=progress.sandbox).up()
        except SandboxError as error:
            raise UnprovenError(
                f"Nothing could be graded: {error.message}", next_step=error.next_step
            ) from error
    with Prover(jobs=jobs, progress=progress) as trials:
        begun = [
            [known or trials.begin(*claim) for claim, known in zip(claims, found, strict=True)]
            for (_, claims), found in zip(looked, recorded, strict=True)
        ]
        for folder, (faults, _), ends in zip(folders, looked, begun, strict=True):
            yield _end(folder.name, faults, ends)


def _recorded(store: ClaimStore, exercise: Exercise, claim: Claim) -> Trial | None:
    record = store.find(exercise, claim)
    return (
        None if record is None else Trial(claim, record.grade, None, recorded_at=record.recorded_at)
    )


def _look(folder: Path, is_finished: bool) -> tuple[list[str], list[tuple[Exercise, Claim]]]:
    """The faults of the folder, and, if there are no faults, the claims to try."""
    try:
        exercise = load(folder)
        faults = find_faults(exercise)
        if is_finished:
            faults += find_notes(folder)
        faults = faults or list(find_twins(exercise))
        return faults, [] if faults else [(exercise, claim) for claim in find_claims(exercise)]
    except (ExerciseError, SubmissionError) as error:
        return [error.message], []


def _end(slug: str, faults: list[str], ends: Sequence[Trial | Future[Trial]]) -> Proof:
    trials: list[Trial] = []
    for end in ends:
        try:
            trials.append(end if isinstance(end, Trial) else end.result())
        except ExerciseError as error:  # a check's params do not fit its context: all fail alike
            return Proof(slug, (error.message,))
    faults = faults + [trial.fault for trial in trials if trial.fault is not None]
    return Proof(slug, tuple(faults), tuple(trials))
