"""Runs a command as root of a user namespace, which RootlessKit makes for an ordinary user."""

from __future__ import annotations

import os
from collections.abc import Sequence

from sandbox import process

INSTALL = "run `make setup`, or install it (`sudo apt-get install rootlesskit slirp4netns uidmap`)"


def run(
    argv: Sequence[str],
    *,
    options: Sequence[str] = (),
    rootlesskit: str | None = None,
    tied: bool = True,
    check: bool = True,
    timeout_s: float | None = None,
) -> process.Completed:
    """Run a command in namespaces of its own and return its output.

    Args:
        argv: The command.
        options: Options of RootlessKit.
        rootlesskit: The path of RootlessKit; None: the one on the search path.
        tied: As for ``process.run``.
        check: As for ``process.run``.
        timeout_s: As for ``process.run``.

    Raises:
        CommandError: The command failed, or its time was up; only with ``check``.
        HostError: There is no RootlessKit.
    """
    rootlesskit = rootlesskit or process.find("rootlesskit", next_step=INSTALL)
    # RootlessKit makes a socket in $TMPDIR, and the kernel limits the length of a socket's path.
    env = {**os.environ, "PATH": process.search_path(), "TMPDIR": "/tmp"}  # noqa: S108
    return process.run(
        [rootlesskit, *options, *argv], env=env, tied=tied, check=check, timeout_s=timeout_s
    )
