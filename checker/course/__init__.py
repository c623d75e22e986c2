"""The author's side: exercises, their files, and the claims that a proof checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checker.lazy import lazy_names

if TYPE_CHECKING:
    from checker.course import claim_store, json_schema, proof_report, prover, scaffold
    from checker.course.catalogue import exercises_folder, find_exercise, find_slug, find_slugs

__all__ = [
    "claim_store",
    "exercises_folder",
    "find_exercise",
    "find_slug",
    "find_slugs",
    "json_schema",
    "proof_report",
    "prover",
    "scaffold",
]

_CATALOGUE = ("exercises_folder", "find_exercise", "find_slug", "find_slugs")

__getattr__ = lazy_names(
    __name__,
    {
        "checker.course.catalogue": _CATALOGUE,
        "checker.course.claim_store": (),
        "checker.course.json_schema": (),
        "checker.course.proof_report": (),
        "checker.course.prover": (),
        "checker.course.scaffold": (),
    },
)
