"""All file paths: each sandbox has its own home, and all sandboxes share one cache.

home/lock            lock that `up`, `down` and `reset` take
home/turn            lock: gradings share it, work that another build would disturb takes it alone
home/engine.json     the engine's process, and how it was started
home/port            the registry's last port; image names contain it, so a start reuses it
home/run/            sockets and generated configuration, created anew by every start
home/logs/           logs of the engine, its services and RootlessKit
home/data/           images and build cache (owned by subordinate ids)
home/registry/       images and caches that were pushed to localhost:PORT
home/pushed/         the same in a clone, whose registry is an overlay on that of the golden sandbox
home/git/            the git server's host key, its authorized keys, and the repository
home/ssh/            the key that the git server accepts
home/docker/         DOCKER_CONFIG: buildx's builders and plugins
home/bin/docker      the engine's own client
home/builds/         raw records of builds
home/packages/       the files that the package indexes serve, one folder for each index
home/actions/        the entries of the CI cache
home/clones/         the homes of clones, each with a file that is locked while it is used
home/packages.token  random token for the private scope of the npm index, created once
cache/rootfs/KEY/    the engine's root file system (owned by subordinate ids)
cache/indexes/       package indexes, as folders; the key covers all sources of an index
cache/images/        base images, as OCI layouts; the key covers all sources of an image
cache/golden/KEY/    the home of a stopped sandbox, which clones read (files as in home/data)
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from sandbox.errors import HostError, UsageError

APP = "buildkit-lab"
SOCKET_PATH_MAX = 107
"""Most bytes in the path of a Unix socket, without the terminating zero. Source: unix(7)."""


@dataclass(frozen=True, slots=True)
class Paths:
    """The two folders of a sandbox. The sandbox writes to no other folder.

    Args:
        home: The state of this sandbox. ``sandbox reset`` removes it.
        cache: Files that are expensive to make, and the same for every sandbox of this user.
    """

    home: Path
    cache: Path

    @staticmethod
    def default() -> Paths:
        """The folders that the environment names, or the platform's user directories.

        The variables are ``BUILDKIT_LAB_HOME`` and ``BUILDKIT_LAB_CACHE``.
        """
        home = os.environ.get("BUILDKIT_LAB_HOME") or platformdirs.user_data_path(APP)
        cache = os.environ.get("BUILDKIT_LAB_CACHE") or platformdirs.user_cache_path(APP)
        return Paths(Path(home).absolute(), Path(cache).absolute())

    @property
    def lock(self) -> Path:
        return self.home / "lock"

    @property
    def turn(self) -> Path:
        return self.home / "turn"

    @property
    def state(self) -> Path:
        return self.home / "engine.json"

    @property
    def port(self) -> Path:
        return self.home / "port"

    @property
    def run(self) -> Path:
        return self.home / "run"

    @property
    def rootlesskit(self) -> Path:
        return self.run / "rootlesskit"

    @property
    def socket(self) -> Path:
        return self.run / "docker.sock"

    @property
    def services(self) -> Path:
        """The socket that accepts connections while the sandbox's own services run."""
        return self.run / "services.sock"

    @property
    def disk_exceeded(self) -> Path:
        """Exists if the engine was ended for the disk that the sandbox used."""
        return self.run / "disk-exceeded"

    @property
    def pace(self) -> Path:
        return self.run / "pace.json"

    @property
    def lent_tokens(self) -> Path:
        return self.run / "tokens"

    @property
    def lent_branches(self) -> Path:
        return self.run / "branches"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def packages_log(self) -> Path:
        return self.logs / "packages.jsonl"

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def registry(self) -> Path:
        return self.home / "registry"

    @property
    def pushed(self) -> Path:
        return self.home / "pushed"

    @property
    def git(self) -> Path:
        return self.home / "git"

    @property
    def ssh(self) -> Path:
        return self.home / "ssh"

    @property
    def docker_config(self) -> Path:
        return self.home / "docker"

    @property
    def bin(self) -> Path:
        return self.home / "bin"

    @property
    def builds(self) -> Path:
        return self.home / "builds"

    @property
    def packages(self) -> Path:
        return self.home / "packages"

    @property
    def actions(self) -> Path:
        return self.home / "actions"

    @property
    def packages_token(self) -> Path:
        return self.home / "packages.token"

    @property
    def rootfs(self) -> Path:
        return self.cache / "rootfs"

    @property
    def images(self) -> Path:
        return self.cache / "images"

    @property
    def indexes(self) -> Path:
        return self.cache / "indexes"

    @property
    def golden(self) -> Path:
        return self.cache / "golden"

    @property
    def clones(self) -> Path:
        return self.home / "clones"

    @property
    def own(self) -> tuple[Path, ...]:
        """Every path that a sandbox writes in its home, the lock last."""
        engine = (self.run, self.logs, self.data, self.registry, self.pushed)
        folders = (*engine, self.git, self.ssh, self.bin)
        kept = (self.docker_config, self.builds, self.packages, self.actions, self.clones)
        files = (self.packages_token, self.state, self.port, self.turn, self.lock)
        return (*folders, *kept, *files)

    @property
    def shared(self) -> tuple[Path, ...]:
        """Every path that sandboxes write in their cache."""
        return (self.rootfs, self.images, self.indexes, self.golden)

    @property
    def spare_socket_bytes(self) -> int:
        """How many bytes the longest socket path is below the kernel's maximum; may be negative."""
        return SOCKET_PATH_MAX - len(os.fsencode(self.rootlesskit / "api.sock"))

    def create(self) -> None:
        """Create the folders of the home.

        Raises:
            UsageError: The home's path is too long for a socket.
            HostError: The home cannot be written.
        """
        if self.spare_socket_bytes < 0:
            raise UsageError(
                f"The path {self.home} is {-self.spare_socket_bytes} bytes too long: the kernel "
                f"allows {SOCKET_PATH_MAX} bytes for the path of a socket in it.",
                next_step="set BUILDKIT_LAB_HOME to a shorter path",
            )
        made = (self.run, self.logs, self.data, self.registry, self.git, self.builds, self.bin)
        for folder in (*made, self.packages):
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise HostError(
                    f"Cannot write to {self.home}: {error.strerror}.",
                    next_step="set BUILDKIT_LAB_HOME to a folder of your own",
                ) from error
