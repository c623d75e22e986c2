"""The LLB graph that BuildKit solved: one vertex for each operation, below the level of stages."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from sandbox.model.outcome import outcome_of
from sandbox.model.vertex import Vertex, VertexKind
from sandbox.wording import brief, cut, printable

_LETTERS = 60


@dataclass(frozen=True, slots=True, repr=False)
class Llb:
    """The LLB graph of one build; ``str()`` gives a numbered list.

    Args:
        vertexes: Every vertex comes after the vertices whose results it needs.
        edges: Pairs of digests: a vertex, and a vertex that needs its result.

    Source: https://github.com/moby/buildkit/blob/master/docs/dev/solver.md (vertices and edges).
    """

    vertexes: tuple[Vertex, ...]
    edges: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, vertexes: tuple[Vertex, ...]) -> Llb:
        """The graph of these vertices; inputs that are not among these vertices are left out."""
        known = {vertex.digest for vertex in vertexes}
        edges = tuple(
            (i, v.digest) for v in vertexes for i in dict.fromkeys(v.inputs) if i in known
        )
        return cls(_ordered(vertexes, edges), edges)

    def inputs(self, vertex: Vertex) -> tuple[Vertex, ...]:
        """The vertices whose results a vertex needs, in BuildKit's order."""
        by_digest = {v.digest: v for v in self.vertexes}
        return tuple(by_digest[d] for d in dict.fromkeys(vertex.inputs) if d in by_digest)

    def headline(self) -> str:
        """The graph in a sentence."""
        counts = [
            f"{count} {one if count == 1 else several}"
            for count, one, several in (
                (len(self.vertexes), "vertex", "vertices"),
                (len(self.edges), "edge", "edges"),
            )
        ]
        return f"{counts[0]}, {counts[1]}; an arrow leads to what needs the result."

    def __str__(self) -> str:
        numbers = {vertex.digest: n for n, vertex in enumerate(self.vertexes, start=1)}
        rows = []
        for vertex in self.vertexes:
            inputs = [numbers[d] for d in dict.fromkeys(vertex.inputs) if d in numbers]
            text = cut(brief(vertex.instruction), _LETTERS)
            outcome = outcome_of(vertex)
            needs = f"needs {', '.join(map(str, inputs))}" if inputs else ""
            rows.append((str(numbers[vertex.digest]), where(vertex), text, outcome, needs))
        widths = [max((len(row[column]) for row in rows), default=0) for column in range(5)]
        lines = [
            f"  {row[0]:>{widths[0]}}  "
            + "  ".join(f"{cell:{widths[n]}}" for n, cell in enumerate(row[1:], start=1)).rstrip()
            for row in rows
        ]
        return "\n".join([f"LLB graph. {self.headline()}", "", *lines]) + "\n"

    def __repr__(self) -> str:
        # Shown outside of notebooks, where digests and times would not help.
        return str(self)


def where(vertex: Vertex) -> str:
    """Stage and platform of a vertex, if it has them."""
    # Stages with the same base share its vertex, which has the name of any of them.
    stage = None if vertex.kind is VertexKind.SOURCE else vertex.stage
    return printable(" ".join(part for part in (stage, vertex.platform) if part))


def _ordered(
    vertexes: tuple[Vertex, ...], edges: tuple[tuple[str, str], ...]
) -> tuple[Vertex, ...]:
    """Sort inputs first. Not recursive: a graph may be thousands of vertices deep."""
    by_digest = {vertex.digest: vertex for vertex in vertexes}
    waiting = dict.fromkeys(by_digest, 0)
    needed_by: dict[str, list[str]] = {digest: [] for digest in by_digest}
    for source, target in edges:
        waiting[target] += 1
        needed_by[source].append(target)
    ready = deque(digest for digest, count in waiting.items() if count == 0)
    done: dict[str, Vertex] = {}
    while ready:
        digest = ready.popleft()
        done[digest] = by_digest[digest]
        for target in needed_by[digest]:
            waiting[target] -= 1
            if waiting[target] == 0:
                ready.append(target)
    # An LLB graph has no cycles. A damaged file may have one; its vertices come last.
    return (*done.values(), *(v for v in by_digest.values() if v.digest not in done))
