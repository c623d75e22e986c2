"""Every test that needs the engine gets one of its own, in folders of its own, ended afterwards.

The cache (the engine's files and the base images) is the user's unless
``BUILDKIT_LAB_CACHE`` says otherwise: making it anew takes minutes and is what
``make demo`` from an empty cache shows.
"""

from __future__ import annotations

import os
import re
import signal
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup

from sandbox import Sandbox, SandboxError
from sandbox.engine.paths import Paths

pytest_plugins = [
    "tests.plugins.course",
    "tests.plugins.side_by_side",
    "tests.plugins.time_report",
    "tests.plugins.warming",
]


@pytest.fixture(scope="session")
def cache() -> Path:
    """The folder with the engine's files and the base images."""
    return Paths.default().cache


@pytest.fixture(scope="session")
def home(session_folder: Path) -> Path:
    """An empty home."""
    return Path(tempfile.mkdtemp(prefix="lab-test-", dir=session_folder)) / "home"


@pytest.fixture(scope="session")
def sandbox(home: Path, cache: Path) -> Iterator[Sandbox]:
    """A running sandbox for the whole session; commands under test find it by the environment."""
    before = {name: os.environ.get(name) for name in ("BUILDKIT_LAB_HOME", "BUILDKIT_LAB_CACHE")}
    os.environ.update(BUILDKIT_LAB_HOME=str(home), BUILDKIT_LAB_CACHE=str(cache))
    lab = Sandbox(home, cache)
    lab.up()
    try:
        yield lab
    finally:
        lab.reset()
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


@pytest.fixture
def assert_site_stands_alone() -> Callable[[Path], None]:
    """Takes a folder of HTML: nothing is fetched from elsewhere, and every link leads somewhere."""
    return _assert_stands_alone


def _assert_stands_alone(folder: Path) -> None:
    pages = {
        path.name: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in folder.glob("*.html")
    }
    assert "index.html" in pages
    for name, page in pages.items():
        ids = [str(one["id"]) for one in page.select("[id]")]
        assert len(ids) == len(set(ids)), f"{name}: an id twice"
        assert page.select("script, link[rel=stylesheet], iframe, object, embed") == [], name
        assert page.title is not None
        assert page.title.get_text().strip(), name
        for one in page.select("[src], [srcset], [data-src]"):
            assert str(one.get("src", "")).startswith("data:"), f"{name}: {one}"
        css = "".join(style.get_text() for style in page.select("style"))
        assert "@import" not in css
        assert not re.search(r"url\((?!['\"]?(?:#|data:))", css), f"{name}: a style asks for a file"
        for picture in page.select("svg[role=img]"):
            assert picture.find("title"), name
        for link in page.select("a[href]"):
            target, _, anchor = str(link["href"]).partition("#")
            if "://" in target:
                continue
            assert (target or name) in pages, f"{name}: {link}"
            there = {str(one["id"]) for one in pages[target or name].select("[id]")}
            # As a browser does: first as it is written, then decoded.
            assert not anchor or {anchor, unquote(anchor)} & there, f"{name}: {link}"


def pytest_configure() -> None:
    """Take Ctrl-C, also where a shell in the background has it ignored: tests send it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    call: pytest.CallInfo[None],
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """An error of the lab's own says more than its first line: which cell failed, and why."""
    report = yield
    if call.excinfo is not None and isinstance(call.excinfo.value, SandboxError):
        report.sections.append(("what it says", call.excinfo.value.report()))
    return report
