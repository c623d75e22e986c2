#!/usr/bin/python3 -I
"""What ``docker buildx create`` starts: BuildKit, as the part of a Docker Engine that it is here.

Debian has no package of BuildKit alone, and has it whole within its Docker Engine. So this
prepares the container and becomes ``dockerd``; buildx speaks to it through ``buildctl.py``.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
from pathlib import Path

SOCKET = "/run/buildkit/docker.sock"
STATE = "/var/lib/buildkit"
REGISTRY = "10.88.0.1"
"""Of the sandbox, where its name server listens as well; registry.lab in every container."""
# The sandbox's registry is localhost:PORT to whoever builds, and so it has to be in here. The
# port is not known when this image is made, and may be another after the next start; but nothing
# in here listens at 127.0.0.1. So all of that address leads to the registry's. It has to be the
# container's own network: `localhost` of the sandbox itself is left alone.
RULES = f"""\
*nat
-A OUTPUT -d 127.0.0.1 -p tcp -j DNAT --to-destination {REGISTRY}
-A POSTROUTING -o eth+ -j MASQUERADE
COMMIT
"""
ENGINE = {
    "data-root": STATE,
    "exec-root": "/run/docker",
    "pidfile": "/run/docker.pid",
    "hosts": [f"unix://{SOCKET}"],
    "features": {"containerd-snapshotter": True},
    "registry-mirrors": ["http://registry.lab"],
    "dns": [REGISTRY],
    # RULES has what its builds need, in one go instead of a hundred.
    "iptables": False,
    "ip6tables": False,
    "userland-proxy": False,
    # What keeps it from starting it says all the same. The log is for what is built.
    "log-level": "fatal",
}


CONFIGURATION = Path("/etc/docker/daemon.json")
CACHE_KEPT = "10GB"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def main() -> None:
    options, others = _read(sys.argv[1:])
    version = subprocess.run(["dockerd", "--version"], capture_output=True, text=True, check=True)
    engine = version.stdout.split()[2].rstrip(",")
    if options.version:
        # Four words, of which buildx shows the third.
        print(f"buildkitd buildkit-lab docker-{engine} debian")
        return
    if _is_in_the_sandboxs_network():
        sys.exit(
            "buildkitd: this builder needs a network of its own.\n"
            "next: create it without --driver-opt network=host; "
            "localhost:PORT is the sandbox's registry in it all the same"
        )
    machine = platform.machine()
    print(
        f"BuildKit of Docker Engine {engine}, on linux/{ARCHITECTURES.get(machine, machine)}",
        flush=True,
    )
    if others:
        print(f"options that mean nothing here, left out: {' '.join(others)}", flush=True)
    _forget_the_last_run()
    _stay_within_the_limits()
    Path("/proc/sys/net/ipv4/conf/all/route_localnet").write_text("1")
    subprocess.run(["iptables-restore"], input=RULES, text=True, check=True)
    allowed = options.allow_insecure_entitlement
    builder = {
        "gc": {"enabled": True, "defaultKeepStorage": CACHE_KEPT},
        "Entitlements": {
            "network-host": "network.host" in allowed,
            "security-insecure": "security.insecure" in allowed,
        },
    }
    CONFIGURATION.parent.mkdir(exist_ok=True)
    CONFIGURATION.write_text(json.dumps({**ENGINE, "builder": builder}, indent=1))
    os.execv("/usr/sbin/dockerd", ["dockerd", f"--config-file={CONFIGURATION}"])


def _read(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """The options of BuildKit's own daemon that mean something here, and the others."""
    parser = argparse.ArgumentParser(prog="buildkitd", add_help=False, allow_abbrev=False)
    parser.add_argument("--version", action="store_true")
    parser.add_argument("--allow-insecure-entitlement", action="append", default=[])
    return parser.parse_known_args(arguments)


def _is_in_the_sandboxs_network() -> bool:
    """Whether the registry's address is this container's own, and its rules would be everyone's."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((REGISTRY, 0))
        except OSError:
            return False
        return True


def _forget_the_last_run() -> None:
    """A container that is started again still has what a killed engine left in /run."""
    for folder in ("/run/docker", "/run/buildkit"):
        shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(str(ENGINE["pidfile"]))
    os.mkdir("/run/buildkit", mode=0o700)


def _stay_within_the_limits() -> None:
    """Have no build get a cgroup of its own.

    Of version 1 a privileged container has this machine's whole tree, to write in, and what is
    made there is beside the sandbox's limits. Where none can be made, a build stays within them:
    runc minds that as little as in the sandbox itself, whose ``enter.sh`` does the same.
    """
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, folder, kind, *_ = line.split()
        if kind in ("cgroup", "cgroup2"):
            options = "remount,bind,ro,nosuid,nodev,noexec"
            subprocess.run(["busybox", "mount", "-o", options, folder], check=True)


if __name__ == "__main__":
    main()
