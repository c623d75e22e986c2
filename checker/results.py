"""Results of grading: a finding for each check, and the grade that they add up to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """The outcome of a grading as a whole."""

    PASSED = "passed"
    FAILED = "failed"
    BUILD_ERROR = "build_error"
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out_of_memory"
    DISK_FULL = "disk_full"
    INVALID_SUBMISSION = "invalid_submission"
    INFRASTRUCTURE = "infrastructure"  # never the learner's fault


class Status(StrEnum):
    """The outcome of one check."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"  # not measured, because an earlier check failed
    ERROR = "error"  # could not be measured, through no fault of the learner


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check's measurement.

    Args:
        passed: Whether the check passes.
        message: The measured fact first, then what was wanted.
        evidence: The figures that the message is based on, as values that JSON can hold.
        verdict: Set if the failure has a verdict of its own, such as ``timeout``.
    """

    passed: bool
    message: str
    evidence: Mapping[str, object] = field(default_factory=dict)
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check in a grade."""

    id: str
    kind: str
    title: str
    status: Status
    points: int
    max_points: int
    message: str
    hint: str = ""
    evidence: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Grade:
    """The grade of one submission; ``checks`` are in the exercise's order."""

    exercise: str
    title: str
    verdict: Verdict
    duration_s: float
    checks: tuple[CheckResult, ...]

    @property
    def points(self) -> int:
        return sum(check.points for check in self.checks)

    @property
    def max_points(self) -> int:
        return sum(check.max_points for check in self.checks)

    @property
    def passed(self) -> bool:
        return self.verdict is Verdict.PASSED

    def as_data(self) -> dict[str, Any]:
        """The grade as values that JSON can hold; ``from_data`` reads them."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Grade:
        """The grade that ``as_data`` described.

        Raises:
            KeyError, TypeError, ValueError: The data are incomplete, or of another version.
        """
        checks = tuple(
            CheckResult(**{**check, "status": Status(check["status"])}) for check in data["checks"]
        )
        return cls(**{**data, "verdict": Verdict(data["verdict"]), "checks": checks})
