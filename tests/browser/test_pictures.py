"""Saved pictures in a real browser: they are made by hand, and no cell is run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, expect

from sandbox import Picture, read_dockerfile, stage_graph
from sandbox.notebook.explorer import explore
from sandbox.oci import Image
from tests.unit.sandbox.oci.conftest import layout
from tests.unit.sandbox.views.by_hand import image

from .conftest import ROOT, SCREENSHOTS

if TYPE_CHECKING:
    from .conftest import Desk

__all__ = ["image", "layout"]

ROWS_IN_SIGHT = """(headings) => {
  const rows = [...headings.parentElement.querySelectorAll(':scope > div:not([role])')];
  const top = (row) => row.getBoundingClientRect().top;
  return rows.sort((a, b) => top(a) - top(b)).map((row) => row.querySelector('span').textContent);
}"""


def rows(page: Page) -> list[str]:
    """The numbers of the layers, from top to bottom as they are seen."""
    found: list[str] = page.get_by_role("radiogroup").first.evaluate(ROWS_IN_SIGHT)
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_click_on_a_heading_sorts_without_a_script(
    browser: Browser, image: Image, scheme: str
) -> None:
    context = browser.new_context(color_scheme=scheme, java_script_enabled=False)
    page = context.new_page()
    page.set_content(
        f"<style>:root{{color-scheme:light dark}}</style>{explore(image).html}", wait_until="load"
    )
    layers = page.get_by_role("radiogroup").first
    assert rows(page) == ["1", "2", "3", "4"]

    layers.get_by_text("files").click()
    assert layers.get_by_role("radio", name="sort by files, largest first").is_checked()
    assert rows(page) == ["2", "3", "1", "4"]

    page.keyboard.press("ArrowLeft")
    assert rows(page) == ["1", "2", "3", "4"]
    page.screenshot(path=SCREENSHOTS / f"explorer-{scheme}.png")
    context.close()


def test_headings_in_a_saved_notebook_before_and_after_it_is_trusted(
    desk: Desk, image: Image
) -> None:
    page = desk.page
    notebook = desk.write_cells("explored", ("lab.image('app')",))
    saved = json.loads(notebook.read_text())
    output = {"output_type": "display_data", "metadata": {}, "data": {}}
    output["data"] = {"text/html": explore(image).html}
    saved["cells"][0]["outputs"] = [output]
    notebook.write_text(json.dumps(saved))
    desk.open(notebook)

    # JupyterLab has removed roles and style sheets: no input and no mark that does nothing.
    explorer = page.locator(".jp-RenderedHTML")
    expect(explorer.get_by_text("stored", exact=True).first).to_be_visible()
    for useless in ("input", "label i"):
        assert explorer.locator(useless).count() > 0
        assert not any(one.is_visible() for one in explorer.locator(useless).all()), useless
    desk.screenshot("explorer-untrusted")

    page.evaluate("void jupyterapp.commands.execute('notebook:trust')")
    page.locator(".jp-Dialog .jp-mod-accept").click()
    layers = page.get_by_role("radiogroup").first
    layers.get_by_text("files").click()
    assert rows(page) == ["2", "3", "1", "4"]
    page.keyboard.press("ArrowLeft")
    assert rows(page) == ["1", "2", "3", "4"]
    page.keyboard.press("ArrowDown")
    assert rows(page) == ["2", "3", "1", "4"]
    chosen = layers.get_by_role("radio", name="sort by files, largest first")
    expect(chosen).to_be_focused()
    expect(chosen.locator("..")).to_have_css("outline-style", "solid")
    assert layers.locator("i").evaluate_all("all => all.filter((i) => i.offsetWidth).length") == 1
    desk.screenshot("explorer-trusted")
    desk.use_theme("Dark")
    page.wait_for_selector("#jupyterlab-splash", state="detached")
    desk.screenshot("explorer-trusted-dark")
    desk.use_theme("Light")


def chain(stages: int) -> Picture:
    """The graph of stages that wait for each other, and so stand ever further to the right."""
    lines = ["FROM lab/busybox AS stage-0"]
    for n in range(1, stages):
        lines += [f"FROM lab/busybox AS stage-{n}", f"COPY --from=stage-{n - 1} /bin/sh /bin/sh"]
    return stage_graph(read_dockerfile("\n".join(lines).encode()))


LETTERS_PX = """(svg) => Math.min(...[...svg.querySelectorAll('text')].map(
  (text) => parseFloat(getComputedStyle(text).fontSize) * svg.getScreenCTM().a))"""


@pytest.mark.parametrize("stages", [2, 40])
def test_letters_have_11_px_and_what_is_wider_than_the_page_is_scrolled(
    browser: Browser, stages: int
) -> None:
    style = (ROOT / "sandbox/notebook/templates/lesson/style.css").read_text()
    page = browser.new_page(viewport={"width": 1000, "height": 700})
    page.set_content(f"<style>{style}</style><main><figure>{chain(stages).svg}</figure></main>")
    picture = page.locator("figure svg")
    assert picture.evaluate(LETTERS_PX) >= 11
    is_wider = "(one) => one.scrollWidth > one.clientWidth"
    assert page.locator("figure").evaluate(is_wider) == (stages > 2)
    assert not page.locator("html").evaluate(is_wider)
    page.screenshot(path=SCREENSHOTS / f"graph-of-{stages}.png")
    page.close()
