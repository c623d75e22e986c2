"""The static picture that replaces a live view in a saved notebook, and its text twin."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sandbox.errors import HostError
from sandbox.model.build import Build
from sandbox.views import Picture, stage_graph, stage_graph_text, timeline
from sandbox.views.style import escape

_OPENING = re.compile(
    r'<svg xmlns="\S+" width="(\d+)" height="(\d+)" viewBox="([^"]+)" style="[^"]*"'
)
_GAP_PX = 12
_TITLE = "Build"


def final_picture(build: Build, key: str, notes: Sequence[str] = ()) -> Picture:
    """Stage graph and timeline below each other, in one picture.

    Args:
        build: The build, which is over.
        key: Becomes the id of the picture.
        notes: Lines for the text twin.
    """
    pictures = [timeline(build)]
    texts = [pictures[0].text]
    if build.graph is not None:
        try:
            pictures.insert(0, stage_graph(build.graph, build))
            texts.insert(0, pictures[0].text)
        except HostError as error:
            texts.insert(0, f"{stage_graph_text(build.graph, build)}\n{error.report()}\n")
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
        placed = f'<svg y="{y}" width="{opening[1]}" height="{opening[2]}" viewBox="{opening[3]}"'
        parts.append(picture.svg.replace(opening[0], placed, 1))
        width = max(width, int(opening[1]))
        y += int(opening[2]) + _GAP_PX
    described = "\n".join(escape(line) for line in text.splitlines())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" id="{escape(key)}" width="{width}" '
        f'height="{y - _GAP_PX}" viewBox="0 0 {width} {y - _GAP_PX}" '
        f'style="max-width:100%;height:auto" role="img" '
        f'aria-labelledby="{key}-title {key}-text">\n'
        f'<title id="{key}-title">{_TITLE}</title>\n<desc id="{key}-text">{described}</desc>\n'
        f"{''.join(parts)}</svg>\n"
    )
