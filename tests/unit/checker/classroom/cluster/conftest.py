"""A course whose solution and starter prove a machine, and a class for it."""

from __future__ import annotations

import pytest

from tests.unit.checker.classroom.conftest import Course


@pytest.fixture
def provable(course: Course) -> Course:
    """Exercises with a solution that is graded as passed; the starter is graded as failed."""
    for exercise in course.exercises:
        (exercise.folder / "solution").mkdir()
        (exercise.folder / "solution" / "Dockerfile").write_text("# passed 100\n")
    return course
