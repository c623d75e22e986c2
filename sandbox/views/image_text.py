"""An image in words and numbers, for terminals and screen readers."""

from __future__ import annotations

import shlex

from sandbox.oci import Attestation, Image, LayerFiles, PlatformImage
from sandbox.wording import counted, cut, printable, size

MOST_LAYERS = 40
MOST_WASTED = 5
_INSTRUCTION_LETTERS = 72
_INDEXES = ("index", "manifest.list")


def image_text(image: Image) -> str:
    """An image from its index down to its layers, with wasted bytes and attestations.

    Raises:
        ImageError: A layer is damaged or missing.
    """
    parts = [f"Image {printable(image.reference)}. {image_caption(image)}"]
    for platform in image.platforms:
        parts.append(f"{platform.platform}: {platform_caption(platform)}")
        parts.append(_layer_table(platform))
        parts += [text for text in (_wasted_lines(platform), _facts(platform)) if text]
    return "\n\n".join(parts) + "\n"


def image_caption(image: Image) -> str:
    """The kind of the image, its platforms and its size, in two sentences."""
    kind = "index" if any(word in image.root.media_type for word in _INDEXES) else "manifest"
    count = len(image.platforms)
    what = f"An {kind}" if kind == "index" else f"A {kind} without an index"
    platforms = counted(count, "platform")
    absent = f" Not stored here: {', '.join(image.absent)}." if image.absent else ""
    return f"{what}, {platforms}, {size(image.size_bytes)} stored.{absent}"


def platform_caption(platform: PlatformImage) -> str:
    """The number of layers, their size, and the wasted bytes, in one line."""
    files = platform.files
    layers = counted(len(platform.layers), "layer")
    sizes = f"{size(platform.size_bytes)} stored, {size(files.content_bytes)} of files"
    if platform.is_cache:
        return f"{layers} side by side, of any stages, {sizes}"
    if not files.wasted_bytes:
        return f"{layers}, {sizes}, nothing wasted"
    share = 100 * files.wasted_bytes / max(1, files.content_bytes)
    percent = f"{share:.0f} %" if share >= 1 else "less than 1 %"
    return f"{layers}, {sizes}, {size(files.wasted_bytes)} wasted ({percent})"


def made_by(layer: LayerFiles) -> str:
    """A layer's instruction on one line, or its digest when the history has no instruction."""
    what = layer.layer
    return printable(what.instruction or f"{what.digest[:19]}…, nothing says by what")


def changes_in_words(layer: LayerFiles) -> str:
    """How many paths a layer adds, changes and removes: ``12 added, 1 removed``."""
    counts = (
        (len(layer.added), "added"),
        (len(layer.changed), "changed"),
        (len(layer.removed), "removed"),
    )
    told = [f"{count:,} {what}".replace(",", " ") for count, what in counts if count]
    return ", ".join(told) or "no files"


def wasted_rows(platform: PlatformImage, most: int = MOST_WASTED) -> tuple[list[list[str]], str]:
    """The most wasteful paths, each with its bytes and the reason, and a line on the others."""
    wasted = platform.files.wasted
    rows = []
    for item in wasted[:most]:
        held = ", ".join(map(str, item.layers))
        plural = "layer" if len(item.layers) == 1 else "layers"
        rows.append(
            [
                size(item.size_bytes),
                printable(item.path),
                f"in {plural} {held}, hidden by layer {item.gone_in}",
            ]
        )
    left_out = wasted[most:]
    if not left_out:
        return rows, ""
    total = size(sum(item.size_bytes for item in left_out))
    return rows, f"and {len(left_out)} more with {total}"


def attestation_in_words(attestation: Attestation) -> str:
    """One attestation in a line."""
    provenance, sbom = attestation.provenance, attestation.sbom
    if provenance is not None:
        count = len(provenance.materials)
        told = [f"{provenance.steps} operations"] if provenance.steps else []
        told.append(counted(count, "material"))
        if provenance.build_args:
            told.append("build arguments " + ", ".join(name for name, _ in provenance.build_args))
        if provenance.source is not None:
            told.append("the Dockerfile itself")
        line = f"SLSA provenance {provenance.version}, mode={provenance.mode}: {', '.join(told)}"
    elif sbom is not None:
        packages, files = len(sbom.packages), sbom.file_count
        line = f"SBOM, {sbom.version}: {counted(packages, 'package')}"
        line += f", {counted(files, 'file')}"
    else:
        line = attestation.predicate_type or "a statement without a type"
    form = "artifact" if attestation.artifact else "image manifest"
    return printable(f"{line}; {size(attestation.size_bytes)}, {form} in the {attestation.stored}")


def start_in_words(platform: PlatformImage) -> str:
    """The command of a container, its user and folder; empty when the image has no command."""
    config = platform.config
    words = (*config.entrypoint, *config.cmd)
    if not words:
        return ""
    where = config.working_dir or "/"
    return printable(f"{shlex.join(words)}, as {config.user or 'root'} in {where}")


def _layer_table(platform: PlatformImage) -> str:
    rows = [["layer", "files", "stored", "wasted", "added", "changed", "removed"]]
    instructions = ["instruction"]
    for layer in platform.files.layers[:MOST_LAYERS]:
        wasted = size(layer.wasted_bytes) if layer.wasted_bytes else "-"
        counts = [len(layer.added), len(layer.changed), len(layer.removed)]
        rows.append(
            [
                str(layer.layer.number),
                size(layer.content_bytes),
                size(layer.layer.size_bytes),
                wasted,
                *(str(count or "-") for count in counts),
            ]
        )
        instructions.append(cut(made_by(layer), _INSTRUCTION_LETTERS))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row, instruction in zip(rows, instructions, strict=True):
        cells = "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        lines.append(f"  {cells}  {instruction}")
    more = len(platform.layers) - MOST_LAYERS
    return "\n".join(lines + ([f"  and {more} more"] if more > 0 else []))


def _wasted_lines(platform: PlatformImage) -> str:
    rows, more = wasted_rows(platform)
    if not rows:
        return ""
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    lines = [f"    {row[0].rjust(widths[0])}  {row[1].ljust(widths[1])}  {row[2]}" for row in rows]
    lines += [f"    {more}"] if more else []
    return "\n".join(["  Wasted: in the image, and seen by no container:", *lines])


def _facts(platform: PlatformImage) -> str:
    start = start_in_words(platform)
    lines = [f"  Runs: {start}"] if start else []
    lines += [f"  Attested: {attestation_in_words(a)}" for a in platform.attestations]
    return "\n".join(lines)
