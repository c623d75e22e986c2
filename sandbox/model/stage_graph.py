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
        name: Lower case as BuildKit has it; ``stage-N`` for a stage without a name, and
            ``NAME (line N)`` for a stage whose name a later stage has too.
        index: From 0.
        base: The operand of FROM with arguments expanded: an image, a stage's name, ``scratch``.
            If ``--build-context`` replaces the image or the stage, its image or place.
        platform: The value of ``FROM --platform=``, with arguments of known value expanded.
        named: Whether the Dockerfile names it.
        instructions: FROM first, then the ONBUILD instructions of its base, which run in it. Only
            FROM if ``--build-context`` replaces the stage.
    """

    name: str
    index: int
    base: str
    platform: str | None
    named: bool
    instructions: tuple[Instruction, ...]


@dataclass(frozen=True, slots=True)
class Edge:
    """A reference: ``target``, a stage, needs files of ``source``, a stage or an image."""

    source: str
    target: str
    kind: EdgeKind


@dataclass(frozen=True, slots=True)
class StageGraph:
    """The stages of a Dockerfile, and the references between them and to images.

    Args:
        stages: In the order of the file. The last one is the default target.
        edges: No duplicates; in the order of the file.
        images: Every image that an edge refers to, without ``scratch``. A folder or an address
            that ``--build-context`` names counts as an image.
        syntax: The value of ``# syntax=``; None when there is no such line.
    """

    stages: tuple[Stage, ...]
    edges: tuple[Edge, ...]
    images: tuple[str, ...]
    syntax: str | None = None

    def stage(self, name: str) -> Stage:
        """The stage that ``--target`` means: a name in any case, no index and no ``stage-N``.

        Raises:
            KeyError: There is no such stage.
        """
        for stage in self.stages:
            if stage.named and name.lower() == stage.name:
                return stage
        raise KeyError(name)

    def reported(self, name: str, instruction: str) -> str:
        """The stage that BuildKit means by a name, which several stages of the file may have.

        Args:
            name: The name, as BuildKit reports it.
            instruction: An instruction that BuildKit reports with it.
        """
        twins = [stage for stage in self.stages if stage.name.startswith(f"{name} (")]
        ran = " ".join(instruction.split())
        texts = {
            " ".join(one.text.split()): stage.name for stage in twins for one in stage.instructions
        }
        return texts.get(ran, name)

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
