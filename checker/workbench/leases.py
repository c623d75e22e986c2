"""What the sandbox lends to one grading: things that only a real build, made now, can have used.

An exercise asks for them by name, in ``lends``:

``npm``: the secret ``NPM_TOKEN`` opens the scope ``@team`` of http://packages.lab/npm.

``git``: the variable ``BRANCH`` names a branch of git@git.lab:team/recipes.git, and ``KNOWN_HOSTS``
holds the server's line for that file. In the branch lies ``special.txt``, whose text is hidden from
the build as ``SPECIAL``. There is an ssh-agent with the key, and the key itself is the secret
``DEPLOY_KEY``, to be looked for, or to be misused.

All of it ends with the grading, and with its process if that is killed.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from checker.workbench.random_values import RandomValues

if TYPE_CHECKING:
    from sandbox import GitServer, Packages

FILE = "special.txt"
LENDS = ("npm", "git")
"""What an exercise can name in ``lends``."""


class Lender(Protocol):
    """What is needed of a ``sandbox.Sandbox``."""

    @property
    def packages(self) -> Packages: ...

    @property
    def git(self) -> GitServer: ...


@contextmanager
def lease(names: Sequence[str], values: RandomValues, lender: Lender) -> Iterator[RandomValues]:
    """Lend what is named, for the block; yields the values with those of the loans added.

    Args:
        names: Of ``LENDS``.
        values: The values of the grading so far.
        lender: The running sandbox.
    """
    with ExitStack() as stack:
        if "npm" in names:
            token = secrets.token_hex(20)
            stack.enter_context(lender.packages.lent(token))
            values = replace(values, secrets={**values.secrets, "NPM_TOKEN": token})
        if "git" in names:
            server = lender.git
            branch, special = secrets.token_hex(4), f"Special of the day: {secrets.token_hex(8)}"
            stack.enter_context(server.branch(branch, FILE, f"{special}\n"))
            # In a copy of the environment: gradings may run side by side in one process.
            started = stack.enter_context(server.agent(environ=dict(os.environ)))
            values = replace(
                values,
                secrets={**values.secrets, "DEPLOY_KEY": server.key.read_text().strip()},
                variables={
                    **values.variables,
                    "BRANCH": branch,
                    "KNOWN_HOSTS": server.known_hosts.strip(),
                },
                hidden={**values.hidden, "SPECIAL": special},
                agent=str(started.socket),
            )
        yield values
