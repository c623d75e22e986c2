"""Single keys of a terminal, which is as it was afterwards."""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Protocol


class Keys(Protocol):
    """Where keys come from."""

    def read(self, timeout_s: float) -> str | None:
        """A key, in lower case; None when none was pressed in that time."""
        ...


class NoKeys:
    """Where there is no terminal."""

    def read(self, timeout_s: float) -> str | None:
        time.sleep(timeout_s)
        return None


class TerminalKeys:
    """Of a terminal that hands each key on at once.

    Args:
        descriptor: The terminal.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._is_open = True

    def read(self, timeout_s: float) -> str | None:
        if not self._is_open:
            time.sleep(timeout_s)
            return None
        ready, _, _ = select.select([self._descriptor], [], [], timeout_s)
        if not ready:
            return None
        try:
            typed = os.read(self._descriptor, 64)
        except OSError:  # the terminal is gone, and the signal that says so is on its way
            typed = b""
        self._is_open = bool(typed)
        # An arrow is an escape and letters, which are no keys of ours.
        return typed[:1].decode("ascii", errors="replace").lower() or None


@contextmanager
def keyboard() -> Iterator[Keys]:
    """The keys of this process's terminal, unseen while they are typed; Ctrl-C stays Ctrl-C."""
    if not has_terminal():
        yield NoKeys()
        return
    # Only where there are terminals of this kind.
    import termios  # noqa: PLC0415
    import tty  # noqa: PLC0415

    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor)
        yield TerminalKeys(descriptor)
    finally:
        with suppress(termios.error):  # nobody sees a terminal that is gone
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def has_terminal() -> bool:
    """Whether somebody sits at a terminal, to read and to type."""
    try:
        return sys.stdin.isatty() and sys.stdout.isatty()
    except (AttributeError, ValueError):  # closed, or not there at all
        return False
