"""The process of the sandbox's own services, with services made up for the test."""

from __future__ import annotations

import socket
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.engine import inside

SERVICES = """
import inside.__main__ as program
from pathlib import Path
program.SERVICES = {("127.0.0.1", 0): "mended", ("127.0.0.2", 0): "whole"}
program.ALIVE = Path("alive")
create = program.socket.create_server
def create_server(*args, **options):
    made = create(*args, **options)
    print(*made.getsockname(), flush=True)
    return made
program.socket.create_server = create_server
program.main()
"""
WHOLE = """
import socketserver
class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(b"served")
def server(listener):
    made = socketserver.ThreadingTCPServer(
        listener.getsockname(), Handler, bind_and_activate=False)
    made.socket = listener
    return made
"""
MENDED = """
from pathlib import Path
from .whole import server as whole
def server(listener):
    Path("room").read_text()  # as when a disk is full
    return whole(listener)
"""


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Callable[[str], bytes]]:
    """What a service says to a client; of "alive" nothing, or an error when nobody is there."""
    programs = tmp_path / "inside"
    programs.mkdir()
    main = (Path(inside.__file__).with_name("__main__.py")).read_text()
    for name, text in (("__init__", ""), ("__main__", main), ("whole", WHOLE), ("mended", MENDED)):
        (programs / f"{name}.py").write_text(textwrap.dedent(text))
    argv = [sys.executable, "-c", SERVICES]
    with (tmp_path / "log").open("wb") as log:
        running = subprocess.Popen(argv, cwd=tmp_path, stdout=subprocess.PIPE, stderr=log)
    assert running.stdout is not None
    names = [running.stdout.readline().decode().split() for _ in range(2)]
    addresses = {host: (host, int(port)) for host, port in names}

    def client(name: str) -> bytes:
        if name == "alive":
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(str(tmp_path / "alive"))
            return b""
        with socket.create_connection(addresses[name], timeout=30) as connection:
            return connection.recv(100)

    yield client
    running.kill()
    running.communicate()


def test_a_service_that_cannot_be_loaded_keeps_no_other_from_serving(
    tmp_path: Path, ask: Callable[[str], bytes]
) -> None:
    for _ in range(2):
        assert ask("127.0.0.1") == b""
    assert (tmp_path / "log").read_text().count("FileNotFoundError") == 2
    assert ask("127.0.0.2") == b"served"
    ask("alive")
    (tmp_path / "room").touch()
    assert ask("127.0.0.1") == ask("127.0.0.1") == b"served"
    ask("alive")
