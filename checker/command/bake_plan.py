"""What a bake file that is handed in may ask for.

What it means only buildx can say: it has variables, functions, inheritance, and ``--set`` on
top. So buildx is asked with ``--print``, in an environment without the grader's variables.
What it answers, all values worked out, has to obey the rules of a ``docker buildx build``, and
is then what is built: not the file, whose functions might say something else the second time.

Source: docker buildx bake, reference; https://docs.docker.com/build/bake/reference/ (buildx 0.29).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from checker.command.command_line import refused
from checker.command.rules import BUILD, Scope, judge_context, next_step
from checker.errors import SubmissionError

FILE = "docker-bake.hcl"
"""The name under which a bake file is handed in."""

Rule = Callable[[str, Scope], str | None]


def _any(_: str, __: Scope) -> None:
    return None


KEYS: Mapping[str, Rule] = {
    "annotations": BUILD["--annotation"],
    "args": BUILD["--build-arg"],
    "attest": BUILD["--attest"],
    "cache-from": BUILD["--cache-from"],
    "cache-to": BUILD["--cache-to"],
    "call": BUILD["--call"],
    "context": judge_context,
    "contexts": BUILD["--build-context"],
    "description": _any,
    "dockerfile": BUILD["--file"],
    "dockerfile-inline": _any,
    "entitlements": BUILD["--allow"],
    "extra-hosts": BUILD["--add-host"],
    "labels": BUILD["--label"],
    "network": BUILD["--network"],
    "no-cache": BUILD["--no-cache"],
    "no-cache-filter": BUILD["--no-cache-filter"],
    "output": BUILD["--output"],
    "platforms": BUILD["--platform"],
    "pull": BUILD["--pull"],
    "secret": BUILD["--secret"],
    "shm-size": BUILD["--shm-size"],
    "ssh": BUILD["--ssh"],
    "tags": BUILD["--tag"],
    "target": BUILD["--target"],
    "ulimits": BUILD["--ulimit"],
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
        plan = json.loads(printed)
    except ValueError as error:  # cut off, for nobody writes so much by hand
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
    for name, target in plan["target"].items():
        for key, value in target.items():
            if key not in KEYS:
                raise _refused(file, name, key, "nobody has looked at what it may do")
            for text in _texts(value):
                if why := KEYS[key](text, scope):
                    raise _refused(file, name, key, why)
    return json.dumps(plan)


def unreadable(complaint: str) -> SubmissionError:
    """The error for a bake file, or a target, that buildx itself does not take."""
    lines = [line for line in complaint.splitlines() if line and not line.startswith("#")]
    return SubmissionError(
        "\n".join(["buildx says:", *lines]),
        next_step="correct it; `docker buildx bake --print` shows what it means",
    )


def _refused(file: str, target: str, key: str, why: str) -> SubmissionError:
    return refused(file, key, f"{key} of target {target}: {why}.", next_step(why))


def _texts(value: Any) -> Iterator[str]:
    """A value of the plan as the option of the command line would have it, one text each."""
    if isinstance(value, Mapping):
        for name, content in value.items():
            yield name if content is None else f"{name}={content}"
    elif isinstance(value, list):
        for entry in value:
            yield _row(entry) if isinstance(entry, Mapping) else str(entry)
    else:
        yield str(value)


def _row(entry: Mapping[str, Any]) -> str:
    """An object as ``NAME=VALUE,NAME=VALUE``."""
    text = io.StringIO()
    fields = [f"{name}={value}" for name, value in entry.items()]
    csv.writer(text, lineterminator="").writerow(fields)
    return text.getvalue()
