"""The insides of an image: its layers, read at most once for what they hold, and searched."""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, cast

from sandbox.oci.blob import open_layer, read_document
from sandbox.oci.layer import Entry, absolute, walk
from sandbox.oci.model import (
    Change,
    Descriptor,
    FileChange,
    FileKind,
    Finding,
    ImageFiles,
    Layer,
    Place,
)
from sandbox.oci.search import Match, search_json
from sandbox.oci.source import BlobSource
from sandbox.oci.stack import lay
from sandbox.oci.tape import Tape

if TYPE_CHECKING:
    from sandbox.oci.image import PlatformImage

_LINKS_MAX = 40
"""Symbolic links on the way to a file. Source: Linux, path_resolution(7)."""


@dataclass(frozen=True, slots=True)
class _LayerMatch:
    """Bytes found in a layer, ``entry`` None outside of all entries."""

    place: Place
    entry: Entry | None
    offset: int
    occurrences: int


@dataclass(frozen=True, slots=True)
class _Scan:
    """A layer's entries and the size of its archive."""

    entries: tuple[Entry, ...]
    size_bytes: int


class Contents:
    """Reads the layers of one image, and remembers what files they hold; never their bytes."""

    def __init__(self, source: BlobSource) -> None:
        self._source = source
        self._scans: dict[str, _Scan] = {}
        self._files: dict[tuple[object, ...], ImageFiles] = {}

    def files(self, layers: Sequence[Layer], *, stacked: bool) -> ImageFiles:
        """What each layer does to the ones below, or, not stacked, what each holds alone."""
        # Platforms may share layers that other instructions made.
        key = (stacked, *((layer.digest, layer.instruction) for layer in layers))
        if key not in self._files:
            scans = [(layer, self._scanned(layer)) for layer in layers]
            archives = [(layer, scan.size_bytes, scan.entries) for layer, scan in scans]
            alone = [[archive] for archive in archives]
            stacks = [lay(stack) for stack in ([archives] if stacked else alone)]
            self._files[key] = ImageFiles(tuple(x for files in stacks for x in files.layers))
        return self._files[key]

    def read(self, layers: Sequence[Layer], path: str, most_bytes: int) -> bytes | None:
        """The beginning of a file as a container sees it; None when no file lies there."""
        found = _seen_at(self.files(layers, stacked=True), path)
        if found is None:
            return None
        number, change = found
        stored = change.target if change.kind is FileKind.HARDLINK else change.path
        layer = next(layer for layer in layers if layer.number == number)
        descriptor = Descriptor(layer.media_type, layer.digest, layer.size_bytes)
        content = None
        # Its digest was checked when its files were listed.
        with (
            open_layer(self._source, descriptor, layer.compression, f"layer {number}") as stream,
            # It asks for no more than read(), whatever its types say.
            tarfile.open(fileobj=cast("IO[bytes]", stream), mode="r|") as archive,
        ):
            for member in archive:
                if member.isfile() and absolute(member.name) == stored:
                    file = archive.extractfile(member)
                    content = file.read(most_bytes) if file is not None else None
        return content

    def find(
        self, needle: bytes, root: Descriptor, platforms: Sequence[PlatformImage]
    ) -> tuple[Finding, ...]:
        """Every place that holds the bytes: index, then a platform after the other."""
        found: list[Finding] = []
        if all(platform.manifest.digest != root.digest for platform in platforms):
            found += self._in_document(needle, root, Place.INDEX, None)
        matches: dict[str, list[_LayerMatch]] = {}
        for platform in platforms:
            found += self._in_manifests(needle, platform)
            for layer in platform.layers:
                if layer.digest not in matches:
                    matches[layer.digest] = self._search(layer, needle)
            found += self._in_layers(matches, platform)
        return tuple(found)

    def _in_manifests(self, needle: bytes, platform: PlatformImage) -> Iterator[Finding]:
        config = platform.config
        config_at = Descriptor(config.media_type, config.digest, config.size_bytes)
        yield from self._in_document(needle, platform.manifest, Place.MANIFEST, platform)
        yield from self._in_document(needle, config_at, Place.CONFIG, platform)
        for attestation in platform.attestations:
            raw = attestation.statement.encode(errors="surrogateescape")
            for match in search_json(raw, needle):
                yield _in_json(match, Place.ATTESTATION, platform, attestation.digest)

    def _in_document(
        self,
        needle: bytes,
        descriptor: Descriptor,
        place: Place,
        platform: PlatformImage | None,
    ) -> Iterator[Finding]:
        raw = read_document(self._source, descriptor, place.value)
        for match in search_json(raw, needle):
            yield _in_json(match, place, platform, descriptor.digest)

    def _in_layers(
        self, matches: dict[str, list[_LayerMatch]], platform: PlatformImage
    ) -> Iterator[Finding]:
        if not any(matches[layer.digest] for layer in platform.layers):
            return
        files = self.files(platform.layers, stacked=not platform.is_cache)
        for layer in platform.layers:
            hidden = {c.path: c.superseded_by for c in files.layer(layer.number).changes}
            for match in matches[layer.digest]:
                path = match.entry.path if match.entry else None
                yield Finding(
                    place=match.place,
                    platform=platform.platform,
                    layer=layer.number,
                    instruction=layer.instruction,
                    path=path,
                    key=None,
                    offset_bytes=match.offset,
                    occurrences=match.occurrences,
                    encoding=None,
                    document=layer.digest,
                    superseded_by=hidden.get(path) if path else None,
                )

    def _scanned(self, layer: Layer) -> _Scan:
        if layer.digest not in self._scans:
            self._read(layer, None, lambda _: None)
        return self._scans[layer.digest]

    def _search(self, layer: Layer, needle: bytes) -> list[_LayerMatch]:
        found: list[_LayerMatch] = []
        self._read(layer, needle, found.append)
        return found

    def _read(
        self, layer: Layer, needle: bytes | None, report: Callable[[_LayerMatch], None]
    ) -> None:
        made_by = f" ({layer.instruction:.60})" if layer.instruction else ""
        what = f"layer {layer.number}{made_by}"
        entries: list[Entry] = []
        descriptor = Descriptor(layer.media_type, layer.digest, layer.size_bytes)
        with open_layer(self._source, descriptor, layer.compression, what) as stream:
            tape = Tape(stream, needle)
            for section in walk(tape, what):
                entry, hit = section.entry, section.hit
                if section.is_content and entry is not None:
                    entries.append(entry)
                if hit is not None and section.is_content:
                    offset = hit.offset - section.offset
                    report(_LayerMatch(Place.FILE, entry, offset, hit.occurrences))
                elif hit is not None:
                    place = Place.HEADER if entry else Place.PADDING
                    report(_LayerMatch(place, entry, hit.offset, hit.occurrences))
                elif needle and entry and not section.is_content and _names(entry, needle):
                    # A long name lies in two parts of its header.
                    report(_LayerMatch(Place.HEADER, entry, section.offset, 1))
            self._scans[layer.digest] = _Scan(tuple(entries), tape.offset)


def _seen_at(files: ImageFiles, path: str) -> tuple[int, FileChange] | None:
    """The file that a container sees at a path, links followed, and its layer's number."""
    seen = {
        change.path: (layer.layer.number, change)
        for layer in files.layers
        for change in layer.changes
        if change.superseded_by is None and change.change is not Change.REMOVED
    }
    at, parts, links = "", path.split("/"), 0
    while parts:
        name = parts.pop(0)
        if name == "..":
            at = at.rpartition("/")[0]
        elif name not in ("", "."):
            at = f"{at}/{name}"
            _, change = seen.get(at, (0, None))
            if change is not None and change.kind is FileKind.SYMLINK:
                links += 1
                if links > _LINKS_MAX:
                    return None
                target = change.target or ""
                at = "" if target.startswith("/") else at.rpartition("/")[0]
                parts = [*target.split("/"), *parts]
    found = seen.get(at)
    is_file = found is not None and found[1].kind in (FileKind.FILE, FileKind.HARDLINK)
    return found if is_file else None


def _names(entry: Entry, needle: bytes) -> bool:
    target = entry.target if entry.kind in (FileKind.SYMLINK, FileKind.HARDLINK) else None
    return needle in entry.path.encode() or (target is not None and needle in target.encode())


def _in_json(match: Match, place: Place, platform: PlatformImage | None, document: str) -> Finding:
    key = match.key or ""
    instruction = None
    if place is Place.CONFIG and key.startswith("history[") and platform is not None:
        place = Place.HISTORY
        number = int(key.partition("[")[2].partition("]")[0])
        instruction = platform.history[number].instruction
    elif place in (Place.INDEX, Place.MANIFEST) and "annotations." in key:
        place = Place.ANNOTATION
    return Finding(
        place=place,
        platform=platform.platform if platform is not None else None,
        layer=None,
        instruction=instruction,
        path=None,
        key=match.key,
        offset_bytes=match.offset,
        occurrences=match.occurrences,
        encoding=match.encoding,
        document=document,
    )
