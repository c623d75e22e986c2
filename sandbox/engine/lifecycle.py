"""Starts and stops a sandbox's engine, and removes the sandbox's files."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

from sandbox.engine import doctor, lock, network, rootfs, rootless
from sandbox.engine.limits import Limits
from sandbox.engine.paths import Paths
from sandbox.engine.state import EngineState, engines_in, load
from sandbox.errors import EngineError, NotRunning

PORT_TAKEN = "address already in use"
"""RootlessKit's message contains this if it cannot publish the registry's port."""
ANSWER_HOLDS_S = 1.0
"""How long the engine's answer is reused: a single grading would ask more than ten times."""


class Lifecycle:
    """Starts and stops the engine of one home. ``Sandbox`` documents the methods.

    Args:
        paths: The sandbox's folders.
        tell: Called with a line of progress.
        end_services: Ends the programs that services run outside of the engine; called before the
            engine stops.
        golden: The home of the golden sandbox, if this sandbox is a clone of it. Its engine is
            killed in the end: nothing of it is read again.
    """

    def __init__(
        self,
        paths: Paths,
        tell: Callable[[str], None],
        end_services: Callable[[], None],
        golden: Path | None = None,
    ) -> None:
        self._paths = paths
        self._tell = tell
        self._end_services = end_services
        self._golden = golden
        self.started_here = False
        """Whether ``up`` started the engine. False: the engine was running before."""
        self._answered: EngineState | None = None
        self._answered_at = 0.0

    def state(self) -> EngineState:
        """The state of the running engine.

        Raises:
            NotRunning: No engine runs, or it does not answer.
        """
        state = load(self._paths.state)
        if state is None or not self._is_healthy(state):
            raise NotRunning("The sandbox is not running.", next_step="`sandbox up` starts it")
        return state

    def _is_healthy(self, state: EngineState) -> bool:
        has_just_answered = time.monotonic() - self._answered_at < ANSWER_HOLDS_S
        if has_just_answered and state == self._answered:
            return state.process is not None
        if not rootless.healthy(self._paths, state):
            return False
        self._answered, self._answered_at = state, time.monotonic()
        return True

    def up(self, *, online: bool | None, limits: Limits | None, port: int | None) -> EngineState:
        """Start the engine, or keep the one that is running; see ``Sandbox.up``."""
        state = load(self._paths.state)
        if not rootless.healthy(self._paths, state):
            # Before the first start, so that no engine starts whose builds would fail. A clone's
            # golden sandbox has started on this machine.
            is_new = self._golden is None and self._last_port() is None
            doctor.require(self._paths, port, trying=is_new)
            self._paths.create()
            tree = rootfs.ensure(self._paths, tell=self._tell)
            with lock.held(self._paths.lock, tell=self._tell):
                state = load(self._paths.state)
                if not rootless.healthy(self._paths, state):
                    return self._start(state, tree, online=online, limits=limits, port=port)
        assert state is not None
        return self._keep(state, online=online, limits=limits, port=port)

    def _keep(
        self, state: EngineState, *, online: bool | None, limits: Limits | None, port: int | None
    ) -> EngineState:
        """Keep a running engine; only its network can be switched."""
        if not rootless.is_of_this_version(self._paths):
            self._tell(
                "another version of the lab has started this sandbox, and some exercises may fail "
                "in it: when no build runs, run `sandbox down`, then `sandbox up`"
            )
        if port not in (None, state.port):
            raise EngineError(
                f"The sandbox is running with its registry at port {state.port}.",
                next_step=f"`sandbox down`, then `sandbox up --port {port}`",
            )
        if limits not in (None, state.limits):
            raise EngineError(
                "The sandbox is running with other limits.",
                next_step="`sandbox down`, then `sandbox up` with the limits you want",
            )
        if online not in (None, state.online):
            with lock.held(self._paths.lock, tell=self._tell):
                state = rootless.set_online(self._paths, state, online=bool(online))
        return state

    def _start(
        self,
        last: EngineState | None,
        tree: Path,
        *,
        online: bool | None,
        limits: Limits | None,
        port: int | None,
    ) -> EngineState:
        if rootless.stop(self._paths, last):
            self._tell("an engine that no longer answered was ended")
        # The home, and the lock file in it, may have been removed while an engine was running.
        self._paths.create()
        # If the last engine was killed, the new one gets its settings.
        bounds = limits or (last.limits if last else Limits.of())
        wish = bool(online if online is not None or last is None else last.online)
        while True:
            chosen = network.free_port(port, self._last_port())
            try:
                state = rootless.start(
                    self._paths,
                    tree,
                    port=chosen,
                    online=wish,
                    bounds=bounds,
                    golden=self._golden,
                )
            except EngineError as error:
                # Another program took the port after it was found free.
                if port is None and PORT_TAKEN in error.stderr_tail:
                    continue
                raise doctor.explained(self._paths, port, error) from error
            self.started_here = True
            return state

    def down(self) -> bool:
        """Stop the sandbox; returns whether there was an engine to stop."""
        if not self._is_there():
            return False
        with lock.held(self._paths.lock, tell=self._tell):
            return self._stop()

    def reset(self, *, cache: bool) -> None:
        """Stop the sandbox and remove its files, and with ``cache`` also those of the cache."""
        if self._is_there():
            # The lock is held to the end, so that no waiting `up` starts an engine in a folder that
            # is being removed.
            with lock.held(self._paths.lock, tell=self._tell):
                self._stop()
                _remove(self._paths.home, self._paths.own)
        if cache:
            _remove(self._paths.cache, self._paths.shared)

    def _stop(self) -> bool:
        self._end_services()
        grace_s = rootless.STOP_GRACE_S if self._golden is None else 0.0
        return rootless.stop(self._paths, load(self._paths.state), grace_s=grace_s)

    @property
    def is_up(self) -> bool:
        """Whether the engine answers now."""
        return rootless.healthy(self._paths, load(self._paths.state))

    def _is_there(self) -> bool:
        """Whether there is anything to stop or remove: an engine may outlive its home."""
        return self._paths.home.exists() or any(engines_in(self._paths.rootlesskit))

    def _last_port(self) -> int | None:
        try:
            return int(self._paths.port.read_text())
        except (OSError, ValueError):
            return None


def _remove(folder: Path, parts: tuple[Path, ...]) -> None:
    """Remove the lab's own parts of a folder, and the folder itself if it is empty then."""
    rootfs.remove(*parts)
    with contextlib.suppress(OSError):
        folder.rmdir()
