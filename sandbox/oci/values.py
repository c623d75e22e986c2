"""What an image says about itself, as frozen values: descriptors, config, history, layers, files.

Source: OCI Image Format Specification 1.1, and Docker's image manifest 2.2 where it differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A reference to a blob, as it stands in an index or a manifest.

    Args:
        media_type: What the blob is.
        digest: ``sha256:`` and 64 hexadecimal digits.
        size_bytes: Of the blob as it is stored.
        annotations: May be empty.
        platform: As ``linux/arm64/v8``; None when the descriptor names none.
        artifact_type: Of an artifact's manifest, None for anything else.
    """

    media_type: str
    digest: str
    size_bytes: int
    annotations: Mapping[str, str] = field(default_factory=dict)
    platform: str | None = None
    artifact_type: str | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """What a container of this image starts with.

    Args:
        media_type: Of the config; that of a build cache is BuildKit's own.
        digest: Of the config.
        size_bytes: Of the config.
        architecture: As ``arm64``, empty when the config has none.
        os: As ``linux``, empty when the config has none.
        variant: As ``v8``, None for most architectures.
        created: Aware; None when it is not said.
        env: As ``NAME=value``, in order.
        entrypoint: Words; empty when there is none.
        cmd: Words; empty when there is none.
        user: Empty for root.
        working_dir: Empty for ``/``.
        labels: May be empty.
        exposed_ports: As ``80/tcp``.
        volumes: Paths.
        stop_signal: None for the engine's own choice.
    """

    media_type: str
    digest: str
    size_bytes: int
    architecture: str = ""
    os: str = ""
    variant: str | None = None
    created: datetime | None = None
    env: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    user: str = ""
    working_dir: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    exposed_ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    stop_signal: str | None = None


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line of an image's history.

    Args:
        created_by: As the builder wrote it.
        instruction: The same without the builder's additions: ``RUN make``.
        created: Aware; None when it is not said.
        comment: As ``buildkit.dockerfile.v0``; may be empty.
        layer: Number of the layer that it made, None when it made none (ENV, CMD, …).
    """

    created_by: str
    instruction: str
    created: datetime | None
    comment: str
    layer: int | None


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer, as manifest and config describe it, before it is looked into.

    Args:
        number: From 1, the lowest first.
        digest: Of the blob.
        media_type: Says how the blob is compressed.
        size_bytes: Of the blob, as it is stored and transferred.
        diff_id: Digest of the uncompressed archive, None when the config does not say.
        instruction: That made it, None when the history does not say.
        created: When that instruction ran; aware; None when neither the history says so nor, of a
            layer of a build cache, its annotations.
        annotations: Of its descriptor.
    """

    number: int
    digest: str
    media_type: str
    size_bytes: int
    diff_id: str | None = None
    instruction: str | None = None
    created: datetime | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)

    @property
    def compression(self) -> str:
        """``gzip``, ``zstd`` or ``none``."""
        if self.media_type.endswith(("+gzip", ".gzip")):
            return "gzip"
        return "zstd" if self.media_type.endswith(("+zstd", ".zstd")) else "none"


class Change(StrEnum):
    """What a layer does to a path, seen from the layers below it."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


class FileKind(StrEnum):
    """What lies at a path."""

    FILE = "file"
    FOLDER = "folder"
    SYMLINK = "symbolic link"
    HARDLINK = "hard link"
    OTHER = "other"  # a device, a pipe, or unknown


@dataclass(frozen=True, slots=True)
class FileChange:
    """What one layer does to one path.

    Args:
        path: Absolute, as in a container.
        change: Added, changed or removed.
        kind: What lies there now; of a removed path, what was removed.
        size_bytes: That the layer holds for it, uncompressed. Of a removed path, the bytes of
            lower layers that nobody sees any more.
        mode: Permission bits, 0 for a removed path.
        target: Of a link, None for anything else.
        superseded_by: Number of the layer that removes or overwrites it later; None when it is
            in the finished image. A superseded file is still in the image, for all to read.
        kept_by: Of a superseded file, a hard link by which a container sees it all the same;
            None when there is none.
    """

    path: str
    change: Change
    kind: FileKind
    size_bytes: int
    mode: int = 0
    target: str | None = None
    superseded_by: int | None = None
    kept_by: str | None = None

    @property
    def wasted_bytes(self) -> int:
        """Bytes that are shipped and never seen: all of them, once nothing shows them."""
        lost = self.superseded_by is not None and self.kept_by is None
        lost = lost and self.change is not Change.REMOVED
        return self.size_bytes if lost else 0


@dataclass(frozen=True, slots=True)
class LayerFiles:
    """What is in one layer.

    Args:
        layer: The layer.
        size_bytes: Of the uncompressed archive.
        changes: By path.
    """

    layer: Layer
    size_bytes: int
    changes: tuple[FileChange, ...]

    @property
    def added(self) -> tuple[FileChange, ...]:
        return self._of(Change.ADDED)

    @property
    def changed(self) -> tuple[FileChange, ...]:
        return self._of(Change.CHANGED)

    @property
    def removed(self) -> tuple[FileChange, ...]:
        return self._of(Change.REMOVED)

    @property
    def wasted_bytes(self) -> int:
        """Uncompressed bytes of files in this layer that later layers remove or overwrite."""
        return sum(change.wasted_bytes for change in self.changes)

    def _of(self, kind: Change) -> tuple[FileChange, ...]:
        return tuple(change for change in self.changes if change.change is kind)


@dataclass(frozen=True, slots=True)
class Wasted:
    """A path that costs bytes which no container ever sees.

    Args:
        path: Absolute.
        size_bytes: Uncompressed, over all layers.
        layers: Numbers of the layers that hold the bytes.
        gone_in: Number of the layer that removed or overwrote it last.
    """

    path: str
    size_bytes: int
    layers: tuple[int, ...]
    gone_in: int


@dataclass(frozen=True, slots=True)
class ImageFiles:
    """All layers of one platform's image with their files, the lowest first."""

    layers: tuple[LayerFiles, ...]

    @property
    def size_bytes(self) -> int:
        """Of all layers, uncompressed."""
        return sum(layer.size_bytes for layer in self.layers)

    @property
    def wasted_bytes(self) -> int:
        """Uncompressed bytes that are shipped and that no container ever sees."""
        return sum(layer.wasted_bytes for layer in self.layers)

    @property
    def wasted(self) -> tuple[Wasted, ...]:
        """Every path with wasted bytes, the most wasteful first."""
        found: dict[str, list[tuple[int, FileChange]]] = {}
        for layer in self.layers:
            for change in layer.changes:
                if change.wasted_bytes:
                    found.setdefault(change.path, []).append((layer.layer.number, change))
        paths = [
            Wasted(
                path=path,
                size_bytes=sum(change.size_bytes for _, change in versions),
                layers=tuple(dict.fromkeys(number for number, _ in versions)),
                gone_in=max(change.superseded_by or 0 for _, change in versions),
            )
            for path, versions in found.items()
        ]
        return tuple(sorted(paths, key=lambda wasted: (-wasted.size_bytes, wasted.path)))

    def layer(self, number: int) -> LayerFiles:
        """The layer of that number, from 1.

        Raises:
            KeyError: There is none.
        """
        for layer in self.layers:
            if layer.layer.number == number:
                return layer
        raise KeyError(number)


class Place(StrEnum):
    """Where in an image something was found."""

    FILE = "file"  # the content of a file in a layer
    HEADER = "archive header"  # a name, a link's target, an extended attribute
    PADDING = "archive padding"  # between files or after the last one: no container sees it
    INDEX = "index"
    MANIFEST = "manifest"
    CONFIG = "config"
    HISTORY = "history"
    ANNOTATION = "annotation"
    ATTESTATION = "attestation"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One place where the bytes that were looked for are; one a file and one a key.

    Args:
        place: What kind of place it is.
        platform: Of the image in question; None for the index, which all platforms share.
        layer: Number of the layer, None outside of layers.
        instruction: That made the layer or the line of history, None when unknown.
        path: In the layer, absolute; None outside of layers and after an archive's end.
        key: In the JSON document, as ``config.Env[2]``; None inside layers, and when the bytes
            lie across several values of the document.
        offset_bytes: Of the first occurrence: from the beginning of the file, of the archive
            (headers and padding), or of the value that ``key`` names (of the document, if None).
        occurrences: At this place.
        encoding: ``base64`` when they were found in what a base64 value stands for, else None.
        document: Digest of the JSON document or of the layer.
        superseded_by: Number of the later layer that removes or overwrites the file. The bytes
            are in the image all the same.
        form: How they are written there, as ``base64``, ``hex``, ``reversed`` or ``gzip``; None
            as they are. Places are those of what is written.
    """

    place: Place
    platform: str | None
    layer: int | None
    instruction: str | None
    path: str | None
    key: str | None
    offset_bytes: int
    occurrences: int
    encoding: str | None
    document: str
    superseded_by: int | None = None
    form: str | None = None

    def __str__(self) -> str:
        """One line, the platform first."""
        parts = [self.platform] if self.platform else []
        if self.layer is not None:
            made_by = f" ({self.instruction})" if self.instruction else ""
            parts.append(f"layer {self.layer}{made_by}")
        where = self.place.value if self.path is None else self.path
        if self.path is not None and self.place is not Place.FILE:
            where += f", in its {self.place.value}"
        if self.key is not None:
            where = self.key if self.key.startswith(where) else f"{where} {self.key}"
        if self.layer is None and self.instruction:
            where += f" ({self.instruction})"
        parts.append(where)
        line = f"{': '.join(parts)} at byte {self.offset_bytes}"
        if self.encoding:
            line += f" of the decoded {self.encoding}"
        if self.form:
            line += f", as {self.form}"
        if self.occurrences > 1:
            line += f", {self.occurrences} times"
        if self.superseded_by is not None:
            line += f"; layer {self.superseded_by} hides it, and it is in the image all the same"
        return line
