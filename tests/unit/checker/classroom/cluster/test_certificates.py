"""Certificates: who reads them, when they end, and that a handshake takes no others."""

from __future__ import annotations

import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from checker.classroom.cluster.certificates import DAYS, Certificates
from checker.errors import UsageError


def shake_hands(server: Certificates, client: Certificates) -> bool:
    """Whether the two sides take each other, by Dask's own contexts."""
    here, there = socket.socketpair()
    arguments = server.security().get_listen_args("scheduler")["ssl_context"]
    context = client.security().get_connection_args("worker")["ssl_context"]
    refused = []

    def serve() -> None:
        try:
            with arguments.wrap_socket(there, server_side=True) as secure:
                secure.recv(1)
        except ssl.SSLError:
            refused.append("server")
            there.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with context.wrap_socket(here) as secure:
            secure.send(b"x")
    except OSError:
        refused.append("client")
        here.close()
    thread.join(30)
    return not refused


def test_only_those_who_have_the_same_certificates_take_each_other() -> None:
    ours, others = Certificates.make(), Certificates.make()

    assert shake_hands(ours, ours)
    assert not shake_hands(ours, others)


def test_they_are_written_once_for_their_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "certs"
    made = Certificates.make()
    made.write(folder)

    assert Certificates.read(folder) == made
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "key.pem").stat().st_mode & 0o777 == 0o600
    with pytest.raises(UsageError, match="holds certificates already"):
        Certificates.make().write(folder)
    assert Certificates.read(folder) == made


def test_missing_damaged_and_ended_ones_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"ca\.pem cannot be read"):
        Certificates.read(tmp_path)
    Certificates.make().write(tmp_path)
    later = datetime.now(UTC) + timedelta(days=DAYS + 1)
    with pytest.raises(UsageError, match="ended on"):
        Certificates.read(tmp_path, later)
    (tmp_path / "cert.pem").write_text("damaged")
    with pytest.raises(UsageError, match="holds no certificates"):
        Certificates.read(tmp_path)
    for wrong in ("", "[]", '{"ca": "x"}'):
        with pytest.raises(UsageError):
            Certificates.from_json(wrong)
