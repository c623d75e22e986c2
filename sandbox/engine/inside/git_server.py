"""The git server: an sshd for each connection.

The engine's start only opens the port, so the git server costs no time in `sandbox up` and no
memory in an idle sandbox. No server process has to be watched.

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
        # Messages of sshd go to the log of this process: home/logs/services.log.
        subprocess.run(SESSION, stdin=self.request, stdout=self.request, check=False)


def server(listener: socket.socket) -> Server:
    """The git server."""
    return Server(listener, _Session)
