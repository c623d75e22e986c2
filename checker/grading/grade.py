"""From an exercise and a submission to a Grade."""

from __future__ import annotations

import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from checker.command.environment import hidden
from checker.command.validate import refuse_early, validate
from checker.errors import CheckerError, SubmissionError
from checker.exercise import Exercise
from checker.grading.measurement import Measured, give_up, measure, reject
from checker.grading.submission import Submission, read_command
from checker.results import Grade
from checker.sandbox_port import SandboxPort
from checker.workbench import cleanup
from checker.workbench.build_context import BuildContext
from checker.workbench.grading_run import GradingRun
from checker.workbench.leases import Loans, example, lease
from checker.workbench.random_values import RandomValues
from checker.workbench.workbench import Workbench
from sandbox import EngineError, SandboxError, finish_cleanup


def grade(
    exercise: Exercise,
    submission: Submission,
    sandbox: SandboxPort,
    run: GradingRun | None = None,
    *,
    in_clone: bool = False,
    clock: Callable[[], float] = time.monotonic,
) -> Grade:
    """Start the sandbox if it is stopped, or a clone, make every check, and add up the points.

    If the engine fails, the grading is tried once more from the beginning; if it fails again,
    the verdict is ``infrastructure``. However a grading ends, it removes everything that it made.

    Args:
        exercise: The exercise.
        submission: The submitted files.
        sandbox: The sandbox; it may be stopped.
        run: Use of the cache, and listeners; None: no cache and no listener.
        in_clone: Whether the grading has a clone of the sandbox for itself: nothing of an earlier
            grading is in it, and nothing of this one outlives it.
        clock: Seconds, monotonic.

    Raises:
        checker.errors.ExerciseError: A check's params do not fit the exercise's context.
    """
    started = clock()
    run = run or GradingRun()

    def attempt(run: GradingRun) -> Measured:
        with (
            _running(sandbox, run, in_clone=in_clone) as engine,
            open_workbench(exercise, submission, engine, run) as workbench,
        ):
            return measure(exercise, workbench, until_failed=run.until_failed)

    try:
        _refuse_early(exercise, submission, run)
        results, verdict = _tried_twice(attempt, run)
    except SubmissionError as error:
        return reject(exercise, error)
    except SandboxError as error:
        results, verdict = give_up(
            exercise, error.report(), error.next_step, engine_lost=_is_lost(error)
        )
    except OSError as error:  # such as no room for the grading's copy of the context
        fault = f"This machine failed: {error}"
        results, verdict = give_up(exercise, fault, "`sandbox doctor` looks for causes")
    except CheckerError:
        raise
    except Exception as error:  # an error in one grading must not stop the grading of a whole class
        fault = f"The checker failed, by a fault of its own:\n{traceback.format_exc().strip()}"
        next_step = f"report these lines together with the submission ({type(error).__name__})"
        results, verdict = give_up(exercise, fault, next_step)
    return Grade(exercise.slug, exercise.title, verdict, clock() - started, results)


def _is_lost(error: SandboxError) -> bool:
    """Whether the engine went away while it ran a build or a container."""
    return isinstance(error, EngineError) and (error.build, error.strain) != (None, None)


def _refuse_early(exercise: Exercise, submission: Submission, run: GradingRun) -> None:
    """Refuse a command before anything is started for it.

    A bake file is left out: only docker can evaluate it.

    Raises:
        SubmissionError: The command cannot be read, or something in it is not allowed.
    """
    line = read_command(exercise, submission)
    if line.kind != "bake":
        values = _drawn(exercise, run, "localhost:5000", example(exercise.lends))
        with _refusals_named(values):
            refuse_early(line, env=values.variables_for(line.kind), scope=values.scope())


@contextmanager
def _refusals_named(values: RandomValues) -> Iterator[None]:
    """Have refusals name variables: a command is judged with their values, which may be secret."""
    try:
        yield
    except SubmissionError as error:
        raise SubmissionError(
            values.named(error.message), next_step=values.named(error.next_step)
        ) from error


def _drawn(exercise: Exercise, run: GradingRun, registry: str, loans: Loans) -> RandomValues:
    return RandomValues.draw(
        run.nonce,
        registry=f"{registry}/{run.name}",
        secret_names=exercise.secrets,
        variable_names=exercise.variables,
        loans=loans,
    )


def _tried_twice(attempt: Callable[[GradingRun], Measured], run: GradingRun) -> Measured:
    """Measure; if the engine fails, measure once more, on an engine that has just started."""
    try:
        return attempt(run)
    except SandboxError:
        run.progress("the engine failed, starting it again")
        return attempt(run.again())


@contextmanager
def _running(sandbox: SandboxPort, run: GradingRun, *, in_clone: bool) -> Iterator[SandboxPort]:
    """The sandbox, started if it is stopped; or a clone of it, for the block only."""
    if in_clone:
        run.progress("starting a sandbox for this grading")
        with sandbox.clone() as clone:
            yield clone
        return
    run.progress("looking for the sandbox")
    sandbox.up()
    cleanup.remove_leftovers(sandbox)
    yield sandbox


@contextmanager
def open_workbench(
    exercise: Exercise, submission: Submission, sandbox: SandboxPort, run: GradingRun
) -> Iterator[Workbench]:
    """A workbench with the exercise's own context and the learner's files, and nothing else.

    Raises:
        SubmissionError: The learner's command cannot be read, or something in it is not allowed.
    """
    line = read_command(exercise, submission)
    with (
        tempfile.TemporaryDirectory(prefix=f"{run.name}-") as temporary,
        lease(exercise.lends, sandbox) as loans,
    ):
        values = _drawn(exercise, run, sandbox.registry, loans)
        scope, known = values.scope(), values.variables_for(line.kind)
        env = {**hidden(), **values.variables_of_builds()}
        # The sandbox's history calls a build by the folder of its context.
        folder = Path(temporary) / exercise.slug
        context = BuildContext.copied(exercise.context, folder, values, submission.files)
        with _refusals_named(values):
            command = validate(
                line, folder=folder, env=known, hidden=hidden(), scope=scope, docker=sandbox.docker
            )
        workbench = Workbench(
            command,
            context,
            sandbox,
            values=values,
            env=env,
            timeout_s=exercise.timeout_s,
            counts_downloads=exercise.counts_downloads,
            publish=exercise.publish,
            run=run,
        )
        try:
            yield workbench
        except SandboxError as error:
            error.reword(values.named)
            raise
        finally:
            finish_cleanup(workbench.close)
