"""From an exercise and a submission to a Grade."""

from __future__ import annotations

import secrets
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from checker.errors import CheckerError, SubmissionError
from checker.exercise import CheckSpec, Exercise
from checker.grading.submission import Submission, command
from checker.results import CheckResult, Finding, Grade, Status, Verdict
from checker.sandbox_port import SandboxPort
from checker.workbench import cleanup
from checker.workbench.build_context import BuildContext
from checker.workbench.build_failures import explain_failure, explain_timeout
from checker.workbench.docs_links import page_of_line
from checker.workbench.leases import lease
from checker.workbench.query import UnansweredError
from checker.workbench.random_values import RandomValues
from checker.workbench.workbench import FailedBuildError, Workbench
from sandbox import Build, BuildTimeout, SandboxError, finish_cleanup

_BUILD_FAILED = "the build failed"
_BUILDS = "builds"
"""The kind of check that measures whether it builds."""


def _silent(_: str | Build) -> None:
    """Nobody wants to know."""


def grade(
    exercise: Exercise,
    submission: Submission,
    builder: SandboxPort,
    *,
    clock: Callable[[], float] = time.monotonic,
    new_nonce: Callable[[], str] = lambda: secrets.token_hex(8),
    use_cache: bool = False,
    progress: Callable[[str], None] = _silent,
    on_build: Callable[[Build], None] = _silent,
) -> Grade:
    """Start the sandbox if need be, make every check, and add up.

    A fault of the engine is met by one more try from the beginning; a second one gives
    the verdict ``infrastructure``. Nothing of a grading is left behind, however it ends.

    Args:
        exercise: What is wanted.
        submission: What was handed in.
        builder: The sandbox.
        clock: Seconds, monotonic.
        new_nonce: A random hexadecimal text, new at each call.
        use_cache: Reuse what earlier gradings left in the builder's cache: quicker, and what is
            said of the first build is then not of this Dockerfile alone.
        progress: Told what is being done, in a few words.
        on_build: Given every build that the checks make, as soon as it has ended.

    Raises:
        checker.errors.ExerciseError: A check's params do not fit the exercise's context.
    """
    started = clock()

    def attempt() -> tuple[tuple[CheckResult, ...], Verdict]:
        with open_workbench(
            exercise,
            submission,
            builder,
            nonce=new_nonce(),
            use_cache=use_cache,
            progress=progress,
            on_build=on_build,
        ) as workbench:
            return _measure_all(exercise, workbench)

    try:
        progress("looking for the sandbox")
        builder.up()
        cleanup.remove_leftovers(builder)
        try:
            results, verdict = attempt()
        except SandboxError:
            progress("the engine failed, starting it again")
            builder.up()
            results, verdict = attempt()
    except SubmissionError as error:
        return reject(exercise, error)
    except SandboxError as error:
        fault, next_step = error.report(), error.next_step
        results, verdict = _unmeasured(exercise, fault, next_step), Verdict.INFRASTRUCTURE
    except OSError as error:  # such as no room for the grading's copy of the context
        fault, next_step = f"This machine failed: {error}", "`sandbox doctor` looks for causes"
        results, verdict = _unmeasured(exercise, fault, next_step), Verdict.INFRASTRUCTURE
    except CheckerError:
        raise
    except Exception as error:  # one submission must not cost a class its grades
        fault = f"The checker failed, by a fault of its own:\n{traceback.format_exc().strip()}"
        next_step = f"report these lines with what was handed in ({type(error).__name__})"
        results, verdict = _unmeasured(exercise, fault, next_step), Verdict.INFRASTRUCTURE
    return Grade(exercise.slug, exercise.title, verdict, clock() - started, results)


@contextmanager
def open_workbench(
    exercise: Exercise,
    submission: Submission,
    sandbox: SandboxPort,
    *,
    nonce: str,
    use_cache: bool,
    progress: Callable[[str], None],
    on_build: Callable[[Build], None],
) -> Iterator[Workbench]:
    """A workbench with the exercise's own context and the learner's files, and nothing else.

    Raises:
        SubmissionError: The learner's line is none, or asks for what it may not.
    """
    line = command(exercise, submission)
    random_values = RandomValues.draw(
        nonce, secret_names=exercise.secrets, variable_names=exercise.variables
    )
    with (
        tempfile.TemporaryDirectory(prefix=f"{cleanup.name(nonce)}-") as temporary,
        lease(exercise.lends, random_values, sandbox) as (random_values, agent),
    ):
        folder = Path(temporary) / "context"
        workbench = Workbench(
            BuildContext.copied(
                exercise.context, folder, random_values=random_values, submitted=submission.files
            ),
            line,
            sandbox,
            random_values=random_values,
            agent=agent,
            timeout_s=exercise.timeout_s,
            use_cache=use_cache,
            counts_downloads=exercise.counts_downloads,
            progress=progress,
            on_build=on_build,
            publish=exercise.publish,
        )
        try:
            yield workbench
        finally:
            finish_cleanup(workbench.close)


def reject(exercise: Exercise, error: SubmissionError) -> Grade:
    """The grade of what cannot be graded: verdict ``invalid_submission``, nothing was run."""
    told = f"{error.message}\nWanted: {error.next_step}."
    page = page_of_line(told)
    reason = Finding(False, told if page is None else f"{told}\nRead on: {page}", {"read_on": page})
    first = _result(exercise.checks[0], Status.FAILED, reason, hints=False)
    rest = tuple(_skipped(spec, "nothing was run") for spec in exercise.checks[1:])
    return Grade(exercise.slug, exercise.title, Verdict.INVALID_SUBMISSION, 0.0, (first, *rest))


def _measure_all(
    exercise: Exercise, workbench: Workbench
) -> tuple[tuple[CheckResult, ...], Verdict]:
    results: list[CheckResult] = []
    verdicts: list[Verdict] = []
    stopped = ""
    for spec in exercise.checks:
        if stopped:
            results.append(_skipped(spec, stopped))
            continue
        finding, stopped = _measure(spec, workbench, exercise.timeout_s)
        finding = replace(finding, message=_readable(finding.message, workbench))
        status = Status.PASSED if finding.passed else Status.FAILED
        # A hint is about what its check measures, which is here whether it builds or nothing.
        hints = not stopped or (stopped == _BUILD_FAILED and spec.kind == _BUILDS)
        results.append(_result(spec, status, finding, hints=hints))
        if not finding.passed:
            verdicts.append(finding.verdict or Verdict.FAILED)
    named = [verdict for verdict in verdicts if verdict is not Verdict.FAILED]
    return tuple(results), (named or verdicts or [Verdict.PASSED])[0]


def _measure(spec: CheckSpec, workbench: Workbench, timeout_s: float) -> tuple[Finding, str]:
    """The finding, and why the checks after it have nothing to measure (empty: they have)."""
    try:
        return spec.check.measure(workbench), ""
    except FailedBuildError as failed:
        return explain_failure(failed.build), _BUILD_FAILED
    except UnansweredError as failed:
        said = failed.printed.stderr.strip() or "nothing"
        message = (
            f"The command ended with exit code {failed.printed.exit_code} and said: {said}\n"
            "Wanted: it ends without an error."
        )
        return Finding(False, message), "there was no answer"
    except BuildTimeout as late:
        return explain_timeout(late.build, timeout_s), "the time was up"


def _readable(message: str, workbench: Workbench) -> str:
    """Names in the place of this grading's random values, which say nothing to a learner."""
    message = message.replace(workbench.registry, "$REGISTRY")
    for name, value in workbench.random_values.secrets.items():
        message = message.replace(value, f"${name}")
    return message


def _result(spec: CheckSpec, status: Status, finding: Finding, *, hints: bool) -> CheckResult:
    return CheckResult(
        id=spec.id,
        kind=spec.kind,
        title=spec.title,
        status=status,
        points=spec.points if status is Status.PASSED else 0,
        max_points=spec.points,
        message=finding.message,
        hint=spec.hint if hints and status is Status.FAILED else "",
        evidence=finding.evidence,
    )


def _skipped(spec: CheckSpec, why: str) -> CheckResult:
    return CheckResult(
        spec.id, spec.kind, spec.title, Status.SKIPPED, 0, spec.points, f"Not measured: {why}."
    )


def _unmeasured(exercise: Exercise, fault: str, next_step: str) -> tuple[CheckResult, ...]:
    first, *rest = exercise.checks
    told = Finding(False, fault, {"next_step": next_step})
    result = _result(first, Status.ERROR, told, hints=False)
    why = "the sandbox failed, which is no fault of yours"
    return (result, *(_skipped(spec, why) for spec in rest))
