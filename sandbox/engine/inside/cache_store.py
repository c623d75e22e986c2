"""What the CI cache holds, on disk: an entry is there whole or not at all.

actions/entries/ID.json   key, version, scope, size_bytes, created: written last, never changed
actions/blobs/ID          the entry's bytes; its date is when they were last asked for
actions/uploads/ID/       what is still on its way, thrown away by the next start

The folder is the truth: whoever lists it or empties it from outside needs no word with the
service.
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
"""Of all entries and uploads. GitHub's is 10 GB; both forget what was not used for longest."""
SPARE_BYTES = 10**9
"""Of disk that the cache leaves to others."""
IDLE_S = 10.0
"""After which an upload is taken for given up: its client was killed, and its key is free."""
_CHUNK_BYTES = 1 << 18


class AlreadyExists(Exception):
    """There is such an entry, or somebody is uploading it."""


class Full(Exception):
    """No room, whatever is forgotten."""


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """One thing that is kept.

    Args:
        id: The name of its files.
        key: The client's name for it.
        version: The client's format; entries of another version are not found.
        scope: The ref whose job wrote it.
        size_bytes: Of its blob.
        created: Aware, UTC.
        last_used: Aware, UTC; when it was written or last asked for.
    """

    id: str
    key: str
    version: str
    scope: str
    size_bytes: int
    created: datetime
    last_used: datetime


class Upload:
    """An entry on its way: blocks in any order, then the list that puts them together.

    Args:
        folder: Of its own, empty.
        clock: Seconds.
    """

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self._clock = clock
        self._touched_s = clock()
        self.size_bytes = 0
        """Announced so far; changed by the store alone, which keeps count of all."""

    @property
    def id(self) -> str:
        return self._folder.name

    @property
    def blob(self) -> Path:
        """All of it; there once the blocks were put together."""
        return self._folder / "blob"

    @property
    def is_idle(self) -> bool:
        return self._clock() - self._touched_s > IDLE_S

    def put(self, name: str, source: BufferedIOBase, size_bytes: int) -> None:
        """Keep a block.

        Raises:
            EOFError: The source ended early: the client is gone.
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
        """Put blocks together, in this order, as the blob.

        Raises:
            KeyError: One was never put.
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
        # The client's name may hold anything.
        return self._folder / f"block-{sha256(name.encode()).hexdigest()}"


class Store:
    """The entries and the uploads of one sandbox.

    Args:
        folder: Of its own; what a killed service left half-done in there is removed.
        limit_bytes: Of all together.
        spare_bytes: Of the disk, which stay free.
        clock: Seconds since the epoch.
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
        """The entry that GitHub would give for ``keys``, and note that it was used.

        Scope by scope, key by key: the entry of exactly that key, else the latest of those whose
        key begins with it. Source: docs.github.com, Dependency caching reference, "Cache key
        matching".
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
        """Where the bytes of an entry are."""
        return self._folder / "blobs" / id

    def reserve(self, key: str, version: str, scope: str) -> Upload:
        """Begin an upload.

        Raises:
            AlreadyExists: The key is taken in that scope, by an entry or by a client at work.
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
        """An upload that was begun.

        Raises:
            KeyError: There is none of that id (any more).
        """
        for upload in tuple(self._uploads.values()):
            if upload.id == id:
                return upload
        raise KeyError(id)

    def admit(self, upload: Upload, size_bytes: int) -> None:
        """Let an upload write so much more; entries are forgotten for it, the longest unused first.

        Raises:
            Full: There is nothing left to forget.
        """
        with self._lock:
            kept = sorted(entries(self._folder), key=lambda entry: entry.last_used)
            while self._room_bytes(kept) < size_bytes:
                if not kept:
                    raise Full(f"there is no room for {size_bytes} bytes more")
                remove(self._folder, kept.pop(0).id)
            upload.size_bytes += size_bytes

    def publish(self, key: str, version: str, scope: str, size_bytes: int) -> CacheEntry:
        """Make an upload an entry.

        Raises:
            KeyError: There is no such upload, or it is not whole.
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
    """All entries that are whole, in no order."""
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
            continue  # forgotten meanwhile, or lost with the power: the next start removes it
        yield entry


def remove(folder: Path, id: str) -> None:
    """Forget an entry; one that is not there is no error."""
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
    # First of all: on a full disk the blob stays where it is counted.
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
