"""What the kinds about cache mounts say of downloads and times, told by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from checker import Exercise, ExerciseError
from checker.checks.mounts import CacheMountReused, CacheMountShared, RerunIsFaster
from sandbox import Build, EngineError, RunResult

ONE, TWO, NEW = "/npm/one/-/one-1.tgz", "/npm/two/-/two-1.tgz", "/npm/new/-/new-2.tgz"
REUSED = CacheMountReused("npm", packages=2, update="update", new=("new-2.tgz",))
SHARED = CacheMountShared("npm", packages=2, edit="list.csv", update="update", line="# {random}")
FASTER = RerunIsFaster(update="update", kept_bytes=10_000_000, plain="FROM plain\n")


@pytest.fixture
def lab(counting_lab: Any) -> Any:
    return counting_lab


def is_updated(ask: Any) -> bool:
    return bool(ask.files["list.csv"] == "two\n")


def install_twice(make: Any, ask: Any, second: tuple[str, ...], *, reran: bool = True) -> Build:
    """Two packages in the first build; ``second`` after the update."""
    paths = second if is_updated(ask) else (ONE, TWO)
    return make.build(
        make.vertex("RUN install", cached=is_updated(ask) and not reran),
        downloads=[make.download(path) for path in paths],
    )


# -- cache_mount_reused


@pytest.mark.parametrize(
    ("second", "passed", "said"),
    [
        ((NEW,), True, "2 packages (2.0 kB); the one after the update 1 package (1.0 kB): new-2"),
        ((NEW, ONE), False, "1 of them for the second time: one-1.tgz.\nWanted: only new-2.tgz"),
        ((), False, "the one after the update no package.\nWanted: new-2.tgz too"),
    ],
)
def test_what_was_downloaded_again(
    lab: Any, make: Any, second: tuple[str, ...], passed: bool, said: str
) -> None:
    lab.builder.answer = lambda ask: install_twice(make, ask, second)

    finding = REUSED.measure(lab.bench)

    assert finding.passed is passed
    assert said in finding.message
    assert finding.evidence["first"] == {"packages": 2, "requests": 2, "size_bytes": 2000}
    assert lab.bench.context.folder.joinpath("list.csv").read_text() == "one\n"


def test_a_first_build_that_has_what_only_the_update_asks_for_fails(lab: Any, make: Any) -> None:
    lab.builder.answer = lambda ask: make.build(
        make.vertex("RUN install"),
        downloads=[] if is_updated(ask) else [make.download(path) for path in (ONE, TWO, NEW)],
    )

    finding = REUSED.measure(lab.bench)

    assert not finding.passed
    assert "The first build downloaded new-2.tgz already" in finding.message


def test_questions_about_what_there_is_are_free(lab: Any, make: Any) -> None:
    def answer(ask: Any) -> Build:
        asked = [make.download("/npm/one"), make.download(ONE, size_bytes=0)]
        paths = (NEW,) if is_updated(ask) else (ONE, TWO)
        return make.build(
            make.vertex("RUN install"), downloads=[*asked, *map(make.download, paths)]
        )

    lab.builder.answer = answer

    finding = REUSED.measure(lab.bench)

    assert finding.passed
    assert finding.evidence["second"] == {"packages": 1, "requests": 3, "size_bytes": 2000}


def test_a_first_build_that_downloads_too_little_proves_nothing(lab: Any, make: Any) -> None:
    lab.builder.answer = lambda ask: make.build(
        make.vertex("RUN install"), downloads=[make.download(ONE), make.download("/go/x.zip")]
    )

    finding = REUSED.measure(lab.bench)

    assert not finding.passed
    assert "downloaded 1 package (1.0 kB) from npm.\nWanted: all 2" in finding.message


def test_what_downloaded_must_run_again(lab: Any, make: Any) -> None:
    lab.builder.answer = lambda ask: install_twice(make, ask, (NEW,), reran=False)

    finding = REUSED.measure(lab.bench)

    assert not finding.passed
    assert "These downloaded packages and did not run again: RUN install." in finding.message


def test_what_no_instruction_that_runs_has_downloaded_is_in_no_mount(lab: Any, make: Any) -> None:
    lab.builder.answer = lambda ask: make.build(
        make.vertex("RUN install", 2.0, 3.0),
        downloads=[make.download(path, at_s=1.0) for path in (ONE, TWO)],
    )

    assert "did not run again: an instruction that is not RUN." in REUSED.measure(lab.bench).message


def test_builds_that_are_counted_are_alone_fast_and_have_their_own_mounts(
    lab: Any, make: Any
) -> None:
    lab.builder.answer = lambda ask: install_twice(make, ask, (NEW,))

    REUSED.measure(lab.bench)
    lab.bench.close()

    assert lab.builder.turns == ["alone", "alone"]
    assert lab.builder.packages.paces == [(math.inf, 0)] * 2
    spaces = {ask.option("--build-arg") for ask in lab.builder.asks}
    (space,) = spaces
    assert space is not None
    assert space.startswith("BUILDKIT_CACHE_MOUNT_NS=checker-")
    assert [
        argv
        for argv in lab.builder.commands
        if argv[1] == "prune" and f"--filter=description~={space.partition('=')[2]}" in argv
    ]


def test_go_s_packages_are_called_after_their_module(lab: Any, make: Any) -> None:
    old, new = "/go/skerry.lab/old/@v/v1.0.0.zip", "/go/skerry.lab/new/@v/v1.0.0.zip"
    lab.builder.answer = lambda ask: make.build(
        make.vertex("RUN build"), downloads=[make.download(new if is_updated(ask) else old)]
    )

    check = CacheMountReused("go", packages=1, update="update", new=("skerry.lab/new v1.0.0",))

    assert check.measure(lab.bench).message.endswith(": skerry.lab/new v1.0.0.")


def test_an_update_that_is_not_there_is_the_author_s_fault(lab: Any) -> None:
    with pytest.raises(ExerciseError, match="update in next/"):
        CacheMountReused("npm", 1, "next", ("new-2.tgz",)).measure(lab.bench)


# -- cache_mount_shared


def two_at_once(
    lab: Any, make: Any, downloads: tuple[tuple[str, ...], ...], *, failed: bool = False
) -> None:
    """The two builds of a pair download ``downloads[0]`` and ``downloads[1]``."""
    seen: list[str] = []

    def answer(ask: Any) -> Build:
        if ask.files["list.csv"] == "one\n":
            return make.build(make.vertex("RUN install"))
        number = len(seen)
        seen.append(ask.files["list.csv"])
        error = "exit code: 100" if failed and number else None
        return make.build(
            make.vertex("RUN settings", 0.0, 0.1),
            make.vertex(
                f"RUN install {number}", 0.0, 2.0, log="E: Could not get lock\n", error=error
            ),
            exit_code=1 if error else 0,
            downloads=[make.download(path, 0.1 + number) for path in downloads[number]],
        )

    lab.builder.answer = answer


def test_two_at_once_download_each_package_once(lab: Any, make: Any) -> None:
    two_at_once(lab, make, ((ONE, TWO), ()))

    finding = SHARED.measure(lab.bench)

    assert finding.passed
    assert finding.message.endswith("succeeded, and downloaded 2 packages (2.0 kB), each once.")
    first, one, other = lab.builder.asks
    texts = sorted(build.files["list.csv"] for build in (one, other))
    assert [text.partition("# ")[0] for text in texts] == ["one\n", "two\n"]
    names = [word for ask in (one, other) for word in ask.argv if "HOSTNAME" in word]
    assert len(set(names)) == 2, "neither uses results of the other one"
    assert one.folder != other.folder
    assert len({*one.argv} ^ {*other.argv}) == 2
    assert one.option("--build-arg") != first.option("--build-arg")
    assert lab.builder.packages.paces[-1][1] > 0


@pytest.mark.parametrize(
    ("downloads", "failed", "said"),
    [
        (((ONE, TWO), (ONE, TWO)), False, "2 of them twice: one-1.tgz, two-1.tgz."),
        (((ONE, TWO), ()), True, "one of them failed. It printed last:\n  E: Could not get lock"),
        (((ONE,), ()), False, "downloaded 1 package (1.0 kB).\nWanted: all 2"),
    ],
)
def test_two_at_once_that_get_in_each_other_s_way(
    lab: Any, make: Any, downloads: tuple[tuple[str, ...], ...], failed: bool, said: str
) -> None:
    two_at_once(lab, make, downloads, failed=failed)

    finding = SHARED.measure(lab.bench)

    assert not finding.passed
    assert said in finding.message


def test_two_that_never_met_say_nothing(lab: Any, make: Any) -> None:
    starts = iter((0.0, 0.0, 5.0, 0.0, 5.0))
    lab.builder.answer = lambda ask: make.build(
        make.vertex("RUN for both", 0.0, 9.0),
        make.vertex(f"RUN x from {(at := next(starts))}", at, at + 1),
    )

    with pytest.raises(EngineError, match="did not run at the same time"):
        SHARED.measure(lab.bench)


def test_two_of_which_one_ran_nothing_did_not_notice_the_edit(lab: Any, make: Any) -> None:
    cached = iter((False, False, True))
    lab.builder.answer = lambda ask: make.build(
        make.vertex(f"RUN x for {ask.files['list.csv']}", cached=next(cached))
    )

    finding = SHARED.measure(lab.bench)

    assert not finding.passed
    assert (
        "no RUN ran for one of them alone.\nWanted: the instruction that reads list"
        in finding.message
    )


def test_a_run_that_is_the_same_in_both_did_not_notice_the_edit(lab: Any, make: Any) -> None:
    lab.builder.answer = lambda ask: make.build(make.vertex("RUN install"))

    assert "no RUN ran for one of them alone" in SHARED.measure(lab.bench).message


# -- rerun_is_faster


@pytest.mark.parametrize(
    ("times_s", "kept", "said"),
    [
        (
            (1.0, 4.0),
            "6MB\n5.5MB\n",
            "4.0 s, after the update 1.0 s (25%); the mounts hold 11.5 MB.",
        ),
        ((3.0, 9.0), "60MB\n", "Wanted: 40% at most."),
        ((1.0, 4.0), "60kB\n", "Wanted: at least 10.0 MB in the mounts"),
        (
            (1.0, 1.0),
            "60MB\n",
            "takes 1.0 s: next to that, nothing was saved (100%).\nWanted: 40% at most.",
        ),
    ],
)
def test_what_runs_again_is_timed(
    lab: Any, make: Any, times_s: tuple[float, float], kept: str, said: str
) -> None:
    second_s, plain_s = times_s

    def answer(ask: Any) -> Build:
        file = ask.option("--file")
        if file is not None:
            assert is_updated(ask)
            assert "--no-cache" in ask.argv
            assert Path(file).read_text() == "FROM plain\n"
            return make.build(make.vertex("RUN all", 0.0, plain_s))
        return make.build(
            make.vertex("RUN download", 0.0, 9.0, cached=is_updated(ask)),
            make.vertex("RUN build", 0.0, second_s if is_updated(ask) else 4.0),
        )

    lab.builder.answer = answer
    lab.builder.printed = RunResult(0, kept, "", 0.1, timed_out=False)

    finding = FASTER.measure(lab.bench)

    assert finding.passed is ("Wanted" not in said)
    assert said in finding.message


def test_nothing_that_ran_again_is_not_faster(lab: Any, make: Any) -> None:
    lab.builder.answer = lambda ask: make.build(make.vertex("RUN x", cached=is_updated(ask)))

    finding = FASTER.measure(lab.bench)

    assert not finding.passed
    assert finding.message.startswith("After the update no RUN ran again.")


# -- the exercise


def test_an_exercise_counts_downloads_when_one_of_its_checks_does(
    make_exercise: Callable[..., Exercise],
) -> None:
    text = """
[[checks]]
id = "reuse"
kind = "cache_mount_reused"
title = "It is reused"
points = 10
hint = "Look."
params = { index = "npm", packages = 1, update = "update", new = ["new-2.tgz"] }
"""
    assert make_exercise(text, slug="07-counts").counts_downloads
    assert not make_exercise().counts_downloads
