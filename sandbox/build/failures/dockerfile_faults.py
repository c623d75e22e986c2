"""Explains why BuildKit refuses a Dockerfile before it runs anything."""

from __future__ import annotations

import re

from sandbox.build.failures.evidence import Advice, Evidence

_BASE_VARIABLE = re.compile(r"\$\{?(\w+)")
_PARSE_STAGE = re.compile(r'failed to parse stage name "([^"]*)": invalid reference format')
_NO_BASE = re.compile(r"base name \((.+)\) should not be blank")
_NO_INDEX = re.compile(r"invalid stage index (\S+)")
_EMPTY = ("file with no instructions", "the Dockerfile cannot be empty")


def explain_dockerfile_fault(evidence: Evidence) -> Advice | None:
    """Advice for a Dockerfile that BuildKit refuses; None for other failures."""
    said = evidence.said
    if any(part in said for part in _EMPTY):
        return Advice("begin it with FROM and a base image", "The Dockerfile is empty.")
    if "no build stage in current context" in said:
        return Advice(
            "begin the Dockerfile with FROM; only ARG may stand above it",
            "An instruction stands above the first FROM, so it belongs to no stage.",
        )
    if (found := _NO_INDEX.search(said)) is not None:
        return Advice(
            "refer to the stage by its name, as `FROM … AS NAME` gives it",
            f"There is no stage {found[1]}: stages are counted from 0.",
        )
    if (variable := _BASE_VARIABLE.search(evidence.marked)) is not None and (
        _NO_BASE.search(said) or _PARSE_STAGE.search(said)
    ):
        name = variable[1]
        return Advice(
            f"give it a default above the first FROM (`ARG {name}=…`), or pass --build-arg "
            f"{name}=…",
            f"{name} has no value in this FROM.",
        )
    if (found := _PARSE_STAGE.search(said)) is not None:
        capitals = found[1] != found[1].lower()
        return Advice(
            f"write {found[1].lower()}" if capitals else "correct the name after FROM",
            f"{found[1]} is no name of an image or a stage"
            + (": both are written in lower case." if capitals else "."),
        )
    return None
