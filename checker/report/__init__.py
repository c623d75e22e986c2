"""Reports of a grade: ``text`` for people, ``json_report`` for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checker.lazy import lazy_names

if TYPE_CHECKING:
    from checker.report.exit_code import reported
    from checker.report.json_report import as_json, grades_as_json
    from checker.report.standings import print_standings, standings_as_json
    from checker.report.status_line import show_progress
    from checker.report.text import print_first, print_grade, print_grades, stdout

__all__ = [
    "as_json",
    "grades_as_json",
    "print_first",
    "print_grade",
    "print_grades",
    "print_standings",
    "reported",
    "show_progress",
    "standings_as_json",
    "stdout",
]

__getattr__ = lazy_names(
    __name__,
    {
        "checker.report.exit_code": ("reported",),
        "checker.report.json_report": ("as_json", "grades_as_json"),
        "checker.report.standings": ("print_standings", "standings_as_json"),
        "checker.report.status_line": ("show_progress",),
        "checker.report.text": ("print_first", "print_grade", "print_grades", "stdout"),
    },
)
