"""The critical path of a build: the chain of vertices that decides how long it takes."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.model.vertex import Vertex


def critical_path(vertexes: Sequence[Vertex]) -> tuple[Vertex, ...]:
    """The chain of vertices, along the LLB's edges, whose seconds add up to the most.

    The seconds in which a vertex waited for a cache mount count too.
    """
    by_digest = {v.digest: v for v in vertexes}
    # Seconds up to and including each vertex, and the vertex before it on that chain.
    best: dict[str, tuple[float, str | None]] = {}
    entered: set[str] = set()
    # Iterative post-order: a trace may be thousands of vertices deep.
    for root in vertexes:
        stack = [root]
        while stack:
            vertex = stack[-1]
            if vertex.digest in best:
                stack.pop()
                continue
            inputs = [d for d in vertex.inputs if d in by_digest]
            # An edge back to a vertex that is still open would close a cycle. An LLB graph
            # never has one; a damaged file may.
            waiting = [d for d in inputs if d not in best and d not in entered]
            if vertex.digest not in entered and waiting:
                stack.extend(by_digest[d] for d in waiting)
            else:
                before = max(
                    (d for d in inputs if d in best), key=lambda d: best[d][0], default=None
                )
                earlier_s = best[before][0] if before is not None else 0.0
                own_s = vertex.duration_s + vertex.waited_s
                best[vertex.digest] = (earlier_s + own_s, before)
                stack.pop()
            entered.add(vertex.digest)
    last = max(best, key=lambda d: best[d][0], default=None)
    chain: list[Vertex] = []
    while last is not None:
        chain.append(by_digest[last])
        last = best[last][1]
    return tuple(reversed(chain))
