"""A site is made in an engine of its own, which is gone afterwards, however it ended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from sandbox import Sandbox
from sandbox.engine.state import engines_in
from sandbox.notebook import site
from sandbox.notebook.execute import EXIT_FAILED, EXIT_INTERRUPTED

DOCKERFILE = "FROM lab/busybox AS one\nRUN echo said-by-one > /one\n"


@pytest.fixture
def course(tmp_path: Path) -> Path:
    folder = tmp_path / "lessons"
    (folder / "01-only").mkdir(parents=True)
    (folder / "01-only" / "Dockerfile").write_text(DOCKERFILE)
    write(folder, "b = %docker buildx build --tag site-of-its-own 01-only", "b.stage_state('one')")
    return folder


def write(folder: Path, *sources: str) -> None:
    cells = [
        new_markdown_cell("# 01 · Only\n\n- see it"),  # type: ignore[no-untyped-call]
        *map(new_code_cell, ("%load_ext sandbox", *sources)),
    ]
    nbformat.write(new_notebook(cells=cells), folder / "01-only.ipynb")  # type: ignore[no-untyped-call]


def home_of_the_site(sandbox: Sandbox) -> Path:
    return sandbox.paths.home.with_name(f"{sandbox.paths.home.name}-site")


def assert_nothing_is_left(sandbox: Sandbox) -> None:
    home = home_of_the_site(sandbox)
    assert not any(engines_in(home / "run" / "rootlesskit"))
    assert list(home.parent.glob(f"{home.name}*")) == []
    assert sandbox.state, "the learner's own goes on"


def test_a_site_is_made_beside_the_learners_sandbox(
    sandbox: Sandbox,
    course: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    assert_site_stands_alone: Callable[[Path], None],
) -> None:
    output = tmp_path / "site"
    argv = ["--course", str(course), "--output", str(output), "01"]
    # What a kill has left behind: an engine, with its files.
    left = Sandbox(home_of_the_site(sandbox), sandbox.paths.cache).up()
    assert site.main(argv) == 0
    assert left.process is None
    assert capsys.readouterr().out == f"{output / 'index.html'}\n"
    assert_site_stands_alone(output)
    page = (output / "01-only.html").read_text()
    assert "Stage graph" in page
    assert "RUN echo said-by-one" in page
    assert ">&lt;State.RAN: 'ran'&gt;" in page, "a new engine has nothing cached"
    assert sandbox.docker("images", "--quiet", "site-of-its-own").stdout == ""
    assert_nothing_is_left(sandbox)


def test_a_failing_cell_leaves_the_old_site(
    sandbox: Sandbox, course: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "site"
    output.mkdir()
    (output / "index.html").write_text("the old one")
    write(course, "assert 1 == 2, 'as it must be'")
    assert site.main(["--course", str(course), "--output", str(output), "01"]) == EXIT_FAILED
    err = capsys.readouterr().err
    assert "01-only" in err
    assert "as it must be" in err
    assert (output / "index.html").read_text() == "the old one"
    assert_nothing_is_left(sandbox)


def test_an_interrupt_leaves_nothing(
    sandbox: Sandbox, course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(site, "run", interrupted)
    argv = ["--course", str(course), "--output", str(tmp_path / "site"), "01"]
    assert site.main(argv) == EXIT_INTERRUPTED
    assert not (tmp_path / "site").exists()
    assert_nothing_is_left(sandbox)
