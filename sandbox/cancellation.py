"""Cancels work that runs in other threads, as Ctrl-C does in the main thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Cancelled(BaseException):
    """The work was cancelled.

    Not an Exception, like KeyboardInterrupt: only ``with`` and ``finally`` blocks should see it
    on its way up.
    """


class CancelToken:
    """A cancellation token; every process started or running under it is checked against it.

    Each thread gets ``Cancelled`` once. Its ``finally`` blocks can then start processes again, so
    that they can clean up.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_cancelled = False
        self._ends: list[Callable[[], None]] = []
        self._raised = threading.local()  # not thread ids, which may be reused

    @property
    def is_cancelled(self) -> bool:
        return self._is_cancelled

    @property
    def _is_pending(self) -> bool:
        """Whether ``Cancelled`` is still to be raised in this thread."""
        return self._is_cancelled and not getattr(self._raised, "yes", False)

    def cancel(self) -> None:
        """End the running processes and let no others begin; return at once."""
        with self._lock:
            self._is_cancelled = True
            ends = tuple(self._ends)
        for end in ends:
            threading.Thread(target=end, name="cancel", daemon=True).start()

    def raise_if_cancelled(self) -> None:
        """Raise once in each thread after ``cancel``; otherwise do nothing.

        Raises:
            Cancelled: The work was cancelled.
        """
        if not self._is_pending:
            return
        self._raised.yes = True
        raise Cancelled("The work was cancelled.")

    @contextmanager
    def on_cancel(self, end: Callable[[], None]) -> Iterator[None]:
        """Run a block; ``cancel`` calls ``end``, which must stop the block, from another thread.

        Raises:
            Cancelled: The work was cancelled before the block or while it ran.
        """
        self.raise_if_cancelled()
        with self._lock:
            self._ends.append(end)
            is_late = self._is_pending
        if is_late:  # cancelled after the check above, but before this block was in the list
            end()
        try:
            yield
        finally:
            with self._lock:
                self._ends.remove(end)
        self.raise_if_cancelled()


def finish_cleanup(clean_up: Callable[[], None]) -> None:
    """Clean up; if this is interrupted or cancelled, clean up again, then raise the exception.

    Args:
        clean_up: Can be called twice.
    """
    try:
        clean_up()
    except (KeyboardInterrupt, Cancelled):
        clean_up()
        raise
