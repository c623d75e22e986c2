"""Lends new credentials of the sandbox to one grading: a token, or a git branch and a key.

An exercise asks for them by name, in ``lends``:

``npm``: the secret ``NPM_TOKEN``, of which there are two values, opens the scope ``@team`` of
http://packages.lab/npm. What its package ``@team/notice`` exports is hidden from the build as
``NOTICE``.

``git``: the variable ``BRANCH`` names a branch of git@git.lab:team/recipes.git, and ``KNOWN_HOSTS``
holds the server's line for that file. The branch has ``special.txt``, whose text is hidden from
the build as ``SPECIAL``. There is an ssh-agent with the key, and the key itself is the secret
``DEPLOY_KEY``, so that a check can search for it, and a submission can misuse it.

All loans end with the grading, and with its process if that is killed.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from sandbox import GitServer, Packages

FILE = "special.txt"
LENDS = ("npm", "git")
"""The names that an exercise can list in ``lends``."""


class Lender(Protocol):
    """The part of a ``sandbox.Sandbox`` that can lend."""

    @property
    def packages(self) -> Packages: ...

    @property
    def git(self) -> GitServer: ...


@dataclass(frozen=True, slots=True)
class Loans:
    """The things that the sandbox lends to a grading.

    Args:
        secrets: Variable name → secret value.
        variables: Variable name → value that is not secret.
        hidden: Variable name → text that the build must fetch itself.
        agent: The socket of the ssh-agent for builds; empty if there is none.
        others: Variable name → another value of a secret, which opens the same.
    """

    secrets: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    hidden: Mapping[str, str] = field(default_factory=dict)
    agent: str = ""
    others: Mapping[str, str] = field(default_factory=dict)


def example(names: Sequence[str]) -> Loans:
    """Loans that open nothing, with the names of those that ``lease`` gives for the same names."""
    loans = Loans()
    if "npm" in names:
        loans = replace(loans, secrets={"NPM_TOKEN": secrets.token_hex(20)})
    if "git" in names:
        loans = replace(
            loans,
            secrets={**loans.secrets, "DEPLOY_KEY": secrets.token_hex(20)},
            variables={name: secrets.token_hex(4) for name in ("BRANCH", "KNOWN_HOSTS")},
            agent="/run/agent.sock",
        )
    return loans


@contextmanager
def lease(names: Sequence[str], lender: Lender) -> Iterator[Loans]:
    """Lend the things that an exercise names, until the block ends.

    Args:
        names: Names from ``LENDS``.
        lender: The running sandbox.
    """
    loans = Loans()
    with ExitStack() as stack:
        if "npm" in names:
            token, other = secrets.token_hex(20), secrets.token_hex(20)
            notice = f"tide table {secrets.token_hex(8)}"
            for one in (token, other):
                stack.enter_context(lender.packages.lent(one, notice))
            loans = replace(
                loans,
                secrets={"NPM_TOKEN": token},
                hidden={"NOTICE": notice},
                others={"NPM_TOKEN": other},
            )
        if "git" in names:
            server = lender.git
            branch, special = secrets.token_hex(4), f"Special of the day: {secrets.token_hex(8)}"
            stack.enter_context(server.branch(branch, FILE, f"{special}\n"))
            # In a copy of the environment: gradings may run side by side in one process.
            started = stack.enter_context(server.agent(environ=dict(os.environ)))
            loans = replace(
                loans,
                secrets={**loans.secrets, "DEPLOY_KEY": server.key.read_text().strip()},
                variables={"BRANCH": branch, "KNOWN_HOSTS": server.known_hosts.strip()},
                hidden={**loans.hidden, "SPECIAL": special},
                agent=str(started.socket),
            )
        yield loans
