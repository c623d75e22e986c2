"""The image explorer in a real browser: an image made by hand, and no engine."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from sandbox.notebook.explorer import explore
from sandbox.oci import Image
from tests.unit.sandbox.oci.conftest import layout
from tests.unit.sandbox.views.by_hand import image

from .conftest import SCREENSHOTS

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
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"explorer-{scheme}.png")
    context.close()
