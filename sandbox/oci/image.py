"""An image as one value: its documents are there at once, its layers are read on demand."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.errors import UsageError
from sandbox.oci import forms
from sandbox.oci.attestation import Attestation
from sandbox.oci.contents import Contents
from sandbox.oci.image_search import ImageSearch
from sandbox.oci.traits import Reader, Trait, joined
from sandbox.oci.values import (
    Config,
    Descriptor,
    HistoryEntry,
    ImageFiles,
    Layer,
    LayerFiles,
    Occurrence,
    Place,
)


@dataclass(frozen=True, slots=True)
class PlatformImage:
    """The image for one platform.

    Args:
        platform: Such as ``linux/arm64``; ``build cache`` for a cache that a build exported.
        manifest: Digest and size of its manifest.
        config: The defaults of a container: command, user, environment.
        history: The lowest line first.
        layers: The lowest first.
        annotations: Annotations of the manifest, and of the index's entry for it.
        attestations: Attestations about this platform's image.
        is_cache: Whether this is an exported build cache: its layers have no order, belong to
            many stages, and do not lie on one another.
    """

    platform: str
    manifest: Descriptor
    config: Config
    history: tuple[HistoryEntry, ...]
    layers: tuple[Layer, ...]
    annotations: Mapping[str, str]
    attestations: tuple[Attestation, ...]
    is_cache: bool
    _contents: Contents = field(repr=False, compare=False)

    @property
    def size_bytes(self) -> int:
        """Size of the layers as they are stored and transferred: compressed."""
        return sum(layer.size_bytes for layer in self.layers)

    @property
    def files(self) -> ImageFiles:
        """The files that each layer adds, changes and removes; read once, on first use.

        Raises:
            ImageError: A layer is damaged or missing.
        """
        return self._contents.files(self.layers, stacked=not self.is_cache)

    def files_above(self, below: int) -> tuple[LayerFiles, ...]:
        """The files of the layers on top of the lowest ones, which are not read.

        What replaces a file of the lowest layers counts as added.

        Args:
            below: The number of layers that are not read.

        Raises:
            ImageError: A layer is damaged or missing.
        """
        above = self._contents.files(self.layers[below:], stacked=not self.is_cache)
        return above.layers

    def read(self, path: str, *, most_bytes: int) -> bytes | None:
        """The beginning of a file as a container of this image sees it, symbolic links followed.

        Args:
            path: Absolute.
            most_bytes: The number of bytes to read at most.

        Returns:
            None if there is no file.

        Raises:
            ImageError: A layer is damaged or missing.
        """
        return self._contents.read(self.layers, path, most_bytes)

    def occurrences(self, search: ImageSearch) -> Iterator[Occurrence]:
        """The places in this platform's image that a search finds."""
        yield from search.in_document(self.manifest, Place.MANIFEST, self.platform)
        yield from search.in_document(self._config_at, Place.CONFIG, self.platform, self.history)
        for attestation in self.attestations:
            statement = attestation.statement.encode(errors="surrogateescape")
            yield from search.in_statement(statement, self.platform, attestation.digest)
        yield from search.in_layers(self.layers, self.platform, stacked=not self.is_cache)

    def traits(self, reader: Reader) -> Iterator[tuple[Trait, str]]:
        """Everything that this platform's image gives away, with fingerprints."""
        if not self.is_cache:  # the config of a cache consists of digests
            yield from reader.in_blob(self._config_at, Place.CONFIG, self.platform)
        annotations = json.dumps(dict(self.annotations)).encode()
        yield from reader.in_document(annotations, Place.ANNOTATION, self.platform)
        for attestation in self.attestations:
            if attestation.sbom is None:  # an SBOM lists files, which are compared themselves
                statement = attestation.statement.encode(errors="surrogateescape")
                yield from reader.in_document(statement, Place.ATTESTATION, self.platform)
        yield from reader.in_layers(self.layers, self.platform, stacked=not self.is_cache)

    @property
    def _config_at(self) -> Descriptor:
        return Descriptor(self.config.media_type, self.config.digest, self.config.size_bytes)


@dataclass(frozen=True, slots=True)
class Image:
    """An image with all its platforms.

    Indexes, manifests, configs and attestations are read when the object is made. Layers are
    read as streams by ``find``, and by ``files`` of a platform.

    Args:
        reference: The name that the caller gave.
        root: Media type, digest and size of the index, or of the manifest if there is no index.
        annotations: Annotations of the index; empty without one.
        platforms: In the order of the index.
        absent: Platforms that the index names but that are not stored here, for example after a
            pull for one platform.
    """

    reference: str
    root: Descriptor
    annotations: Mapping[str, str]
    platforms: tuple[PlatformImage, ...]
    absent: tuple[str, ...]
    _contents: Contents = field(repr=False, compare=False)

    @property
    def digest(self) -> str:
        """Digest of the index, or of the manifest if there is no index."""
        return self.root.digest

    @property
    def size_bytes(self) -> int:
        """Size of all layers as they are stored; a layer that platforms share counts once."""
        return sum({x.digest: x.size_bytes for p in self.platforms for x in p.layers}.values())

    @property
    def attestations(self) -> tuple[Attestation, ...]:
        """The attestations of all platforms."""
        return tuple(a for platform in self.platforms for a in platform.attestations)

    def platform(self, name: str | None = None) -> PlatformImage:
        """The image for one platform, such as ``linux/arm64``; None: the only one.

        Raises:
            UsageError: There is no such platform, or there are several and none was named.
        """
        names = ", ".join(platform.platform for platform in self.platforms)
        found = [p for p in self.platforms if name in (None, p.platform)]
        if not found:
            where = f" {self.reference} for {name}" if name else f" {self.reference} for a platform"
            raise UsageError(
                f"There is no image{where} here.",
                next_step=f"the platforms are: {names or 'none'}",
            )
        if len(found) > 1:
            raise UsageError(
                f"{self.reference} has {len(found)} platforms.", next_step=f"name one of: {names}"
            )
        return found[0]

    def traits(
        self,
        *,
        allowed: Sequence[bytes] = (),
        known: Collection[str] = (),
        made: tuple[datetime, datetime],
    ) -> Mapping[Trait, str]:
        """Everything that the image gives away, with fingerprints to compare two images by.

        See ``sandbox.oci.traits`` for what is left out.

        Args:
            allowed: Texts that make no difference: they are left out of all values.
            known: Digests of layers to skip.
            made: The beginning and the end of the build.

        Raises:
            ImageError: A part of the image is damaged or missing.
        """
        reader = Reader(self._contents.source, allowed=allowed, known=known, made=made)
        return joined(trait for platform in self.platforms for trait in platform.traits(reader))

    def find(
        self, needle: bytes, *, encoded: bool = False, known: Collection[str] = ()
    ) -> tuple[Occurrence, ...]:
        """Search the whole image for bytes; one result for each file and each JSON key.

        The search covers the uncompressed layers (contents, names, attributes, and the bytes
        between files), the index, manifests, annotations, configs, history and attestations.
        In JSON it compares decoded values, and values in base64 also as the bytes that they
        encode, since provenance holds the Dockerfile so. Files of a layer that are compressed
        or encoded are searched as they are stored, unless ``encoded`` is set.

        Args:
            needle: The bytes.
            encoded: Search also for base64, hex, the reversed bytes, URL encoding and letters of
                another case, and inside files that are compressed with gzip, zstd, xz, bzip2 or
                zlib (objects and packs of git) or are zip archives. Bytes that were taken apart
                or encoded twice are not found, nor is anything after the first GiB of an
                unpacked file, or after its first 64 MiB once a layer's files have taken long.
            known: Digests of layers to skip.

        Raises:
            UsageError: ``needle`` is empty.
            ImageError: A part of the image is damaged or missing.
        """
        if not needle:
            raise UsageError("There is nothing to look for.", next_step="give at least one byte")
        wanted = forms.every(needle) if encoded else forms.plain(needle)
        search = ImageSearch(self._contents, wanted, known)
        found: list[Occurrence] = []
        if all(platform.manifest.digest != self.root.digest for platform in self.platforms):
            found += search.in_document(self.root, Place.INDEX)
        for platform in self.platforms:
            found += platform.occurrences(search)
        return tuple(found)
