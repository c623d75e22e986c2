"""The contents of an image: files of its layers, listed once, and matches in their bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sandbox.oci.blob import open_archive, open_layer, read_document
from sandbox.oci.forms import Form
from sandbox.oci.layer import Entry, Section, absolute, walk
from sandbox.oci.source import BlobSource
from sandbox.oci.stack import lay
from sandbox.oci.tape import Hit, Tape
from sandbox.oci.values import (
    Change,
    Descriptor,
    FileChange,
    FileKind,
    ImageFiles,
    Layer,
    Place,
)

_LINKS_MAX = 40
"""The most symbolic links to follow on the way to a file. Source: Linux, path_resolution(7)."""


@dataclass(frozen=True, slots=True)
class LayerMatch:
    """Bytes found in a layer; ``entry`` is None if they are in no entry."""

    place: Place
    entry: Entry | None
    hit: Hit


@dataclass(frozen=True, slots=True)
class _Scan:
    """A layer's entries and the size of its archive."""

    entries: tuple[Entry, ...]
    size_bytes: int


class Contents:
    """Reads the blobs of one image. Remembers the lists of files in layers, never their bytes."""

    def __init__(self, source: BlobSource) -> None:
        self.source = source
        self._scans: dict[str, _Scan] = {}
        self._files: dict[tuple[object, ...], ImageFiles] = {}

    def files(self, layers: Sequence[Layer], *, stacked: bool) -> ImageFiles:
        """The changes of each layer to the layers below; if not stacked, each layer's own files."""
        # Two platforms may share a layer that different instructions made.
        key = (stacked, *((layer.digest, layer.instruction) for layer in layers))
        if key not in self._files:
            scans = [(layer, self._scanned(layer)) for layer in layers]
            archives = [(layer, scan.size_bytes, scan.entries) for layer, scan in scans]
            alone = [[archive] for archive in archives]
            stacks = [lay(stack) for stack in ([archives] if stacked else alone)]
            self._files[key] = ImageFiles(tuple(x for files in stacks for x in files.layers))
        return self._files[key]

    def read(self, layers: Sequence[Layer], path: str, most_bytes: int) -> bytes | None:
        """The beginning of a file as a container sees it; None if there is no file."""
        found = _seen_at(self.files(layers, stacked=True), path)
        if found is None:
            return None
        number, change = found
        stored = change.target if change.kind is FileKind.HARDLINK else change.path
        layer = next(layer for layer in layers if layer.number == number)
        descriptor = Descriptor(layer.media_type, layer.digest, layer.size_bytes)
        content = None
        # The layer's digest was checked when its files were listed.
        with open_archive(self.source, descriptor, layer.compression, f"layer {number}") as archive:
            for member in archive:
                if member.isfile() and absolute(member.name) == stored:
                    file = archive.extractfile(member)
                    content = file.read(most_bytes) if file is not None else None
        return content

    def document(self, descriptor: Descriptor, what: str) -> bytes:
        """The raw JSON of an index, a manifest or a config.

        Args:
            what: Its kind, for the message of an error.
        """
        return read_document(self.source, descriptor, what)

    def matches(self, layer: Layer, forms: Sequence[Form]) -> tuple[LayerMatch, ...]:
        """Every place in a layer that holds the bytes, in the order of its archive."""
        found: list[LayerMatch] = []
        self._read(layer, forms, found.append)
        return tuple(found)

    def _scanned(self, layer: Layer) -> _Scan:
        if layer.digest not in self._scans:
            self._read(layer, (), lambda _: None)
        return self._scans[layer.digest]

    def _read(
        self, layer: Layer, forms: Sequence[Form], report: Callable[[LayerMatch], None]
    ) -> None:
        made_by = f" ({layer.instruction:.60})" if layer.instruction else ""
        what = f"layer {layer.number}{made_by}"
        entries: list[Entry] = []
        descriptor = Descriptor(layer.media_type, layer.digest, layer.size_bytes)
        with open_layer(self.source, descriptor, layer.compression, what) as stream:
            tape = Tape(stream, forms)
            unpack = any(form.name for form in forms)
            for section in walk(tape, what, unpack=unpack):
                entry, hits = section.entry, section.hits
                if section.is_content and entry is not None:
                    entries.append(entry)
                    for hit in hits:
                        inside = replace(hit, offset=hit.offset - section.offset)
                        report(LayerMatch(Place.FILE, entry, inside))
                    continue
                if entry is not None:
                    # A long name is split over two fields of its header.
                    hits += _in_names(entry, section, forms)
                for hit in hits:
                    report(LayerMatch(Place.HEADER if entry else Place.PADDING, entry, hit))
            self._scans[layer.digest] = _Scan(tuple(entries), tape.offset)


def _seen_at(files: ImageFiles, path: str) -> tuple[int, FileChange] | None:
    """The file that a container sees at a path, with links followed, and its layer's number."""
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


def _in_names(entry: Entry, section: Section, forms: Sequence[Form]) -> tuple[Hit, ...]:
    """Hits in the entry's names, whose parts are in several fields of the headers."""
    target = entry.target if entry.kind in (FileKind.SYMLINK, FileKind.HARDLINK) else None
    names = (entry.path.encode(), (target or "").encode())
    known = {hit.form for hit in section.hits}
    return tuple(
        Hit(section.offset, 1, form.name)
        for form in forms
        if form.name not in known and any(p in name for p in form.pieces for name in names)
    )
