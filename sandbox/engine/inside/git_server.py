"""The git server: for each connection an sshd of its own.

Nothing but its port is taken when the engine starts, so that `sandbox up` takes no longer and an
idle sandbox no more memory than without a git server. It is there again after every start, and
there is no server that somebody would have to see die.

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
        # What sshd has to say goes where this process says it: home/logs/services.log.
        subprocess.run(SESSION, stdin=self.request, stdout=self.request, check=False)


def server(listener: socket.socket) -> Server:
    """The git server."""
    return Server(listener, _Session)
