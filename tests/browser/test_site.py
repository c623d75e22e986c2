"""The site as a reader sees it who has switched JavaScript off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from sandbox.notebook import site
from tests.plugins.course import LESSONS, Executed

ROOT = Path(__file__).parents[2]
SCREENSHOTS = ROOT / "build" / "screenshots"
LESSON = "00-start"
pytestmark = pytest.mark.xdist_group(f"lesson {LESSON}")
WIDE: ViewportSize = {"width": 1200, "height": 1400}
PHONE: ViewportSize = {"width": 390, "height": 800}


@pytest.fixture(scope="module")
def folder(executed: Callable[[str], Executed], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of one lesson."""
    notebook, _ = executed(LESSON)
    output = tmp_path_factory.mktemp("site") / "site"
    site.write([site.Lesson(LESSONS / f"{LESSON}.ipynb", notebook)], output)
    return output


@pytest.fixture
def asked() -> list[str]:
    """What the browser asked for."""
    return []


@pytest.fixture
def reader(browser: Browser, asked: list[str]) -> Iterator[BrowserContext]:
    context = browser.new_context(java_script_enabled=False, viewport=WIDE, color_scheme="light")
    context.on("request", lambda request: asked.append(request.url))
    yield context
    context.close()


def screenshot(page: Page, name: str) -> None:
    """For people to look at."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"site-{name}.png")


def test_from_the_index_to_the_pictures_of_a_lesson(
    folder: Path, reader: BrowserContext, asked: list[str]
) -> None:
    page = reader.new_page()
    page.goto((folder / site.INDEX).as_uri())
    screenshot(page, "index")
    page.get_by_role("link", name="00 · Start here", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Start here")
    graph = page.get_by_role("img", name="Stage graph").first
    expect(graph).to_be_visible()
    words = page.locator("figure details").first
    expect(words.locator("pre")).not_to_be_visible()
    words.locator("summary").click()
    expect(words.locator("pre")).to_contain_text("message")
    graph.scroll_into_view_if_needed()
    screenshot(page, "lesson")
    page.get_by_role("link", name="Files of this lesson").first.click()
    expect(page.get_by_text("FROM lab/busybox AS message")).to_be_visible()
    screenshot(page, "files")
    page.get_by_role("link", name="All lessons").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(site.COURSE)
    assert asked
    assert [url for url in asked if not url.startswith(folder.as_uri())] == []


def test_dark_where_the_system_is(folder: Path, reader: BrowserContext) -> None:
    page = reader.new_page()
    page.goto((folder / f"{LESSON}.html").as_uri())
    body = page.locator("body")
    expect(body).to_have_css("background-color", "rgb(255, 255, 255)")
    page.emulate_media(color_scheme="dark")
    expect(body).to_have_css("background-color", "rgb(20, 24, 29)")
    screenshot(page, "dark")


def test_a_phone_is_wide_enough(folder: Path, reader: BrowserContext) -> None:
    page = reader.new_page()
    page.set_viewport_size(PHONE)
    for name in (site.INDEX, f"{LESSON}.html", f"{LESSON}.files.html"):
        page.goto((folder / name).as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"], name
    page.goto((folder / f"{LESSON}.html").as_uri())
    screenshot(page, "phone")
