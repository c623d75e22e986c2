"""A grade, told to programs."""

from __future__ import annotations

import json

from checker import Grade
from checker.report import as_json


def test_json_is_one_object_with_exactly_the_promised_keys(failed: Grade) -> None:
    assert json.loads(as_json(failed)) == {
        "version": 1,
        "exercise": "01-parallel-stages",
        "verdict": "failed",
        "points": 10,
        "max_points": 60,
        "duration_s": 4.568,
        "checks": [
            {
                "id": "builds",
                "kind": "builds",
                "title": "It builds",
                "status": "passed",
                "points": 10,
                "max_points": 10,
                "message": "It built in 2.0 s.",
                "evidence": {},
            },
            {
                "id": "overlap",
                "kind": "stages_overlap",
                "title": "They overlap",
                "status": "failed",
                "points": 0,
                "max_points": 50,
                "message": failed.checks[1].message,
                "evidence": {"overlap_s": 0.0},
            },
        ],
    }
    assert "\n" not in as_json(failed)
