"""The package indexes, for lessons and checks: their addresses, their pace and their token.

Behind them are ``sandbox.engine.package_files`` (the files that this machine and the server
share), ``sandbox.engine.inside.package_server`` (the server) and
``sandbox.images.package_indexes`` (the indexes).
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
    """The indexes at ``http://packages.lab``, which only builds and containers reach.

    Args:
        paths: The sandbox's folders.
    """

    def __init__(self, paths: Paths) -> None:
        self._paths = paths

    @property
    def url(self) -> str:
        """Their address inside a build."""
        return f"http://{HOST}"

    @property
    def indexes(self) -> Mapping[str, str]:
        """Name → address of each index."""
        return {name: f"{self.url}/{name}" for name in indexes()}

    @property
    def token(self) -> str:
        """The token for the scope ``@team`` of the npm index; random, made for this sandbox.

        Raises:
            NotRunning: The sandbox has never been started.
        """
        return package_files.token(self._paths)

    def lent(self, token: str) -> contextlib.AbstractContextManager[None]:
        """Another token for ``@team``, valid while the block runs and this process lives.

        Raises:
            NotRunning: The sandbox has never been started.
        """
        return package_files.lend(self._paths, token)

    @property
    def pace(self) -> Pace:
        """The current pace of the answers; every start of the sandbox sets the usual one.

        Raises:
            NotRunning: The sandbox has never been started.
        """
        return package_files.pace(self._paths)

    def set_pace(
        self, *, bandwidth_bytes_s: float | None = None, latency_s: float | None = None
    ) -> Pace:
        """Answer faster or slower from now on; return the new pace.

        Args:
            bandwidth_bytes_s: Of all connections together, ``math.inf`` for no limit. None:
                unchanged.
            latency_s: The wait before each answer. None: unchanged.

        Raises:
            UsageError: The bandwidth is not above 0, or the latency below it.
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
        """Set a pace while the block runs, then restore the former one; see ``set_pace``."""
        before = self.pace
        try:
            yield self.set_pace(bandwidth_bytes_s=bandwidth_bytes_s, latency_s=latency_s)
        finally:
            package_files.set_pace(self._paths, before)
