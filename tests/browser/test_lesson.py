"""A lesson as a learner runs it: in JupyterLab, from the first cell to the last."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.conftest import Desk

LESSON = "01-dag-builds"
# Pairs of labels that lie in one row of one timeline, one upon the other.
OVERLAPPING = """() => {
  const found = [];
  for (const view of document.querySelectorAll(".bkl")) {
    const labels = [...view.querySelectorAll(".bkl-outside")].filter((label) => label.textContent);
    const boxes = labels.map((label) => label.getBoundingClientRect());
    for (const [i, a] of boxes.entries())
      for (const [j, b] of boxes.entries())
        if (i < j && Math.abs(a.y - b.y) < 4 && Math.min(a.right, b.right) - Math.max(a.x, b.x) > 6)
          found.push(`${labels[i].textContent} | ${labels[j].textContent}`);
  }
  return found;
}"""


def test_lesson_01_shows_its_builds_while_they_run(desk: Desk) -> None:
    page = desk.page
    shutil.copytree(desk.root / "lessons", desk.folder / "lessons")
    notebook = desk.folder / "lessons" / f"{LESSON}.ipynb"
    desk.open(notebook)
    desk.run_all()
    pages = page.locator('.bkl-box[data-stage="pages"]').first
    expect(pages).to_have_attribute("data-state", "running", timeout=60_000)
    page.locator('.bkl-box[data-stage="photos"]').first.hover()
    expect(page.locator(".bkl-log pre").first).to_have_attribute("data-of", "photos")
    desk.screenshot("lesson-running")
    desk.wait_until_idle()
    desk.do("docmanager:save")
    cells = json.loads(notebook.read_text())["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    assert [output for output in outputs if output["output_type"] == "error"] == []
    assert desk.seen("pages")[:3] == ["waiting", "running", "ran"]
    assert desk.seen("tests")[:2] == ["waiting", "skipped"]
    # Every build but the legacy ones was shown live, and is a picture now.
    builds = [
        o for o in outputs if "The build " in "".join(o.get("data", {}).get("text/plain", ""))
    ]
    assert len(builds) == page.locator(".bkl-behind .bkl").count() > 5
    assert page.evaluate(OVERLAPPING) == []
    desk.screenshot("lesson-done")
