"""What is lent is there for the block alone, and is new each time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from checker.workbench.leases import FILE, lease
from checker.workbench.random_values import RandomValues


class Lender:
    """Remembers what is lent at present."""

    def __init__(self, folder: Path) -> None:
        self.lent: list[str] = []
        key = folder / "id_ed25519"
        key.write_text("the key\n")
        self.packages: Any = SimpleNamespace(lent=self._token)
        self.git: Any = SimpleNamespace(
            branch=self._branch, agent=self._agent, key=key, known_hosts="git.lab ssh-ed25519 A\n"
        )

    @contextmanager
    def _token(self, token: str) -> Iterator[None]:
        yield from self._hold(token)

    @contextmanager
    def _branch(self, name: str, file: str, text: str) -> Iterator[None]:
        yield from self._hold(f"{name} {file} {text}")

    @contextmanager
    def _agent(self, *, environ: dict[str, str]) -> Iterator[Any]:
        assert environ is not os.environ
        self.lent.append("agent")
        yield SimpleNamespace(socket=Path("/run/agent.sock"))
        self.lent.remove("agent")

    def _hold(self, what: str) -> Iterator[None]:
        self.lent.append(what)
        yield
        self.lent.remove(what)


@pytest.fixture
def lender(tmp_path: Path) -> Lender:
    return Lender(tmp_path)


def test_nothing_is_lent_unasked(lender: Lender) -> None:
    with lease((), RandomValues("c0ffee"), lender) as values:
        assert (values, values.agent, lender.lent) == (RandomValues("c0ffee"), "", [])


def test_a_token_for_npm(lender: Lender) -> None:
    tokens = []
    for _ in range(2):
        with lease(("npm",), RandomValues("c0ffee", {"OTHER": "x"}), lender) as values:
            assert lender.lent == [values.secrets["NPM_TOKEN"]]
            assert (values.secrets["OTHER"], values.agent) == ("x", "")
            tokens += lender.lent
        assert lender.lent == []
    assert len(set(tokens)) == 2


def test_a_branch_and_an_agent(lender: Lender) -> None:
    with lease(("git",), RandomValues("c0ffee"), lender) as values:
        branch, special = values.variables["BRANCH"], values.hidden["SPECIAL"]
        assert lender.lent == [f"{branch} {FILE} {special}\n", "agent"]
        assert values.agent == "/run/agent.sock"
        assert values.variables["KNOWN_HOSTS"] == "git.lab ssh-ed25519 A"
        assert values.secrets["DEPLOY_KEY"] == "the key"
        assert special not in {*values.variables.values(), *values.secrets.values()}
    assert lender.lent == []
