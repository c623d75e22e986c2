"""Emulation of the other architecture, switched off and on while the sandbox runs.

Registered with the kernel for the sandbox alone, so that all that runs in it notices at once:
the engine, every builder, every container. Every start of the engine begins with it on.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from sandbox.engine import binfmt, rootless
from sandbox.engine.state import EngineState
from sandbox.errors import CommandError, EngineError, NotRunning

_WRITE = 'printf %s "$1" > "$0"'
_REMOVE = "-1"
"""Source: Linux, Documentation/admin-guide/binfmt-misc.rst."""


class Emulation:
    """Whether programs for the other architecture run in the sandbox.

    ``docker run --privileged --rm tonistiigi/binfmt`` shows and changes the same thing.

    Args:
        state: The running engine, or raises NotRunning.
    """

    def __init__(self, state: Callable[[], EngineState]) -> None:
        self._state = state

    @property
    def platform(self) -> str:
        """The one whose programs need it here, as ``linux/arm64``."""
        return f"linux/{binfmt.foreign().docker}"

    @property
    def is_on(self) -> bool:
        """Whether an emulator is registered.

        Raises:
            NotRunning: There is no engine.
        """
        found = rootless.inside(self._state(), ("cat", binfmt.foreign().entry), check=False)
        return found.stdout.startswith("enabled\n")

    def on(self) -> None:
        """Register the emulator; nothing to do when there is one.

        Raises:
            EngineError: This machine's kernel cannot do that for the sandbox alone.
            NotRunning: There is no engine.
        """
        if not self.is_on:
            try:
                self._write(binfmt.REGISTER, binfmt.foreign().registration)
            except CommandError as error:
                raise EngineError(
                    "This machine's kernel has no emulation for the sandbox alone.",
                    next_step="use Linux 6.7 or later; whatever compiles for another "
                    "architecture without running it works here as well",
                    stderr_tail=error.stderr_tail,
                ) from error

    def off(self) -> None:
        """Take the emulator away: programs for the other architecture no longer run.

        Raises:
            NotRunning: There is no engine.
        """
        if self.is_on:
            self._write(binfmt.foreign().entry, _REMOVE)

    @contextlib.contextmanager
    def switched_off(self) -> Iterator[None]:
        """Off while the block runs; afterwards as it was before.

        Raises:
            NotRunning: There is no engine.
        """
        was_on = self.is_on
        self.off()
        try:
            yield
        finally:
            if was_on:
                # An engine that went away begins with emulation on.
                with contextlib.suppress(NotRunning):
                    self.on()

    def _write(self, path: str, text: str) -> None:
        rootless.inside(self._state(), ("busybox", "sh", "-c", _WRITE, path, text))
