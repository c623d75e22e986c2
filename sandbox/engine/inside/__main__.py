"""All services that speak HTTP, in one process: ``python3 -m inside``."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from http.server import ThreadingHTTPServer


def servers() -> Sequence[ThreadingHTTPServer]:
    """Every service, bound to its address."""
    return ()


if __name__ == "__main__":
    for server in servers():
        threading.Thread(target=server.serve_forever).start()
