"""The static picture that replaces a live view in a saved notebook, and its text twin."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sandbox.errors import HostError
from sandbox.model.build import Build
from sandbox.views import Picture, failure_picture, stage_graph, stage_graph_text, timeline
from sandbox.views.style import escape, fitted

_OPENING = re.compile(
    r'<svg xmlns="\S+" class="([^"]+)" width="(\d+)" height="(\d+)" viewBox="([^"]+)" style="[^"]*"'
)
_GAP_PX = 12
_TITLE = "Build"


def final_picture(build: Build, key: str, notes: Sequence[str] = ()) -> Picture:
    """What failed, stage graph and timeline below each other, in one picture.

    A build that failed before anything but its set-up was at work has no timeline.

    Args:
        build: The build, which is over.
        key: Becomes the id of the picture.
        notes: Lines for the text twin.
    """
    pictures: list[Picture] = []
    texts: list[str] = []

    def add(picture: Picture) -> None:
        pictures.append(picture)
        texts.append(picture.text)

    if build.explanation is not None:
        add(failure_picture(build.explanation))
    if build.graph is not None:
        try:
            add(stage_graph(build.graph, build))
        except HostError as error:
            texts.append(f"{stage_graph_text(build.graph, build)}\n{error.report()}\n")
    if build.ok or build.trace.has_begun or not pictures:
        add(timeline(build))
    if notes:
        texts.append("\n".join(notes) + "\n")
    text = "\n".join(texts)
    return Picture(_TITLE, _stacked(pictures, key, text), text)


def _stacked(pictures: Sequence[Picture], key: str, text: str) -> str:
    parts: list[str] = []
    width = y = 0
    for picture in pictures:
        opening = _OPENING.match(picture.svg)
        assert opening is not None
        # The style is for a picture of its own; here the outer picture scales this one.
        kind, wide, high, view = opening.groups()
        placed = f'<svg class="{kind}" y="{y}" width="{wide}" height="{high}" viewBox="{view}"'
        parts.append(picture.svg.replace(opening[0], placed, 1))
        width = max(width, int(wide))
        y += int(high) + _GAP_PX
    described = "\n".join(escape(line) for line in text.splitlines())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" id="{escape(key)}" width="{width}" '
        f'height="{y - _GAP_PX}" viewBox="0 0 {width} {y - _GAP_PX}" '
        f'style="{fitted(width)}" role="img" '
        f'aria-labelledby="{key}-title {key}-text">\n'
        f'<title id="{key}-title">{_TITLE}</title>\n<desc id="{key}-text">{described}</desc>\n'
        f"{''.join(parts)}</svg>\n"
    )
