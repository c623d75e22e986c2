#!/usr/bin/python3 -I
"""What buildx runs in a builder's container to speak to BuildKit: two commands of ``buildctl``.

``dial-stdio`` joins its own stdin and stdout to BuildKit's API, which a Docker Engine offers
behind ``POST /grpc`` with an upgrade to HTTP/2. ``debug workers`` says whether it is there.

Source: https://github.com/docker/buildx/blob/master/driver/docker-container/driver.go (what is
run) and Docker Engine API, version 1.51, ``POST /grpc``.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
import time
from collections.abc import Callable

SOCKET = "/run/buildkit/docker.sock"
PATIENCE_S = 30.0
"""For an engine that is starting: a builder that has been started may be asked at once."""
AT_ONCE = 1 << 16


def main() -> None:
    if sys.argv[1:] == ["debug", "workers"]:
        _ask(_connect())
    elif sys.argv[1:] == ["dial-stdio"]:
        _join(_upgrade(_connect()))
    else:
        sys.exit("buildctl: this builder's knows `debug workers` and `dial-stdio`")


def _ask(connection: socket.socket) -> None:
    """Return when the engine answers, and end with an error when it says anything but OK."""
    connection.sendall(b"GET /_ping HTTP/1.1\r\nHost: engine\r\n\r\n")
    _read_head(connection, expected=b"200")


def _upgrade(connection: socket.socket) -> socket.socket:
    """The connection, which speaks HTTP/2 from here on."""
    connection.sendall(
        b"POST /grpc HTTP/1.1\r\nHost: engine\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    )
    _read_head(connection, expected=b"101")
    return connection


def _read_head(connection: socket.socket, *, expected: bytes) -> None:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        # Byte by byte: what comes behind the head is not for us.
        byte = connection.recv(1)
        if not byte:
            sys.exit("buildctl: the engine hung up")
        head += byte
    if expected not in head.splitlines()[0].split():
        sys.exit(f"buildctl: the engine refused: {head.decode(errors='replace')}")


def _connect() -> socket.socket:
    give_up = time.monotonic() + PATIENCE_S
    while True:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(SOCKET)
            return connection
        except OSError as error:
            connection.close()
            if time.monotonic() > give_up:
                sys.exit(f"buildctl: the engine does not answer: {error.strerror}")
            time.sleep(0.02)


def _join(connection: socket.socket) -> None:
    threading.Thread(target=_send, args=(connection,), daemon=True).start()
    _pump(lambda: connection.recv(AT_ONCE), _write_out)


def _send(connection: socket.socket) -> None:
    _pump(lambda: os.read(0, AT_ONCE), connection.sendall)
    # The client has gone. The engine hangs up in its turn, which ends this program as well.
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_WR)


def _pump(read: Callable[[], bytes], write: Callable[[bytes], None]) -> None:
    while data := read():
        write(data)


def _write_out(data: bytes) -> None:
    while data:
        data = data[os.write(1, data) :]


if __name__ == "__main__":
    main()
