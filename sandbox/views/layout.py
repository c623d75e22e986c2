"""Lays out boxes and arrows; the only module that calls Graphviz."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import graphviz  # type: ignore[import-untyped]  # graphviz has no type annotations

from sandbox.errors import HostError

_POINTS_PER_INCH = 72.0


@dataclass(frozen=True, slots=True)
class Node:
    """A box to place; ``name`` consists of letters and digits."""

    name: str
    width_px: float
    height_px: float


@dataclass(frozen=True, slots=True)
class Arrow:
    """An arrow between two nodes, given by their names."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Position:
    """A box's left upper corner and its size, in pixels, y growing downwards."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Path:
    """An arrow: a chain of cubic Bézier curves, and the point where its head ends.

    Args:
        points: The start, then three points for each curve.
        tip: The end of the arrow's head, which begins at the last point.
    """

    points: tuple[tuple[float, float], ...]
    tip: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A whole layout: positions by node, and paths in the order of the arrows."""

    width_px: float
    height_px: float
    places: dict[str, Position]
    paths: tuple[Path, ...]


def lay_out(nodes: Sequence[Node], arrows: Sequence[Arrow], *, downwards: bool = False) -> Drawing:
    """Place boxes along the arrows, from left to right or, for a deep graph, downwards.

    Raises:
        HostError: Graphviz' ``dot`` is missing or does not work.
    """
    dot = graphviz.Digraph(
        graph_attr={
            "rankdir": "TB" if downwards else "LR",
            "nodesep": "0.28",
            "ranksep": "0.42" if downwards else "0.75",
            "pad": "0",
        },
        node_attr={"shape": "box", "fixedsize": "true", "label": ""},
        edge_attr={"arrowsize": "0.8"},
    )
    for node in nodes:
        width, height = node.width_px / _POINTS_PER_INCH, node.height_px / _POINTS_PER_INCH
        dot.node(node.name, width=f"{width:.4f}", height=f"{height:.4f}")
    for number, arrow in enumerate(arrows):
        dot.edge(arrow.source, arrow.target, id=str(number))
    try:
        answer = json.loads(dot.pipe(format="json", encoding="utf-8", quiet=True))
    except graphviz.ExecutableNotFound as error:
        raise HostError(
            "The picture of the stages needs Graphviz, and its program dot is not there.",
            next_step="Install it (Debian: apt-get install graphviz), or read the text instead: "
            "sandbox.views.stage_graph_text.",
        ) from error
    except graphviz.CalledProcessError as error:
        raise HostError(
            f"Graphviz' dot could not lay out the stages: {error}",
            next_step="Read the text instead: sandbox.views.stage_graph_text.",
        ) from error
    return _read(answer)


def _read(answer: dict[str, Any]) -> Drawing:
    left, low, right, high = map(float, answer["bb"].split(","))
    places: dict[str, Position] = {}
    for item in answer.get("objects", ()):
        x, y = map(float, item["pos"].split(","))
        width = float(item["width"]) * _POINTS_PER_INCH
        height = float(item["height"]) * _POINTS_PER_INCH
        places[item["name"]] = Position(x - left - width / 2, high - y - height / 2, width, height)
    paths: dict[int, Path] = {}
    for item in answer.get("edges", ()):
        # "e,X,Y x,y x,y …": the tip, then the points of the curves.
        tip, *points = (
            tuple(map(float, point.removeprefix("e,").split(","))) for point in item["pos"].split()
        )
        paths[int(item["id"])] = Path(
            points=tuple((x - left, high - y) for x, y in points),
            tip=(tip[0] - left, high - tip[1]),
        )
    return Drawing(
        width_px=right - left,
        height_px=high - low,
        places=places,
        paths=tuple(paths[number] for number in sorted(paths)),
    )
