"""Runs the sandbox's own services in one process: ``python3 -m inside``.

The process listens on the addresses of all services from its start, and imports a service when the
first client connects to it. Until then the process stays small, and takes no processor time from
the engine's start.
"""

from __future__ import annotations

import select
import socket
import sys
import threading
from importlib import import_module
from pathlib import Path

SERVICES = {
    ("packages.lab", 80): "package_server",
    ("actions.lab", 80): "actions_server",
    ("git.lab", 22): "git_server",
}
"""(Host name in the engine's ``/etc/hosts``, port) → module of this package. The module's function
``server`` takes the listening socket and returns a ``listening.Server``.
"""
ALIVE = Path("/lab/run/services.sock")
"""A socket that accepts connections while this process runs."""
BACKLOG = 128


def main() -> None:
    """Listen on all addresses and load services on demand. Never returns."""
    asleep = {socket.create_server(at, backlog=BACKLOG): name for at, name in SERVICES.items()}
    ALIVE.unlink(missing_ok=True)
    alive = socket.socket(socket.AF_UNIX)
    alive.bind(str(ALIVE))
    alive.listen(BACKLOG)
    while True:
        for listener in select.select([alive, *asleep], [], [])[0]:
            if listener is alive:
                alive.accept()[0].close()
                continue
            if _wake(listener, asleep[listener]):
                del asleep[listener]


def _wake(listener: socket.socket, name: str) -> bool:
    """Load a service and start a thread for it; returns whether that succeeded."""
    try:
        server = import_module(f".{name}", __package__).server(listener)
    except Exception:
        # For example a full disk. The error goes to the log and the client is disconnected. The
        # other services go on, and the next client causes another attempt.
        sys.excepthook(*sys.exc_info())
        listener.accept()[0].close()
        return False
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return True


if __name__ == "__main__":
    main()
