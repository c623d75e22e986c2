"""A grading in a thread of its own, which another thread can end."""

from __future__ import annotations

import threading
from collections.abc import Callable

from checker.learner.attempts import GradedWork
from sandbox import Cancelled, CancelToken

Work = Callable[[CancelToken], GradedWork]
"""Grades; ends with ``Cancelled`` soon after it was asked to."""


class Grading:
    """One grading, begun at once.

    Args:
        work: What is done.
    """

    def __init__(self, work: Work) -> None:
        self._work = work
        self._cancel_token = CancelToken()
        self._graded: GradedWork | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="checker", daemon=True)
        self._thread.start()

    @property
    def is_over(self) -> bool:
        return not self._thread.is_alive()

    def cancel(self) -> None:
        """Ask it to end; returns at once."""
        self._cancel_token.cancel()

    def result(self) -> GradedWork | None:
        """Wait for the end. None: it was cancelled, and what it began is taken away.

        Raises:
            CheckerError, SandboxError, OSError: It could not be done.
        """
        self._thread.join()
        if (
            self._cancel_token.is_cancelled
        ):  # also when it was over just then: nobody wants it any more
            return None
        if self._error is not None:
            raise self._error
        return self._graded

    def _run(self) -> None:
        try:
            self._graded = self._work(self._cancel_token)
        except Cancelled:
            pass
        except BaseException as error:  # told by the thread that asks for the result
            self._error = error
