#!/usr/bin/python3 -IS
"""Stands before ``runc`` and writes into the builder's log what runs, and for which platform.

The platform is read from the program itself, out of the first bytes of its file: not from what a
build asked for. Then this becomes the real runc, which is told that it may not be able to make
cgroups: see ``_stay_within_the_limits`` in ``buildkitd.py``.

Source: OCI runtime specification, config.md (``root``, ``process``); elf(5), ``e_machine``;
runc(8), ``--rootless``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

RUNC = "/usr/sbin/runc"
LOG = "/proc/1/fd/1"
PLATFORMS = {0x3E: "linux/amd64", 0xB7: "linux/arm64"}
MOST_CHARACTERS = 120


def main() -> None:
    if "run" in sys.argv:
        _prepare(sys.argv[sys.argv.index("--bundle") + 1])
    os.execv(RUNC, [RUNC, "--rootless=true", *sys.argv[1:]])


def _prepare(bundle: str) -> None:
    import json  # noqa: PLC0415 (runc has other calls, too)

    with open(f"{bundle}/config.json", encoding="utf-8") as file:
        config = json.load(file)
    # With a path, runc insists on a cgroup. Without, it takes what it gets, as a rootless runc.
    config["linux"].pop("cgroupsPath", None)
    config["linux"].pop("resources", None)
    with open(f"{bundle}/config.json", "w", encoding="utf-8") as file:
        json.dump(config, file)
    _tell(
        os.path.join(bundle, config["root"]["path"]),
        config["process"]["args"],
        config["process"]["env"],
    )


def _tell(root: str, words: Sequence[str], env: Sequence[str]) -> None:
    path = next((v[5:] for v in env if v.startswith("PATH=")), "")
    log = os.open(LOG, os.O_WRONLY)
    child = os.fork()
    if child == 0:
        # A link in an image means what it means inside of it.
        os.chroot(root)
        line = " ".join(" ".join(words).split())[:MOST_CHARACTERS]
        os.write(log, f"{_platform(words[0], path.split(':'))}: {line}\n".encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(log)


def _platform(program: str, folders: Sequence[str]) -> str:
    """Of the program's file; a script has none of its own."""
    for folder in ("",) if "/" in program else folders:
        try:
            with open(os.path.join(folder, program), "rb") as file:
                head = file.read(20)
        except OSError:
            continue
        if head.startswith(b"\x7fELF"):
            return PLATFORMS.get(head[18], "another platform")
        return "a script"
    return "no such program"


if __name__ == "__main__":
    main()
