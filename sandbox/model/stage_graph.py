"""The stages that a Dockerfile declares and the references between them, before anything runs.

A ``Trace`` is the other graph: the vertices that BuildKit ran. They meet in the stage's name,
which is BuildKit's own (``stage-2`` for a third stage without a name).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class EdgeKind(StrEnum):
    """How one stage refers to another."""

    FROM = "FROM"
    COPY = "COPY --from"
    MOUNT = "RUN --mount from"


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction of a Dockerfile.

    Args:
        keyword: In capitals, as ``RUN``.
        text: The instruction as written, heredoc bodies left out.
        first_line: From 1.
        last_line: From 1, heredoc bodies included.
    """

    keyword: str
    text: str
    first_line: int
    last_line: int


@dataclass(frozen=True, slots=True)
class Stage:
    """A FROM section of a Dockerfile.

    Args:
        name: Lower case as BuildKit has it; ``stage-N`` for a stage without a name.
        index: From 0.
        base: The operand of FROM with arguments expanded: an image, a stage's name, ``scratch``.
        platform: The value of ``FROM --platform=``, with arguments of known value expanded.
        named: Whether the Dockerfile names it.
        instructions: FROM first.
    """

    name: str
    index: int
    base: str
    platform: str | None
    named: bool
    instructions: tuple[Instruction, ...]


@dataclass(frozen=True, slots=True)
class Edge:
    """A reference: ``target`` needs files of ``source``. Both name a stage or an image."""

    source: str
    target: str
    kind: EdgeKind


@dataclass(frozen=True, slots=True)
class StageGraph:
    """The stages of a Dockerfile, and the references between them and to images.

    Args:
        stages: In the order of the file. The last one is the default target.
        edges: No duplicates; in the order of the file.
        images: Every image that an edge refers to, without ``scratch``.
        syntax: The value of ``# syntax=``; None when there is no such line.
    """

    stages: tuple[Stage, ...]
    edges: tuple[Edge, ...]
    images: tuple[str, ...]
    syntax: str | None = None

    def stage(self, name: str) -> Stage:
        """The stage of that name or index, as ``--target`` accepts them.

        Raises:
            KeyError: There is no such stage.
        """
        # If two stages have the same name, BuildKit takes the later one.
        for stage in reversed(self.stages):
            if name.lower() == stage.name or name == str(stage.index):
                return stage
        raise KeyError(name)

    def needed(self, target: str | None = None) -> frozenset[str]:
        """Names of the stages that a build of ``target`` (None: the last one) needs."""
        reached: set[str] = set()
        todo = [self.stage(target) if target is not None else self.stages[-1]]
        while todo:
            stage = todo.pop()
            if stage.name in reached:
                continue
            reached.add(stage.name)
            sources = {edge.source for edge in self.edges if edge.target == stage.name}
            todo += [s for s in self.stages if s.name in sources]
        return frozenset(reached)
