"""A grade, told: ``text`` for people, ``json`` for programs."""

from checker.report.json_report import as_json, grades_as_json
from checker.report.standings import print_standings, standings_as_json
from checker.report.status_line import show_progress
from checker.report.text import print_first, print_grade, print_grades

__all__ = [
    "as_json",
    "grades_as_json",
    "print_first",
    "print_grade",
    "print_grades",
    "print_standings",
    "show_progress",
    "standings_as_json",
]
