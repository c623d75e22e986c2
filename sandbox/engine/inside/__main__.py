"""All services of the sandbox, in one process: ``python3 -m inside``."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Sequence

from . import actions, git


def servers() -> Sequence[socketserver.BaseServer]:
    """Every service, on its address."""
    return (
        git.server(socket.create_server(("git.lab", 22))),
        actions.server(socket.create_server(("actions.lab", 80))),
    )


if __name__ == "__main__":
    for server in servers():
        threading.Thread(target=server.serve_forever).start()
