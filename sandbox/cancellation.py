"""Asking the work of another thread to end, as Ctrl-C asks that of the main thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Cancelled(BaseException):
    """The work was asked to end. Like KeyboardInterrupt no error: nothing but ``with`` and
    ``finally`` should meet it on its way.
    """


class CancelToken:
    """What one thread asks by, and the others hear at the next or the running process.

    Each of them is told once: what its ``finally`` blocks run after that is left to run, so that
    nothing stays behind.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_asked = False
        self._ends: list[Callable[[], None]] = []
        self._told = threading.local()  # not their ids, which come again

    @property
    def is_cancelled(self) -> bool:
        return self._is_asked

    @property
    def _is_waiting(self) -> bool:
        """Whether this thread is still to be told."""
        return self._is_asked and not getattr(self._told, "yes", False)

    def cancel(self) -> None:
        """End what is running, and have nothing more begun; returns at once."""
        with self._lock:
            self._is_asked = True
            ends = tuple(self._ends)
        for end in ends:
            threading.Thread(target=end, name="stop", daemon=True).start()

    def raise_if_cancelled(self) -> None:
        """Pass where nothing was asked, or where this thread was told already.

        Raises:
            Cancelled: It was asked.
        """
        if not self._is_waiting:
            return
        self._told.yes = True
        raise Cancelled("The work was asked to end.")

    @contextmanager
    def on_cancel(self, end: Callable[[], None]) -> Iterator[None]:
        """A block that ``end`` can bring to its end, called from another thread.

        Raises:
            Cancelled: It was asked before, or while the block ran.
        """
        self.raise_if_cancelled()
        with self._lock:
            self._ends.append(end)
            is_late = self._is_waiting
        if is_late:  # asked between the two: nobody else has heard of this block
            end()
        try:
            yield
        finally:
            with self._lock:
                self._ends.remove(end)
        self.raise_if_cancelled()


def finish_cleanup(clean_up: Callable[[], None]) -> None:
    """Clean up, and once more where an interrupt or a stop came in the middle, before it goes on.

    Args:
        clean_up: May be done twice.
    """
    try:
        clean_up()
    except (KeyboardInterrupt, Cancelled):
        clean_up()
        raise
