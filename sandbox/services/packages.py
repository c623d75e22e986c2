"""The package indexes, for lessons and checks: where they are, how fast they answer, their token.

What lies behind is in ``sandbox.engine.package_files`` (the files that this machine and the
server share), ``sandbox.engine.inside.package_server`` (the server) and
``sandbox.images.package_indexes`` (what it serves).
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
        paths: Of the sandbox.
    """

    def __init__(self, paths: Paths) -> None:
        self._paths = paths

    @property
    def url(self) -> str:
        """Where they are, from inside a build."""
        return f"http://{HOST}"

    @property
    def indexes(self) -> Mapping[str, str]:
        """Name → address of each index."""
        return {name: f"{self.url}/{name}" for name in indexes()}

    @property
    def token(self) -> str:
        """Opens the scope ``@team`` of the npm index; made for this sandbox, at random.

        Raises:
            NotRunning: The sandbox has never been started.
        """
        return package_files.token(self._paths)

    def lent(self, token: str) -> contextlib.AbstractContextManager[None]:
        """Another token that opens ``@team``, while the block runs; gone too if this process dies.

        Raises:
            NotRunning: The sandbox has never been started.
        """
        return package_files.lend(self._paths, token)

    @property
    def pace(self) -> Pace:
        """How fast they answer at present; every start of the sandbox begins with the usual pace.

        Raises:
            NotRunning: The sandbox has never been started.
        """
        return package_files.pace(self._paths)

    def set_pace(
        self, *, bandwidth_bytes_s: float | None = None, latency_s: float | None = None
    ) -> Pace:
        """Answer faster or slower from now on; returns the new pace.

        Args:
            bandwidth_bytes_s: Of all connections together, ``math.inf`` for no limit. None: as
                it is.
            latency_s: That every request waits. None: as it is.

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
        """Another pace while the block runs, then the one from before; as for ``set_pace``."""
        before = self.pace
        try:
            yield self.set_pace(bandwidth_bytes_s=bandwidth_bytes_s, latency_s=latency_s)
        finally:
            package_files.set_pace(self._paths, before)
