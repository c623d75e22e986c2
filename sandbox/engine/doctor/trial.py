"""Runs ``kernel_tries`` in a user namespace that RootlessKit makes, as for the engine."""

from __future__ import annotations

import errno
import json
import os
import re
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

from sandbox.engine import user_namespace

TIMEOUT_S = 20.0
PREFIX = ".doctor-"
"""Of the name of the folder in which a mount is tried."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What the kernel allowed.

    Args:
        refusal: What RootlessKit printed when it could not make the namespaces; empty: it could.
        errors: Name of a try of ``kernel_tries`` → the error number, 0 for success.
    """

    refusal: str = ""
    errors: Mapping[str, int] = field(default_factory=dict)

    def error(self, name: str) -> int:
        """The error number of a try; 0: it succeeded."""
        return self.errors[name]

    def says(self, name: str) -> str:
        """The try's error as the kernel's name and its words: ``EINVAL, Invalid argument``."""
        number = self.errors[name]
        return f"{errno.errorcode.get(number, number)}, {os.strerror(number)}"


def make(rootlesskit: str, home: Path) -> Tried:
    """Make the tries; leaves nothing behind.

    Args:
        rootlesskit: The path of RootlessKit.
        home: Where the engine's data will lie. If the folder does not exist, the tries are made in
            the nearest folder above it.

    Raises:
        OSError: This user may not write there.
    """
    above = next(parent for parent in (home, *home.parents) if os.path.exists(parent))
    text = files("sandbox.engine.doctor").joinpath("kernel_tries.py").read_text()
    with tempfile.TemporaryDirectory(
        prefix=PREFIX, dir=above, ignore_cleanup_errors=True
    ) as scratch:
        done = user_namespace.run(
            [_python(), "-I", "-S", "-c", text, scratch],
            options=("--cgroupns", "--propagation=rslave"),
            rootlesskit=rootlesskit,
            check=False,
            timeout_s=TIMEOUT_S,
        )
    try:
        return Tried(errors=json.loads(done.stdout))
    except ValueError:
        return Tried(refusal=_reason(done.stderr.replace(text, "…")))


def _python() -> str:
    """A Python that this user may start. This one may have been started with more rights."""
    return sys.executable if os.access(sys.executable, os.X_OK) else "python3"


def _reason(stderr: str) -> str:
    """The first error among RootlessKit's lines, without its warnings, hints and exit status."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    lines = [line for line in lines if not re.search(r"level=warning|child exited", line)]
    errors = [line for line in lines if "error:" in line]
    return next(iter(errors or lines), "RootlessKit printed no error")
