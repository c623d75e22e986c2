"""What is said of work that ran again after an edit."""

from __future__ import annotations

from typing import Any

import pytest

from checker.checks.caching import StaysCached
from sandbox import Build, RunResult

CACHED = StaysCached("list.csv", keeps=("assets",), reruns=("data",))


def build_twice(make: Any, ask: Any, again: tuple[str, ...]) -> Build:
    """Everything runs in the first build, ``again`` in the one after the edit."""
    first = ask.files["list.csv"] == "one\n"
    names = ("assets", "data") if first else again
    return make.build(*(make.vertex(f"RUN {n}", log=ask.log(n, 1, 2)) for n in names))


@pytest.mark.parametrize(
    ("again", "passed", "said"),
    [
        (("data",), True, "assets was reused, data ran again (1.0 s)."),
        (("assets", "data"), False, "Wanted: assets reused."),
        ((), False, "Wanted: data run again."),
    ],
)
def test_what_ran_again_after_an_edit(
    lab: Any, make: Any, again: tuple[str, ...], passed: bool, said: str
) -> None:
    lab.builder.answer = lambda ask: build_twice(make, ask, again)

    finding = CACHED.measure(lab.bench)

    assert finding.passed is passed
    assert finding.message.startswith("After an edit of list.csv: assets")
    assert said in finding.message


def test_work_that_runs_again_in_silence_is_not_reused(lab: Any, make: Any) -> None:
    def answer(ask: Any) -> Build:
        is_first = ask.files["list.csv"] == "one\n"
        assets = ask.log("assets", 1, 2) if is_first else "assets were made before\n"
        data = ask.log("data", 1, 2)
        return make.build(
            make.vertex("RUN assets", 0.0, 1.5, log=assets), make.vertex("RUN data", log=data)
        )

    lab.builder.answer = answer

    finding = CACHED.measure(lab.bench)

    assert not finding.passed
    assert "assets ran again (1.5 s)" in finding.message
    assert finding.message.endswith("Wanted: assets reused.")


SHOWN = StaysCached("list.csv", keeps=(), reruns=("data",), shows=("{random} {work:data}",))


@pytest.mark.parametrize("reaches", [True, False])
def test_what_is_new_must_be_in_the_image_too(lab: Any, make: Any, reaches: bool) -> None:
    lab.builder.answer = lambda ask: build_twice(make, ask, ("assets", "data"))

    def run(image: str, *args: str, timeout_s: float = 60) -> RunResult:
        last = lab.builder.asks[-1]
        line, work = last.files["list.csv"].splitlines()[-1], last.log("data", 1, 2).split()[2]
        printed = f"{line} {work}\n" if reaches else "one\n"
        return RunResult(0, printed, "", 0.1, timed_out=False)

    lab.builder.run = run

    finding = SHOWN.measure(lab.bench)

    assert finding.passed is reaches
    assert ("shows what is new" in finding.message) is reaches
    assert ("printed: one\nWanted, but missing: " in finding.message) is not reaches


def test_a_check_of_no_work_is_refused() -> None:
    with pytest.raises(ValueError, match="keeps and reruns are empty"):
        StaysCached("list.csv", keeps=(), reruns=())


def test_the_edit_is_random_cached_and_undone(lab: Any, make: Any) -> None:
    lab.builder.answer = lambda ask: build_twice(make, ask, ("data",))

    CACHED.measure(lab.bench)
    CACHED.measure(lab.bench)

    first, *edited = lab.builder.asks
    assert ["--no-cache" in ask.argv for ask in (first, *edited)] == [True, False, False]
    assert edited[0].files["list.csv"].startswith("one\n")
    assert edited[0].files["list.csv"] != edited[1].files["list.csv"]
    assert lab.bench.context.folder.joinpath("list.csv").read_text() == "one\n"


def test_work_that_never_ran_cannot_be_reused(lab: Any, make: Any) -> None:
    finding = CACHED.measure(lab.bench)

    assert not finding.passed
    assert "assets never ran in the first build" in finding.message
    assert "its output stays in the build's log" in finding.message
