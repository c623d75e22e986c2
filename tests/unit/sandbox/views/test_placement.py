"""Places of stages: sizes, the target's ring, and what is left out."""

from __future__ import annotations

import pytest

from sandbox.live.plan import lay_out_stages
from sandbox.parse.dockerfile import read_dockerfile
from sandbox.views import style
from sandbox.views.placement import LEFT_PX, MOST_STAGES, RING_PX, SIGN_PX, TEXT_SIZE_PX, place

GRAPH = read_dockerfile(
    "FROM lab/go AS build\nRUN x\nFROM lab/busybox\nCOPY --from=build /a /b\n"
    "RUN --mount=from=build,target=/m y\n"
)


def test_images_and_stages_have_ids_of_their_own_and_arrows_know_their_ends() -> None:
    placed = place(GRAPH, 1, lambda _: ("a line",))
    assert [one.id for one in placed.stages] == ["s0", "s1"]
    assert [(one.name, one.id) for one in placed.images] == [
        ("lab/go", "i0"),
        ("lab/busybox", "i1"),
    ]
    ends = [(one.edge.source, one.edge.target, one.from_image) for one in placed.edges]
    assert ends == [
        ("lab/go", "build", True),
        ("lab/busybox", "stage-1", True),
        ("build", "stage-1", False),
        ("build", "stage-1", False),
    ]


def test_of_two_stages_with_one_name_only_the_target_has_a_ring() -> None:
    twice = read_dockerfile("FROM x AS a\nRUN 1\nFROM y AS a\nRUN 2\n")
    placed = place(twice, 1, lambda _: ())
    assert [one.is_target for one in placed.stages] == [False, True]
    # Both boxes are as large, and the ring has its room around the second.
    one, other = (stage.at for stage in placed.stages)
    assert (one.width, one.height) == pytest.approx((other.width, other.height), abs=0.1)
    assert placed.stages[1].at.x >= RING_PX


def test_a_box_has_room_for_its_lines() -> None:
    narrow = place(GRAPH, None, lambda _: ("x",))
    wide = place(GRAPH, None, lambda _: ("a line of quite some length", "and another"), below_px=10)
    for one, other in zip(narrow.stages, wide.stages, strict=True):
        assert other.at.width > one.at.width
        assert other.at.height == pytest.approx(one.at.height + 17 + 10, abs=0.1)


def test_the_live_view_places_what_the_picture_does() -> None:
    many = read_dockerfile("".join(f"FROM x AS s{n}\n" for n in range(MOST_STAGES + 3)))
    for graph in (GRAPH, many):
        plan = lay_out_stages(graph, None)
        placed = place(graph, None, lambda _: ())
        assert [box["id"] for box in plan.boxes] == [one.id for one in placed.stages]
        assert [image["id"] for image in plan.images] == [one.id for one in placed.images]
        assert len(plan.arrows) == len(placed.edges)


def test_a_box_of_the_live_view_has_room_for_a_stage_on_two_platforms() -> None:
    graph = read_dockerfile("FROM x AS a\nRUN 1\n")
    (box,) = lay_out_stages(graph, None).boxes
    needed = style.width_px("ran 0.22 s, 1 of 2 cached", TEXT_SIZE_PX) + SIGN_PX + LEFT_PX
    assert box["width"] >= needed
