"""The parts of an image as frozen values: descriptors, config, history, layers, files.

Source: OCI Image Format Specification 1.1, and Docker's image manifest 2.2 where it differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A reference to a blob, as an index or a manifest has it.

    Args:
        media_type: The type of the blob.
        digest: ``sha256:`` and 64 hexadecimal digits.
        size_bytes: Size of the blob as it is stored.
        annotations: May be empty.
        platform: Such as ``linux/arm64/v8``; None if the descriptor names none.
        artifact_type: The type of an artifact; None for anything else.
    """

    media_type: str
    digest: str
    size_bytes: int
    annotations: Mapping[str, str] = field(default_factory=dict)
    platform: str | None = None
    artifact_type: str | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """The defaults of a container of this image.

    Args:
        media_type: The config's media type; a build cache has BuildKit's own.
        digest: The config's digest.
        size_bytes: The config's size.
        architecture: Such as ``arm64``; empty if the config has none.
        os: Such as ``linux``; empty if the config has none.
        variant: Such as ``v8``; None for most architectures.
        created: Aware; None if not stated.
        env: As ``NAME=value``, in order.
        entrypoint: Words; may be empty.
        cmd: Words; may be empty.
        user: Empty for root.
        working_dir: Empty for ``/``.
        labels: May be empty.
        exposed_ports: Such as ``80/tcp``.
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
        created_by: The text that the builder wrote.
        instruction: The same without the builder's additions: ``RUN make``.
        created: Aware; None if not stated.
        comment: As ``buildkit.dockerfile.v0``; may be empty.
        layer: Number of the layer that it made; None if it made none (ENV, CMD, …).
    """

    created_by: str
    instruction: str
    created: datetime | None
    comment: str
    layer: int | None


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer, as manifest and config describe it, without its files.

    Args:
        number: From 1, the lowest first.
        digest: The blob's digest.
        media_type: The blob's media type, which names its compression.
        size_bytes: Size of the blob, as it is stored and transferred.
        diff_id: Digest of the uncompressed archive; None if the config does not have it.
        instruction: The instruction that made it; None if the history does not say.
        created: The time at which it was made, aware, from the history or, for a build cache,
            from its annotations; None if neither has it.
        annotations: Annotations of its descriptor.
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
    """The change that a layer makes to a path of the layers below it."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


class FileKind(StrEnum):
    """The kind of a file."""

    FILE = "file"
    FOLDER = "folder"
    SYMLINK = "symbolic link"
    HARDLINK = "hard link"
    OTHER = "other"  # a device, a pipe, or unknown


@dataclass(frozen=True, slots=True)
class FileChange:
    """The change that one layer makes to one path.

    Args:
        path: Absolute, as in a container.
        change: Added, changed or removed.
        kind: The kind of the file; for a removed path, of the file that was removed.
        size_bytes: The bytes that the layer holds for it, uncompressed. For a removed path, the
            bytes of lower layers that the removal hides.
        mode: Permission bits; 0 for a removed path.
        target: The target of a link; None for anything else.
        superseded_by: Number of the later layer that removes or overwrites it; None if a
            container sees it. A superseded file is still in the image, for everybody to read.
        kept_by: A hard link through which a container still sees a superseded file; None if
            there is none.
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
        """Bytes that the image ships but no container sees."""
        lost = self.superseded_by is not None and self.kept_by is None
        lost = lost and self.change is not Change.REMOVED
        return self.size_bytes if lost else 0


@dataclass(frozen=True, slots=True)
class LayerFiles:
    """The files of one layer.

    Args:
        layer: The layer.
        size_bytes: Size of the uncompressed archive.
        changes: The changes, in the order of their paths.
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
    def content_bytes(self) -> int:
        """Bytes of the files that the layer adds or changes, without the archive's own bytes."""
        return sum(change.size_bytes for change in (*self.added, *self.changed))

    @property
    def wasted_bytes(self) -> int:
        """Uncompressed bytes of files in this layer that later layers remove or overwrite."""
        return sum(change.wasted_bytes for change in self.changes)

    def _of(self, kind: Change) -> tuple[FileChange, ...]:
        return tuple(change for change in self.changes if change.change is kind)


@dataclass(frozen=True, slots=True)
class Wasted:
    """A path with bytes that no container sees.

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
        """Size of all layers, uncompressed."""
        return sum(layer.size_bytes for layer in self.layers)

    @property
    def content_bytes(self) -> int:
        """Bytes of the files of all layers, without the archives' own bytes."""
        return sum(layer.content_bytes for layer in self.layers)

    @property
    def wasted_bytes(self) -> int:
        """Uncompressed bytes that the image ships but no container sees."""
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
            KeyError: There is no such layer.
        """
        for layer in self.layers:
            if layer.layer.number == number:
                return layer
        raise KeyError(number)


class Place(StrEnum):
    """The kinds of places in an image where bytes can be found."""

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
    """One place of an image that holds the bytes of a search: a file of a layer, or a JSON key.

    Args:
        place: The kind of place.
        platform: The image's platform; None for the index, which all platforms share.
        layer: Number of the layer; None outside of layers.
        instruction: The instruction that made the layer or the line of history; None: unknown.
        path: The file in the layer, absolute; None outside of layers and after an archive's end.
        key: The key in the JSON document, as ``config.Env[2]``; None inside layers, and if the
            bytes span several values of the document.
        offset_bytes: Offset of the first occurrence in the file, in the archive (for headers and
            padding), or in the value of ``key`` (in the document, if ``key`` is None).
        occurrences: Number of occurrences at this place.
        encoding: ``base64`` if they were found in the decoded value of a base64 text, else None.
        document: Digest of the JSON document or of the layer.
        superseded_by: Number of the later layer that removes or overwrites the file; the bytes
            are still in the image. None: no layer does.
        form: Their encoding there, as ``base64``, ``hex``, ``reversed`` or ``gzip``; None: as
            they are. Offsets refer to the encoded text.
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
            line += f"; layer {self.superseded_by} hides it, but the image still holds it"
        return line
