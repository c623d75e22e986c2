"""The task beside the editor."""

from __future__ import annotations

from pathlib import Path

from checker.notebook.task import task_html


def test_markdown_is_drawn_and_html_is_text(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text("# One\n\n<script>x</script>\n\n`a $HOME`\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
    html = task_html(path)
    assert "<h1>One</h1>" in html
    assert "<code>a $HOME</code>" in html
    assert "<td>1</td>" in html
    assert "<script" not in html


def test_no_link_runs_a_script(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text("[x](javascript:alert(1)) [y](https://docs.docker.com/)\n")
    html = task_html(path)
    assert "javascript:" not in html
    assert 'href="https://docs.docker.com/"' in html


def test_a_missing_task_is_left_out(tmp_path: Path) -> None:
    assert task_html(tmp_path / "README.md") == ""
