"""The result of checking one precondition of a sandbox."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The result of checking one precondition.

    Args:
        name: The precondition.
        ok: Whether this machine meets it.
        found: The relevant property of this machine.
        fix: The command or advice that solves the problem; empty if ``ok``.
        required: Whether a sandbox needs it to run. Otherwise only some lessons do.
    """

    name: str
    ok: bool
    found: str
    fix: str = ""
    required: bool = True
