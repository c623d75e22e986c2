"""Tokens for the private part of the npm index: the sandbox's own one, and those that are lent.

A lent token is valid while the process that lends it holds a lock. The other end is
``sandbox.engine.lock.lent``, which makes a locked file for each token. The kernel frees the lock
when its holder ends, however it ends, so no token outlives that process.
"""

from __future__ import annotations

import fcntl
import hmac
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Tokens:
    """All tokens that are valid now.

    Args:
        own: Of this sandbox, always valid.
        lent: The folder with a file for each lent token.
    """

    own: str
    lent: Path

    def __contains__(self, token: str) -> bool:
        return _same(self.own.encode(), token) or any(
            _is_good(path, token) for path in self.lent.glob("[!.]*")
        )


def _is_good(path: Path, token: str) -> bool:
    try:
        with path.open("rb") as file:
            return _same(file.read(), token) and _is_held(file.fileno())
    except FileNotFoundError:
        return False  # returned since the folder was listed


def _is_held(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def _same(known: bytes, token: str) -> bool:
    return hmac.compare_digest(known, token.encode())
