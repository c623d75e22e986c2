"""What opens the private part of the npm index: the sandbox's own token, and those that are lent.

One that is lent is good as long as the process that lent it holds on. The other end is
``sandbox.engine.lock.lent``: a file for each, locked by whoever lends it. The kernel lets go of a
lock when its holder ends, however that ends, so no token outlives it.
"""

from __future__ import annotations

import fcntl
import hmac
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Tokens:
    """All tokens that are good now.

    Args:
        own: Of this sandbox, always good.
        lent: Folder of those that are lent, a file each.
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
        return False  # given back in this moment


def _is_held(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def _same(known: bytes, token: str) -> bool:
    return hmac.compare_digest(known, token.encode())
