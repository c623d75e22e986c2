"""The editor's colours are those of the pictures."""

from __future__ import annotations

from checker.notebook.widget import EditorWidget
from sandbox import browser_css


def test_the_editor_has_the_colours_of_states_and_marks_what_failed() -> None:
    css = str(EditorWidget._css)
    assert browser_css() in css
    own = css.replace(browser_css(), "")
    for colour in ("failed", "failed-fill", "failed-text", "cached", "running"):
        assert f"var(--bkl-{colour})" in own
    assert "#b3261e" not in own
