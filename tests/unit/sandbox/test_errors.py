from __future__ import annotations

import inspect
from pathlib import Path

import sandbox
from sandbox import errors
from sandbox.errors import EngineError, SandboxError


def test_a_report_ends_with_what_to_do() -> None:
    error = EngineError(
        "The engine did not start.",
        next_step="run `sandbox doctor`",
        argv=("rootlesskit", "dockerd"),
        exit_code=2,
        stderr_tail="first\n\n  second\n",
        log_path=Path("/home/logs"),
    )
    assert error.report() == (
        "The engine did not start.\n"
        "  tried: rootlesskit dockerd (exit code 2)\n"
        "  | first\n"
        "  |   second\n"
        "  log: /home/logs\n"
        "  next: run `sandbox doctor`"
    )
    assert str(error) == "The engine did not start."


def test_a_report_says_no_more_than_is_known() -> None:
    assert SandboxError("It broke.", next_step="mend it").report() == "It broke.\n  next: mend it"
    tried = SandboxError("It broke.", next_step="mend it", argv=("a", "b")).report()
    assert tried == "It broke.\n  tried: a b\n  next: mend it"


def all_errors() -> list[type[SandboxError]]:
    return [
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, SandboxError)
    ]


def test_the_tree_is_drawn_whole_and_exported_whole() -> None:
    assert len(all_errors()) > 8
    for kind in all_errors():
        assert kind.__name__ in (errors.__doc__ or "")
        assert getattr(sandbox, kind.__name__) is kind
        assert kind.__doc__


def test_no_error_without_a_next_step() -> None:
    """Wherever one is raised, in every module."""
    folder = Path(inspect.getfile(sandbox)).parent
    names = {kind.__name__ for kind in all_errors()}
    seen = 0
    for path in folder.rglob("*.py"):
        text = path.read_text()
        for name in names:
            for part in text.split(f"raise {name}(")[1:]:
                seen += 1
                assert "next_step=" in part.split("\n\n")[0], f"{path}: {name}"
    assert seen > 20
