"""Text that changes in place."""

from __future__ import annotations

import sys
import threading

import pytest

from sandbox.notebook.live_view import Live, Tasks, TerminalScreen


class Recorded:
    """A screen that keeps what it was shown."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, bool]] = []
        self.first = threading.Event()

    def show(self, text: str, *, last: bool) -> None:
        self.shown.append((text, last))
        self.first.set()


def test_shows_changes_while_the_block_runs_and_the_end_once() -> None:
    screen = Recorded()
    with Live(screen, lambda last: "end" if last else "at work", every_s=0.01):
        assert screen.first.wait(5)
    assert screen.shown == [("at work", False), ("end", True)]


def test_shows_nothing_when_there_is_nothing_to_say() -> None:
    screen = Recorded()
    with Live(screen, lambda _: "", every_s=0.01):
        pass
    assert screen.shown == []


def test_shows_the_end_of_what_failed() -> None:
    screen = Recorded()

    def run() -> None:
        with Live(screen, lambda _: "so far", every_s=60):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run()
    assert screen.shown == [("so far", True)]


def test_terminal_writes_over_its_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    screen = TerminalScreen()
    screen.show("one\ntwo", last=False)
    screen.show("three", last=True)
    assert capsys.readouterr().out == "one\ntwo\n\x1b[2A\x1b[Jthree\n"


def test_a_pipe_gets_the_end_alone(capsys: pytest.CaptureFixture[str]) -> None:
    screen = TerminalScreen()
    screen.show("one", last=False)
    screen.show("two", last=True)
    assert capsys.readouterr().out == "two\n"


def test_tasks_have_seconds_each() -> None:
    tasks = Tasks()
    assert tasks.text(False) == ""
    tasks.tell("making an engine")
    tasks.tell("making lab/busybox")
    assert tasks.text(True) == "making an engine 0 s\nmaking lab/busybox 0 s"
