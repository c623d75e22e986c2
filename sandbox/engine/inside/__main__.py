"""The sandbox's own services, in one process: ``python3 -m inside``.

The addresses of all of them are taken at once; a service is loaded when somebody comes to it
for the first time. Until then the process is small, and the engine starts without sharing the
processor with it.
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
"""Host name, as in the engine's own ``/etc/hosts``, and port → module of this package. Its
function ``server`` takes the listening socket and returns a ``listening.Server``."""
ALIVE = Path("/lab/run/services.sock")
"""Whoever can connect there knows that this process is at work."""
BACKLOG = 128


def main() -> None:
    """Listen, load what is asked for, and never return."""
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
    """Load a service and have it serve; whether that was possible."""
    try:
        server = import_module(f".{name}", __package__).server(listener)
    except Exception:
        # A full disk, say. It shows in the log, and to whoever came; the next one tries again,
        # and the other services go on.
        sys.excepthook(*sys.exc_info())
        listener.accept()[0].close()
        return False
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return True


if __name__ == "__main__":
    main()
