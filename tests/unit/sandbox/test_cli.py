"""Exit codes and messages of the command line, where no engine is needed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from sandbox import BuildError, EngineError, HostError, UsageError, cli


@pytest.fixture(autouse=True)
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILDKIT_LAB_HOME", str(tmp_path / "h"))
    monkeypatch.setenv("BUILDKIT_LAB_CACHE", str(tmp_path / "c"))


def run(monkeypatch: pytest.MonkeyPatch, *args: str) -> int:
    monkeypatch.setattr(sys, "argv", ["sandbox", *args])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    return int(caught.value.code or 0)


def raising(error: BaseException) -> object:
    def raise_it(*_: object, **__: object) -> None:
        raise error

    return raise_it


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (HostError("No.", next_step="mend it"), 3),
        (EngineError("No.", next_step="mend it"), 3),
        (UsageError("No.", next_step="mend it"), 2),
        (KeyboardInterrupt(), 130),
        (PermissionError(13, "Permission denied", "/somewhere"), 3),
        (OSError(28, "No space left on device"), 3),
    ],
)
def test_every_error_has_its_code_and_a_next_step(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
) -> None:
    monkeypatch.setattr(cli.Sandbox, "down", raising(error))
    assert run(monkeypatch, "down") == code
    shown = capsys.readouterr()
    assert shown.out.strip() == ""
    assert "Traceback" not in shown.err
    assert "sandbox: " in shown.err
    if code == 130:
        assert "run the same command again" in shown.err
    else:
        assert shown.err.splitlines()[-1].startswith("  next: ")


def test_a_failed_build_is_the_learners() -> None:
    error = BuildError.__new__(BuildError)
    assert cli._exit_code(error) == 1


def test_a_fault_of_ours_is_no_success(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli.Sandbox, "down", raising(ZeroDivisionError()))
    assert run(monkeypatch, "down") == 3
    shown = capsys.readouterr().err
    assert "ZeroDivisionError" in shown
    assert "report" in shown


@pytest.mark.parametrize(
    "args", [("no-such-command",), ("up", "--no-such-option"), ("up", "--port", "x"), ()]
)
def test_usage(monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...]) -> None:
    assert run(monkeypatch, *args) == 2


@pytest.mark.parametrize(
    "command", ["", *(c.name or c.callback.__name__ for c in cli.app.registered_commands)]
)
def test_help(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert run(monkeypatch, *command.split(), "--help") == 0
    assert "Usage: sandbox" in capsys.readouterr().out


def test_down_and_reset_of_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(monkeypatch, "down") == 0
    assert capsys.readouterr().out == "The sandbox was not running.\n"
    assert run(monkeypatch, "reset", "--yes", "--cache") == 0
    assert list(tmp_path.iterdir()) == []


def test_doctor_prints_one_object(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code = run(monkeypatch, "doctor", "--json")
    found = json.loads(capsys.readouterr().out)
    assert found["version"] == 1
    missing = [f for f in found["findings"] if f["required"] and not f["ok"]]
    assert code == (3 if missing else 0)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["status", "logs"])
def test_what_needs_a_sandbox_says_how_to_start_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert run(monkeypatch, command) in (2, 3)
    assert "`sandbox up` starts" in capsys.readouterr().err
