"""The layers of an image: the size of each, its instruction, and its wasted bytes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sandbox.model.vertex import State
from sandbox.oci import Image, LayerFiles, PlatformImage
from sandbox.views import style
from sandbox.views.image_text import (
    MOST_LAYERS,
    attestation_in_words,
    changes_in_words,
    image_caption,
    image_text,
    made_by,
    platform_caption,
    start_in_words,
    wasted_rows,
)
from sandbox.views.picture import Picture
from sandbox.views.style import INNER_PX, LINE, MARGIN_PX, MUTED, SMALL_PX, Key
from sandbox.wording import printable, size

_ROW_PX, _BAR_PX, _LINE_PX = 44, 20, 20
_NUMBER_PX, _LABEL_PX, _SIZES_PX = 26, 270, 104
_PATH_PX, _WHY_PX, _PLATFORM_PX = 80, 190, 50
_NARROW_PX = 3  # the least width of a layer that is not empty
_NARROW_WASTED_PX = 7  # the least width that shows the pattern
_MOST_PLATFORMS = 6
_SEEN = replace(style.LOOKS[State.RAN], line_px=1)
_WASTED = replace(style.LOOKS[State.FAILED], line_px=1.5)


def image_layers(image: Image) -> Picture:
    """Draw the layers of every platform as bars, with the wasted bytes marked.

    Raises:
        ImageError: A layer is damaged or missing.
    """
    uid = style.new_id()
    title = printable(image.reference)
    top = style.HEADER_PX + 10.0
    parts = [_pattern(uid)]
    # One scale for all platforms, so that they can be compared.
    shown = image.platforms[:_MOST_PLATFORMS]
    largest = max((x.content_bytes for p in shown for x in p.files.layers), default=0)
    for platform in shown:
        block = _Block(platform, largest, uid)
        parts.append(f'<g transform="translate({MARGIN_PX} {top:.1f})">{block.draw()}</g>')
        top += block.height_px + 18
    legend, legend_height = style.legend([_keys(shown, uid)], INNER_PX)
    parts.append(f'<g transform="translate({MARGIN_PX} {top:.1f})">{legend}</g>')
    more = len(image.platforms) - len(shown)
    text = image_text(image)
    svg = style.document(
        "\n".join(parts),
        uid=uid,
        title=style.fit_end(title, INNER_PX, 16),
        caption=image_caption(image) + (f" {more} more platforms are left out." if more else ""),
        width=style.WIDTH_PX,
        height=top + legend_height + 20,
        text=text,
    )
    return Picture(f"Image {title}", svg, text)


@dataclass(frozen=True, slots=True)
class _Block:
    """The layers of one platform, the left upper corner at the origin."""

    platform: PlatformImage
    largest_bytes: int
    uid: str

    @property
    def layers(self) -> tuple[LayerFiles, ...]:
        return self.platform.files.layers[:MOST_LAYERS]

    @property
    def notes(self) -> list[tuple[str, str]]:
        """The lines below the layers: pairs of a name and a text."""
        start = start_in_words(self.platform)
        found = [("runs", start)] if start else []
        found += [("attested", attestation_in_words(a)) for a in self.platform.attestations]
        more = len(self.platform.layers) - len(self.layers)
        return found + ([("left out", f"{more} more layers")] if more else [])

    @property
    def height_px(self) -> float:
        rows, more = wasted_rows(self.platform)
        wasted = (len(rows) + bool(more) + 1) * _LINE_PX + 8 if rows else 0
        return _PLATFORM_PX + len(self.layers) * _ROW_PX + wasted + len(self.notes) * _LINE_PX + 4

    def draw(self) -> str:
        caption = style.fit(platform_caption(self.platform), INNER_PX, 12)
        parts = [
            f'<path d="M0 0 H{INNER_PX}" stroke="{LINE}"/>',
            style.text_at(0, 23, self.platform.platform, size_px=13.5, bold=True),
            style.text_at(0, 41, caption, fill=MUTED),
        ]
        y = float(_PLATFORM_PX)
        for number, layer in enumerate(self.layers):
            parts.append(self._row(layer, y, striped=number % 2 == 0))
            y += _ROW_PX
        rows, more = wasted_rows(self.platform)
        if rows:
            y += 8
            parts.append(self._wasted(rows, more, y))
            y += (len(rows) + bool(more) + 1) * _LINE_PX
        for name, told in self.notes:
            y += _LINE_PX
            fitting = style.fit(told, INNER_PX - 80, 12)
            parts.append(style.text_at(0, y, name, size_px=12, fill=MUTED))
            parts.append(style.text_at(80, y, fitting, size_px=12))
        return "\n".join(parts)

    def _row(self, layer: LayerFiles, y: float, *, striped: bool) -> str:
        what = layer.layer
        instruction = made_by(layer)
        stripe = (
            f'<rect x="-8" y="{y:.1f}" width="{INNER_PX + 16}" height="{_ROW_PX}" rx="5" '
            f'fill="{style.STRIPE}"/>'
        )
        room = _LABEL_PX - 16
        stored = f"{size(what.size_bytes)} stored"
        stored += f", {what.compression}" if what.compression != "none" else ", not compressed"
        below = INNER_PX - _NUMBER_PX - _SIZES_PX
        details = style.fit(f"{changes_in_words(layer)} · {stored}", below, SMALL_PX)
        parts = [
            f"<g><title>{style.escape(instruction)}</title>",
            stripe if striped else "",
            style.text_at(0, y + 19, str(what.number), size_px=12.5, fill=MUTED),
            style.text_at(_NUMBER_PX, y + 19, style.fit(instruction, room, 12.5), size_px=12.5),
            style.text_at(_NUMBER_PX, y + 35, details, size_px=SMALL_PX, fill=MUTED),
            self._bar(layer, y + 3),
        ]
        baseline = y + 19
        parts.append(
            style.text_at(INNER_PX, baseline, size(layer.content_bytes), size_px=12.5, anchor="end")
        )
        if layer.wasted_bytes:
            wasted = f"{size(layer.wasted_bytes)} wasted"
            parts.append(
                style.text_at(
                    INNER_PX, y + 35, wasted, size_px=SMALL_PX, fill=_WASTED.text, anchor="end"
                )
            )
        return "".join(parts) + "</g>"

    def _bar(self, layer: LayerFiles, y: float) -> str:
        left = _NUMBER_PX + _LABEL_PX
        room = INNER_PX - left - _SIZES_PX
        scale = room / max(1, self.largest_bytes)
        width = max(_NARROW_PX, layer.content_bytes * scale)
        wasted = layer.wasted_bytes * scale
        if layer.wasted_bytes:
            wasted = max(_NARROW_WASTED_PX, wasted)
            # Even in a narrow bar, a layer that is partly wasted must not look completely wasted.
            is_all = all(change.superseded_by for change in layer.changes)
            width = max(width, wasted + (0 if is_all else _NARROW_PX))
        parts = [style.box(left, y, width, _BAR_PX, _SEEN, radius=min(4, width / 2))]
        if layer.wasted_bytes:
            start = left + width - wasted
            radius = min(4, wasted / 2)
            parts.append(style.box(start, y, wasted, _BAR_PX, _WASTED, radius=radius))
            parts.append(_crossed(start, y, wasted, _BAR_PX, uid=self.uid, radius=radius))
        return "".join(parts)

    def _wasted(self, rows: list[list[str]], more: str, y: float) -> str:
        parts = [
            style.text_at(
                0, y + 14, "Wasted: in the image, and seen by no container", size_px=12, bold=True
            )
        ]
        for number, (amount, path, why) in enumerate(rows, start=1):
            baseline = y + 14 + number * _LINE_PX
            parts += [
                style.text_at(64, baseline, amount, fill=_WASTED.text, anchor="end"),
                style.text_at(
                    _PATH_PX, baseline, style.fit_end(path, INNER_PX - _PATH_PX - _WHY_PX, 12)
                ),
                style.text_at(INNER_PX, baseline, why, size_px=SMALL_PX, fill=MUTED, anchor="end"),
            ]
        if more:
            baseline = y + 14 + (len(rows) + 1) * _LINE_PX
            parts.append(style.text_at(_PATH_PX, baseline, more, fill=MUTED))
        return "".join(parts)


def _pattern(uid: str) -> str:
    """Crossed lines, so that waste can be seen without its colour."""
    return (
        f'<defs><pattern id="{uid}-crossed" width="6" height="6" patternUnits="userSpaceOnUse">'
        f'<path d="M0 0 L6 6 M6 0 L0 6" stroke="{_WASTED.line}" stroke-width="0.9" '
        f'stroke-opacity="0.55"/></pattern></defs>'
    )


def _crossed(x: float, y: float, width: float, height: float, *, uid: str, radius: float) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
        f'rx="{radius:.1f}" fill="url(#{uid}-crossed)"/>'
    )


def _keys(platforms: tuple[PlatformImage, ...], uid: str) -> list[Key]:
    keys = [Key(style.box(1, 0, 24, 14, _SEEN, radius=3), "the files of a layer")]
    if any(platform.files.wasted_bytes for platform in platforms):
        drawing = style.box(1, 0, 24, 14, _WASTED, radius=3)
        drawing += _crossed(1, 0, 24, 14, uid=uid, radius=3)
        keys.append(Key(drawing, "of it wasted: a later layer removes or overwrites it"))
    return keys
