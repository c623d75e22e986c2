"""A teacher's page of a big class in a real browser: no engine, and grades that are played."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from checker import CheckResult, Grade, Status, Verdict
from checker.classroom import class_page
from checker.classroom.book_entries import BookEntry, Handed, StoredGrade, Versions, key_of
from checker.classroom.book_rows import BookRows, BookStudent
from checker.classroom.build_pictures import BuildCollector
from checker.classroom.gradebook import GradeBook
from checker.classroom.layouts import Student
from sandbox import Build, read_dockerfile, read_trace

from .conftest import PATIENCE_MS, ROOT, SCREENSHOTS

STUDENTS, SLUGS = 300, tuple(f"{number:02}-exercise-of-a-course" for number in range(1, 21))
TRACES = ROOT / "tests" / "data" / "traces"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
VERSIONS = Versions("e1", "c1")
VERDICTS = cycle([*[Verdict.PASSED] * 8, Verdict.FAILED, Verdict.BUILD_ERROR, Verdict.FAILED])
STARTER = {"Dockerfile": "FROM lab/busybox\nRUN one\n"}
ATTACK = (
    "FROM lab/busybox\n"
    "<script>document.title = 'taken'</script><img src=x onerror=\"document.title = 'taken'\">\n"
    "</bdi></div><svg onload=\"document.title = 'taken'\"><style>* { display: none }</style>\n"
    "RUN \u202eecho hidden\u202c \x1b[2J\n"
)


def grade_of(slug: str, verdict: Verdict, told: str = "It ran in 0.8 s.\nWanted: less.") -> Grade:
    status = Status.PASSED if verdict is Verdict.PASSED else Status.FAILED
    points = 100 if verdict is Verdict.PASSED else 0
    check = CheckResult("builds", "builds", "It builds", status, points, 100, told)
    return Grade(slug, "An exercise", verdict, 1.5, (check,))


def recorded(name: str) -> Build:
    graph = read_dockerfile((TRACES / f"{name}.Dockerfile").read_bytes())
    trace = read_trace((TRACES / f"{name}.jsonl").read_text().splitlines(), graph)
    argv = ("docker", "buildx", "build", ".")
    return Build(argv, 0, trace, graph, None, None, "", "", NOON, 2.0, image_bytes=4_200_000)


def played(student: Student, slug: str) -> BookEntry:
    """An entry that is in no book: it has no pictures."""
    grade = grade_of(slug, verdict := next(VERDICTS))
    handed = Handed({"Dockerfile": f"FROM lab/busybox\nRUN {verdict}\n"}, None, NOON, "file")
    stored = StoredGrade(1, handed.digest, VERSIONS, grade, NOON)
    key = key_of(student)
    return BookEntry(student, key, slug, handed, (stored,), stored, None, "")


def row_of(number: int, entries: dict[str, BookEntry], student: Student) -> BookStudent:
    return BookStudent(
        id=student.label,
        name=student.name,
        section="AB"[number % 2],
        is_tutor=False,
        is_known=True,
        key=key_of(student),
        label=student.label,
        entries=entries,
        cells={},
        lateness={},
        aliases=frozenset(),
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of a class; the first student has a timeout with pictures, and an attack."""
    book = GradeBook(tmp_path_factory.mktemp("class") / "book")
    first = Student("0000", "Eve <b>Bold</b>")
    builds = BuildCollector()
    for name in ("parallel", "locked"):
        builds.add(recorded(name))
    entries = {}
    with book.open():
        for slug, verdict, text in zip(
            SLUGS, (Verdict.TIMEOUT, Verdict.FAILED), ("FROM lab/go\n", ATTACK), strict=False
        ):
            entry = book.hand_in(first, slug, Handed({"Dockerfile": text}, None, NOON, "file"))
            grade = grade_of(slug, verdict, "<script>document.title = 'taken'</script>")
            entries[slug] = book.add_grade(entry, grade, VERSIONS, at=NOON, builds=builds.graded())
    students = [row_of(0, entries, first)]
    for number in range(1, STUDENTS):
        student = Student(f"{number:04}", f"Student {number}")
        students.append(row_of(number, {s: played(student, s) for s in SLUGS}, student))
    rows = BookRows(
        tuple(students), SLUGS, (), dict.fromkeys(SLUGS, 100), {}, dict.fromkeys(SLUGS, STARTER)
    )
    # The pages of the others would take most of the time of these tests, and are not looked at.
    class_page.write_pages(book, replace(rows, students=rows.students[:1]))
    class_page.write_index(book, rows)
    return book.folder


@pytest.fixture
def page(browser: Browser, folder: Path) -> Iterator[Page]:
    """The matrix; whatever the browser complains about fails the test."""
    context = browser.new_context(viewport={"width": 1600, "height": 1000})
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE_MS)
    complaints: list[str] = []
    opened.on("console", lambda said: complaints.append(said.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.goto((folder / "index.html").as_uri())
    yield opened
    context.close()
    assert complaints == []


def screenshot(page: Page, name: str) -> None:
    """For people to look at."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def test_a_cell_of_the_matrix_opens_its_evidence(page: Page) -> None:
    lines = page.locator(".matrix tbody tr")
    assert lines.count() == STUDENTS
    assert page.locator(".matrix tbody td.cell").count() == STUDENTS * len(SLUGS)
    page.get_by_text("Ended by a bound").scroll_into_view_if_needed()

    page.get_by_role("heading", name="The class").scroll_into_view_if_needed()
    screenshot(page, "class")

    lines.first.locator("td.cell a").first.click()

    expect(page.locator("h1")).to_contain_text(SLUGS[0])
    expect(page.locator(".badge")).to_contain_text("timeout")
    assert page.locator("details.build").count() == 2
    expect(page.locator("details.build").first.locator("svg.bkl-picture")).to_have_count(2)
    page.emulate_media(color_scheme="dark")
    screenshot(page, "class-evidence-dark")
    removed = page.locator(".diff .removed")
    assert removed.all_inner_texts()[0].split() == ["1", "-", "FROM", "lab/busybox"]


def test_filters_hide_lines_and_nothing_else(page: Page) -> None:
    lines = page.locator(".matrix tbody tr:visible")
    others = page.locator("table:not(.matrix) tbody tr:visible")
    before = others.count()

    page.get_by_label("timeout").check()
    expect(lines).to_have_count(1)
    page.get_by_label("any verdict").check()
    page.get_by_label("B", exact=True).check()
    expect(lines).to_have_count(STUDENTS // 2)

    assert others.count() == before > 0


def test_nothing_of_a_submission_runs(page: Page) -> None:
    expect(page.locator(".matrix tbody th").first).to_contain_text("Eve <b>Bold</b>")
    page.locator(".matrix tbody tr").first.locator("td.cell a").nth(1).click()

    diff = page.locator(".diff")
    expect(diff).to_contain_text("<script>document.title = 'taken'</script>")
    assert diff.locator("mark").all_inner_texts() == ["\\u202e", "\\u202c", "\\x1b"]
    assert page.title() == f"0000 · {SLUGS[1]}"
    assert page.locator("script, img, .diff svg").count() == 0
