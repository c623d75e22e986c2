"""The entries of the CI cache on disk. An entry exists completely or not at all.

actions/entries/ID.json   key, version, scope, size_bytes, created: written last, never changed
actions/blobs/ID          the entry's bytes; the file's date is the time of the last use
actions/uploads/ID/       uploads in progress; the next start removes them

The service caches nothing in memory, so that other processes may list and remove entries too.
"""

from __future__ import annotations

import itertools
import json
import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from io import BufferedIOBase
from pathlib import Path

LIMIT_BYTES = 2 * 10**9
"""The limit for all entries and uploads together. GitHub's limit is 10 GB. Both services remove
the least recently used entries first.
"""
SPARE_BYTES = 10**9
"""Disk space that the cache leaves free."""
IDLE_S = 10.0
"""How long an upload may be idle. Then its client counts as killed, and its key is free again."""
_CHUNK_BYTES = 1 << 18


class AlreadyExists(Exception):
    """An entry with this key exists, or a client is uploading one."""


class Full(Exception):
    """There is no room, even after all entries were removed."""


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """An entry of the CI cache.

    Args:
        id: The name of the entry's files.
        key: The client's name for the entry.
        version: The client's format; a client finds only entries of its own version.
        scope: The ref whose job wrote the entry.
        size_bytes: The size of the entry's blob.
        created: When the entry was written; aware, UTC.
        last_used: When the entry was last written or read; aware, UTC.
    """

    id: str
    key: str
    version: str
    scope: str
    size_bytes: int
    created: datetime
    last_used: datetime


class Upload:
    """An upload in progress: blocks in any order, then a list that joins them.

    Args:
        folder: A new folder for this upload.
        clock: Returns seconds.
    """

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self._clock = clock
        self._touched_s = clock()
        self.size_bytes = 0
        """The bytes announced so far. Only the store changes this, as it counts all uploads."""

    @property
    def id(self) -> str:
        return self._folder.name

    @property
    def blob(self) -> Path:
        """The complete blob; the file exists once ``join`` was called."""
        return self._folder / "blob"

    @property
    def is_idle(self) -> bool:
        return self._clock() - self._touched_s > IDLE_S

    def put(self, name: str, source: BufferedIOBase, size_bytes: int) -> None:
        """Write a block to disk.

        Raises:
            EOFError: The source ended early, because the client disconnected.
        """
        with self._block(name).open("wb") as block:
            left = size_bytes
            while left:
                chunk = source.read(min(left, _CHUNK_BYTES))
                if not chunk:
                    raise EOFError(f"{left} of {size_bytes} bytes are missing")
                block.write(chunk)
                left -= len(chunk)
                self._touched_s = self._clock()

    def join(self, names: Sequence[str]) -> None:
        """Join the named blocks, in this order, to the blob.

        Raises:
            KeyError: A block was never uploaded.
        """
        blocks = [self._block(name) for name in names]
        missing = [name for name, block in zip(names, blocks, strict=True) if not block.exists()]
        if missing:
            raise KeyError(missing[0])
        partial = self._folder / "partial"
        with partial.open("wb") as whole:
            for block in blocks:
                with block.open("rb") as part:
                    shutil.copyfileobj(part, whole, _CHUNK_BYTES)
                block.unlink()
        partial.rename(self.blob)
        self._touched_s = self._clock()

    def _block(self, name: str) -> Path:
        # The client's name for a block may contain any character.
        return self._folder / f"block-{sha256(name.encode()).hexdigest()}"


class Store:
    """The entries and the uploads of one sandbox.

    Args:
        folder: The store's folder. Incomplete files of a killed service are removed from it.
        limit_bytes: The limit for all entries and uploads together.
        spare_bytes: The disk space that must stay free.
        clock: Returns seconds since the epoch.
    """

    def __init__(
        self,
        folder: Path,
        *,
        limit_bytes: int = LIMIT_BYTES,
        spare_bytes: int = SPARE_BYTES,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._spare_bytes = spare_bytes
        self._clock = clock
        self._lock = threading.Lock()
        self._uploads: dict[tuple[str, str, str], Upload] = {}
        _clean(folder)

    def find(self, keys: Sequence[str], version: str, scopes: Sequence[str]) -> CacheEntry | None:
        """The entry that GitHub would return for ``keys``; updates its time of last use.

        The search goes through the scopes, and in each scope through the keys. For each key, an
        entry with exactly this key comes first, then the latest entry whose key begins with it.
        Source: docs.github.com, Dependency caching reference, "Cache key matching".
        """
        with self._lock:
            found = [entry for entry in entries(self._folder) if entry.version == version]
            for scope, key in itertools.product(scopes, keys):
                matching = [e for e in found if e.scope == scope and e.key.startswith(key)]
                if matching:
                    best = max(matching, key=lambda entry: (entry.key == key, entry.created))
                    now_s = self._clock()
                    os.utime(self.blob(best.id), (now_s, now_s))
                    return best
        return None

    def blob(self, id: str) -> Path:
        """The path of an entry's blob."""
        return self._folder / "blobs" / id

    def reserve(self, key: str, version: str, scope: str) -> Upload:
        """Begin an upload.

        Raises:
            AlreadyExists: The scope has an entry or an upload with this key.
        """
        name = (key, version, scope)
        with self._lock:
            for other, upload in tuple(self._uploads.items()):
                if upload.is_idle:
                    self._give_up(other)
            taken = ((e.key, e.version, e.scope) for e in entries(self._folder))
            if name in self._uploads or name in taken:
                raise AlreadyExists(key)
            folder = self._folder / "uploads" / secrets.token_hex(16)
            self._uploads[name] = Upload(folder, self._clock)
            return self._uploads[name]

    def upload(self, id: str) -> Upload:
        """The upload in progress with this id.

        Raises:
            KeyError: There is no upload with this id, or it has ended.
        """
        for upload in tuple(self._uploads.values()):
            if upload.id == id:
                return upload
        raise KeyError(id)

    def admit(self, upload: Upload, size_bytes: int) -> None:
        """Make room for ``size_bytes`` more of an upload, by removing least recently used entries.

        Raises:
            Full: There is not enough room, even without any entry.
        """
        with self._lock:
            kept = sorted(entries(self._folder), key=lambda entry: entry.last_used)
            while self._room_bytes(kept) < size_bytes:
                if not kept:
                    raise Full(f"there is no room for {size_bytes} bytes more")
                remove(self._folder, kept.pop(0).id)
            upload.size_bytes += size_bytes

    def publish(self, key: str, version: str, scope: str, size_bytes: int) -> CacheEntry:
        """Turn an upload into an entry.

        Raises:
            KeyError: There is no such upload, or it is incomplete.
        """
        with self._lock:
            upload = self._uploads[key, version, scope]
            if not upload.blob.exists() or upload.blob.stat().st_size != size_bytes:
                raise KeyError(key)
            now = datetime.fromtimestamp(self._clock(), UTC)
            entry = CacheEntry(upload.id, key, version, scope, size_bytes, now, now)
            _write(self._folder, entry, upload.blob)
            self._give_up((key, version, scope))
            return entry

    def _room_bytes(self, kept: Sequence[CacheEntry]) -> int:
        used = sum(e.size_bytes for e in kept) + sum(u.size_bytes for u in self._uploads.values())
        free = shutil.disk_usage(self._folder).free
        return min(self._limit_bytes - used, free - self._spare_bytes)

    def _give_up(self, name: tuple[str, str, str]) -> None:
        upload = self._uploads.pop(name)
        shutil.rmtree(self._folder / "uploads" / upload.id, ignore_errors=True)


def entries(folder: Path) -> Iterator[CacheEntry]:
    """All complete entries, in no particular order."""
    for path in (folder / "entries").glob("*.json"):
        try:
            data = json.loads(path.read_text())
            found = (folder / "blobs" / path.stem).stat()
            entry = CacheEntry(
                path.stem,
                data["key"],
                data["version"],
                data["scope"],
                data["size_bytes"],
                datetime.fromisoformat(data["created"]),
                datetime.fromtimestamp(found.st_mtime, UTC),
            )
        except (FileNotFoundError, ValueError, KeyError):
            # Removed meanwhile, or damaged by a power failure; the next start cleans up.
            continue
        yield entry


def remove(folder: Path, id: str) -> None:
    """Remove an entry, if it exists."""
    (folder / "entries" / f"{id}.json").unlink(missing_ok=True)
    (folder / "blobs" / id).unlink(missing_ok=True)


def _write(folder: Path, entry: CacheEntry, blob: Path) -> None:
    stamp_s = entry.last_used.timestamp()
    os.utime(blob, (stamp_s, stamp_s))
    data = {
        "key": entry.key,
        "version": entry.version,
        "scope": entry.scope,
        "size_bytes": entry.size_bytes,
        "created": entry.created.isoformat(),
    }
    partial = folder / "entries" / f"{entry.id}.partial"
    # Written first: if the disk is full, the blob stays in its upload, where its size is counted.
    partial.write_text(json.dumps(data))
    blob.rename(folder / "blobs" / entry.id)
    partial.rename(partial.with_suffix(".json"))


def _clean(folder: Path) -> None:
    shutil.rmtree(folder / "uploads", ignore_errors=True)
    for name in ("entries", "blobs"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for partial in (folder / "entries").glob("*.partial"):
        partial.unlink()
    whole = {entry.id for entry in entries(folder)}
    for path in (*(folder / "entries").iterdir(), *(folder / "blobs").iterdir()):
        if path.stem not in whole:
            path.unlink()
