"""Feedback: what one student reads of the book, and nothing of another one or of the grading."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import mistune
import pytest
from bs4 import BeautifulSoup

from checker import CheckResult, Exercise, Grade, Status, Verdict
from checker.classroom.book_entries import Handed, Override, Versions
from checker.classroom.book_rows import read_rows
from checker.classroom.book_texts import BookText, write_exports
from checker.classroom.deadlines import Deadlines
from checker.classroom.feedback import as_feedback
from checker.classroom.gradebook import GradeBook
from checker.classroom.layouts import Student
from checker.classroom.markdown_text import in_markdown
from checker.classroom.roster import Roster
from checker.grading.measurement import measure
from sandbox import RunResult

from .conftest import Course

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
GOLDEN = Path(__file__).parents[3] / "data" / "class" / "feedback"
ROSTER = """id,name,role
0012,Ada *Lovelace*,
0013,Bob <b>,
tut,Teacher,tutor
"""
FAILED = CheckResult(
    "runs", "runs", "It prints", Status.FAILED, 0, 60,
    "The container printed: ```\nWanted: this is not the wish\n# no title <script>\n"
    "Wanted, but missing: the tide",
    hint="Which *file* is read?", evidence={"stdout": "only for teachers"},
)  # fmt: skip
PASSED = CheckResult("builds", "builds", "It builds", Status.PASSED, 40, 40, "It built in 1.1 s.")


def grade(slug: str, *checks: CheckResult) -> Grade:
    verdict = Verdict.FAILED if FAILED in checks else Verdict.PASSED
    return Grade(slug, "Order | layers", verdict, 1.0, checks)


@pytest.fixture
def book(tmp_path: Path) -> GradeBook:
    """Ada was late, and was given points; Bob's work is equal to hers."""
    (tmp_path / "roster.csv").write_text(ROSTER)
    opened = GradeBook(tmp_path / "book")
    with opened.open():
        opened.write_roster(Roster.read(tmp_path / "roster.csv"))
        opened.write_deadlines(Deadlines({"default": NOON}, {}, percent_per_day=10))
        for label, slug, checks in (
            ("0012", "03-order", (PASSED, FAILED)),
            ("0012", "04-small", (PASSED,)),
            ("0013", "03-order", (PASSED, FAILED)),
            ("tut", "03-order", (PASSED, FAILED)),
        ):
            handed = Handed({"Dockerfile": slug}, None, NOON + timedelta(hours=3), "zip")
            entry = opened.hand_in(Student(label), slug, handed)
            opened.add_grade(entry, grade(slug, *checks), Versions("e", "c"), at=NOON)
        given = Override(35, 40, "by hand, *so* <it> is", NOON)
        opened.override(Student("0012"), "04-small", given)
    return opened


def texts(book: GradeBook) -> dict[str, str]:
    return {one.name: one.text for one in as_feedback(read_rows(book, ()))}


def test_golden_files(book: GradeBook) -> None:
    for name, text in texts(book).items():
        if "/0012-" in name:
            content = "".join(text.partition("<body>")[1:]) or text  # the head is of all pages
            assert content == (GOLDEN / f"0012{Path(name).suffix}").read_text()


def test_a_page_says_everything_about_one_student(book: GradeBook) -> None:
    (text,) = (
        text for name, text in texts(book).items() if name.endswith(".html") and "0012" in name
    )
    page = BeautifulSoup(text, "html.parser")

    said = page.get_text(" ", strip=True)
    assert "71 of 140 points" in said
    assert "failed: 36 of 100 points" in said
    assert "3.0 h late, which takes 10 % of 40 points" in said
    assert "A teacher gave 35 points (measured: 40). Reason: by hand, *so* <it> is" in said
    assert "nothing is taken from points that a teacher gave" in said
    passed, failed = (
        [td.get_text() for td in tr.select("td")] for tr in page.select("tr:has(td)")[:2]
    )
    assert passed == ["It builds", "passed", "40/40", "It built in 1.1 s.", ""]
    assert failed[:3] == ["It prints", "failed", "0/60"]
    assert failed[3].startswith("The container printed: ```\nWanted: this is not the wish\n")
    assert failed[3].endswith("Look here: Which *file* is read?")
    assert failed[4] == "the tide"


def test_a_file_has_nothing_of_others_and_no_evidence(book: GradeBook) -> None:
    assert read_rows(book, ()).identical, "equal work is there to be mentioned"
    files = texts(book)

    assert sorted(Path(name).suffix for name in files) == [".html", ".html", ".md", ".md"]
    for name, text in files.items():
        others = ("0013", "Bob") if "/0012" in name else ("0012", "Ada")
        for word in (*others, "tut", "Teacher", "dentical", "only for teachers"):
            assert word not in text, name


def test_nothing_in_a_page_runs_or_is_loaded(book: GradeBook) -> None:
    for name, text in texts(book).items():
        if name.endswith(".html"):
            page = BeautifulSoup(text, "html.parser")
            assert page.select("script, iframe, object, embed, img, link, b, form, a") == []
            assert not [a for tag in page.find_all() for a in tag.attrs if a.startswith("on")]
            assert "default-src 'none'" in str(page.find("meta", {"http-equiv": True}))


def test_markdown_shows_every_text_as_it_is(book: GradeBook) -> None:
    (text,) = (
        text for name, text in texts(book).items() if name.endswith(".md") and "0012" in name
    )
    page = BeautifulSoup(str(mistune.html(text)), "html.parser")

    assert page.select("script, em, b, it") == []
    assert page.h1 is not None
    assert page.h1.get_text() == "Feedback for Ada *Lovelace*"
    assert [h2.get_text() for h2 in page.select("h2")] == [
        "03-order: Order | layers",
        "04-small: Order | layers",
    ]
    assert [h3.get_text() for h3 in page.select("h3")][:2] == [
        "passed, 40/40: It builds",
        "failed, 0/60: It prints",
    ]
    assert "# no title <script>" in page.select("pre")[1].get_text()
    assert page.select("pre")[2].get_text().strip() == "the tide"
    assert "Reason: by hand, *so* <it> is" in page.get_text()


@pytest.mark.parametrize(
    "text", ["1. a", "- a", "*a* _b_", "[a](b)", "<b>", "a|b", "&amp;", "`", "~~a~~"]
)
def test_no_text_is_markdown(text: str) -> None:
    shown = BeautifulSoup(str(mistune.html(f"x {in_markdown(text)}")), "html.parser")
    assert shown.get_text().strip() == f"x {text}"
    assert [tag.name for tag in shown.find_all()] == ["p"]


HOSTILE = [
    "../../etc/passwd", "/abs", "..", "a/b", "a\\b", "C:x", "\x00\x1b[2J\n", "\\x00\\x1b[2J\\n",
    "ADA", "ada", "caf\u00e9", "cafe\u0301", "\u202eada", "\ud800", "", " ", "con", "x" * 5000,
]  # fmt: skip


def test_hostile_ids_have_files_of_their_own_inside_the_folder(
    course: Course, tmp_path: Path
) -> None:
    book = GradeBook(tmp_path / "book")
    with book.open():
        for label in HOSTILE:
            handed = Handed({"Dockerfile": "x"}, None, NOON, "zip")
            book.hand_in(Student(label), course.slugs[0], handed)
    folder = tmp_path / "exports" / "feedback"

    written = write_exports(tmp_path / "exports", "feedback", as_feedback(read_rows(book, ())))

    assert len({path.name.casefold() for path in written}) == 2 * len(HOSTILE)
    assert {path.resolve().parent for path in written} == {folder}
    for path in written:
        assert path.name.isascii()
        assert len(path.name) < 100
        assert path.read_text().replace("\n", "").isprintable()


PRINTS = """\
[[checks]]
id = "prints"
kind = "runs"
title = "It prints"
points = 10
hint = "Read the message."
params = { contains = ["{hidden:SPECIAL} {nonce} {secret:TOKEN}"] }
"""


def test_neither_the_book_nor_the_feedback_holds_a_hidden_value(
    lab: Any, make_exercise: Callable[..., Exercise], tmp_path: Path
) -> None:
    exercise, hidden = make_exercise(PRINTS), {"SPECIAL": "Special of the day: 0123456789abcdef"}
    lab.bench.values = replace(lab.bench.values, hidden=hidden)
    values = [
        *hidden.values(),
        *lab.bench.values.secrets.values(),
        *lab.bench.values.others.values(),
    ]
    values += [lab.bench.values.nonce, lab.bench.values.registry]
    lab.builder.result = RunResult(0, " ".join(values), "", 0.1, timed_out=False)
    checks, verdict = measure(exercise, lab.bench)
    book = GradeBook(tmp_path / "book")
    with book.open():
        handed = Handed({"Dockerfile": "x"}, None, NOON, "zip")
        entry = book.hand_in(Student("ada"), exercise.slug, handed)
        measured = Grade(exercise.slug, "T", verdict, 1.0, checks)
        book.add_grade(entry, measured, Versions("e", "c"), at=NOON)

    told = [one.text for one in as_feedback(read_rows(book, ())) if isinstance(one, BookText)]
    kept = [path.read_text() for path in book.folder.rglob("*.json")]

    named = "[hidden text SPECIAL] [random digits] $TOKEN"
    assert all(named in text for text in told)
    assert [value for value in values for text in (*told, *kept) if value in text] == []
