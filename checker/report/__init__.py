"""A grade, told: ``text`` for people, ``json`` for programs."""

from checker.report.json import as_json, grades_as_json
from checker.report.progress import Progress, show_progress
from checker.report.text import print_grade, print_grades

__all__ = [
    "Progress",
    "as_json",
    "grades_as_json",
    "print_grade",
    "print_grades",
    "show_progress",
]
