"""The results of proving exercises, as text for their authors and as JSON for CI."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from checker.course.prover import Proof

VERSION = 1


def as_text(proof: Proof) -> str:
    """A line for the exercise, and a line for each of its faults."""
    count = len(proof.faults)
    said = "proven" if not count else "1 fault" if count == 1 else f"{count} faults"
    if proof.trials:
        recorded = [trial.recorded_at for trial in proof.trials if trial.recorded_at is not None]
        facts = [f"{len(proof.trials)} claims"]
        if recorded:
            some = "" if len(recorded) == len(proof.trials) else f"{len(recorded)} of them "
            facts.append(f"{some}recorded by the tests on {min(recorded):%Y-%m-%d at %H:%M} UTC")
        if len(recorded) < len(proof.trials):
            facts.append(f"{proof.duration_s:.1f} s of gradings")
        said += f" ({', '.join(facts)})"
    return "\n".join([f"{proof.slug}: {said}", *(f"  {fault}" for fault in proof.faults)])


def sum_as_text(proofs: Sequence[Proof], took_s: float) -> str:
    """The last line of a report on several exercises."""
    proven = sum(not proof.faults for proof in proofs)
    graded_s = sum(proof.duration_s for proof in proofs)
    recorded = sum(trial.recorded_at is not None for proof in proofs for trial in proof.trials)
    return (
        f"{proven} of {len(proofs)} exercises proven, "
        f"{graded_s:.0f} s of gradings in {took_s:.0f} s"
        + (f"; {recorded} claims were recorded, --again grades them too" if recorded else "")
    )


def as_json(proofs: Sequence[Proof], took_s: float) -> str:
    """One object on one line. An exercise's ``duration_s`` is the sum of its gradings.

    If the tests recorded a claim, the claim has ``recorded_at`` and the duration of that grading.
    """
    report = {
        "version": VERSION,
        "exercises": [
            {
                "exercise": proof.slug,
                "proven": not proof.faults,
                "faults": list(proof.faults),
                "duration_s": round(proof.duration_s, 3),
                "claims": [
                    {
                        "claim": trial.claim.name,
                        "wanted": trial.claim.wanted,
                        "fault": trial.fault,
                        "verdict": trial.grade.verdict.value,
                        "points": trial.grade.points,
                        "duration_s": round(trial.grade.duration_s, 3),
                        "recorded_at": trial.recorded_at and trial.recorded_at.isoformat(),
                    }
                    for trial in proof.trials
                ],
            }
            for proof in proofs
        ],
        "proven": sum(not proof.faults for proof in proofs),
        "duration_s": round(took_s, 3),
    }
    return json.dumps(report, ensure_ascii=False)
