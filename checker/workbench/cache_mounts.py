"""Cache mounts that belong to one grading: empty at first, removed at its end.

BuildKit puts ``BUILDKIT_CACHE_MOUNT_NS`` before the id of every cache mount, whatever the id is in
the Dockerfile; ``BUILDKIT_SANDBOX_HOSTNAME`` is the host name of every RUN.

Source: https://docs.docker.com/build/building/variables/.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from checker.sandbox_port import SandboxPort

_SIZE = re.compile(r"([0-9.]+)(B|kB|MB|GB|TB)")
_UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
LIMIT_S = 30.0


class CacheMounts:
    """A namespace of cache mounts in the sandbox's own builder.

    Args:
        sandbox: A started sandbox.
        name: The name of the namespace; no other may begin with it.
    """

    def __init__(self, sandbox: SandboxPort, name: str) -> None:
        self._sandbox = sandbox
        self._name = name

    def options(self, part: str = "", number: int = 0) -> tuple[str, ...]:
        """The options that make a build use these mounts, and no RUN of other gradings.

        BuildKit may reuse a result of an instruction that had other mounts, if all other inputs are
        equal. The host name is such an input, and the instruction runs with the mounts as they are;
        with ``--no-cache``, BuildKit would empty them first (moby/buildkit issues 4250 and 5306).

        Args:
            part: Names a subset; two subsets share no mount.
            number: Builds with different numbers use no RUN of each other either.
        """
        return (
            f"--build-arg=BUILDKIT_CACHE_MOUNT_NS={self._name}{part}",
            f"--build-arg=BUILDKIT_SANDBOX_HOSTNAME={self._name}{part}-{number}",
        )

    def kept_bytes(self) -> int:
        """The size of the mounts' content now, all subsets together."""
        sizes = self._ask("du", "--format={{.Size}}").split()
        found = (match for size in sizes if (match := _SIZE.fullmatch(size)))
        return sum(round(float(match[1]) * _UNITS[match[2]]) for match in found)

    def remove(self) -> None:
        """Remove these mounts, and nothing else."""
        self._ask("prune", "--force")

    def _ask(self, *words: str) -> str:
        # The builder describes each mount by its path, the command that made it, and its id.
        only = ("--filter=type=exec.cachemount", f"--filter=description~={self._name}")
        argv = ("buildx", *words, "--builder=default", *only)
        return self._sandbox.docker(*argv, timeout_s=LIMIT_S).stdout
