"""What a wall shows: who is where, failing for how long, and nothing that a student wrote."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from checker import CheckResult, Exercise, Grade, Status, Verdict
from checker.classroom.book_entries import Handed, Override, Versions, key_of
from checker.classroom.book_rows import read_rows
from checker.classroom.gradebook import GradeBook
from checker.classroom.layouts import Student
from checker.classroom.pseudonyms import Pseudonyms
from checker.classroom.roster import Roster
from checker.classroom.wall import SeenWork, WallState
from checker.classroom.wall_page import WallPage
from checker.classroom.wall_standing import SESSION, WallStanding, standing_of, stuck_check

from .conftest import Course

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ADA, BOB = Student("ada"), Student("bob")
EVIL = "<script>alert(1)</script>"


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def graded(exercise: Exercise, statuses: Sequence[Status]) -> Grade:
    """A grade whose checks ``first``, ``second`` … have these statuses."""
    checks = tuple(
        CheckResult(name, "builds", f"The {name} check", status, 0, 10, f"{EVIL} secret message")
        for name, status in zip(("first", "second"), statuses, strict=True)
    )
    passed = all(status is Status.PASSED for status in statuses)
    verdict = Verdict.PASSED if passed else Verdict.FAILED
    return Grade(exercise.slug, exercise.title, verdict, 1.0, checks)


P, F, S = Status.PASSED, Status.FAILED, Status.SKIPPED


class Class:
    """A book in which gradings happen so many minutes after noon."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self.book = GradeBook(course.root / "book")

    def grade(
        self, student: Student, at_min: float, *statuses: Status, slug: str = "03-order"
    ) -> None:
        at = NOON + minutes(at_min)
        with self.book.open():
            handed = Handed({"Dockerfile": f"# {student.label} {at_min}"}, None, at, "file")
            entry = self.book.hand_in(student, slug, handed)
            if statuses:
                grade = graded(self.course.exercises[0], statuses)
                self.book.add_grade(entry, grade, Versions("e", "c"), at=at)

    def stuck(self, now_min: float) -> tuple[str, float] | None:
        found = stuck_check(self.book.entry(ADA, "03-order"), NOON + minutes(now_min))
        return found and (found.title, (found.since - NOON) / minutes(1))

    def state(self, seen: dict[tuple[str, str], SeenWork] | None = None) -> WallState:
        begun = [one.student for one in (seen or {}).values()]
        return WallState(read_rows(self.book, (), begun=begun).students, seen or {})

    def page(
        self, *, now_min: float, pseudonyms: Pseudonyms | None = None, after_min: int = 10
    ) -> WallPage:
        return WallPage(
            {"03-order": "In order", "04-small": "Small"},
            stuck_after_min=after_min,
            pseudonyms=pseudonyms,
            now=lambda: NOON + minutes(now_min),
        )


@pytest.fixture
def klass(course: Course) -> Class:
    return Class(course)


@pytest.mark.parametrize(
    ("gradings", "expected"),
    [
        ([(0, P, F)], ("The second check", 0)),
        ([(0, P, F), (5, P, F), (9, P, F)], ("The second check", 0)),
        ([(0, F, F), (5, P, F)], ("The second check", 0)),
        ([(0, P, F), (5, P, P)], None),
        ([(0, P, F), (5, P, P), (9, F, P)], ("The first check", 9)),
        # A build that breaks in between: the problem is the old one still.
        ([(0, P, F), (5, F, S)], ("The second check", 0)),
        ([(0, P, F), (5, F, S), (9, P, F)], ("The second check", 0)),
        ([(0, F, S), (9, P, F)], ("The second check", 9)),
        # Another day.
        ([(0, P, F), (600, P, F)], ("The second check", 600)),
    ],
)
def test_a_check_fails_since_it_never_passed(
    klass: Class, gradings: list[tuple[float, Status, Status]], expected: tuple[str, float] | None
) -> None:
    for at, first, second in gradings:
        klass.grade(ADA, at, first, second)

    assert klass.stuck(gradings[-1][0] + 1) == expected


def test_a_newer_save_that_waits_does_not_hide_what_fails(klass: Class) -> None:
    klass.grade(ADA, 0, P, F)
    klass.grade(ADA, 5)

    assert klass.stuck(6) == ("The second check", 0)


def test_who_went_home_and_who_has_points_by_hand_wants_no_help(klass: Class) -> None:
    klass.grade(ADA, 0, P, F)
    assert klass.stuck(SESSION / minutes(1) - 1) is not None
    assert klass.stuck(SESSION / minutes(1) + 1) is None

    with klass.book.open():
        klass.book.override(ADA, "03-order", Override(9, 20, "by hand", NOON))
    assert klass.stuck(5) is None


def standing(klass: Class, seen: dict[str, tuple[float, bool]]) -> WallStanding:
    places = {
        (key_of(ADA), slug): SeenWork(ADA, NOON + minutes(at), begun_only)
        for slug, (at, begun_only) in seen.items()
    }
    state = klass.state(places)
    return standing_of(state.students[0], state, NOON + minutes(60))


@pytest.mark.parametrize(
    ("seen", "slug"),
    [
        ({"03-order": (1, False), "04-small": (2, False)}, "04-small"),
        ({"03-order": (3, False), "04-small": (2, False)}, "03-order"),
        # Starters that were laid out beforehand, and one that was begun after the last save.
        ({"03-order": (2, True), "04-small": (1, True)}, "03-order"),
        ({"03-order": (3, False), "04-small": (2, True)}, "03-order"),
        ({"03-order": (3, False), "04-small": (4, True)}, "04-small"),
    ],
)
def test_a_student_is_where_the_last_save_was(
    klass: Class, seen: dict[str, tuple[float, bool]], slug: str
) -> None:
    assert standing(klass, seen).slug == slug


def test_states_are_those_of_the_book_and_of_the_loop(klass: Class) -> None:
    klass.grade(ADA, 0, P, F)
    seen = {"03-order": (0.0, False), "04-small": (1.0, True)}

    assert standing(klass, seen).states == {"03-order": "failed", "04-small": "begun"}
    place = key_of(ADA), "03-order"
    rows = klass.state().students
    for state, word in (
        (WallState(rows, waiting=frozenset({place})), "waiting"),
        (WallState(rows, running=frozenset({place})), "being graded"),
    ):
        assert standing_of(rows[0], state, NOON).state == word


def test_a_student_may_want_help_after_the_threshold(klass: Class) -> None:
    klass.grade(ADA, 0, P, F)

    def text(now_min: float, after_min: int) -> str:
        page = klass.page(now_min=now_min, after_min=after_min)
        page.publish(klass.state())
        return page.changing()

    assert "<b>0</b> may want help" in text(9.9, 10)
    assert "<b>1</b> may want help" in text(10, 10)
    assert "May want help</h2>" in text(10, 10)
    assert "<b>0</b> may want help" in text(10, 11)
    assert "for 12 min" in text(12, 10)


def test_the_one_who_waits_longest_comes_first(klass: Class) -> None:
    klass.grade(BOB, 0, P, F)
    klass.grade(ADA, 5, P, F)
    page = klass.page(now_min=30)
    page.publish(klass.state())

    cards = page.changing().partition("</section>")[0]

    assert cards.index("bob") < cards.index("ada")


def test_words_and_signs_say_what_colours_do(klass: Class) -> None:
    klass.grade(ADA, 0, P, F)
    page = klass.page(now_min=1)
    page.publish(klass.state())

    text = page.changing()

    assert "✗ failed" in text
    assert 'title="In order: failed"' in text
    assert "The second check · 1 min" in text


def test_nothing_that_a_student_wrote_is_on_the_page(klass: Class) -> None:
    evil = Student(EVIL)
    klass.grade(evil, 0, P, F)
    page = klass.page(now_min=30)
    page.publish(klass.state())

    text = page.page()

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text  # the name
    assert "<script>" not in text
    assert "secret message" not in text


def test_with_hidden_names_nothing_says_who_it_is(klass: Class, tmp_path: Path) -> None:
    people = [Student(f"Zaphod{n}", f"Beeblebrox{n}") for n in range(12)]
    for number, student in enumerate(people):
        klass.grade(student, number, P, F if number % 2 else P)
    page = klass.page(now_min=30, pseudonyms=Pseudonyms(tmp_path))
    page.publish(klass.state())

    text = page.page()

    assert not re.search("zaphod|beeblebrox", text, re.IGNORECASE)
    assert not [one for one in people if key_of(one) in text or key_of(one)[-10:] in text]
    shown = re.findall(r'<th scope="row">(student \d+)</th>', text)
    assert shown == [f"student {n}" for n in range(1, 13)]


def test_a_person_of_the_roster_keeps_the_number_when_work_begins(
    klass: Class, tmp_path: Path
) -> None:
    with klass.book.open():
        klass.book.write_roster(Roster(["id", "login"], [{"id": "0012", "login": "ada"}]))
    page = klass.page(now_min=30, pseudonyms=Pseudonyms(tmp_path))
    page.publish(klass.state())
    klass.grade(ADA, 0, P, F)

    page.publish(klass.state())

    assert re.findall(r'<th scope="row">(.*)</th>', page.changing()) == ["student 1"]


def test_two_whose_names_look_alike_are_two(klass: Class, tmp_path: Path) -> None:
    for label in ("a\x1b", "a\\x1b"):
        klass.grade(Student(label), 0, P, F)
    page = klass.page(now_min=30, pseudonyms=Pseudonyms(tmp_path))
    page.publish(klass.state())

    shown = re.findall(r'<th scope="row">(.*)</th>', page.changing())
    assert shown == ["student 1", "student 2"]


def test_pseudonyms_stay_and_their_order_is_not_that_of_the_names(tmp_path: Path) -> None:
    keys = [f"key-{n:02}" for n in range(40)]
    first = Pseudonyms(tmp_path)
    first.number_all(keys)
    numbers = {key: first.number(key) for key in keys}
    assert sorted(numbers.values()) == list(range(1, 41))
    assert [numbers[key] for key in keys] != sorted(numbers.values())

    again = Pseudonyms(tmp_path)
    again.number_all([*keys, "late"])

    assert {key: again.number(key) for key in keys} == numbers
    assert again.number("late") == 41


def test_damaged_pseudonyms_are_given_anew(tmp_path: Path) -> None:
    (tmp_path / "pseudonyms.json").write_text('{"a": "x"}')
    pseudonyms = Pseudonyms(tmp_path)

    pseudonyms.number_all(["a"])

    assert pseudonyms.number("a") == 1


def test_an_empty_workshop_says_so(klass: Class) -> None:
    with klass.book.open():
        assert "Nobody has begun yet" in klass.page(now_min=0).page()
