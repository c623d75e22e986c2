"""The view of an image in a notebook: HTML to unfold, and a text twin.

The view needs neither a kernel nor JavaScript, so it also works in a saved notebook. It uses the
colours of the page, so that it fits light and dark pages. Added, changed and removed files differ
by a sign. Sizes stand in a column, and lists by size are there to unfold.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape as escape_html

from sandbox.notebook.sortable import Heading, sortable
from sandbox.oci import (
    Attestation,
    Change,
    FileChange,
    FileKind,
    Image,
    LayerFiles,
    PlatformImage,
)
from sandbox.views.image_text import (
    attestation_in_words,
    image_caption,
    image_text,
    made_by,
    platform_caption,
    start_in_words,
)
from sandbox.wording import counted, printable, size

MOST_FILES = 400
"""The most files to show of a layer. A page with all files of a large image would open slowly."""
MOST_PACKAGES = 200
MOST_LARGEST = 30
"""The most files in the list of the largest ones."""
_SIGNS = {Change.ADDED: "+", Change.CHANGED: "~", Change.REMOVED: "\N{MINUS SIGN}"}
_SIZE_EM = 5.0
_WIDTHS_EM = (2.6, _SIZE_EM, _SIZE_EM, 2.6, 2.6, 2.6)
"""Widths of the columns of a layer: its number, two sizes, and how many files it touches."""
_INDENT = "margin-left:1.3em"
_MUTED = "opacity:.7"


@dataclass(frozen=True, slots=True)
class Explorer:
    """The view of an image: ``html`` for notebooks, ``text`` for terminals and screen readers."""

    html: str
    text: str

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.text}

    def __str__(self) -> str:
        return self.text


def explore(image: Image) -> Explorer:
    """Index, platforms, layers, files, config, history and attestations of an image.

    Raises:
        ImageError: A layer is damaged or missing.
    """
    head = f"<strong>{_text(image.reference)}</strong> {_muted(image_caption(image))}"
    identity = _lines([("digest", image.digest), ("media type", image.root.media_type)])
    notes = _lines(image.annotations.items(), title="annotations")
    opened = len(image.platforms) == 1
    platforms = "".join(_platform(platform, opened=opened) for platform in image.platforms)
    html = f'<div style="line-height:1.5">{head}{identity}{notes}{platforms}</div>'
    return Explorer(html, image_text(image))


def _platform(platform: PlatformImage, *, opened: bool) -> str:
    config = platform.config
    facts = [
        ("runs", start_in_words(platform)),
        ("exposes", ", ".join(config.exposed_ports)),
        ("volumes", ", ".join(config.volumes)),
        ("created", config.created.isoformat(" ", "seconds") if config.created else ""),
        ("manifest", platform.manifest.digest),
        ("config", config.digest),
    ]
    parts = [
        _layers(platform),
        _largest(platform),
        _wasted(platform),
        _fold("config", _lines(facts)),
        _fold(f"environment, {counted(len(config.env), 'variable')}", _list(config.env)),
        _lines(config.labels.items(), title="labels"),
        _lines(platform.annotations.items(), title="annotations"),
        _history(platform),
        "".join(map(_attestation, platform.attestations)),
    ]
    title = f"<strong>{_text(platform.platform)}</strong> {_muted(platform_caption(platform))}"
    return _fold_html(title, "".join(parts), opened=opened)


def _layers(platform: PlatformImage) -> str:
    layers = platform.files.layers
    if not layers:
        return ""
    signs = [
        [len(changed) for changed in column]
        for column in zip(*((x.added, x.changed, x.removed) for x in layers), strict=True)
    ]
    headings = [
        Heading("layer", _WIDTHS_EM[0], [x.layer.number for x in layers], falls=False),
        Heading("files", _SIZE_EM, [x.content_bytes for x in layers]),
        Heading("stored", _SIZE_EM, [x.layer.size_bytes for x in layers]),
        *(Heading(s, _WIDTHS_EM[3], n) for s, n in zip(_SIGNS.values(), signs, strict=True)),
        Heading("instruction", None, [made_by(x) for x in layers], falls=False),
    ]
    return _row(sortable(headings, [_layer(x) for x in layers]))


def _layer(layer: LayerFiles) -> str:
    # Removed files come first: they are few, and they teach the most about a layer.
    ordered = sorted(
        layer.changes, key=lambda c: (c.change is not Change.REMOVED, -c.size_bytes, c.path)
    )
    shown, left_out = ordered[:MOST_FILES], ordered[MOST_FILES:]
    more = ""
    if left_out:
        total = size(sum(change.size_bytes for change in left_out))
        more = f'<div style="{_MUTED}">and {len(left_out)} more with {total}</div>'
    facts = [
        ("digest", layer.layer.digest),
        ("media type", layer.layer.media_type),
        ("unpacked", f"{size(layer.size_bytes)}: the files, and a tar archive's own bytes"),
    ]
    return _fold_row(_layer_row(layer), _row(_lines(facts) + _tree(shown) + more))


def _layer_row(layer: LayerFiles) -> str:
    counts = (len(layer.added), len(layer.changed), len(layer.removed))
    cells = (
        str(layer.layer.number),
        size(layer.content_bytes),
        size(layer.layer.size_bytes),
        *(str(count or "") for count in counts),
    )
    wasted = _muted(f"{size(layer.wasted_bytes)} wasted") if layer.wasted_bytes else ""
    instruction = f"<code>{_text(made_by(layer))}</code> {wasted}"
    return f"{_cells(zip(cells, _WIDTHS_EM, strict=True))} {instruction}"


def _largest(platform: PlatformImage) -> str:
    """The layers and the files by their size, the largest first."""
    layers = sorted(platform.files.layers, key=lambda layer: -layer.content_bytes)
    files = sorted(
        (
            (change, layer.layer.number)
            for layer in layers
            for change in layer.changes
            if change.size_bytes and change.change is not Change.REMOVED
        ),
        key=lambda found: -found[0].size_bytes,
    )
    by_layer = "".join(_row(_layer_row(layer)) for layer in layers)
    shown = files[:MOST_LARGEST]
    by_file = sortable(
        [
            Heading("size", _SIZE_EM, [change.size_bytes for change, _ in shown]),
            Heading("layer", _WIDTHS_EM[0], [number for _, number in shown], falls=False),
            Heading("path", None, [change.path for change, _ in shown], falls=False),
        ],
        [
            _row(
                _cells([(size(change.size_bytes), _SIZE_EM), (str(number), _WIDTHS_EM[0])])
                + f" {_name(change, change.path)}"
            )
            for change, number in shown
        ],
    )
    return (_fold("layers by size", by_layer) if len(layers) > 1 else "") + (
        _fold("largest files", by_file) if len(files) > 1 else ""
    )


@dataclass(slots=True)
class _Folder:
    """A file or a folder of the tree, with the changes below it."""

    change: FileChange | None = None
    inside: dict[str, _Folder] = field(default_factory=dict)

    @property
    def size_bytes(self) -> int:
        own = self.change.size_bytes if self.change is not None else 0
        return own + sum(folder.size_bytes for folder in self.inside.values())


def _tree(changes: Iterable[FileChange]) -> str:
    root = _Folder()
    for change in changes:
        node = root
        for part in change.path.removeprefix("/").split("/"):
            node = node.inside.setdefault(part, _Folder())
        node.change = change
    return _branches(root, 0)


def _branches(folder: _Folder, depth: int) -> str:
    parts = []
    for name, found in sorted(folder.inside.items()):
        node, path = found, name
        # An unchanged folder with a single entry shares a line with that entry.
        while node.change is None and len(node.inside) == 1:
            ((part, node),) = node.inside.items()
            path += f"/{part}"
        row = _file(path, node, depth)
        parts.append(_fold_row(row, _branches(node, depth + 1)) if node.inside else _row(row))
    return "".join(parts)


def _file(path: str, node: _Folder, depth: int) -> str:
    change = node.change
    is_folder = node.inside or path == "" or (change and change.kind is FileKind.FOLDER)
    name = _name(change, f"{path}{'/' if is_folder else ''}")
    is_sized = change is None or node.inside or (change.target is None and not is_folder)
    notes = [] if change is None or change.change is Change.ADDED else [change.change.value]
    if change is not None and change.target is not None:
        notes.append(f"{change.kind.value} to {change.target}")
    if change is not None and change.superseded_by is not None:
        kept = f", seen as {change.kept_by}" if change.kept_by else ""
        notes.append(f"hidden by layer {change.superseded_by}{kept}")
    # The sizes of all depths stand in one column, so the names are indented and not the rows.
    indented = f'<span style="margin-left:{1.3 * depth:.1f}em">{name}</span>'
    return f"{_sized(node.size_bytes if is_sized else None)} {indented} {_muted(', '.join(notes))}"


def _name(change: FileChange | None, path: str) -> str:
    sign = _SIGNS[change.change] if change is not None else "\N{MIDDLE DOT}"
    return f"<code>{sign} {_text(path)}</code>"


def _sized(size_bytes: int | None) -> str:
    return _cells([("" if size_bytes is None else size(size_bytes), _SIZE_EM)])


def _cells(cells: Iterable[tuple[str, float]]) -> str:
    """Texts with their widths, aligned at the right, so that numbers can be compared."""
    return "".join(
        f'<span style="display:inline-block;width:{width_em}em;text-align:right;'
        f'font-variant-numeric:tabular-nums;margin-right:.6em">{_text(text)}</span>'
        for text, width_em in cells
    )


def _wasted(platform: PlatformImage) -> str:
    wasted = platform.files.wasted
    if not wasted:
        return ""
    rows = "".join(
        _row(
            f"{_sized(item.size_bytes)} <code>{_text(item.path)}</code> "
            + _muted(f"in layer {', '.join(map(str, item.layers))}, hidden by layer {item.gone_in}")
        )
        for item in wasted[:MOST_FILES]
    )
    total = size(platform.files.wasted_bytes)
    return _fold(f"wasted: {total} in the image, and seen by no container", rows)


def _history(platform: PlatformImage) -> str:
    lines = [
        f"{line.instruction} ({'no layer' if line.layer is None else f'layer {line.layer}'})"
        for line in platform.history
    ]
    return _fold(f"history, {counted(len(lines), 'line')}", _list(lines)) if lines else ""


def _attestation(attestation: Attestation) -> str:
    facts = [
        ("predicate", attestation.predicate_type),
        ("subject", attestation.subject),
        ("manifest", attestation.manifest),
    ]
    parts = []
    if (provenance := attestation.provenance) is not None:
        facts += [
            ("builder", provenance.builder_id),
            ("platform", provenance.platform or ""),
            ("target", provenance.target or ""),
            ("context", provenance.context.uri if provenance.context else ""),
            ("commit", (provenance.context and provenance.context.digest) or ""),
            ("repository, according to the client", provenance.repository or ""),
            ("revision, according to the client", provenance.revision or ""),
        ]
        parts.append(_lines(provenance.build_args, title="build arguments"))
        materials = [(material.uri, material.digest or "") for material in provenance.materials]
        parts.append(_lines(materials, title="materials"))
        if provenance.source is not None:
            source = f"<pre>{escape_html(provenance.source)}</pre>"
            parts.append(_fold("the Dockerfile in the provenance", source))
    if (sbom := attestation.sbom) is not None:
        packages = [f"{p.name} {p.version} {p.license or ''}" for p in sbom.packages]
        more = len(packages) - MOST_PACKAGES
        shown = packages[:MOST_PACKAGES] + ([f"and {more} more"] if more > 0 else [])
        parts.append(_fold(counted(len(packages), "package"), _list(shown)))
    return _fold(attestation_in_words(attestation), _lines(facts) + "".join(parts))


def _fold(title: str, body: str) -> str:
    return _fold_html(_text(title), body)


def _fold_html(title: str, body: str, *, opened: bool = False) -> str:
    state = " open" if opened else ""
    return f'<details{state} style="{_INDENT}"><summary>{title}</summary>{body}</details>'


def _fold_row(row: str, body: str) -> str:
    """A row of columns to unfold: its triangle stands where ``_row`` has its margin."""
    return (
        f'<details style="margin:0"><summary style="{_INDENT};list-style-position:outside">{row}'
        f"</summary>{body}</details>"
    )


def _row(columns: str) -> str:
    return f'<div style="{_INDENT}">{columns}</div>'


def _lines(facts: Iterable[tuple[str, str]], *, title: str | None = None) -> str:
    """Lines of names and values, without those whose value is empty; with a title, folded."""
    shown = [(name, value) for name, value in facts if value]
    body = _items(f"{_muted(name)} <code>{_text(value)}</code>" for name, value in shown)
    if title is None:
        return body
    return _fold(f"{title}, {len(shown)}", body) if shown else ""


def _list(lines: Iterable[str]) -> str:
    return _items(f"<code>{_text(line)}</code>" for line in lines)


def _items(drawn: Iterable[str]) -> str:
    return "".join(map(_row, drawn))


def _muted(text: str) -> str:
    return f'<span style="{_MUTED}">{_text(text)}</span>'


def _text(text: str) -> str:
    return escape_html(printable(text))
