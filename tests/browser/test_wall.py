"""A workshop's wall in a browser: it updates by itself, and nothing jumps or runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from checker.classroom.page_templates import render
from checker.classroom.wall_page import static_text
from checker.classroom.wall_server import ServedText, serve

LINES = "<p>line</p>" * 200


@dataclass
class WallServed:
    """A wall whose changing part is ``text``, whatever that holds."""

    text: str = LINES
    url: str = ""

    def texts(self) -> dict[str, ServedText]:
        return {
            "": ServedText("text/html", lambda: render("wall.html", changing=self.text)),
            "changing": ServedText("text/html", lambda: self.text),
            "wall.css": ServedText("text/css", lambda: static_text("wall.css")),
            "wall.js": ServedText("text/javascript", lambda: static_text("wall.js")),
        }


@pytest.fixture
def served() -> Iterator[WallServed]:
    wall = WallServed()
    with serve(wall.texts(), port=0) as wall.url:
        yield wall


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 800, "height": 500})
    yield page
    page.close()


def test_the_wall_updates_by_itself_and_keeps_its_place(served: WallServed, page: Page) -> None:
    page.goto(served.url)
    page.evaluate("scrollTo(0, 300)")

    served.text = f"{LINES}<p id='new'>new</p>"

    expect(page.locator("#new")).to_be_attached()
    assert page.evaluate("scrollY") == 300
    expect(page.locator("#ended")).to_be_empty()


def test_no_script_in_the_page_or_in_an_update_runs(served: WallServed, page: Page) -> None:
    evil = "<script>window.ran = 1</script><img src=x onerror='window.ran = 1'>"
    served.text = evil
    page.goto(served.url)

    served.text = f"{evil}<p id='new'>new</p>"

    expect(page.locator("#new")).to_be_attached()
    assert page.evaluate("window.ran") is None


def test_a_wall_that_has_ended_says_so(page: Page) -> None:
    with serve(WallServed().texts(), port=0) as url:
        page.goto(url)

    expect(page.locator("#ended")).to_contain_text("The wall has ended")
