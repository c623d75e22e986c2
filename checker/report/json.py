"""A grade as one JSON object."""

from __future__ import annotations

import json

from checker.result import Grade

VERSION = 1


def as_json(grade: Grade) -> str:
    """The object on one line; seconds with milliseconds, keys in a fixed order."""
    report = {
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
    return json.dumps(report, ensure_ascii=False)
