"""The traits of an image: everything that it gives away, each with a fingerprint.

Two images can be compared trait by trait: every file with its name, owner, mode, time, attributes
and bytes, and every value of the configuration, the history, the annotations and the attestations.
Left out is what depends on the clock alone, or on other traits: times within the build, digests,
sizes of blobs.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, TYPE_CHECKING

from sandbox.oci.blob import open_archive, read_document
from sandbox.oci.search import values_of
from sandbox.oci.values import Descriptor, Place

if TYPE_CHECKING:
    from sandbox.oci.source import BlobSource
    from sandbox.oci.values import Layer

MOST_BYTES = 512 << 20
"""So many bytes of one image's files are compared; of later files, only all but the bytes."""
_WHOLE_BYTES = 8 << 20
"""A file of at most this size is compared without the texts that may be in it."""
_PIECE_BYTES = 1 << 20
_CLOCK = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[^ ]*")
_DIGEST = re.compile(r"(?:sha256:)?[0-9a-f]{64}")
_BUILDERS_OWN = (
    "subject[",
    "sha256:",
    "InvocationID",
    "args.no-cache",
    "BUILDKIT_",
    "hostname",
    "cacheOpt",
)
"""Parts of keys in an attestation, below which nothing depends on files or commands."""
_TIMES = ("mtime", "atime", "ctime")


@dataclass(frozen=True, slots=True)
class Trait:
    """One place of an image that has a value.

    Args:
        place: The kind of place.
        platform: The image's platform.
        layer: Number of the layer; None outside of layers, and in an exported cache, whose layers
            have no order.
        where: The path of a file, or the key of a value.
        is_time: Whether it is the time of a file; all else of a file is another trait.
    """

    place: Place
    platform: str
    layer: int | None
    where: str
    is_time: bool = False


class Reader:
    """Reads the traits of one image.

    Args:
        source: The image's blobs.
        allowed: Texts that the image may hold; each is left out of every value.
        known: Digests of layers to skip.
        made: The beginning and the end of the build; a file of that time has the trait "now".
    """

    def __init__(
        self,
        source: BlobSource,
        *,
        allowed: Sequence[bytes],
        known: Collection[str],
        made: tuple[datetime, datetime],
    ) -> None:
        self._source = source
        self._allowed = allowed
        self._known = known
        # Archives have whole seconds, rounded down.
        self._made = (made[0].timestamp() - 1.0, made[1].timestamp() + 1.0)
        self._left_bytes = MOST_BYTES

    def in_blob(
        self, descriptor: Descriptor, place: Place, platform: str
    ) -> Iterator[tuple[Trait, str]]:
        """The values of a stored JSON document."""
        raw = read_document(self._source, descriptor, place.value)
        yield from self.in_document(raw, place, platform)

    def in_layers(
        self, layers: Iterable[Layer], platform: str, *, stacked: bool
    ) -> Iterator[tuple[Trait, str]]:
        """The files of layers; without an order a trait may come several times."""
        for layer in layers:
            if layer.digest not in self._known:
                number = layer.number if stacked else None
                for path, is_time, mark in self._of_layer(layer):
                    yield Trait(Place.FILE, platform, number, path, is_time), mark

    def in_document(self, raw: bytes, place: Place, platform: str) -> Iterator[tuple[Trait, str]]:
        for key, value in values_of(json.loads(raw)):
            told = _CLOCK.fullmatch(value) or _DIGEST.fullmatch(value)
            if not told and not (place is Place.ATTESTATION and _of_the_builder(key, value)):
                yield Trait(place, platform, None, key), self._mark(value.encode(errors="replace"))

    def _of_layer(self, layer: Layer) -> Iterator[tuple[str, bool, str]]:
        descriptor = Descriptor(layer.media_type, layer.digest, layer.size_bytes)
        with open_archive(
            self._source, descriptor, layer.compression, f"layer {layer.number}"
        ) as archive:
            for member in archive:
                archive.members = []  # type: ignore[attr-defined]  # or it keeps every member
                content = archive.extractfile(member) if member.isreg() else None
                about = (
                    member.type,
                    member.mode,
                    member.uid,
                    member.gid,
                    member.size,
                    member.linkname,
                    *sorted(one for one in member.pax_headers.items() if one[0] not in _TIMES),
                )
                mark = self._mark(repr(about).encode(errors="replace"))
                path = f"/{member.name}"
                yield path, False, f"{mark} {self._mark_of_file(content, member.size)}"
                yield path, True, "now" if self._is_now(member.mtime) else str(member.mtime)

    def _is_now(self, mtime: float) -> bool:
        first, last = self._made
        return first <= mtime <= last

    def _mark_of_file(self, content: IO[bytes] | None, size_bytes: int) -> str:
        self._left_bytes -= size_bytes
        if content is None or self._left_bytes < 0:
            return ""
        if size_bytes <= _WHOLE_BYTES:
            return self._mark(content.read())
        total = hashlib.sha256()
        while piece := content.read(_PIECE_BYTES):
            total.update(piece)
        return total.hexdigest()

    def _mark(self, content: bytes) -> str:
        for text in self._allowed:
            content = content.replace(text, b"")
        return hashlib.sha256(content).hexdigest()


def _of_the_builder(key: str, value: str) -> bool:
    """Whether a value of an attestation is the builder's own: an id, a name, a size, a digest."""
    return value.isdecimal() or any(part in key for part in _BUILDERS_OWN)


def joined(traits: Iterator[tuple[Trait, str]]) -> Mapping[Trait, str]:
    """The traits, each with all its fingerprints in one text."""
    found: dict[Trait, list[str]] = {}
    for trait, mark in traits:
        found.setdefault(trait, []).append(mark)
    return {trait: " ".join(sorted(marks)) for trait, marks in found.items()}
