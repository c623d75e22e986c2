"""The tokens for the private scope of the npm index: the sandbox's own, and lent ones.

``sandbox.engine.lock.lent`` creates a file for each lent token and locks it. A lent token is valid
while its file is locked. The kernel releases the lock when the lending process ends, so no token
outlives that process.

The first line of such a file is the token, and the rest is the notice that goes with it.
"""

from __future__ import annotations

import fcntl
import hmac
from dataclasses import dataclass
from pathlib import Path

OWN_NOTICE = "as usual"
"""The notice that goes with the sandbox's own token."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """The set of valid tokens.

    Args:
        own: The sandbox's own token, which is always valid.
        lent: The folder with a file for each lent token.
    """

    own: str
    lent: Path

    def notice(self, token: str) -> str | None:
        """The text that goes with a token, None if the token is not valid."""
        if _same(self.own.encode(), token):
            return OWN_NOTICE
        found = (_notice(path, token) for path in self.lent.glob("[!.]*"))
        return next((notice for notice in found if notice is not None), None)


def _notice(path: Path, token: str) -> str | None:
    try:
        with path.open("rb") as file:
            known, _, notice = file.read().partition(b"\n")
            return notice.decode() if _same(known, token) and _is_held(file.fileno()) else None
    except FileNotFoundError:
        return None  # the token was just taken back


def _is_held(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def _same(known: bytes, token: str) -> bool:
    return hmac.compare_digest(known, token.encode())
