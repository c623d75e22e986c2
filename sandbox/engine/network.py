"""The sandbox's own network: its services, its host names, and its access to the internet.

The services listen on addresses that exist only inside the sandbox. Programs in a build reach them
through the bridge; other machines cannot. Access to the internet is off by default: the outer
interface is then down, so that not even a DNS query leaves the sandbox.
"""

from __future__ import annotations

import socket

from sandbox.errors import EngineError

ADDRESS = "10.88.0.1"
"""Address of the name server and the registry, on the loopback interface. Builds reach it too."""
SERVICES = {
    "registry.lab": ADDRESS,
    "packages.lab": "10.88.0.2",
    "actions.lab": "10.88.0.3",
    "git.lab": "10.88.0.4",
}
"""Host name in every build → address. Each service has its own address, so that each can use its
protocol's usual port.
"""
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
    """All addresses that the services listen on, including ADDRESS."""
    return tuple(SERVICES.values())


def dnsmasq_conf(*, online: bool) -> str:
    """The name server's configuration: the lab's names, and if ``online`` all other names too."""
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
    """The commands, run inside the sandbox, that switch access to the internet on or off."""
    if not online:
        return (("ip", "link", "set", INTERFACE, "down"),)
    return (
        ("ip", "link", "set", INTERFACE, "up"),
        ("ip", "route", "replace", "default", "via", OUTSIDE_GATEWAY, "dev", INTERFACE),
    )


def free_port(wanted: int | None, last: int | None) -> int:
    """A free port of 127.0.0.1 for the registry.

    Args:
        wanted: The port that the user chose; None: any port.
        last: The port of the last start, preferred over others; None: there was no start.

    Raises:
        EngineError: The wanted port is taken, or no port near the default is free.
    """
    if wanted is not None:
        if _is_free(wanted):
            return wanted
        raise EngineError(
            f"Port {wanted} of 127.0.0.1 is in use by another program.",
            next_step="leave out --port, so that the sandbox picks a free port",
        )
    candidates = [last] if last is not None else []
    candidates += range(DEFAULT_PORT, DEFAULT_PORT + PORTS_TO_TRY)
    for port in candidates:
        if _is_free(port):
            return port
    raise EngineError(
        f"No port from {DEFAULT_PORT} to {DEFAULT_PORT + PORTS_TO_TRY - 1} is free.",
        next_step="choose a free port with --port",
    )


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As RootlessKit's port driver does, so that a connection in TIME_WAIT does not block it.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
