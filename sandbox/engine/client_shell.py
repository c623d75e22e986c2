"""An interactive shell in which ``docker`` is the sandbox's, whichever shell the learner uses."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

PROMPT = "(lab) "

# A shell's start-up files often set PATH and the prompt, so each shell leaves them out: its option
# for that, and the rest of a prompt that shows the folder, in the shell's own notation.
_SHELLS = {
    "bash": (("--norc",), r"\w $ "),
    "zsh": (("-f",), "%~ $ "),
    "fish": (("--no-config",), ""),
    "csh": (("-f",), ""),
    "tcsh": (("-f",), ""),
}
_OTHERS: tuple[tuple[str, ...], str] = ((), "$PWD $ ")
"""Shells that are like POSIX's ``sh``: they read the file ``$ENV``, and expand variables in PS1."""


def open_shell(env: Mapping[str, str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """The command and the environment of the learner's own shell.

    Args:
        env: The environment, in which PATH has the sandbox's ``docker``, and SHELL may name the
            shell; by default ``/bin/sh``.
    """
    own = env.get("SHELL") or "/bin/sh"
    options, prompt = _SHELLS.get(Path(own).name, _OTHERS)
    kept = {name: value for name, value in env.items() if name != "ENV"}
    return (own, *options), {**kept, "PS1": f"{PROMPT}{prompt}"}
