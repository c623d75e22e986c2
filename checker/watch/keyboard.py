"""Reads single keys of a terminal, and restores the terminal afterwards."""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Protocol


class Keys(Protocol):
    """A source of keys."""

    def read(self, timeout_s: float) -> str | None:
        """The next key, in lower case; None if none was pressed in that time."""
        ...


class NoKeys:
    """The source of keys if there is no terminal: it never returns a key."""

    def read(self, timeout_s: float) -> str | None:
        time.sleep(timeout_s)
        return None


class TerminalKeys:
    """The keys of a terminal, which is set to report each key at once.

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
        # An arrow key sends an escape and letters; these letters are not commands of the watch.
        return typed[:1].decode("ascii", errors="replace").lower() or None


@contextmanager
def keyboard() -> Iterator[Keys]:
    """The keys of this process's terminal, not echoed; Ctrl-C still interrupts."""
    if not has_terminal():
        yield NoKeys()
        return
    # Imported here: only Unix has this module.
    import termios  # noqa: PLC0415
    import tty  # noqa: PLC0415

    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor)
        yield TerminalKeys(descriptor)
    finally:
        with suppress(termios.error):  # the terminal may be gone
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def has_terminal() -> bool:
    """Whether both stdin and stdout are a terminal."""
    try:
        return sys.stdin.isatty() and sys.stdout.isatty()
    except (AttributeError, ValueError):  # the stream is closed or missing
        return False
