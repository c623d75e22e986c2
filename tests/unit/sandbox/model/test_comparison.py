"""Recorded builds side by side, and pairs that no recording has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from sandbox.model.build import Build
from sandbox.model.comparison import BASES, EXPORT, SETUP, Comparison, Pair, compare
from sandbox.model.downloads import Download, Downloads
from sandbox.model.vertex import State, Vertex

Recorded = Callable[[str], Build]
NONE = Downloads()


def edited(build: Build, stage: str, before: str, after: str) -> Build:
    """The build as if one instruction had been another: another text, another digest."""

    def edit(vertex: Vertex) -> Vertex:
        if vertex.stage != stage or vertex.instruction != before:
            return vertex
        return replace(
            vertex,
            digest="sha256:edited",
            instruction=after,
            name=vertex.name.replace(before, after),
        )

    vertexes = tuple(map(edit, build.trace.vertexes))
    assert vertexes != build.trace.vertexes
    return replace(build, trace=replace(build.trace, vertexes=vertexes))


def pair(found: Comparison, group: str, beginning: str) -> Pair:
    (one,) = [p for p in found.of_group(group) if p.vertex.instruction.startswith(beginning)]
    return one


def test_all_that_was_cached_and_what_it_saved(recorded: Recorded) -> None:
    found = compare(recorded("parallel"), recorded("cached"))
    assert found.ran_again == ()
    # 55.693009..57.903881 less 58.232692..58.425308
    assert found.saved_s == pytest.approx(2.210872 - 0.192616, abs=1e-5)
    run = pair(found, "api", "RUN")
    assert run.cold is not None
    assert run.warm is not None
    assert (run.cold.state, run.warm.state) == (State.RAN, State.CACHED)
    # 55.826979..57.530037, and nothing
    assert run.saved_s == pytest.approx(1.703058, abs=1e-3)
    assert found.headline().startswith("first 2.21 s, second 0.19 s: 2.02 s saved. 6 of 6 ")


def test_groups_in_the_order_of_the_dockerfile(recorded: Recorded) -> None:
    found = compare(recorded("parallel"), recorded("cached"))
    assert found.groups == (BASES, "api", "web", "stage-4", EXPORT, SETUP)
    assert [p.vertex.kind.value for p in found.of_group("api")] == ["workdir", "copy", "run"]


def test_the_other_way_round_everything_is_lost(recorded: Recorded) -> None:
    found = compare(recorded("cached"), recorded("parallel"))
    assert len(found.ran_again) == 6
    assert "2.02 s lost. 0 of 6 instructions cached." in found.headline()
    assert pair(found, "api", "RUN").saved_s < 0


def test_platforms_are_told_apart(recorded: Recorded) -> None:
    build = recorded("platforms")
    found = compare(build, build)
    assert [p.platform for p in found.of_group("builder")] == ["linux/amd64", "linux/arm64"]
    assert all(p.cold is p.warm for p in found.pairs)
    assert "nothing saved" in found.headline()


def test_an_instruction_is_matched_by_its_place_and_not_by_its_digest(recorded: Recorded) -> None:
    cold, before = recorded("parallel"), "COPY hello.txt ."
    found = compare(cold, edited(cold, "api", before, "COPY hello.txt /src/"))
    assert pair(found, "api", "COPY").is_edited
    assert [p for p in found.pairs if p.is_edited] == [pair(found, "api", "COPY")]
    assert "\n~ the first build had another instruction here\n" in str(found)
    assert "~" not in str(compare(cold, cold))


def test_an_instruction_that_is_only_in_one_of_them(recorded: Recorded) -> None:
    cold = recorded("parallel")
    shorter = replace(
        cold.trace, vertexes=tuple(v for v in cold.trace.vertexes if v.stage != "web")
    )
    found = compare(cold, replace(cold, trace=shorter))
    (gone,) = found.of_group("web")
    assert gone.warm is None
    assert gone.saved_s == pytest.approx(1.209081, abs=1e-5)
    assert "not there" in str(found)
    # A stage that is gone is not one that ran again.
    assert "web" not in {p.group for p in found.ran_again}


def test_downloads(recorded: Recorded) -> None:
    cold = recorded("downloads")
    quiet = tuple(replace(v, transfers=()) for v in cold.trace.vertexes)
    found = compare(cold, replace(cold, trace=replace(cold.trace, vertexes=quiet)))
    # The two layers, 213796 and 1823 bytes.
    assert found.saved_bytes == 215_619
    assert pair(found, BASES, "FROM docker.io/lab/recorded-base").saved_bytes == 215_619
    assert "0 B of layers fetched instead of 216 kB." in str(found)
    assert "layers saved" not in str(compare(recorded("parallel"), recorded("cached")))


def test_packages_that_were_not_fetched_again(recorded: Recorded) -> None:
    build = recorded("parallel")
    one = Download("npm", "/npm/left", 2_000_000, 200, build.started, 0.5)
    cold, warm = replace(build, downloads=Downloads((one, one))), replace(build, downloads=NONE)
    words = "Packages: no requests instead of 2 requests, 4.0 MB."
    assert words in str(compare(cold, warm)).splitlines()
    unknown = replace(build, downloads=None)
    for before, now in ((warm, warm), (warm, unknown), (cold, unknown), (unknown, cold)):
        assert compare(before, now).packages is None
        assert "Packages" not in str(compare(before, now))


def test_copy_link_is_two_vertexes_in_one_place(recorded: Recorded) -> None:
    build = recorded("parallel")
    (copy,) = [v for v in build.trace.of_stage("api") if v.instruction.startswith("COPY")]
    link = replace(
        copy,
        digest="sha256:link",
        instruction=f"LINK {copy.instruction}",
        name=copy.name.replace("COPY", "LINK COPY"),
    )
    both = replace(build, trace=replace(build.trace, vertexes=(*build.trace.vertexes, link)))
    found = compare(both, both)
    assert {p.vertex.instruction for p in found.of_group("api")} >= {
        "COPY hello.txt .",
        "LINK COPY hello.txt .",
    }


def test_a_failed_build_can_be_compared(recorded: Recorded) -> None:
    found = compare(recorded("parallel"), recorded("failing"))
    bad = pair(found, "bad", "RUN")
    assert bad.cold is None
    assert bad.warm is not None
    assert bad.warm.state is State.FAILED
    assert repr(found) == str(found)


def test_builds_have_the_names_that_are_given(recorded: Recorded) -> None:
    one, other = recorded("parallel"), recorded("cached")
    assert str(compare(one, other)).startswith("Comparison. first 2.21 s, second 0.19 s")
    named = str(compare(one, other, names=("emulated", "cross")))
    assert named.splitlines()[2].split() == ["emulated", "cross", "saved"]
    assert "cold" not in named
    assert "warm" not in named
