"""What is lent is there for the block alone, and is new each time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from checker.workbench.leases import FILE, Loans, lease


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
    def _token(self, token: str, notice: str) -> Iterator[None]:
        yield from self._hold(f"{token} {notice}")

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
    with lease((), lender) as loans:
        assert (loans, loans.agent, lender.lent) == (Loans(), "", [])


def test_a_token_for_npm(lender: Lender) -> None:
    tokens = []
    for _ in range(2):
        with lease(("npm",), lender) as loans:
            given = (loans.secrets["NPM_TOKEN"], loans.others["NPM_TOKEN"])
            assert lender.lent == [f"{token} {loans.hidden['NOTICE']}" for token in given]
            assert (loans.variables, loans.agent) == ({}, "")
            tokens += [*given, loans.hidden["NOTICE"]]
        assert lender.lent == []
    assert len(set(tokens)) == 6


def test_a_branch_and_an_agent(lender: Lender) -> None:
    with lease(("git",), lender) as loans:
        branch, special = loans.variables["BRANCH"], loans.hidden["SPECIAL"]
        assert lender.lent == [f"{branch} {FILE} {special}\n", "agent"]
        assert loans.agent == "/run/agent.sock"
        assert loans.variables["KNOWN_HOSTS"] == "git.lab ssh-ed25519 A"
        assert loans.secrets["DEPLOY_KEY"] == "the key"
        assert special not in {*loans.variables.values(), *loans.secrets.values()}
    assert lender.lent == []
