"""Makes the checks of an exercise on a workbench, and turns findings into results and a verdict."""

from __future__ import annotations

from collections.abc import Callable

from checker.checks.amounts import end_of
from checker.errors import SubmissionError, UnreadableFileError
from checker.exercise import CheckSpec, Exercise
from checker.plain_text import plain, plain_json
from checker.results import CheckResult, Finding, Grade, Status, Verdict
from checker.workbench.build_failures import (
    explain_end_of_engine,
    explain_failure,
    explain_timeout,
    find_cause,
)
from checker.workbench.builds import FailedBuildError
from checker.workbench.docs_links import page_of_line
from checker.workbench.query import UnansweredError
from checker.workbench.workbench import Workbench
from sandbox import BuildTimeout, EngineError

_BUILD_FAILED = "the build failed"
_CHECK_FAILED = "an earlier check failed"
_BUILDS = "builds"
"""The kind of check that measures whether the build succeeds."""

Measured = tuple[tuple[CheckResult, ...], Verdict]
"""The results of all checks, in the exercise's order, and the verdict they add up to."""


def measure(exercise: Exercise, workbench: Workbench, *, until_failed: bool = False) -> Measured:
    """Make every check; after a failed build, or when the time is up, the rest is skipped.

    Args:
        exercise: The exercise.
        workbench: Builds the submission.
        until_failed: Skip the rest after any failed check.

    Raises:
        checker.errors.ExerciseError: A check's params do not fit the exercise's context.
        sandbox.SandboxError: The engine failed.
    """
    results: list[CheckResult] = []
    verdicts: list[Verdict] = []
    stopped = ""
    for spec in exercise.checks:
        if stopped:
            results.append(_skipped(spec, stopped))
            continue
        finding, stopped = _measure(spec, workbench, exercise.timeout_s)
        status = Status.PASSED if finding.passed else Status.FAILED
        # After a failed build only the hint of the check `builds` applies.
        hints = not stopped or (stopped == _BUILD_FAILED and spec.kind == _BUILDS)
        # Messages and evidence name random values, hidden or secret, and do not hold them.
        results.append(_result(spec, status, finding, workbench.values.named, hints=hints))
        if not finding.passed:
            verdicts.append(finding.verdict or Verdict.FAILED)
            if until_failed and not stopped:
                stopped = _CHECK_FAILED
    named = [verdict for verdict in verdicts if verdict is not Verdict.FAILED]
    return tuple(results), (named or verdicts or [Verdict.PASSED])[0]


def reject(exercise: Exercise, error: SubmissionError) -> Grade:
    """The grade ``invalid_submission``, for a submission that cannot be run.

    Of a file that the machine cannot read, it is ``infrastructure``.
    """
    if isinstance(error, UnreadableFileError):
        results, verdict = give_up(exercise, error.message, error.next_step)
        return Grade(exercise.slug, exercise.title, verdict, 0.0, results)
    told = f"{error.message}\nWanted: {error.next_step}."
    page = page_of_line(told)
    reason = Finding(False, told if page is None else f"{told}\nRead on: {page}", {"read_on": page})
    results = _only_first(exercise, Status.FAILED, reason, "nothing was run")
    return Grade(exercise.slug, exercise.title, Verdict.INVALID_SUBMISSION, 0.0, results)


ENGINE_LOST = "engine_lost"
"""Evidence of an ``infrastructure`` verdict: the engine went away during a build or a container."""


def give_up(
    exercise: Exercise, fault: str, next_step: str, *, engine_lost: bool = False
) -> Measured:
    """The results after a failure of the sandbox, the machine or the checker: without points.

    Args:
        exercise: The exercise.
        fault: What failed.
        next_step: What to do about it.
        engine_lost: Whether the engine went away while it ran something of the submission.
    """
    lost = {ENGINE_LOST: True} if engine_lost else {}
    told = Finding(False, fault, {"next_step": next_step, **lost})
    why = "the sandbox failed, which is not your fault"
    return _only_first(exercise, Status.ERROR, told, why), Verdict.INFRASTRUCTURE


def _measure(spec: CheckSpec, workbench: Workbench, timeout_s: float) -> tuple[Finding, str]:
    """The finding, and why the later checks cannot run (empty: they can)."""
    try:
        return spec.check.measure(workbench), ""
    except FailedBuildError as failed:
        return explain_failure(failed.build), _BUILD_FAILED
    except UnansweredError as failed:
        said = failed.printed.stderr.strip() or "nothing"
        message = (
            f"The command {end_of(failed.printed.exit_code)} and said: {said}\n"
            "Wanted: it ends without an error."
        )
        return Finding(False, message), "the command failed"
    except EngineError as gone:
        if gone.strain is None or (cause := find_cause(gone.strain)) is None:
            raise
        return explain_end_of_engine(gone.build, cause), "the engine ended"
    except BuildTimeout as late:
        return explain_timeout(late.build, timeout_s), "the time limit was reached"


def _result(
    spec: CheckSpec,
    status: Status,
    finding: Finding,
    reword: Callable[[str], str] = str,
    *,
    hints: bool,
) -> CheckResult:
    return CheckResult(
        id=spec.id,
        kind=spec.kind,
        title=spec.title,
        status=status,
        points=spec.points if status is Status.PASSED else 0,
        max_points=spec.points,
        message=plain(reword(finding.message)),
        hint=spec.hint if hints and status is Status.FAILED else "",
        evidence={name: plain_json(value, reword) for name, value in finding.evidence.items()},
    )


def _skipped(spec: CheckSpec, why: str) -> CheckResult:
    return CheckResult(
        spec.id, spec.kind, spec.title, Status.SKIPPED, 0, spec.points, f"Not measured: {why}."
    )


def _only_first(
    exercise: Exercise, status: Status, finding: Finding, why: str
) -> tuple[CheckResult, ...]:
    """One finding for the whole grading, as the first check's result; the others are skipped."""
    first, *rest = exercise.checks
    result = _result(first, status, finding, hints=False)
    return (result, *(_skipped(spec, why) for spec in rest))
