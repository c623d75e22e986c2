"""The view of an image in a notebook: HTML to unfold, and a text twin.

The view needs neither a kernel nor JavaScript, so it also works in a saved notebook. It uses the
colours of the page, so that it fits light and dark pages. Added, changed and removed files differ
by a sign.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape as escape_html

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
    changes_in_words,
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
_SIGNS = {Change.ADDED: "+", Change.CHANGED: "~", Change.REMOVED: "\N{MINUS SIGN}"}
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
        "".join(_layer(layer) for layer in platform.files.layers),
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


def _layer(layer: LayerFiles) -> str:
    what = layer.layer
    told = [f"{size(layer.size_bytes)} unpacked", f"{size(what.size_bytes)} stored"]
    told.append(changes_in_words(layer))
    if layer.wasted_bytes:
        told.append(f"{size(layer.wasted_bytes)} wasted")
    title = f"layer {what.number} <code>{_text(made_by(layer))}</code> {_muted(', '.join(told))}"
    # Removed files come first: they are few, and they teach the most about a layer.
    ordered = sorted(
        layer.changes, key=lambda c: (c.change is not Change.REMOVED, -c.size_bytes, c.path)
    )
    shown, left_out = ordered[:MOST_FILES], ordered[MOST_FILES:]
    more = ""
    if left_out:
        total = size(sum(change.size_bytes for change in left_out))
        more = f'<div style="{_MUTED}">and {len(left_out)} more with {total}</div>'
    facts = [("digest", what.digest), ("media type", what.media_type)]
    return _fold_html(title, _lines(facts) + _tree(shown) + more)


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
    return _branches(root, "")


def _branches(folder: _Folder, above: str) -> str:
    parts = []
    for name, found in sorted(folder.inside.items()):
        node, path = found, f"{above}{name}"
        # An unchanged folder with a single entry shares a line with that entry.
        while node.change is None and len(node.inside) == 1:
            ((part, node),) = node.inside.items()
            path += f"/{part}"
        label = _file(path, node)
        if node.inside:
            parts.append(_fold_html(label, _branches(node, "")))
        else:
            parts.append(f'<div style="{_INDENT}">{label}</div>')
    return "".join(parts)


def _file(path: str, node: _Folder) -> str:
    change = node.change
    sign = _SIGNS[change.change] if change is not None else "\N{MIDDLE DOT}"
    is_folder = node.inside or path == "" or (change and change.kind is FileKind.FOLDER)
    name = f"<code>{sign} {_text(path)}{'/' if is_folder else ''}</code>"
    if change is None:
        return f"{name} {_muted(size(node.size_bytes))}"
    told = [] if change.change is Change.ADDED else [change.change.value]
    if change.target is None and (change.kind is not FileKind.FOLDER or node.inside):
        told.append(size(node.size_bytes))
    if change.target is not None:
        told.append(f"{change.kind.value} to {change.target}")
    if change.superseded_by is not None:
        kept = f", seen as {change.kept_by}" if change.kept_by else ""
        told.append(f"hidden by layer {change.superseded_by}{kept}")
    return f"{name} {_muted(', '.join(told))}"


def _wasted(platform: PlatformImage) -> str:
    wasted = platform.files.wasted
    if not wasted:
        return ""
    lines = [
        f"{size(item.size_bytes)} {item.path}, in layer {', '.join(map(str, item.layers))}, "
        f"hidden by layer {item.gone_in}"
        for item in wasted[:MOST_FILES]
    ]
    total = size(platform.files.wasted_bytes)
    return _fold(f"wasted: {total} in the image, and seen by no container", _list(lines))


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
    return "".join(f'<div style="{_INDENT}">{item}</div>' for item in drawn)


def _muted(text: str) -> str:
    return f'<span style="{_MUTED}">{_text(text)}</span>'


def _text(text: str) -> str:
    return escape_html(printable(text))
