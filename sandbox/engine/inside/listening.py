"""A TCP server that takes over a listening socket, with a thread for each connection."""

from __future__ import annotations

import socket
import socketserver
import sys


class Server(socketserver.ThreadingTCPServer):
    """The base of every service that ``__main__`` runs.

    Args:
        listener: The listening socket.
        handler: The class that handles one connection.
    """

    daemon_threads = True

    def __init__(
        self, listener: socket.socket, handler: type[socketserver.BaseRequestHandler]
    ) -> None:
        super().__init__(listener.getsockname(), handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener

    def handle_error(self, request: object, client_address: object) -> None:
        """Print the traceback of a server error. A client that disconnects is not an error."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]
