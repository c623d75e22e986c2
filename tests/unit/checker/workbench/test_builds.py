"""Builds are made once, forgotten with their builder, and exchanged for a moment."""

from __future__ import annotations

from typing import Any

import pytest

from checker import ExerciseError
from checker.command.command_line import read_line
from checker.workbench.builds import FailedBuildError


def test_a_build_is_made_once(lab: Any) -> None:
    builds = lab.bench.builds
    first = builds.get()

    assert builds.get() is first
    assert builds.require() is first
    assert builds.get(target="test") is builds.get(target="test")
    assert len(lab.builder.asks) == 2


def test_a_build_that_only_runs_is_another_one(lab: Any) -> None:
    builds = lab.bench.builds
    builds.get()

    assert builds.require(only_run=True) is builds.get(only_run=True)
    _, second = lab.builder.asks
    assert second.option("--output") == "type=cacheonly"


def test_an_edit_of_the_context_makes_another_build(lab: Any) -> None:
    lab.bench.builds.get()
    for _ in range(2):
        with lab.bench.context.edited("list.csv", lambda text: f"{text}two\n"):
            lab.bench.builds.get()
    lab.bench.builds.get()

    assert [ask.files["list.csv"] for ask in lab.builder.asks] == ["one\n", "one\ntwo\n"]


def test_a_failed_build_is_no_basis_for_a_check_that_requires_it(lab: Any, make: Any) -> None:
    lab.builder.answer = lambda ask: make.build(exit_code=1, message="ERROR: no")

    assert not lab.bench.builds.get().ok
    with pytest.raises(FailedBuildError):
        lab.bench.builds.require()


def test_the_first_build_alone_gives_all_away_that_a_secret_could_be_in(lab: Any) -> None:
    lab.bench.builds.get()
    lab.bench.builds.get(target="test")

    first, second = lab.builder.asks
    assert first.option("--attest") == "type=provenance,mode=max"
    assert first.option("--cache-to") == "type=local,dest=../cache,mode=max"
    assert second.option("--attest") is None
    assert second.option("--cache-to") is None


def test_an_image_that_nobody_kept_is_built_once_more_under_a_name(lab: Any) -> None:
    builds = lab.bench.builds
    builds.get(target="test")

    tag = builds.tag(target="test")

    assert [ask.option("--tag") for ask in lab.builder.asks] == [None, tag]
    assert builds.tag(target="test") == tag
    assert builds.tags == (tag,)


def test_the_images_of_a_bake_have_names_of_their_own(lab: Any) -> None:
    lab.bench.builds.command = read_line("docker buildx bake")

    with pytest.raises(ExerciseError, match="the image of a bake"):
        lab.bench.builds.tag()


def test_builds_of_a_builder_that_has_gone_are_forgotten(lab: Any) -> None:
    for _ in range(2):
        with lab.bench.empty_builder() as name:
            lab.bench.builds.get(builder=name)

    assert [ask.option("--builder") for ask in lab.builder.asks] == ["empty", "empty"]


def test_builds_together_share_mounts_that_no_other_build_has(counting_lab: Any) -> None:
    changes = [{"list.csv": "left\n"}, {"list.csv": "right\n"}]

    counting_lab.bench.builds.together(changes)
    counting_lab.bench.builds.get()

    *both, plain = counting_lab.builder.asks
    assert sorted(ask.files["list.csv"] for ask in both) == ["left\n", "right\n"]
    mounts = {ask.option("--build-arg") for ask in both}
    assert len(mounts) == 1
    assert plain.option("--build-arg") not in mounts
    assert not any("--no-cache" in ask.argv for ask in both)
