"""Surroundings for tests: a machine with nothing special, and a container without any option."""

from __future__ import annotations

from sandbox.engine.doctor.surroundings import Surroundings

BARE = Surroundings(
    is_root=False,
    container="",
    kernel="6.18.0",
    has_seccomp=False,
    has_no_new_privileges=False,
    apparmor="",
    restricts_namespaces=False,
    has_masked_proc=False,
)
DEFAULT = Surroundings(
    is_root=False,
    container="Docker",
    kernel="6.18.0",
    has_seccomp=True,
    has_no_new_privileges=False,
    apparmor="docker-default",
    restricts_namespaces=False,
    has_masked_proc=True,
)
NAMES = ("mount", "overlay", "binfmt_misc", "network", "nf_tables", "legacy_tables", "proc")
"""The tries of ``kernel_tries``."""
