"""The git server: starts an sshd for each connection.

At the engine's start this server only opens its port. So it adds nothing to the time of
`sandbox up` or to the memory of an idle sandbox, and there is no long-running sshd to supervise.

Source: sshd(8), ``-i``.
"""

from __future__ import annotations

import socket
import socketserver
import subprocess

from .listening import Server

SESSION = ("busybox", "unshare", "--mount", "sh", "/lab/run/inside/git-session.sh")


class _Session(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        # sshd inherits stderr, so its messages go to home/logs/services.log.
        subprocess.run(SESSION, stdin=self.request, stdout=self.request, check=False)


def server(listener: socket.socket) -> Server:
    """The git server."""
    return Server(listener, _Session)
