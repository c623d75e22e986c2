"""A notebook as a page that can be read without a script, without a network and without sight."""

from __future__ import annotations

import re
from typing import Any

import pytest
from bs4 import BeautifulSoup
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from sandbox.notebook.page import HIDDEN, Link, PagePlace, to_html

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="t d"><title id="t">Graph'
    '</title><desc id="d">one stage</desc></svg>'
)
VIEW = "application/vnd.jupyter.widget-view+json"


def shown(**data: object) -> NotebookNode:
    """A display, its mime types with an underscore for the slash."""
    bundle = {kind.replace("_", "/"): value for kind, value in data.items()}
    return new_output("display_data", data=bundle)  # type: ignore[no-untyped-call,no-any-return]


def notebook(*cells: NotebookNode, models: dict[str, Any] | None = None) -> NotebookNode:
    made = new_notebook(cells=list(cells))  # type: ignore[no-untyped-call]
    if models is not None:
        state = {"state": models, "version_major": 2, "version_minor": 0}
        made.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": state}
    return made  # type: ignore[no-any-return]


def code(source: str, *outputs: NotebookNode, **metadata: object) -> NotebookNode:
    return new_code_cell(source, outputs=list(outputs), metadata=metadata)  # type: ignore[no-untyped-call,no-any-return]


def text(source: str) -> NotebookNode:
    return new_markdown_cell(source)  # type: ignore[no-untyped-call,no-any-return]


def read(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


def test_a_picture_is_part_of_the_page_and_has_its_words() -> None:
    svg = shown(**{"image_svg+xml": SVG, "text_plain": "Graph. one stage <b>"})
    page = read(to_html(notebook(code("g", svg)), "T"))
    figure = page.select_one("figure")
    assert figure is not None
    assert figure.select_one("svg title").get_text() == "Graph"  # type: ignore[union-attr]
    assert figure.select_one("details pre").get_text() == "Graph. one stage <b>"  # type: ignore[union-attr]


def test_hidden_cells_are_left_out_and_the_notebook_stays_as_it_is() -> None:
    made = notebook(code("seen = 1"), code("unseen = 1", tags=[HIDDEN]))
    html = to_html(made, "T")
    assert "seen" in read(html).get_text()
    assert "unseen" not in html
    assert len(made.cells) == 2


def test_nothing_is_run_and_nothing_is_fetched() -> None:
    script = shown(
        **{"application_javascript": "alert(1)", "text_html": "<b>bold</b>", "text_plain": "bold"}
    )
    html = to_html(notebook(text("# A *title*"), code("%%docker x\ndocker ps", script)), "T")
    assert "<script" not in html
    assert "alert(1)" not in html
    assert "<b>bold</b>" in html
    assert re.findall(r"https?://[^\"'\s<)]+", html) == []


def test_both_themes_are_there() -> None:
    html = to_html(notebook(code("for x in y: pass")), "T")
    assert html.count("prefers-color-scheme: dark") >= 2
    assert '<span class="k">for</span>' in html


def question(*options: str, several: bool, chosen: list[int]) -> dict[str, Any]:
    kind = "sandbox.notebook.widget.QuestionWidget"
    state = {"_anywidget_id": kind, "options": options, "several": several, "chosen": chosen}
    return {"model_name": "AnyModel", "state": state}


MODELS: dict[str, Any] = {
    "box": question("deps <1>", "app", several=True, chosen=[0]),
    "one": question("yes", "no", several=False, chosen=[1]),
    "none": question("yes", "no", several=False, chosen=[]),
    "odd": {"model_name": "SliderModel", "state": {}},
}


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("box", [("deps <1>", True), ("app", False)]),
        ("one", [("yes", False), ("no", True)]),
        ("none", [("yes", False), ("no", False)]),
    ],
)
def test_a_widget_is_shown_as_it_was_left(model: str, expected: list[tuple[str, bool]]) -> None:
    view = shown(**{"text_plain": "Question(…)"}, **{VIEW.replace("/", "_"): {"model_id": model}})
    page = read(to_html(notebook(code("q", view), models=MODELS), "T"))
    boxes = page.select("li label")
    marks = [label.select_one("input") for label in boxes]
    assert [label.get_text().strip() for label in boxes] == [name for name, _ in expected]
    assert [mark is not None and mark.has_attr("checked") for mark in marks] == [
        chosen for _, chosen in expected
    ]
    assert all(mark is not None and mark.has_attr("disabled") for mark in marks)
    assert "Question(" not in page.get_text()


@pytest.mark.parametrize("model", ["odd", "gone"])
def test_a_widget_of_another_kind_is_shown_in_words(model: str) -> None:
    view = shown(**{"text_plain": "Words(…)"}, **{VIEW.replace("/", "_"): {"model_id": model}})
    page = read(to_html(notebook(code("q", view), models=MODELS), "T"))
    assert "Words(…)" in page.get_text()
    assert page.select("input") == []


def test_links_of_the_text_lead_where_they_are_told() -> None:
    made = notebook(text("[a](one.ipynb) and [b](https://docs.docker.com/) and [c](nowhere)"))
    where = {"one.ipynb": "one.html", "https://docs.docker.com/": "https://docs.docker.com/"}
    page = read(to_html(made, "T", resolve=where.get))
    links = {link.get_text(): link["href"] for link in page.select("main a[href]")}
    assert links == {"a": "one.html", "b": "https://docs.docker.com/"}
    assert "c" in page.get_text()


def test_a_page_of_a_site_has_its_neighbours_above_and_below() -> None:
    place = PagePlace("index.html", Link("a.html", "A"), Link("c.html", "C & D"), "b.files.html")
    page = read(to_html(notebook(text("# B")), "B", place=place))
    for nav in page.select("nav"):
        links = {link["href"]: link.get_text() for link in nav.select("a")}
        assert links["index.html"] == "All lessons"
        assert links["a.html"] == "← A"
        assert links["c.html"] == "C & D →"
        assert "b.files.html" in links
    assert len(page.select("nav")) == 2
    assert read(to_html(notebook(text("# B")), "B")).select("nav") == []
