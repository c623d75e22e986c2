"""A grading in its own thread, which another thread can cancel."""

from __future__ import annotations

import threading
from collections.abc import Callable

from checker.learner.attempts import GradedWork
from sandbox import Cancelled, CancelToken

Work = Callable[[CancelToken], GradedWork]
"""Grades; raises ``Cancelled`` soon after its token was cancelled."""


class Grading:
    """One grading, which starts at once.

    Args:
        work: Grades.
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
        """Ask the grading to end; returns at once."""
        self._cancel_token.cancel()

    def result(self) -> GradedWork | None:
        """Wait for the end. None: the grading was cancelled, and has cleaned up.

        Raises:
            CheckerError, SandboxError, OSError: The grading failed.
        """
        self._thread.join()
        if self._cancel_token.is_cancelled:  # even if the grading has just ended
            return None
        if self._error is not None:
            raise self._error
        return self._graded

    def _run(self) -> None:
        try:
            self._graded = self._work(self._cancel_token)
        except Cancelled:
            pass
        except BaseException as error:  # raised again in the thread that calls result()
            self._error = error
