"""Switches the emulation of the other architecture on and off while the sandbox runs.

The emulator is registered with the kernel, for the sandbox alone. So a switch takes effect at once
in the engine, in every builder and in every container. Every start of the engine switches the
emulation on.
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
        state: Returns the running engine's state, or raises NotRunning.
    """

    def __init__(self, state: Callable[[], EngineState]) -> None:
        self._state = state

    @property
    def platform(self) -> str:
        """The platform whose programs need emulation on this machine, as ``linux/arm64``."""
        return f"linux/{binfmt.foreign().docker}"

    @property
    def is_on(self) -> bool:
        """Whether an emulator is registered.

        Raises:
            NotRunning: The sandbox does not run.
        """
        found = rootless.inside(self._state(), ("cat", binfmt.foreign().entry), check=False)
        return found.stdout.startswith("enabled\n")

    def on(self) -> None:
        """Register the emulator, unless it is registered.

        Raises:
            EngineError: This machine's kernel cannot register an emulator for the sandbox alone.
            NotRunning: The sandbox does not run.
        """
        if not self.is_on:
            try:
                self._write(binfmt.REGISTER, binfmt.foreign().registration)
            except CommandError as error:
                raise EngineError(
                    "This machine's kernel cannot emulate another architecture for the sandbox "
                    "alone.",
                    next_step="use Linux 6.7 or later; cross-compiling works on this kernel too",
                    stderr_tail=error.stderr_tail,
                ) from error

    def off(self) -> None:
        """Remove the emulator, so that programs for the other architecture no longer run.

        Raises:
            NotRunning: The sandbox does not run.
        """
        if self.is_on:
            self._write(binfmt.foreign().entry, _REMOVE)

    @contextlib.contextmanager
    def switched_off(self) -> Iterator[None]:
        """Switch emulation off while the block runs, and restore its state afterwards.

        Raises:
            NotRunning: The sandbox does not run.
        """
        was_on = self.is_on
        self.off()
        try:
            yield
        finally:
            if was_on:
                # If the engine has ended, its next start switches the emulation on.
                with contextlib.suppress(NotRunning):
                    self.on()

    def _write(self, path: str, text: str) -> None:
        rootless.inside(self._state(), ("busybox", "sh", "-c", _WRITE, path, text))
