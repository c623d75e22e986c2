"""Draws arrows along the paths of a layout."""

from __future__ import annotations

from math import hypot

from sandbox.views.layout import Path


def draw_arrow(path: Path, colour: str, *, width_px: float = 1.5, stroke: str = "") -> str:
    """A curve with a head, as SVG.

    Args:
        stroke: More SVG attributes of the curve, each with a space before it.
    """
    return (
        f'<path d="{curve(path)}" fill="none" stroke="{colour}" stroke-width="{width_px}"{stroke}/>'
        f"{_head(path.points[-1], path.tip, colour)}"
    )


def curve(path: Path) -> str:
    """The ``d`` of an SVG path along an arrow, without its head."""
    (x, y), *points = path.points
    return f"M{x:.1f} {y:.1f} C" + " ".join(f"{px:.1f} {py:.1f}" for px, py in points)


def _head(start: tuple[float, float], tip: tuple[float, float], colour: str) -> str:
    length = hypot(tip[0] - start[0], tip[1] - start[1]) or 1.0
    along = ((tip[0] - start[0]) / length, (tip[1] - start[1]) / length)
    corners = [tip]
    for side in (4.0, -4.0):
        corners.append(
            (tip[0] - 9 * along[0] - side * along[1], tip[1] - 9 * along[1] + side * along[0])
        )
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
    return f'<polygon points="{points}" fill="{colour}"/>'
