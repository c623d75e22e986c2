"""Reads ``--ssh``, and ``ssh`` in a bake file: an ssh-agent, or keys, that a build may use.

Source: https://docs.docker.com/reference/cli/docker/buildx/build/#ssh and
https://github.com/docker/buildx/blob/v0.29.1/util/buildflags/ssh.go
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.parse.flags.fields import Entry, to_text, write_text


@dataclass(frozen=True, slots=True)
class Ssh:
    """One ssh-agent that a build may use.

    Args:
        id: The name by which a mount asks for the agent.
        paths: Paths of its socket or its keys; empty for the agent that ``$SSH_AUTH_SOCK`` names.
    """

    id: str
    paths: tuple[str, ...] = ()


def read_ssh(entry: Entry) -> Ssh:
    """Read one agent. Unlike other options, the value is not a line of comma-separated fields."""
    if isinstance(entry, str):
        name, has_paths, paths = entry.partition("=")
        return Ssh(name, tuple(paths.split(",")) if has_paths else ())
    listed = entry.get("paths") or ()
    paths_given = listed if isinstance(listed, list | tuple) else (listed,)
    return Ssh(to_text(entry.get("id", "")), tuple(map(to_text, paths_given)))


def write_ssh(ssh: Ssh) -> str:
    """The value of the option; see ``write_text``."""
    return write_text(f"{ssh.id}={','.join(ssh.paths)}" if ssh.paths else ssh.id)
