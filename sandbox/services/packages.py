"""The package indexes, for lessons and checks: their URLs, their pace and their tokens.

The implementation is in ``sandbox.engine.package_files`` (the files that this machine and the
server share), ``sandbox.engine.inside.package_server`` (the server) and
``sandbox.images.package_indexes`` (the content).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import replace

from sandbox.engine import package_files
from sandbox.engine.package_files import Pace
from sandbox.engine.paths import Paths
from sandbox.images.index import indexes

HOST = "packages.lab"


class Packages:
    """The package indexes at ``http://packages.lab``, which only builds and containers can reach.

    Args:
        paths: The sandbox's folders.
    """

    def __init__(self, paths: Paths) -> None:
        self._paths = paths

    @property
    def url(self) -> str:
        """The base URL of the indexes, for use inside of a build."""
        return f"http://{HOST}"

    @property
    def indexes(self) -> Mapping[str, str]:
        """Name → URL of each index."""
        return {name: f"{self.url}/{name}" for name in indexes()}

    @property
    def token(self) -> str:
        """The random token of this sandbox that opens the scope ``@team`` of the npm index.

        Raises:
            NotRunning: The sandbox has never been started.
        """
        return package_files.token(self._paths)

    def lent(self, token: str, notice: str = "") -> contextlib.AbstractContextManager[None]:
        """Let ``token`` open the scope ``@team`` too, while the block runs and this process lives.

        Args:
            token: The token.
            notice: What the package ``@team/notice`` exports for this token.

        Raises:
            NotRunning: The sandbox has never been started.
        """
        return package_files.lend(self._paths, token, notice)

    @property
    def pace(self) -> Pace:
        """The current speed of the package indexes. Every start of the sandbox resets it.

        Raises:
            NotRunning: The sandbox has never been started.
        """
        return package_files.pace(self._paths)

    def set_pace(
        self, *, bandwidth_bytes_s: float | None = None, latency_s: float | None = None
    ) -> Pace:
        """Change how fast the indexes answer; returns the new pace.

        Args:
            bandwidth_bytes_s: Bytes a second for all connections together, ``math.inf``: no limit.
                None: unchanged.
            latency_s: Seconds that every request waits for its answer. None: unchanged.

        Raises:
            UsageError: The bandwidth is 0 or less, or the latency is negative.
            NotRunning: The sandbox has never been started.
        """
        wanted = self.pace
        if bandwidth_bytes_s is not None:
            wanted = replace(wanted, bandwidth_bytes_s=bandwidth_bytes_s)
        if latency_s is not None:
            wanted = replace(wanted, latency_s=latency_s)
        package_files.set_pace(self._paths, wanted)
        return wanted

    @contextlib.contextmanager
    def paced(
        self, *, bandwidth_bytes_s: float | None = None, latency_s: float | None = None
    ) -> Iterator[Pace]:
        """Change the pace while the block runs, as ``set_pace`` does, and restore it afterwards."""
        before = self.pace
        try:
            yield self.set_pace(bandwidth_bytes_s=bandwidth_bytes_s, latency_s=latency_s)
        finally:
            package_files.set_pace(self._paths, before)
