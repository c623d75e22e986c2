"""When a grading may use the engine, and for how long."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from checker.sandbox_port import SandboxPort


class Turns:
    """One grading's turns at the engine, beside other gradings or alone.

    The sandbox itself tells if a turn has to wait for another process.

    Args:
        sandbox: A started sandbox.
        counts_downloads: Take every turn alone, so that all downloads from the package indexes
            belong to this grading. The indexes then answer as fast as they can.
        progress: Called with the current activity, in a few words.
    """

    def __init__(
        self, sandbox: SandboxPort, *, counts_downloads: bool, progress: Callable[[str], None]
    ) -> None:
        self._sandbox = sandbox
        self._counts_downloads = counts_downloads
        self._progress = progress
        self._is_alone = False

    @contextmanager
    def take(self, activity: str, *, alone: bool = False) -> Iterator[None]:
        """A turn for one build or one container.

        Args:
            activity: What is done in the turn, for ``progress``: told when the wait is over.
            alone: Keep other gradings from the engine, as a build without the cache must:
                BuildKit lets builds at the same time share its steps, and finds nothing in the
                cache for what follows such a step. So the other build would run again what it
                could have reused.
        """
        with self._turn(alone=alone):
            self._progress(activity)
            yield

    def _turn(self, *, alone: bool) -> AbstractContextManager[None]:
        if self._is_alone:
            return nullcontext()
        if self._counts_downloads:
            return self._quiet()
        return self.alone() if alone else self._sandbox.shared()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other gradings from the engine while the block runs. Blocks may be nested."""
        if self._is_alone:
            yield
            return
        with self._sandbox.alone():
            self._is_alone = True
            try:
                yield
            finally:
                self._is_alone = False

    @contextmanager
    def _quiet(self) -> Iterator[None]:
        fast = self._sandbox.packages.paced(bandwidth_bytes_s=math.inf, latency_s=0)
        with self.alone(), fast:
            yield


class Budget:
    """The seconds that the builds and containers of one grading may take together."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = self._left_s = limit_s

    def another(self) -> Budget:
        """As much once more, for builds that a grading needs and the submission did not ask for."""
        return Budget(self._limit_s)

    @property
    def left_s(self) -> float:
        """The remaining seconds; never 0, because some commands read 0 as no limit."""
        return max(0.1, self._left_s)

    def spend(self, seconds: float) -> None:
        """Subtract the duration of a build or a container from the budget."""
        self._left_s -= seconds
