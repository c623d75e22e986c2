"""The tokens of CI jobs: which entries of the CI cache a job may read and write.

A token is a JSON Web Token, signed with a secret of this sandbox. Its claim ``ac`` is a string with
a JSON list of scopes. The token is not opaque, because the client reads its scopes from it.

Source: RFC 7519, RFC 7518 (HS256); go-actions-cache, cache.go (``ac``, ``nbf``, ``exp``).
"""

from __future__ import annotations

import contextlib
import hmac
import json
import os
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntFlag
from pathlib import Path

LIFETIME_S = 6 * 3600
"""The maximum duration of a job at GitHub."""
_HEADER = {"typ": "JWT", "alg": "HS256"}


class Permission(IntFlag):
    """The permissions of a job in a scope, with GitHub's numbers."""

    READ = 1
    WRITE = 2


@dataclass(frozen=True, slots=True)
class Grant:
    """One scope of a token.

    Args:
        scope: A ref, as ``refs/heads/main``.
        permission: The permissions in this scope.
    """

    scope: str
    permission: Permission


class Refused(Exception):
    """A token is invalid or has expired."""


def secret(folder: Path) -> bytes:
    """The secret of this sandbox; the first caller, on either side, creates it."""
    path = folder / "secret"
    if not path.exists():
        partial = folder / f"secret.{secrets.token_hex(8)}"
        partial.touch(mode=0o600)
        partial.write_bytes(secrets.token_bytes(32))
        # Of two simultaneous callers only one can create the link; both return its content.
        with contextlib.suppress(FileExistsError):
            os.link(partial, path)
        partial.unlink()
    return path.read_bytes()


def sign(key: bytes, grants: Sequence[Grant], *, clock: Callable[[], float] = time.time) -> str:
    """Make a signed token; the client searches the scopes in the order of ``grants``."""
    now_s = int(clock())
    ac = [{"Scope": grant.scope, "Permission": int(grant.permission)} for grant in grants]
    claims = {"ac": json.dumps(ac), "nbf": now_s, "exp": now_s + LIFETIME_S}
    text = f"{_packed(_HEADER)}.{_packed(claims)}"
    return f"{text}.{_signature(key, text)}"


def read(key: bytes, token: str, *, clock: Callable[[], float] = time.time) -> tuple[Grant, ...]:
    """The grants of a token.

    Raises:
        Refused: This sandbox did not sign the token, or the token has expired.
    """
    text, _, signature = token.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _signature(key, text).encode()):
        raise Refused("the token was not signed by this sandbox")
    # The signature is ours, so the content is well-formed.
    claims = json.loads(_unpacked(text.partition(".")[2]))
    if clock() >= claims["exp"]:
        raise Refused("the token has expired: begin the job again")
    return tuple(
        Grant(one["Scope"], Permission(one["Permission"])) for one in json.loads(claims["ac"])
    )


def _signature(key: bytes, text: str) -> str:
    return _encoded(hmac.digest(key, text.encode(), "sha256"))


def _packed(value: object) -> str:
    return _encoded(json.dumps(value, separators=(",", ":")).encode())


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _unpacked(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
