"""The sandbox's own network: its services, its names, and the way out, which is closed by default.

Services listen on addresses that exist only inside. Programs in a build reach them through the
bridge; the outside cannot. Offline, the interface to the outside is down, so that not even names
are looked up there.
"""

from __future__ import annotations

import socket

from sandbox.errors import EngineError

ADDRESS = "10.88.0.1"
"""Of the name server and the registry, on the loopback interface; builds reach it too."""
SERVICES = {
    "registry.lab": ADDRESS,
    "packages.lab": "10.88.0.2",
    "actions.lab": "10.88.0.3",
    "git.lab": "10.88.0.4",
}
"""Name in every build → address. Each service has its own address, and so its usual port."""
OUTSIDE_DNS = "10.0.2.3"
"""slirp4netns's forwarder. Source: slirp4netns(1), default configuration."""
OUTSIDE_GATEWAY = "10.0.2.2"
INTERFACE = "tap0"
DEFAULT_PORT = 5000
PORTS_TO_TRY = 50


def resolv_conf() -> str:
    return f"nameserver {ADDRESS}\n"


def hosts() -> str:
    lines = ("127.0.0.1 localhost", *(f"{address} {name}" for name, address in SERVICES.items()))
    return "\n".join(lines) + "\n"


def addresses() -> tuple[str, ...]:
    """All addresses that the services listen on, ADDRESS included."""
    return tuple(SERVICES.values())


def dnsmasq_conf(*, online: bool) -> str:
    """Configuration of the name server: the lab's names, and the world's only when online."""
    lines = [
        "user=root",
        "no-resolv",
        "bind-interfaces",
        f"listen-address={ADDRESS}",
        "local=/lab/",
        "pid-file=/run/dnsmasq.pid",
        "cache-size=0",
    ]
    if online:
        lines.append(f"server={OUTSIDE_DNS}")
    return "\n".join(lines) + "\n"


def switch(*, online: bool) -> tuple[tuple[str, ...], ...]:
    """Commands that open or close the way out; they run inside the sandbox."""
    if not online:
        return (("ip", "link", "set", INTERFACE, "down"),)
    return (
        ("ip", "link", "set", INTERFACE, "up"),
        ("ip", "route", "replace", "default", "via", OUTSIDE_GATEWAY, "dev", INTERFACE),
    )


def free_port(wanted: int | None, last: int | None) -> int:
    """A port of 127.0.0.1 for the registry: the wanted one, else the last one, else a free one.

    Raises:
        EngineError: The wanted port is taken, or no port near the default is free.
    """
    if wanted is not None:
        if _is_free(wanted):
            return wanted
        raise EngineError(
            f"Port {wanted} of 127.0.0.1 is taken by another program.",
            next_step="leave --port out to let the sandbox pick a free one",
        )
    candidates = [last] if last is not None else []
    candidates += range(DEFAULT_PORT, DEFAULT_PORT + PORTS_TO_TRY)
    for port in candidates:
        if _is_free(port):
            return port
    raise EngineError(
        f"No port from {DEFAULT_PORT} to {DEFAULT_PORT + PORTS_TO_TRY - 1} is free.",
        next_step="name a free one with --port",
    )


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As in the port driver, a connection in TIME_WAIT does not make the port taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
