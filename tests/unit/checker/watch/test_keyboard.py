"""Keys of a terminal, and the terminal as it was."""

from __future__ import annotations

import io
import os
import pty
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from checker.watch.keyboard import NoKeys, has_terminal, keyboard

WAIT_S = 10.0


class Side:
    """The end of a terminal that a program has for its input and output."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.main, self.descriptor = pty.openpty()
        self._monkeypatch = monkeypatch

    @contextmanager
    def attached(self) -> Iterator[None]:
        """Is this process's terminal in the block. Not in a fixture: pytest puts its own back."""
        with (
            os.fdopen(os.dup(self.descriptor)) as reader,
            os.fdopen(os.dup(self.descriptor), "w") as writer,
            self._monkeypatch.context() as patch,
        ):
            patch.setattr(sys, "stdin", reader)
            patch.setattr(sys, "stdout", writer)
            yield

    def settings(self) -> list[object]:
        return termios.tcgetattr(self.descriptor)

    def type(self, text: str) -> None:
        os.write(self.main, text.encode())


@pytest.fixture
def side(monkeypatch: pytest.MonkeyPatch) -> Iterator[Side]:
    side = Side(monkeypatch)
    yield side
    os.close(side.descriptor)
    os.close(side.main)


def test_keys_come_one_by_one_without_enter_and_the_terminal_is_as_it_was(side: Side) -> None:
    before = side.settings()
    with side.attached(), keyboard() as keys:
        side.type("H")
        assert keys.read(WAIT_S) == "h"
        assert keys.read(0) is None
        assert side.settings() != before
        side.type("\x1b[A")  # an arrow is none of its letters
        assert keys.read(WAIT_S) == "\x1b"
        assert keys.read(0) is None
    assert side.settings() == before


def test_the_terminal_is_as_it_was_also_after_an_interrupt(side: Side) -> None:
    before = side.settings()

    def interrupted() -> None:
        with side.attached(), keyboard():
            assert side.settings() != before
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert side.settings() == before


def test_a_file_in_the_place_of_a_terminal_has_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("q"))
    assert not has_terminal()
    with keyboard() as keys:
        assert isinstance(keys, NoKeys)
        assert keys.read(0) is None


def test_a_closed_input_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert not has_terminal()
