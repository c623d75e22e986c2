"""Serves a workshop's wall on loopback, to browsers of this machine that know its address.

Other people may have accounts on the machine, as on a JupyterHub: the address holds a secret.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import secrets
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream
from tornado.web import Application, HTTPError, RequestHandler

from checker.errors import UsageError

_LOOPBACK = "127.0.0.1"
_HOSTS = (_LOOPBACK, "localhost")
"""Names of this machine. Any other name in a request leads here by a trick (DNS rebinding); the
port may be another one, as with a forwarded port."""
MOST_CONNECTIONS = 64
"""The most browsers at once; then the one that came first is cut off, and asks again by itself.

Everybody on this machine can connect, and each connection takes one of the process's open files,
without which nothing can be graded."""
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}


@dataclass(frozen=True, slots=True)
class ServedText:
    """A text that is made for each request, and its media type."""

    media_type: str
    make: Callable[[], str]


class _Handler(RequestHandler):
    """Answers GET; each answer has an ETag, and is not sent again to a browser that has it."""

    SUPPORTED_METHODS = ("GET",)

    def initialize(self, served: ServedText | None = None) -> None:
        self._served = served

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        for name, value in _HEADERS.items():
            self.set_header(name, value)

    def prepare(self) -> None:
        if "Host" not in self.request.headers or self.request.host_name not in _HOSTS:
            raise HTTPError(403, reason="Foreign Host")
        if self._served is None:
            raise HTTPError(404)

    def get(self) -> None:
        assert self._served is not None
        self.set_header("Content-Type", f"{self._served.media_type}; charset=utf-8")
        self.finish(self._served.make())


class _BoundedServer(HTTPServer):
    """Serves at most ``MOST_CONNECTIONS`` connections at once."""

    def initialize(self, *args: Any, **kwargs: Any) -> None:
        super().initialize(*args, **kwargs)
        self._streams: deque[IOStream] = deque()

    def handle_stream(self, stream: IOStream, address: tuple[str, int]) -> None:
        self._streams = deque(one for one in self._streams if not one.closed())
        while len(self._streams) >= MOST_CONNECTIONS:
            self._streams.popleft().close()
        self._streams.append(stream)
        super().handle_stream(stream, address)


@contextmanager
def serve(texts: Mapping[str, ServedText], *, port: int) -> Iterator[str]:
    """Serve texts in a thread for the block; yields the URL, to which their names are relative.

    Args:
        texts: By name; the empty name is the page at the URL itself.
        port: The port; 0: a free one.

    Raises:
        UsageError: The port is in use, or may not be used.
    """
    try:
        listener = socket.create_server((_LOOPBACK, port))
    except OSError as error:
        is_taken = error.errno == errno.EADDRINUSE
        why = "is in use by another program" if is_taken else f"cannot be used: {error.strerror}"
        raise UsageError(
            f"Port {port} {why}.",
            next_step="name another one with --port, or leave it out for a free one",
        ) from error
    listener.setblocking(False)
    # Malformed requests would be logged to the terminal of the teacher, by anyone who sends them.
    logging.getLogger("tornado.general").addHandler(logging.NullHandler())
    secret = secrets.token_urlsafe(16)
    application = Application(
        [(f"/{secret}/{name}", _Handler, {"served": text}) for name, text in texts.items()],
        default_handler_class=_Handler,
        log_function=lambda _: None,
    )
    loop = asyncio.new_event_loop()
    end = asyncio.Event()

    async def run() -> None:
        server = _BoundedServer(application)
        server.add_socket(listener)
        await end.wait()
        server.stop()
        await server.close_all_connections()

    def run_loop() -> None:
        try:
            loop.run_until_complete(run())
        finally:
            loop.close()

    thread = threading.Thread(target=run_loop, name="wall", daemon=True)
    thread.start()
    try:
        yield f"http://{_LOOPBACK}:{listener.getsockname()[1]}/{secret}/"
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join()
