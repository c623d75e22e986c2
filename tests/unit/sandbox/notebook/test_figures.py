"""What a cell that ends with a value of a build shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from sandbox.errors import HostError
from sandbox.model.build import Build
from sandbox.model.comparison import compare
from sandbox.model.prediction import PredictionOutcome
from sandbox.notebook import figures
from sandbox.notebook.figures import draw_figures, draw_no_figures


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    shell = InteractiveShell()
    draw_figures(shell)
    yield shell
    draw_no_figures(shell)


def shown(shell: Any, value: object) -> dict[str, str]:
    data, _ = shell.display_formatter.format(value)
    return dict(data)


def test_a_notebook_draws_them(shell: InteractiveShell, recorded: Callable[[str], Build]) -> None:
    build = recorded("parallel")
    verdict = PredictionOutcome("Which?", ("a",), ("a",), ("a",))
    for value in (build.summary(), build.llb(), compare(build, recorded("cached")), verdict):
        bundle = shown(shell, value)
        assert bundle["image/svg+xml"].startswith("<svg")
        assert str(value).splitlines()[-1] in bundle["text/plain"]


def test_without_the_extension_they_are_text(
    shell: InteractiveShell, recorded: Callable[[str], Build]
) -> None:
    draw_no_figures(shell)
    summary = recorded("parallel").summary()
    assert shown(shell, summary) == {"text/plain": str(summary)}


def test_without_graphviz_the_graph_is_told_and_the_reason_given(
    recorded: Callable[[str], Build], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(_: object) -> Any:
        raise HostError("There is no dot.", next_step="Install Graphviz.")

    graph = recorded("parallel").llb()
    monkeypatch.setitem(figures._DRAWN, type(graph), missing)
    shell = InteractiveShell()
    draw_figures(shell)
    bundle = shown(shell, graph)
    draw_no_figures(shell)
    assert list(bundle) == ["text/plain"]
    assert bundle["text/plain"].startswith(str(graph))
    assert "next: Install Graphviz." in bundle["text/plain"]
