"""Parses the name that BuildKit gives a vertex. Only this name says which stage a vertex is from.

    [linux/amd64->arm64 builder 2/4] RUN make     platform, stage, place in the stage
    [stage-1  2/12] COPY a b                      a stage without a name
    [2/4] RUN make                                the only stage of its Dockerfile
    [app linux/arm64 builder 2/4] RUN make        one target of a bake of several
    [app 1/1] ONBUILD RUN make                    a trigger of the stage's base
    FROM lab/git:latest@sha256:…                  an image of COPY --from or of a mount
    [context tools] lab/git                       an image of --build-context
    [linux/arm64 internal] load metadata for …    no stage
    exporting to image                            no stage

Source: https://github.com/moby/buildkit/blob/master/frontend/dockerfile/dockerfile2llb/convert.go
(``prefixCommand``, ``formatTargetPlatform``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sandbox.model.vertex import VertexKind

_BRACKET = re.compile(r"\[([^\]]*)\] ?")
_PLACE = re.compile(r"(\d+)/(\d+)$")
# An operating system, an architecture, perhaps a variant; perhaps an arrow and another platform.
_PLATFORM = re.compile(r"([a-z0-9]+/[a-z0-9_]+(?:/v[0-9.]+)?)(?:->([a-z0-9_./]+))?$")
_VARIANT = re.compile(r"[a-z0-9_]+(/v[0-9.]+)?$")

_KEYWORDS = {
    "FROM": VertexKind.SOURCE,
    "RUN": VertexKind.RUN,
    "COPY": VertexKind.COPY,
    "ADD": VertexKind.ADD,
    "WORKDIR": VertexKind.WORKDIR,
}
# The beginnings of names that belong to no stage.
_BEGINNINGS = (
    ("importing cache", VertexKind.IMPORT_CACHE),
    ("inferred cache manifest", VertexKind.IMPORT_CACHE),
    ("generating sbom", VertexKind.SCAN),
    ("exporting", VertexKind.EXPORT),
    ("preparing build cache for export", VertexKind.EXPORT),
    ("importing to docker", VertexKind.EXPORT),
    ("sending tarball", VertexKind.EXPORT),
    ("copying files", VertexKind.EXPORT),
    ("writing image", VertexKind.EXPORT),
    ("merging manifest list", VertexKind.EXPORT),
    ("pushing", VertexKind.EXPORT),
    ("resolve image config", VertexKind.INTERNAL),
    ("load ", VertexKind.INTERNAL),
    ("FROM ", VertexKind.SOURCE),
    ("docker-image://", VertexKind.SOURCE),
    ("oci-layout://", VertexKind.SOURCE),
    ("git://", VertexKind.SOURCE),
    ("https://", VertexKind.SOURCE),
    ("http://", VertexKind.SOURCE),
)


@dataclass(frozen=True, slots=True)
class VertexName:
    """The parsed name of a vertex; the fields are those of ``Vertex``."""

    kind: VertexKind
    stage: str | None
    platform: str | None
    build_platform: str | None
    instruction: str


def read_vertex_name(name: str, only_stage: str) -> VertexName:
    """Parse a name. A name of unknown form gets the kind OTHER and no stage.

    Args:
        name: The name, as reported by BuildKit.
        only_stage: The stage of names like ``[2/4] …``, in which BuildKit leaves out the stage.
    """
    bracket = _BRACKET.match(name)
    words = bracket[1].split() if bracket else []
    instruction = name[bracket.end() :] if bracket else name
    platform = build_platform = None
    for word in words:
        # A place such as 2/4 has the form of a platform, but it is always the last word.
        found = None if _PLACE.match(word) else _PLATFORM.match(word)
        if found:
            platform, build_platform = _read_platform(found[1], found[2])
    if words and _PLACE.match(words[-1]):
        names = [word for word in words[:-1] if not _PLATFORM.match(word)]
        stage = names[-1] if names else only_stage
        # COPY --link makes two vertices: the copy itself, and "LINK COPY …", which adds the copy
        # to the stage.
        done = instruction.removeprefix("ONBUILD ").removeprefix("LINK ")
        keyword = done.split(" ", 1)[0].upper()
        kind = _KEYWORDS.get(keyword, VertexKind.OTHER)
        return VertexName(kind, stage, platform, build_platform, instruction)
    if {"internal", "auth"} & set(words):
        kind = VertexKind.INTERNAL
    else:
        kinds = (kind for start, kind in _BEGINNINGS if instruction.startswith(start))
        # What a named context loads from the client begins with "load".
        unknown = VertexKind.SOURCE if words[:1] == ["context"] else VertexKind.OTHER
        kind = next(kinds, unknown)
    return VertexName(kind, None, platform, build_platform, instruction)


def _read_platform(runs_on: str, builds_for: str | None) -> tuple[str, str | None]:
    """``linux/amd64`` and ``arm64`` from ``linux/amd64->arm64``, as platform, build platform."""
    if builds_for is None:
        return runs_on, None
    # The right side leaves out an operating system that is the same: arm64, arm/v7, windows/amd64.
    if _VARIANT.match(builds_for):
        builds_for = f"{runs_on.split('/', maxsplit=1)[0]}/{builds_for}"
    return builds_for, runs_on
