"""An exercise, edited and checked inside JupyterLab."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.conftest import Desk

SLUG = "01-parallel-stages"
EXERCISE = Path(__file__).parents[2] / "exercises" / SLUG
CELLS = ("%load_ext sandbox", "%load_ext checker", "%checker edit 01")
LABEL = "01 · Two preparations at the same time · Dockerfile"
GRADING_MS = 120_000


@pytest.fixture
def work(desk: Desk, tmp_path: Path) -> Iterator[Path]:
    """The learner's folder. The server is up already, so the kernel is told by its first cell."""
    yield tmp_path / "work"
    desk.end_kernel()


def opened(desk: Desk, work: Path, name: str, shade: str = "Light") -> None:
    first = f"import os; os.environ['BUILDKIT_LAB_WORK'] = {os.fspath(work)!r}"
    desk.open(desk.write_cells(name, (first, *CELLS)))
    desk.use_theme(shade)
    desk.run_all()


def test_an_exercise_is_edited_and_checked(desk: Desk, work: Path) -> None:
    page = desk.page
    opened(desk, work, "editor")
    text = page.get_by_role("textbox", name=LABEL)
    starter = (EXERCISE / "Dockerfile").read_text()
    expect(text).to_have_value(starter, timeout=GRADING_MS)
    family = page.evaluate("e => getComputedStyle(e).fontFamily", text.element_handle())
    assert "mono" in family

    editor = page.locator(".bkc")
    said = editor.get_by_role("status")
    check = editor.get_by_role("button", name="Check")
    check.click()
    expect(check).to_be_disabled()
    expect(editor).to_have_attribute("data-phase", "busy")
    expect(said).to_contain_text("Checking …")
    desk.screenshot("editor-busy")
    expect(editor).to_have_attribute("data-phase", "failed", timeout=GRADING_MS)
    expect(said).to_contain_text("failed: ")
    expect(said).to_contain_text("0.0 s overlapped")
    expect(said).to_contain_text("Look here: Ask of each preparation")
    expect(check).to_be_enabled()
    expect(editor.get_by_role("img")).to_be_visible()
    said.scroll_into_view_if_needed()
    desk.screenshot("editor-failed")

    solution = (EXERCISE / "solution" / "Dockerfile").read_text()
    text.fill(solution)
    text.press("Control+Enter")
    expect(editor).to_have_attribute("data-phase", "passed", timeout=GRADING_MS)
    expect(said).to_contain_text("passed: 100 of 100 points")
    assert (work / SLUG / "Dockerfile").read_text() == solution
    editor.scroll_into_view_if_needed()
    desk.screenshot("editor-passed")
    # An unchanged starter is no attempt.
    (attempt,) = (work / ".checker" / SLUG / "attempts.jsonl").read_text().splitlines()
    assert '"passed"' in attempt


def test_no_version_is_lost(desk: Desk, work: Path) -> None:
    page = desk.page
    opened(desk, work, "versions", shade="Dark")
    text = page.get_by_role("textbox", name=LABEL)
    expect(text).to_have_value(re.compile("FROM"), timeout=GRADING_MS)
    editor = page.locator(".bkc")
    button = {name: editor.get_by_role("button", name=name) for name in ("Check", "Hint")}
    mine = work / SLUG / "Dockerfile"
    backups = work / ".checker" / SLUG / "backups"

    mine.write_text("FROM elsewhere\n")
    text.fill("FROM here\n")
    button["Check"].click()
    expect(editor).to_have_attribute("data-phase", "conflict")
    assert mine.read_text() == "FROM elsewhere\n"
    desk.screenshot("editor-conflict")
    editor.get_by_role("button", name="Take the file's version").click()
    expect(text).to_have_value("FROM elsewhere\n")
    (kept,) = backups.rglob("Dockerfile")
    assert kept.read_text() == "FROM here\n"

    button["Hint"].click()
    expect(editor.get_by_role("status")).to_contain_text("Hint 1 of")

    text.fill("FROM mine\n")
    reset = editor.locator('[data-action="reset"]')
    reset.focus()
    page.keyboard.press("Enter")
    expect(reset).to_have_text("Reset: press again")
    expect(reset).to_be_focused()
    page.keyboard.press("Enter")
    expect(text).to_have_value((EXERCISE / "Dockerfile").read_text())
    assert "FROM mine\n" in [path.read_text() for path in backups.rglob("Dockerfile")]
    desk.screenshot("editor-reset")


def test_commands_print_and_are_interrupted(desk: Desk, work: Path) -> None:
    page = desk.page
    first = f"import os, tempfile; os.environ['BUILDKIT_LAB_WORK'] = {os.fspath(work)!r}"
    workbenches = work.with_name("temporary")
    workbenches.mkdir()
    first += f"\ntempfile.tempdir = {os.fspath(workbenches)!r}"
    cells = (first, "%load_ext checker", "%checker list", "%checker grade 99", "%checker start 1")
    desk.open(desk.write_cells("commands", (*cells, "%checker grade 01", "print('and' + ' on')")))
    desk.run_all()
    outputs = page.locator(".jp-OutputArea-output")
    expect(outputs.filter(has_text="checker list")).to_contain_text("There is no exercise '99'")
    expect(outputs.filter(has_text=SLUG).first).to_contain_text("not started")
    expect(outputs.filter(has_text="Made ")).to_have_count(1)
    deadline = time.monotonic() + 60
    while not list(workbenches.glob("checker-*")):
        assert time.monotonic() < deadline, "the grading did not begin"
        page.wait_for_timeout(100)
    desk.do("notebook:interrupt-kernel")
    expect(outputs.filter(has_text="Interrupted; nothing was left behind.")).to_have_count(
        1, timeout=GRADING_MS
    )
    assert list(workbenches.glob("checker-*")) == []
    expect(page.locator("text=Traceback")).to_have_count(0)
    desk.screenshot("checker-commands")
