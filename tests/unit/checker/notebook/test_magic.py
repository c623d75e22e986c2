"""``%checker`` in a shell without widgets, on a course of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

import checker
from checker import Exercise, UsageError

SLUG = "07-sample"


@pytest.fixture
def shell(
    make_exercise: Callable[..., Exercise], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[InteractiveShell]:
    exercise = make_exercise(slug=SLUG)
    (exercise.folder / "hints.md").write_text("## Look\n\nAt one thing.\n")
    monkeypatch.setenv("BUILDKIT_LAB_EXERCISES", str(exercise.folder.parent))
    monkeypatch.setenv("BUILDKIT_LAB_WORK", str(tmp_path / "work"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    shell = InteractiveShell()
    shell.history_manager.enabled = False
    shell.run_line_magic("load_ext", "checker")
    yield shell
    shell.run_line_magic("unload_ext", "checker")
    assert shell.find_line_magic("checker") is None
    shell.history_manager.end_session()


def test_commands_print_what_a_terminal_prints(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    for line in ("list", "start 7", "hint 07", "list"):
        shell.run_line_magic("checker", line)
    out = capsys.readouterr().out
    assert "not started" in out
    assert "Made " in out
    assert "At one thing." in out


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("grade 99", "There is no exercise '99'."),
        ("edit 99", "There is no exercise '99'."),
        ("edit", "An editor is for one exercise."),
        ("edit 07 08", "An editor is for one exercise."),
        ("start '07", "cannot be read"),
    ],
)
def test_an_error_has_a_next_step_and_no_traceback(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str], line: str, told: str
) -> None:
    shell.run_line_magic("checker", line)
    err = capsys.readouterr().err
    assert told in err
    assert "next: " in err
    assert "Traceback" not in err


def test_without_widgets_the_file_and_the_commands_are_told(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    shell.run_line_magic("checker", "edit 07")
    out = capsys.readouterr().out
    path = tmp_path / "work" / SLUG / "Dockerfile"
    assert str(path) in out
    assert "checker grade 07" in out
    assert path.read_text() == "FROM lab/busybox\n"


def test_an_error_of_the_function_is_shown_short(shell: InteractiveShell) -> None:
    with pytest.raises(UsageError) as raised:
        checker.editor("99")
    shown = raised.value._render_traceback_()
    assert shown[0].startswith("There is no exercise '99'.")
    assert "next: " in shown[-1]
