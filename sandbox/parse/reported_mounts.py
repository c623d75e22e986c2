"""Reads the cache mounts of a RUN from the instruction, as BuildKit reports it.

Source: https://docs.docker.com/reference/dockerfile/#run---mounttypecache and, for what tells two
mounts apart, https://github.com/moby/buildkit/blob/master/solver/llbsolver/mounts/mount.go
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from sandbox.errors import ParseError
from sandbox.model.vertex import CacheMount
from sandbox.parse.flags import read_mount

_RUN = re.compile(r"(?:ONBUILD )?RUN((?:\s+--\S+)+)")
_MOUNT = re.compile(r"--mount=(\S+)")
_TARGETS = ("target", "dst", "destination")
_OWNERS = ("from", "source", "src", "uid", "gid", "mode")


def read_cache_mounts(instruction: str) -> tuple[CacheMount, ...]:
    """The cache mounts of an instruction that other RUNs may use too.

    A ``private`` mount is left out: nobody waits for it. So is one whose id has a variable.
    """
    run = _RUN.match(instruction)
    return tuple(_read(run[1])) if run else ()


def _read(words: str) -> Iterator[CacheMount]:
    for value in _MOUNT.findall(words):
        try:
            fields = dict(read_mount(value).fields.pairs)
        except ParseError:
            continue  # BuildKit refuses it
        target = next((fields[name] for name in _TARGETS if name in fields), "")
        name = fields.get("id") or posixpath.normpath(target)
        sharing = fields.get("sharing", "shared")
        if fields.get("type") == "cache" and sharing != "private" and "$" not in name:
            key = "\n".join([name, *(fields.get(owner, "") for owner in _OWNERS)])
            yield CacheMount(key, name, sharing == "locked")
