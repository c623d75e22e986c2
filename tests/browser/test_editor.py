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
    expect(text).to_have_text(starter, use_inner_text=True, timeout=GRADING_MS)
    family = page.evaluate("e => getComputedStyle(e).fontFamily", text.element_handle())
    assert "mono" in family

    editor = page.locator(".bkc")
    expect(editor.locator(".cm-lineNumbers").first).to_contain_text("1")
    expect(editor.locator(".bkc-keyword").first).to_have_text("FROM")
    editor.get_by_role("tab", name="prepare-data.sh").click()
    given = editor.get_by_role("textbox", name="prepare-data.sh (read only)")
    expect(given).to_contain_text("sleep")
    expect(given).to_have_attribute("aria-readonly", "true")
    given.focus()
    page.keyboard.type("x")
    assert "x" not in given.inner_text().partition("\n")[0]
    desk.screenshot("editor-others")
    editor.get_by_role("tab", name="Dockerfile").click()
    text.focus()
    page.keyboard.press("Tab")
    expect(text).to_be_focused()
    page.keyboard.press("Control+z")
    expect(text).to_have_text(starter, use_inner_text=True)
    said = editor.locator(".bkc-said")
    check = editor.get_by_role("button", name="Check")
    check.click()
    expect(editor.get_by_role("button", name="Cancel")).to_be_visible()
    expect(editor).to_have_attribute("data-phase", "busy")
    expect(said).to_contain_text("Checking …")
    desk.screenshot("editor-busy")
    expect(editor).to_have_attribute("data-phase", "failed", timeout=GRADING_MS)
    expect(said).to_contain_text("failed: ")
    expect(said).to_contain_text("0.0 s overlapped")
    expect(said).to_contain_text("Look here: For each preparation")
    expect(check).to_be_enabled()
    expect(editor.get_by_role("img")).to_be_visible()
    said.scroll_into_view_if_needed()
    desk.screenshot("editor-failed")

    solution = (EXERCISE / "solution" / "Dockerfile").read_text()
    old = editor.locator(".bkc-old")
    expect(old).to_be_hidden()
    text.fill(solution)
    expect(old).to_be_visible()
    text.press("Control+Enter")
    expect(editor).to_have_attribute("data-phase", "passed", timeout=GRADING_MS)
    expect(said).to_contain_text("passed: 100 of 100 points")
    expect(old).to_be_hidden()
    assert (work / SLUG / "Dockerfile").read_text() == solution
    editor.get_by_role("button", name="Solution").click()
    expect(editor.locator(".bkc-aside")).to_contain_text("One possible solution")
    expect(said).to_contain_text("passed: 100 of 100 points")
    editor.scroll_into_view_if_needed()
    desk.screenshot("editor-passed")
    editor.get_by_role("button", name="Next").click()
    expect(editor.locator(".bkc-title")).to_contain_text("02 · ")
    expect(editor.locator(".bkc-task h1")).to_be_visible()
    assert (work / "02-skip-what-is-not-needed" / "README.md").exists()
    # An unchanged starter is no attempt.
    (attempt,) = (work / ".checker" / SLUG / "attempts.jsonl").read_text().splitlines()
    assert '"passed"' in attempt


def test_no_version_is_lost(desk: Desk, work: Path) -> None:
    page = desk.page
    opened(desk, work, "versions", shade="Dark")
    text = page.get_by_role("textbox", name=LABEL)
    expect(text).to_have_text(re.compile("FROM"), use_inner_text=True, timeout=GRADING_MS)
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
    expect(text).to_have_text("FROM elsewhere\n", use_inner_text=True)
    (kept,) = backups.rglob("Dockerfile")
    assert kept.read_text() == "FROM here\n"

    button["Hint"].click()
    expect(editor.locator(".bkc-aside")).to_contain_text("Hint 1 of")

    text.fill("FROM mine\n")
    reset = editor.locator('[data-action="reset"]')
    reset.focus()
    page.keyboard.press("Enter")
    expect(reset).to_have_text("Reset: press again")
    expect(reset).to_be_focused()
    page.keyboard.press("Enter")
    expect(text).to_have_text((EXERCISE / "Dockerfile").read_text(), use_inner_text=True)
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
    expect(outputs.filter(has_text=re.compile("Made /"))).to_have_count(1)
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


TWO_FILES = """\
format_version = 1
title = "A file and a line"
lesson = "00-start"
concepts = []
timeout_s = 120
submit = ["Dockerfile", "build.cmd"]
[[checks]]
id = "builds"
kind = "builds"
title = "It builds"
points = 10
hint = "Read the message."
[[checks]]
id = "greets"
kind = "runs"
title = "It greets"
points = 10
hint = "Run it."
params = { contains = ["hello"] }
"""
LINE = "docker buildx build --build-arg WORD=hello .\n"
STAGES = """\
FROM lab/busybox AS one
RUN sleep 1 && touch /one

FROM lab/busybox AS two
RUN sleep 1 && touch /two

FROM lab/busybox
ARG WORD=nothing
ENV WORD=$WORD
COPY --from=one /one /
COPY --from=two /two /
CMD echo $WORD
"""


def opened_course(desk: Desk, work: Path, name: str, shade: str) -> Path:
    """An exercise of two files in an editor; returns the learner's folder of it."""
    exercise = work.parent / "exercises" / "07-sample"
    (exercise / "context").mkdir(parents=True)
    (exercise / "context" / "nonce").write_text("@lab-nonce@\n")
    (exercise / "exercise.toml").write_text(TWO_FILES)
    (exercise / "Dockerfile").write_text(STAGES)
    (exercise / "build.cmd").write_text("docker buildx build .\n")
    course, temporary = os.fspath(exercise.parent), os.fspath(work.with_name("temporary"))
    work.with_name("temporary").mkdir()
    first = (
        f"import os, tempfile; tempfile.tempdir = {temporary!r}\n"
        f"os.environ.update(BUILDKIT_LAB_WORK={os.fspath(work)!r}, "
        f"BUILDKIT_LAB_EXERCISES={course!r})"
    )
    cells = (first, "%load_ext sandbox", "%load_ext checker", "%checker edit 07")
    desk.open(desk.write_cells(name, cells))
    desk.use_theme(shade)
    desk.run_all()
    return work / "07-sample"


@pytest.mark.parametrize("shade", ["Light", "Dark"])
def test_several_files_are_edited_in_tabs_and_saved_together(
    desk: Desk, work: Path, shade: str
) -> None:
    mine = opened_course(desk, work, f"tabs-{shade}", shade)
    page = desk.page
    page.set_viewport_size({"width": 1700, "height": 1100})
    editor = page.locator(".bkc")
    text = {
        name: editor.get_by_role("textbox", name=f"07 · A file and a line · {name}")
        for name in ("Dockerfile", "build.cmd")
    }
    expect(text["Dockerfile"]).to_have_text(STAGES, use_inner_text=True, timeout=GRADING_MS)
    expect(text["build.cmd"]).to_have_count(0)  # hidden, also from those who listen
    tab = editor.get_by_role("tab", name="Dockerfile")
    tab.focus()
    page.keyboard.press("ArrowRight")
    expect(editor.get_by_role("tab", name="build.cmd")).to_be_focused()
    expect(text["build.cmd"]).to_have_text("docker buildx build .\n", use_inner_text=True)
    text["build.cmd"].fill("docker buildx build --buildarg WORD=hello .\n")
    text["build.cmd"].press("Control+Enter")

    expect(editor).to_have_attribute("data-phase", "failed", timeout=GRADING_MS)
    expect(editor.locator(".bkc-said")).to_contain_text("unknown flag: --buildarg")
    link = editor.get_by_role("link")
    address = "https://docs.docker.com/reference/cli/docker/buildx/build/#build-arg"
    expect(link).to_have_attribute("href", address)
    expect(link).to_have_attribute("target", "_blank")
    desk.screenshot(f"editor-line-{shade.lower()}")

    text["build.cmd"].fill(LINE)
    editor.get_by_role("tab", name="Dockerfile").click()
    text["Dockerfile"].fill(STAGES.replace("CMD echo", "CMD printf"))
    editor.get_by_role("button", name="Check").click()
    expect(editor).to_have_attribute("data-phase", "passed", timeout=GRADING_MS)
    assert (mine / "build.cmd").read_text() == LINE
    assert "printf" in (mine / "Dockerfile").read_text()
    report = editor.locator(".bkc-said").bounding_box()
    graph = editor.get_by_role("img").bounding_box()
    assert report is not None
    assert graph is not None
    assert graph["x"] >= report["x"] + report["width"], "beside the report"
    assert graph["y"] < report["y"] + report["height"]
    editor.scroll_into_view_if_needed()
    desk.screenshot(f"editor-tabs-{shade.lower()}")

    page.set_viewport_size({"width": 900, "height": 1100})
    page.wait_for_function(
        """() => {
          const [said, graph] = [".bkc-said", ".bkc-graph"].map(
            (name) => document.querySelector(name).getBoundingClientRect());
          return graph.top >= said.bottom;
        }"""
    )
    desk.screenshot(f"editor-narrow-{shade.lower()}")


def test_a_check_is_cancelled_by_a_second_press(desk: Desk, work: Path) -> None:
    mine = opened_course(desk, work, "cancel", "Light")
    editor = desk.page.locator(".bkc")
    text = editor.get_by_role("textbox", name="07 · A file and a line · Dockerfile")
    expect(text).to_have_text(STAGES, use_inner_text=True, timeout=GRADING_MS)
    text.fill("FROM lab/busybox\nCOPY nonce /\nRUN sleep 600\n")
    editor.get_by_role("button", name="Check").dblclick()  # the second click does not cancel
    expect(editor.locator(".bkc-said")).to_contain_text("building", timeout=GRADING_MS)
    desk.screenshot("editor-cancel")
    editor.get_by_role("button", name="Cancel").click()

    expect(editor.locator(".bkc-said")).to_contain_text("Cancelled; nothing was left behind.")
    check = editor.get_by_role("button", name="Check")
    expect(check).to_be_enabled()
    expect(check).to_be_focused()
    assert list(work.with_name("temporary").glob("checker-*")) == []
    assert not (work / ".checker" / "07-sample" / "attempts.jsonl").exists()
    text.fill("FROM lab/busybox\nCMD echo hello\n")
    check.click()
    expect(editor).to_have_attribute("data-phase", "passed", timeout=GRADING_MS)
    assert (mine / "Dockerfile").read_text() == "FROM lab/busybox\nCMD echo hello\n"
