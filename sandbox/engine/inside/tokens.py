"""The tokens for the private scope of the npm index: the sandbox's own, and lent ones.

``sandbox.engine.lock.lent`` creates a file for each lent token and locks it. A lent token is valid
while its file is locked. The kernel releases the lock when the lending process ends, so no token
outlives that process.
"""

from __future__ import annotations

import fcntl
import hmac
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Tokens:
    """The set of valid tokens.

    Args:
        own: The sandbox's own token, which is always valid.
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
        return False  # the token was just taken back


def _is_held(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def _same(known: bytes, token: str) -> bool:
    return hmac.compare_digest(known, token.encode())
