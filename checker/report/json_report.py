"""A grade, or the grades of several exercises, as one JSON object."""

from __future__ import annotations

import json
from collections.abc import Sequence

from checker.results import Grade

VERSION = 1


def as_json(grade: Grade) -> str:
    """The object on one line; seconds with milliseconds, keys in a fixed order."""
    return json.dumps(described(grade), ensure_ascii=False)


def grades_as_json(grades: Sequence[Grade]) -> str:
    """The grades of several exercises, each as in ``as_json``, and their sum."""
    report = {
        "version": VERSION,
        "grades": [described(grade) for grade in grades],
        "points": sum(grade.points for grade in grades),
        "max_points": sum(grade.max_points for grade in grades),
        "passed": sum(grade.passed for grade in grades),
        "exercises": len(grades),
    }
    return json.dumps(report, ensure_ascii=False)


def described(grade: Grade) -> dict[str, object]:
    """The object as values that JSON can hold."""
    return {
        "version": VERSION,
        "exercise": grade.exercise,
        "verdict": grade.verdict.value,
        "points": grade.points,
        "max_points": grade.max_points,
        "duration_s": round(grade.duration_s, 3),
        "checks": [
            {
                "id": check.id,
                "kind": check.kind,
                "title": check.title,
                "status": check.status.value,
                "points": check.points,
                "max_points": check.max_points,
                "message": check.message,
                "evidence": dict(check.evidence),
            }
            for check in grade.checks
        ],
    }
