"""A site is made in an engine of its own, which is gone afterwards, however it ended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from sandbox import Sandbox
from sandbox.engine.state import EngineState, engines_in
from sandbox.notebook import site
from sandbox.notebook.execute import EXIT_INTERRUPTED

DOCKERFILE = "FROM lab/busybox AS one\nRUN echo said-by-one > /one\n"


CELLS = (
    "%load_ext sandbox",
    "b = %docker buildx build --tag site-of-its-own ../lessons/01-only",
    "b.stage_state('one')",
)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    folder = tmp_path / "lessons"
    (folder / "01-only").mkdir(parents=True)
    (folder / "01-only" / "Dockerfile").write_text(DOCKERFILE)
    first = new_markdown_cell("# 01 · Only\n\n- see it")  # type: ignore[no-untyped-call]
    lesson = new_notebook(cells=[first, *map(new_code_cell, CELLS)])  # type: ignore[no-untyped-call]
    nbformat.write(lesson, folder / "01-only.ipynb")  # type: ignore[no-untyped-call]
    return folder


def home_of_the_site(sandbox: Sandbox) -> Path:
    return sandbox.paths.home.with_name(f"{sandbox.paths.home.name}-site")


def assert_nothing_is_left(sandbox: Sandbox) -> None:
    home = home_of_the_site(sandbox)
    assert not any(engines_in(home / "run" / "rootlesskit"))
    assert list(home.parent.glob(f"{home.name}*")) == []
    assert sandbox.state, "the learner's own goes on"


@pytest.fixture
def left_behind(sandbox: Sandbox) -> EngineState:
    """An engine, with its files, in the place of the site's own: as after a kill."""
    return Sandbox(home_of_the_site(sandbox), sandbox.paths.cache).up()


def test_an_interrupt_leaves_nothing(
    sandbox: Sandbox,
    left_behind: EngineState,
    course: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(*_: object) -> None:
        assert left_behind.process is None
        own = Sandbox(home_of_the_site(sandbox), sandbox.paths.cache)
        assert own.state.process is not None
        raise KeyboardInterrupt

    monkeypatch.setattr(site, "run", interrupted)
    argv = ["--course", str(course), "--output", str(tmp_path / "site"), "01"]
    assert site.main(argv) == EXIT_INTERRUPTED
    assert not (tmp_path / "site").exists()
    assert_nothing_is_left(sandbox)


def test_a_site_is_made_beside_the_learners_sandbox(
    sandbox: Sandbox,
    course: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    assert_site_stands_alone: Callable[[Path], None],
) -> None:
    output = tmp_path / "site"
    argv = ["--course", str(course), "--output", str(output), "01"]
    assert site.main(argv) == 0
    assert capsys.readouterr().out == f"{output / 'index.html'}\n"
    assert_site_stands_alone(output)
    page = (output / "01-only.html").read_text()
    assert "Stage graph" in page
    assert "RUN echo said-by-one" in page
    assert ">&lt;State.RAN: 'ran'&gt;" in page, "a new engine has nothing cached"
    assert sandbox.docker("images", "--quiet", "site-of-its-own").stdout == ""
    assert_nothing_is_left(sandbox)
