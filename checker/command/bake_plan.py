"""What a bake file that is handed in may ask for.

What it means only buildx can say: it has variables, functions, inheritance, and ``--set`` on
top. So buildx is asked with ``--print``, in an environment without the grader's variables.
What it answers, all values worked out, has to obey the rules of a ``docker buildx build``, and
is then what is built: not the file, whose functions might say something else the second time.

Source: docker buildx bake, reference; https://docs.docker.com/build/bake/reference/ (buildx 0.29).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checker.command.refusal import refused
from checker.command.rules import ANY, BUILD, PATH, Rule, next_step
from checker.command.value_rules import Scope
from checker.errors import SubmissionError
from sandbox import ParseError, flags

FILE = "docker-bake.hcl"
"""The name under which a bake file is handed in."""

KEYS: Mapping[str, Rule[Any]] = {
    **{key: BUILD[option] for key, option in flags.OPTION_OF_KEY.items()},
    "context": PATH,
    "description": ANY,
    "dockerfile-inline": ANY,
}
"""For each key of a target, the rule of the option that does the same."""
_TEMPLATES = ("${", "%{")


def read_plan(printed: str, file: str, scope: Scope) -> str:
    """Pass what ``bake --print`` has answered, and give back what is to be built.

    Args:
        printed: The targets as JSON.
        file: The text of the bake file, for messages.
        scope: What it may name.

    Raises:
        SubmissionError: A target asks for what it may not. Its line is marked.
    """
    try:
        plan = flags.read_bake_plan(printed)
    except ParseError as error:  # cut off, for nobody writes so much by hand
        raise SubmissionError(
            f"What the bake file means is too long to be read: {len(printed)} characters and more.",
            next_step="leave out what makes values so long",
        ) from error
    if any(template in printed for template in _TEMPLATES):
        # It would be worked out once more, after everything was looked at.
        raise refused(
            file,
            "$${",
            "A value has a ${ or %{ in it that is to stay as it is, which is not taken here.",
            "write a value of a Dockerfile's own as $NAME",
        )
    for target in plan.targets:
        for key in target.values:
            if key not in KEYS:
                raise _refused(file, target.name, key, "nobody has looked at what it may do")
            for entry in target.entries(key):
                if why := KEYS[key].find_fault(entry, scope):
                    raise _refused(file, target.name, key, why)
    return plan.text


def unreadable(complaint: str) -> SubmissionError:
    """The error for a bake file, or a target, that buildx itself does not take."""
    lines = [line for line in complaint.splitlines() if line and not line.startswith("#")]
    return SubmissionError(
        "\n".join(["buildx says:", *lines]),
        next_step="correct it; `docker buildx bake --print` shows what it means",
    )


def _refused(file: str, target: str, key: str, why: str) -> SubmissionError:
    return refused(file, key, f"{key} of target {target}: {why}.", next_step(why))
