"""Links of lessons and documents: each leads somewhere, and to a place that was chosen.

A lesson may link to a file that its cells copy into ``work``. When ``test_lessons`` has run the
lesson, it proves that the file is there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbconvert.filters import markdown2html

ROOT = Path(__file__).parents[2]
HOSTS = {
    "docs.docker.com": "Docker's documents",
    "semver.org": "what the numbers of the changelog mean",
    "docs.github.com": "what may stand in a workflow, which is GitHub's to say",
    "docs.gitlab.com": "what may stand in a CI file, which is GitLab's to say",
    "slsa.dev": "the levels of provenance, which Docker only passes on",
}
"""Where a link may lead to, and what is there. No link is followed: the tests have no network."""
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "lessons/*.ipynb", "exercises/**/*.md")
    for path in ROOT.glob(pattern)
)
SAYS_NOTHING = re.compile(r"(?i)\s*(|here|this|link|click here|this page|https?://.*)\s*")


@dataclass(frozen=True)
class Part:
    """A cell of a lesson, or a whole document: where it is, and what it shows."""

    where: str
    html: BeautifulSoup

    def links(self) -> list[tuple[str, str]]:
        """Words and target of each link, and of each picture."""
        found = [(a.get_text(), str(a["href"])) for a in self.html.select("a[href]:not([class])")]
        return found + [(str(i.get("alt", "")), str(i["src"])) for i in self.html.select("img")]


@cache
def parts(page: str) -> tuple[Part, ...]:
    path = ROOT / page
    if path.suffix != ".ipynb":
        return (Part(page, rendered(path.read_text(encoding="utf-8"))),)
    cells = nbformat.read(path, as_version=4).cells  # type: ignore[no-untyped-call]
    return tuple(
        Part(f"{page} {cell.id}", rendered(cell.source))
        for cell in cells
        if cell.cell_type == "markdown"
    )


def rendered(text: str) -> BeautifulSoup:
    return BeautifulSoup(markdown2html(text), "html.parser")  # type: ignore[no-untyped-call]


@cache
def anchors(page: str) -> frozenset[str]:
    """Of the headings of a page: as JupyterLab makes them in a lesson, else as git hosts do."""
    headings = [h for part in parts(page) for h in part.html.select("h1, h2, h3, h4")]
    if page.endswith(".ipynb"):
        return frozenset(str(heading["id"]) for heading in headings)
    texts = (heading.get_text().removesuffix("¶").strip().lower() for heading in headings)
    return frozenset(re.sub(r"[^\w\- ]", "", text).replace(" ", "-") for text in texts)


def check(page: str, part: Part) -> None:
    links = part.links()
    for words, target in links:
        what = f"{part.where}: [{words}]({target})"
        assert not SAYS_NOTHING.fullmatch(words), f"{what} does not say where it leads"
        if "://" in target:
            check_host(target, what)
        else:
            check_file(page, target, what)
    targets = [target for _, target in links]
    assert len(targets) == len(set(targets)), f"{part.where} leads to one place twice"


def check_host(target: str, what: str) -> None:
    url = urlsplit(target)
    assert url.scheme == "https", what
    assert url.hostname in HOSTS, f"{what} leads to a host that is not on the list"
    assert not url.query, what
    assert url.port is None, what


def check_file(page: str, target: str, what: str) -> None:
    path, _, anchor = target.partition("#")
    if page.startswith("lessons/") and path.startswith("../work/"):
        return
    file = (ROOT / page).parent / path if path else ROOT / page
    assert file.exists(), f"{what} leads to no file"
    there = file.resolve().relative_to(ROOT).as_posix()
    assert there.split("/")[0] not in {"build", "work", ".venv"}, f"{what} is not in git"
    if anchor:
        assert there in PAGES, what
        assert anchor in anchors(there), f"{what}: no such heading"


@pytest.mark.parametrize("page", PAGES)
def test_links(page: str) -> None:
    for part in parts(page):
        check(page, part)


def test_every_host_on_the_list_is_linked() -> None:
    linked = {
        urlsplit(target).hostname
        for page in PAGES
        for part in parts(page)
        for _, target in part.links()
        if "://" in target
    }
    assert HOSTS.keys() - linked == set()


@pytest.mark.parametrize(
    "text",
    [
        "[docs](http://docs.docker.com/)",
        "[a site](https://example.com/)",
        "[gone](nowhere.md)",
        "[a heading](README.md#no-such-heading)",
        "[here](README.md)",
        "[one](README.md) and [two](README.md)",
        "[results](.venv)",
    ],
)
def test_what_is_no_good_is_found(text: str) -> None:
    with pytest.raises(AssertionError):
        check("README.md", Part("a page", rendered(text)))
