"""Questions in a notebook, in a terminal, and in a notebook that nobody looks at."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import IPython.display
import nbformat
import pytest
from nbclient import NotebookClient

from sandbox.errors import UsageError
from sandbox.model.build import Build
from sandbox.model.vertex import State
from sandbox.notebook import quiz
from sandbox.notebook.quiz import Prediction, predict

Recorded = Callable[[str], Build]


def cached_stages(build: Build) -> list[str]:
    return [s for s in build.trace.stages if build.stage_state(s) is State.CACHED]


def ask(**more: Any) -> Prediction:
    options = ["api", "web", "stage-4", "docs"]
    return predict("Which stages will be CACHED?", options=options, answer=cached_stages, **more)


def later(build: Build) -> Build:
    """The build as if it began after everything that was chosen."""
    return replace(build, started=datetime.now(UTC) + timedelta(minutes=1))


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What a notebook's kernel displays, one after the other."""
    displayed: list[Any] = []
    shell = SimpleNamespace(kernel=object(), execution_count=1)
    monkeypatch.setattr(quiz, "kernel_shell", lambda: shell)
    monkeypatch.setattr(quiz, "_OPEN", {})
    monkeypatch.setattr(IPython.display, "display", lambda item, **_: displayed.append(item))
    return displayed


def boxes(shown: list[Any]) -> Any:
    return shown[-1]


def test_the_build_is_the_judge(recorded: Recorded) -> None:
    prediction = ask()
    prediction.choose("web", "api", "stage-4")
    assert prediction.guess == ("api", "web", "stage-4")
    cached = prediction.judge(later(recorded("cached")))
    assert cached.happened == ("api", "web", "stage-4")
    assert cached.right is True
    # The same answers, and another build: nothing was stored.
    cold = prediction.judge(later(recorded("parallel")))
    assert cold.happened == ()
    assert cold.right is False


def test_an_answer_may_be_one_word_and_need_not_be_an_option(recorded: Recorded) -> None:
    prediction = predict("Which ran longest?", options=["web"], answer=lambda _: "api")
    assert prediction.judge(recorded("parallel")).happened == ("api",)


def test_a_choice_after_the_build_began_is_told(recorded: Recorded) -> None:
    prediction = ask()
    build = replace(recorded("cached"), started=datetime.now(UTC) - timedelta(seconds=1))
    assert not prediction.judge(build).is_late
    prediction.choose("api")
    assert prediction.judge(build).is_late
    assert not prediction.judge(later(build)).is_late


def test_in_a_plain_python_the_question_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    prediction = ask()
    assert capsys.readouterr().out.splitlines() == [
        "Which stages will be CACHED?",
        "  [ ] api",
        "  [ ] web",
        "  [ ] stage-4",
        "  [ ] docs",
        'Tick a box, or call .choose("api") on what predict() returned.',
    ]
    assert prediction.guess is None
    prediction.choose("docs")
    assert "[x] docs" in repr(prediction)
    prediction.choose()
    assert prediction.guess == ()


def test_in_an_ipython_without_a_kernel_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from IPython.core.interactiveshell import InteractiveShell  # noqa: PLC0415

    shell = InteractiveShell()
    monkeypatch.setattr(sys.modules["IPython"], "get_ipython", lambda: shell)
    ask()._ipython_display_()
    assert capsys.readouterr().out.count("[ ] api") == 2


def test_options_that_make_no_sense() -> None:
    for options in ([], ["a", "a"]):
        with pytest.raises(UsageError, match="options, and no option may occur twice"):
            predict("?", options=options, answer=lambda _: ())
    with pytest.raises(UsageError, match="no option elsewhere") as caught:
        ask().choose("api", "elsewhere")
    assert "api, web, stage-4, docs" in caught.value.next_step
    for choice in ((), ("api", "web")):
        with pytest.raises(UsageError, match="Choose one"):
            ask(several=False).choose(*choice)


def test_boxes_in_a_notebook(shown: list[Any], recorded: Recorded) -> None:
    prediction = ask()
    assert shown[0]["text/plain"] == prediction.text()
    assert "<strong>Which stages will be CACHED?</strong>" in shown[0]["text/html"]
    assert boxes(shown).options == list(prediction.options)
    assert boxes(shown).several
    assert prediction.guess is None
    boxes(shown).chosen = [1]
    boxes(shown).chosen = [1, 0]
    assert prediction.guess == ("api", "web")
    boxes(shown).chosen = [0]
    assert prediction.guess == ("api",)
    prediction.judge(recorded("cached"))
    assert boxes(shown).judged


def test_a_question_asked_again_keeps_its_answer_until_a_build_judges_it(
    shown: list[Any], recorded: Recorded
) -> None:
    first = ask()
    boxes(shown).chosen = [0, 1]
    again = ask()
    assert again.guess == first.guess == ("api", "web")
    assert boxes(shown).chosen == [0, 1]
    assert not again.judge(later(recorded("cached"))).is_late
    assert ask().guess is None


def test_other_options_are_another_question(shown: list[Any]) -> None:
    ask()
    boxes(shown).chosen = [0]
    assert ask(several=False).guess is None


def test_one_of_several_in_a_notebook(shown: list[Any]) -> None:
    prediction = ask(several=False)
    assert not boxes(shown).several
    assert boxes(shown).chosen == []
    boxes(shown).chosen = [1]
    assert prediction.guess == ("web",)


def test_a_question_is_shown_once_in_the_cell_that_asks(shown: list[Any]) -> None:
    prediction = ask()
    first = len(shown)
    prediction._ipython_display_()
    assert len(shown) == first
    quiz.kernel_shell().execution_count = 2
    prediction._ipython_display_()
    assert len(shown) == 2 * first
    # The same boxes, so that two views of one question agree.
    assert shown[1] is shown[-1]


def test_markup_in_a_question_is_text(shown: list[Any]) -> None:
    predict("<script>alert(1)</script>", options=["a"], answer=lambda _: ())
    assert "<script>" not in shown[0]["text/html"]


NOTEBOOK = """\
from datetime import UTC, datetime
from sandbox import Build, Trace, predict
asked = predict("Which?", options=["a", "b"], answer=lambda build: ["b"])
asked
---
build = Build((), 0, Trace(()), None, None, None, "", "", datetime.now(UTC), 0.0)
print(asked.guess)
asked.judge(build)
"""


def test_a_notebook_that_nobody_looks_at_goes_on() -> None:
    cells = [nbformat.v4.new_code_cell(source) for source in NOTEBOOK.split("---\n")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    outputs = [output for cell in notebook.cells for output in cell.outputs]
    assert "error" not in {output.output_type for output in outputs}
    questions = [o for o in outputs if "[ ] a\n" in str(o.get("data", {}).get("text/plain"))]
    assert len(questions) == 1
    views = "application/vnd.jupyter.widget-view+json"
    assert sum(views in output.get("data", {}) for output in outputs) == 1
    assert any(output.get("text") == "None\n" for output in outputs)
    assert "No prediction was made" in outputs[-1]["data"]["text/plain"]
