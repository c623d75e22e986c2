"""What the graph and the trace say of recorded builds that are easily misread."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.model.build import Build
from sandbox.model.lanes import Part, lane_key
from sandbox.model.summary import CacheShare
from sandbox.model.vertex import State, VertexKind

Recorded = Callable[[str], Build]


def test_instructions_of_onbuild_run_in_the_stage_that_is_based_on_them(recorded: Recorded) -> None:
    build = recorded("onbuild")
    assert build.stage_states() == {"kit": State.IDLE, "tool": State.IDLE, "app": State.RAN}
    assert build.trace.busy_s("app") > 1
    assert build.summary().run == CacheShare(0, 1)


def test_images_of_copies_mounts_and_contexts_are_base_images(recorded: Recorded) -> None:
    build = recorded("images")
    images = [v for v in build.trace.vertexes if lane_key(v).part is Part.BASES]
    assert sorted(v.instruction.partition("@")[0] for v in images) == [
        "FROM docker.io/lab/debian:latest",
        "FROM docker.io/lab/git:latest",
        "lab/busybox",
        "lab/git",
    ]
    assert build.graph is not None
    assert build.graph.images == ("lab/git", "lab/busybox", "lab/debian")


def test_a_stage_that_a_context_replaces_is_not_skipped(recorded: Recorded) -> None:
    build = recorded("images")
    assert build.stage_states() == {"tool": State.IDLE, "stage-1": State.RAN}


def test_stages_of_one_name_have_states_of_their_own(recorded: Recorded) -> None:
    build = recorded("twins")
    assert build.stage_states() == {
        "a (line 1)": State.SKIPPED,
        "b (line 4)": State.RAN,
        "b": State.RAN,
        "a": State.RAN,
        "stage-4": State.RAN,
    }
    assert [v.instruction for v in build.trace.of_stage("b (line 4)")] == [
        "RUN sleep 1 && echo first"
    ]


def test_a_base_image_is_cached_neither_without_a_cache_nor_with_one(recorded: Recorded) -> None:
    for name, state in (
        ("parallel", State.IDLE),  # --no-cache; BuildKit calls the image cached
        ("cached", State.IDLE),  # all from the cache; BuildKit does not call the image cached
        ("downloads", State.RAN),  # of one of its two images, layers are fetched
    ):
        sources = [v for v in recorded(name).trace.vertexes if v.kind is VertexKind.SOURCE]
        assert state in {v.state for v in sources}
        assert State.CACHED not in {v.state for v in sources}


def test_a_failed_export_is_seen_although_the_build_succeeds(recorded: Recorded) -> None:
    build = recorded("lost-export")
    assert build.ok
    (failed,) = build.trace.failed_transfers
    assert failed.instruction == "exporting cache to registry"
