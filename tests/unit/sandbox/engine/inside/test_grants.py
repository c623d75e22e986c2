from __future__ import annotations

import json
import stat
from base64 import urlsafe_b64decode, urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sandbox.engine.inside import grants
from sandbox.engine.inside.grants import Grant, Permission, Refused

KEY = b"k" * 32
MAIN = Grant("refs/heads/main", Permission.READ)
OWN = Grant("refs/heads/new", Permission.READ | Permission.WRITE)


def test_what_was_granted_is_read_back_in_order() -> None:
    assert grants.read(KEY, grants.sign(KEY, [OWN, MAIN])) == (OWN, MAIN)


def test_buildkits_client_finds_what_it_looks_for() -> None:
    """Scopes as JSON in a string, and both times as numbers."""
    token = grants.sign(KEY, [OWN, MAIN], clock=lambda: 1000.7)
    header, claims, _ = (urlsafe_b64decode(part + "==") for part in token.split("."))
    assert json.loads(header) == {"alg": "HS256", "typ": "JWT"}
    said = json.loads(claims)
    assert (said["nbf"], said["exp"]) == (1000, 1000 + grants.LIFETIME_S)
    assert json.loads(said["ac"]) == [
        {"Scope": "refs/heads/new", "Permission": 3},
        {"Scope": "refs/heads/main", "Permission": 1},
    ]


@pytest.mark.parametrize("token", ["", "a.b.c", "...", "\N{SNOWMAN}.x.y"])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(Refused, match="not signed by this sandbox"):
        grants.read(KEY, token)


def test_nobody_grants_himself_more() -> None:
    header, claims, signature = grants.sign(KEY, [MAIN]).split(".")
    more = urlsafe_b64decode(claims + "==").replace(b'Permission\\": 1', b'Permission\\": 3')
    forged = urlsafe_b64encode(more).rstrip(b"=").decode()
    assert forged != claims
    with pytest.raises(Refused):
        grants.read(KEY, f"{header}.{forged}.{signature}")
    with pytest.raises(Refused):
        grants.read(b"another", grants.sign(KEY, [MAIN]))


def test_a_token_ends_with_its_job() -> None:
    token = grants.sign(KEY, [MAIN], clock=lambda: 0)
    assert grants.read(KEY, token, clock=lambda: grants.LIFETIME_S - 1)
    with pytest.raises(Refused, match="begin the job again"):
        grants.read(KEY, token, clock=lambda: grants.LIFETIME_S)


def test_all_who_ask_get_one_secret_that_nobody_else_can_read(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: grants.secret(tmp_path), range(32)))
    assert len(found) == 1
    (path,) = tmp_path.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(found.pop()) == 32
