"""The LLB graph of recorded builds, and of one too deep for recursion."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.model.build import Build
from sandbox.model.llb import Llb
from sandbox.model.vertex import Vertex, VertexKind


def chain(length: int) -> tuple[Vertex, ...]:
    """Vertexes that each need the one before, the last one first."""
    return tuple(
        Vertex(
            digest=f"sha256:{n}",
            name=f"[a {n}/{length}] RUN {n}",
            inputs=(f"sha256:{n - 1}",) if n else (),
            kind=VertexKind.RUN,
            stage="a",
            platform=None,
            build_platform=None,
            instruction=f"RUN {n}",
            intervals=(),
            cached=False,
            completed=False,
            error=None,
        )
        for n in reversed(range(length))
    )


def test_edges_are_those_that_buildkit_reported(recorded: Callable[[str], Build]) -> None:
    graph = recorded("parallel").llb()
    names = {vertex.digest: vertex.instruction.split(" ")[:2] for vertex in graph.vertexes}
    (mount,) = [v for v in graph.vertexes if v.instruction.startswith("RUN --mount")]
    # The RUN stands on the COPY before it, and mounts what web's RUN made.
    assert [names[v.digest] for v in graph.inputs(mount)] == [
        ["COPY", "--from=api"],
        ["RUN", "sleep"],
    ]
    # FROM into WORKDIR, web's RUN and the last stage's COPY; the context and WORKDIR into COPY;
    # COPY into RUN into COPY --from; that and web's RUN into the last RUN.
    assert len(graph.edges) == 9


def test_what_only_reports_on_a_build_is_no_part_of_it(recorded: Callable[[str], Build]) -> None:
    kinds = [vertex.kind for vertex in recorded("parallel").llb().vertexes]
    assert VertexKind.EXPORT not in kinds
    # Of what is internal only the build context is needed by anything.
    assert kinds.count(VertexKind.INTERNAL) == 1


def test_every_vertex_comes_after_its_inputs(recorded: Callable[[str], Build]) -> None:
    graph = recorded("platforms").llb()
    places = {vertex.digest: place for place, vertex in enumerate(graph.vertexes)}
    assert len(places) == 8
    assert all(places[source] < places[target] for source, target in graph.edges)


def test_a_graph_thousands_deep() -> None:
    graph = Llb.of(chain(3000))
    assert [vertex.instruction for vertex in graph.vertexes[:2]] == ["RUN 0", "RUN 1"]
    assert len(graph.edges) == 2999
    assert str(graph).count("\n") == 3002
    assert repr(graph) == str(graph)


def test_inputs_that_were_never_reported_are_left_out() -> None:
    (last, *_) = chain(3)
    graph = Llb.of((last,))
    assert graph.edges == ()
    assert graph.inputs(last) == ()
    assert "1 vertex, 0 edges" in graph.headline()
