"""Checks that a submitted bake file asks only for what a submission may use.

Only buildx can evaluate a bake file, which may have variables, functions, inheritance and
``--set``. So the checker runs ``bake --print``, without the grader's environment variables. The
printed plan, with all values evaluated, must obey the rules of ``docker buildx build``. The checker
then builds that plan, not the file: the functions of the file could return other values the second
time.

Source: docker buildx bake, reference; https://docs.docker.com/build/bake/reference/ (buildx 0.29).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checker.command.exporters import stored_once
from checker.command.refusal import refused
from checker.command.rules import ANY, BUILD, PATH, NotAllowedError, Rule, next_step
from checker.command.value_rules import Scope
from checker.errors import SubmissionError
from sandbox import ParseError, flags

FILE = "docker-bake.hcl"
"""The file name of a submitted bake file."""

KEYS: Mapping[str, Rule[Any]] = {
    **{key: BUILD[option] for key, option in flags.OPTION_OF_KEY.items()},
    "context": PATH,
    "description": ANY,
    "dockerfile-inline": ANY,
}
"""For each key of a target, the rule of the equivalent option."""
_LISTS = ("attest", "cache-from", "cache-to", "output", "secret", "ssh")
"""The keys whose values have fields: the plan has them in the one spelling of the options."""
_TEMPLATES = ("${", "%{")


def read_plan(printed: str, file: str, scope: Scope) -> str:
    """Check the output of ``bake --print``, and return the plan to build.

    Args:
        printed: The targets as JSON.
        file: The text of the bake file, for messages.
        scope: The names that the plan may use.

    Raises:
        SubmissionError: A target uses a key or a value that is not allowed. The message marks
            its line.
    """
    try:
        plan = flags.read_bake_plan(printed)
    except ParseError as error:  # cut off: nobody writes so much by hand
        raise SubmissionError(
            f"The evaluated bake file is too long: at least {len(printed)} characters.",
            next_step="remove the functions that make the values so long",
        ) from error
    if any(template in printed for template in _TEMPLATES):
        # buildx would evaluate the template after the check of the plan.
        raise refused(
            file,
            "$${",
            "A value contains a literal ${ or %{, which is not allowed here.",
            "write a variable of the Dockerfile as $NAME",
        )
    for target in plan.targets:
        for key in target.values:
            if key not in KEYS:
                raise _refused(file, target.name, key, "it cannot be used here")
            try:
                values = [KEYS[key].rewrite(entry, scope) for entry in target.entries(key)]
            except NotAllowedError as error:
                raise _refused(file, target.name, key, str(error)) from error
            if key == "output":
                values = stored_once(values)
            if key in _LISTS:
                plan.document["target"][target.name][key] = values
    return plan.text


def unreadable(complaint: str) -> SubmissionError:
    """The error for a bake file or a target that buildx itself rejects."""
    lines = [line for line in complaint.splitlines() if line and not line.startswith("#")]
    return SubmissionError(
        "\n".join(["buildx says:", *lines]),
        next_step="correct the bake file; `docker buildx bake --print` shows its evaluated targets",
    )


def endless(limit_s: float) -> SubmissionError:
    """The error for a bake file that buildx was still evaluating after ``limit_s`` seconds."""
    return SubmissionError(
        f"buildx was still evaluating the bake file after {limit_s:.0f} seconds, and was ended.",
        next_step="remove the function or the matrix that takes so long; "
        "`docker buildx bake --print` shows its evaluated targets",
    )


def _refused(file: str, target: str, key: str, why: str) -> SubmissionError:
    return refused(file, key, f"{key} of target {target}: {why}.", next_step(why))
