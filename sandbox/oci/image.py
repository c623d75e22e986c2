"""An image as one value: what it says at once, what is in its layers when asked."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from sandbox.errors import UsageError
from sandbox.oci import forms
from sandbox.oci.attestation import Attestation
from sandbox.oci.contents import Contents
from sandbox.oci.image_search import ImageSearch
from sandbox.oci.values import (
    Config,
    Descriptor,
    HistoryEntry,
    ImageFiles,
    Layer,
    Occurrence,
    Place,
)


@dataclass(frozen=True, slots=True)
class PlatformImage:
    """The image for one platform.

    Args:
        platform: As ``linux/arm64``; ``build cache`` for a cache that a build exported.
        manifest: Digest and size of its manifest.
        config: What a container starts with.
        history: The lowest line first.
        layers: The lowest first.
        annotations: Of the manifest, and of the index's entry for it.
        attestations: About this platform's image.
        is_cache: Whether this is an exported build cache: its layers are in no order, belong
            to many stages, and lie over nothing.
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
        """Of the layers as they are stored and transferred: compressed."""
        return sum(layer.size_bytes for layer in self.layers)

    @property
    def files(self) -> ImageFiles:
        """What each layer adds, changes and removes; read when first asked for, then kept.

        Raises:
            ImageError: A layer is damaged, or not there.
        """
        return self._contents.files(self.layers, stacked=not self.is_cache)

    def read(self, path: str, *, most_bytes: int) -> bytes | None:
        """A file as a container of this image sees it, symbolic links followed.

        Args:
            path: Absolute.
            most_bytes: So much of its beginning.

        Returns:
            None when no file lies there.

        Raises:
            ImageError: A layer is damaged, or not there.
        """
        return self._contents.read(self.layers, path, most_bytes)

    def occurrences(self, search: ImageSearch) -> Iterator[Occurrence]:
        """The places in this platform's image that a search finds."""
        config_at = Descriptor(self.config.media_type, self.config.digest, self.config.size_bytes)
        yield from search.in_document(self.manifest, Place.MANIFEST, self.platform)
        yield from search.in_document(config_at, Place.CONFIG, self.platform, self.history)
        for attestation in self.attestations:
            statement = attestation.statement.encode(errors="surrogateescape")
            yield from search.in_statement(statement, self.platform, attestation.digest)
        yield from search.in_layers(self.layers, self.platform, stacked=not self.is_cache)


@dataclass(frozen=True, slots=True)
class Image:
    """An image with all its platforms.

    Indexes, manifests, configs and attestations were read when it was made. Layers are read
    when ``files`` of a platform or ``find`` asks for them, as a stream each.

    Args:
        reference: As it was asked for.
        root: Media type, digest and size of the index, or of the manifest if there is no index.
        annotations: Of the index; empty without one.
        platforms: In the order of the index.
        absent: Platforms that the index names and that are not stored here, as after a pull
            for one platform.
    """

    reference: str
    root: Descriptor
    annotations: Mapping[str, str]
    platforms: tuple[PlatformImage, ...]
    absent: tuple[str, ...]
    _contents: Contents = field(repr=False, compare=False)

    @property
    def digest(self) -> str:
        """Of the index, or of the manifest if there is no index."""
        return self.root.digest

    @property
    def size_bytes(self) -> int:
        """Of all layers as they are stored, those that platforms share counted once."""
        return sum({x.digest: x.size_bytes for p in self.platforms for x in p.layers}.values())

    @property
    def attestations(self) -> tuple[Attestation, ...]:
        """Of all platforms."""
        return tuple(a for platform in self.platforms for a in platform.attestations)

    def platform(self, name: str | None = None) -> PlatformImage:
        """The image for one platform, as ``linux/arm64``; None when there is but one.

        Raises:
            UsageError: There is none, or there are several and no name was given.
        """
        names = ", ".join(platform.platform for platform in self.platforms)
        found = [p for p in self.platforms if name in (None, p.platform)]
        if not found:
            where = f" {self.reference} for {name}" if name else f" {self.reference} for a platform"
            raise UsageError(
                f"There is no image{where} here.",
                next_step=f"there is: {names or 'nothing'}",
            )
        if len(found) > 1:
            raise UsageError(
                f"{self.reference} has {len(found)} platforms.", next_step=f"name one of: {names}"
            )
        return found[0]

    def find(
        self, needle: bytes, *, encoded: bool = False, known: Collection[str] = ()
    ) -> tuple[Occurrence, ...]:
        """Look for bytes everywhere in the image: one finding a file and one a key.

        Looks through the uncompressed layers (contents, names, attributes, and what lies
        between the files), the index, manifests, annotations, configs, history and
        attestations. In JSON the values are compared as they are meant, whatever characters
        were escaped, and values in base64 once more as what they stand for: that is how
        provenance holds a Dockerfile. What is compressed or encoded inside a file of a layer
        is compared as it is stored, unless ``encoded`` is asked for.

        Args:
            needle: The bytes.
            encoded: Look for them in base64, hex, reversed, in URL encoding and with letters of
                another case too, and into files of a layer that are compressed with gzip, zstd,
                xz, bzip2 or zlib (objects and packs of git) or are zip archives. Bytes that
                somebody took apart, or encoded twice, are not found; nor is what comes after the
                first GiB of a file that unpacks to more, or after 64 MiB of it where a layer's
                files have taken long.
            known: Digests of layers that are not to be looked into, since what is in them is known.

        Raises:
            UsageError: There is nothing to look for.
            ImageError: Something in the image is damaged, or not there.
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
