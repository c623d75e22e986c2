"""Stacks layers: the files that each adds, changes and removes, and the bytes that it hides.

Source: OCI Image Format Specification 1.1, layer.md (whiteouts, opaque whiteouts).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sandbox.oci.layer import Entry
from sandbox.oci.values import Change, FileChange, FileKind, ImageFiles, Layer, LayerFiles

WHITEOUT = ".wh."
OPAQUE = ".wh..wh..opq"


class _Record:
    """A change that a later layer may still supersede."""

    __slots__ = ("change", "entry", "links", "superseded_by")

    def __init__(self, entry: Entry, change: Change) -> None:
        self.entry = entry
        self.change = change
        self.links: list[_Record] = []
        self.superseded_by: int | None = None

    def frozen(self) -> FileChange:
        entry = self.entry
        kept_by = None
        if self.superseded_by is not None:
            kept = (link for link in self.links if link.superseded_by is None)
            kept_by = next((link.entry.path for link in kept), None)
        return FileChange(
            path=entry.path,
            change=self.change,
            kind=entry.kind,
            size_bytes=entry.size_bytes,
            mode=entry.mode,
            target=entry.target,
            superseded_by=self.superseded_by,
            kept_by=kept_by,
        )


class _Node:
    """A path in the file system so far; ``record`` is None for a folder that no layer lists."""

    __slots__ = ("children", "record")

    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.record: _Record | None = None

    def find(self, path: str) -> _Node | None:
        node = self
        for part in _parts(path):
            found = node.children.get(part)
            if found is None:
                return None
            node = found
        return node

    def make(self, path: str) -> _Node:
        node = self
        for part in _parts(path):
            node = node.children.setdefault(part, _Node())
        return node

    def take(self, path: str) -> _Node | None:
        """Remove a path with everything below it."""
        *above, name = _parts(path) or [""]
        parent = self.find("/".join(above))
        return parent.children.pop(name, None) if parent is not None else None

    def records(self) -> Iterator[_Record]:
        todo = [self]
        while todo:
            node = todo.pop()
            if node.record is not None:
                yield node.record
            todo.extend(node.children.values())


def lay(layers: Sequence[tuple[Layer, int, Sequence[Entry]]]) -> ImageFiles:
    """Stack layers.

    Args:
        layers: The lowest first; each with the size of its archive in bytes, and its entries.
    """
    root = _Node()
    done = [
        (layer, size_bytes, _lay_one(root, layer.number, entries))
        for layer, size_bytes, entries in layers
    ]
    return ImageFiles(
        tuple(
            LayerFiles(
                layer,
                size_bytes,
                tuple(sorted((r.frozen() for r in records), key=lambda change: change.path)),
            )
            for layer, size_bytes, records in done
        )
    )


def _lay_one(root: _Node, number: int, entries: Sequence[Entry]) -> list[_Record]:
    records: list[_Record] = []
    # A whiteout hides files of lower layers only, wherever it is in its own layer.
    lost = _Node()
    for entry in entries:
        for path in _hidden(root, entry):
            taken = root.take(path)
            gone = lost.make(path)
            if taken is None:
                # The whiteout names a path that never existed; the removal is listed anyway.
                nothing = Entry(path, FileKind.OTHER, 0, 0, (0, 0), None)
                records.append(_Record(nothing, Change.REMOVED))
            else:
                gone.children, gone.record = taken.children, taken.record
    for entry in entries:
        if not _name(entry.path).startswith(WHITEOUT):
            record = _put(root, lost, number, entry)
            if record is not None:
                records.append(record)
    for record in lost.records():
        record.superseded_by = number
    records += _removals("", lost, root)
    return records


def _hidden(root: _Node, entry: Entry) -> list[str]:
    """Paths that a whiteout hides; empty if the entry is not a whiteout."""
    folder, _, name = entry.path.rpartition("/")
    if name == OPAQUE:
        node = root.find(folder)
        return [f"{folder}/{child}" for child in node.children] if node else []
    if name.startswith(WHITEOUT):
        return [f"{folder}/{name.removeprefix(WHITEOUT)}"]
    return []


def _put(root: _Node, lost: _Node, number: int, entry: Entry) -> _Record | None:
    """Put an entry into the tree; None if it repeats a folder that exists already."""
    node = root.make(entry.path)
    before = node.record
    if before is None:
        earlier = lost.find(entry.path)
        before = earlier.record if earlier is not None else None
    elif entry.kind is FileKind.FOLDER and before.entry.kind is FileKind.FOLDER:
        # An archive lists the parent folders of every file, changed or not.
        if (before.entry.mode, before.entry.owner) == (entry.mode, entry.owner):
            return None
    else:
        for hidden in node.records():
            hidden.superseded_by = number
        node.children = {}
    known = before is not None
    node.record = _Record(entry, Change.CHANGED if known else Change.ADDED)
    if entry.kind is FileKind.HARDLINK and entry.target is not None:
        linked = root.find(entry.target)
        if linked is not None and linked.record is not None:
            linked.record.links.append(node.record)
    return node.record


def _removals(path: str, lost: _Node, root: _Node) -> Iterator[_Record]:
    """A removal for each topmost path of the lower layers that no longer exists."""
    for name, node in lost.children.items():
        below = f"{path}/{name}"
        gone = list(node.records())
        if not gone:
            continue
        if node.record is not None and root.find(below) is None:
            what = node.record.entry
            size_bytes = sum(record.entry.size_bytes for record in gone)
            entry = Entry(below, what.kind, size_bytes, 0, what.owner, what.target)
            yield _Record(entry, Change.REMOVED)
        else:
            yield from _removals(below, node, root)


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]
