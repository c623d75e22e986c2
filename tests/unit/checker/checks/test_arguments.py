"""What is said of a build that is given an argument."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from checker.checks.arguments import BuildArg
from sandbox import Build, RunResult


def obedient(lab: Any, default: str = "dev") -> None:
    """The container prints the version that its build was given."""

    def run(image: str, *args: str, timeout_s: float = 60) -> RunResult:
        ask = next(ask for ask in reversed(lab.builder.asks) if ask.option("--tag") == image)
        given = (ask.option("--build-arg") or f"={default}").partition("=")[2]
        return RunResult(0, f"version {given}\n", "", 0.1, timed_out=False)

    lab.builder.run = run


SHOWN = BuildArg("VERSION", contains=("version {value}",), default="dev")


def test_a_random_value_is_given_and_shown_and_the_default_holds_without(lab: Any) -> None:
    obedient(lab)

    first, second = (SHOWN.measure(lab.bench) for _ in range(2))

    assert first.passed
    assert first.evidence["value"] != second.evidence["value"]
    assert first.message.splitlines() == [
        "Without --build-arg, the container printed version dev.",
        f"With --build-arg VERSION={first.evidence['value']}, the container printed "
        f"version {first.evidence['value']}.",
    ]


def test_a_value_that_is_not_shown_fails(lab: Any) -> None:
    lab.builder.result = RunResult(0, "version dev\n", "", 0.1, timed_out=False)

    finding = SHOWN.measure(lab.bench)

    value = finding.evidence["value"]
    assert not finding.passed
    assert finding.message == (
        f"With --build-arg VERSION={value}, the container printed: version dev\n"
        f"Wanted: version {value}."
    )


def test_a_default_that_does_not_hold_fails(lab: Any) -> None:
    obedient(lab, default="latest")

    finding = SHOWN.measure(lab.bench)

    assert not finding.passed
    assert finding.message.startswith("Without --build-arg, the container printed: version latest")


def test_a_container_that_ends_badly_fails(lab: Any) -> None:
    lab.builder.result = RunResult(2, "version 1\n", "", 0.1, timed_out=False)

    finding = BuildArg("VERSION", ("version {value}",), value="1").measure(lab.bench)

    assert not finding.passed
    assert "ended with exit code 2 and printed" in finding.message


def test_a_build_that_fails_with_the_argument_alone_is_a_finding(lab: Any, make: Any) -> None:
    lab.builder.answer = lambda ask: make.build(
        exit_code=int(ask.option("--build-arg") is not None), message="ERROR: no such image\n"
    )

    finding = BuildArg("BASE", ("debian",), value="lab/debian").measure(lab.bench)

    assert not finding.passed
    assert finding.message == (
        "With --build-arg BASE=lab/debian, the build ended with exit code 1:\n"
        "ERROR: no such image\nNext: the message names the fault; `docker buildx build --help` "
        "explains the options\nWanted: it builds."
    )


KEPT = BuildArg("VERSION", keeps=("data",))


def working(lab: Any, make: Any, *, plain: bool, given: bool) -> None:
    def answer(ask: Any) -> Build:
        runs = plain if ask.option("--build-arg") is None else given
        return make.build(*[make.vertex("RUN data", log=ask.log("data", 1, 3))] * runs)

    lab.builder.answer = answer


@pytest.mark.parametrize(
    ("plain", "given", "said"),
    [
        (True, True, "data ran again (2.0 s).\nWanted: data reused."),
        (False, False, "Without --build-arg, data never ran"),
    ],
)
def test_slow_work_that_is_done_again_for_an_argument_fails(
    lab: Any, make: Any, plain: bool, given: bool, said: str
) -> None:
    working(lab, make, plain=plain, given=given)

    finding = KEPT.measure(lab.bench)

    assert not finding.passed
    assert said in finding.message


def test_slow_work_that_is_not_done_again_passes(lab: Any, make: Any) -> None:
    working(lab, make, plain=True, given=False)

    finding = KEPT.measure(lab.bench)

    assert finding.passed
    assert finding.message.endswith("data came from the cache.")


@pytest.mark.parametrize(("lowest", "passed"), [("debian", True), ("busybox", False)])
def test_the_image_must_be_built_on_the_base_that_was_asked_for(
    lab: Any, lowest: str, passed: bool
) -> None:
    def image(*diff_ids: str) -> Any:
        layers = [SimpleNamespace(diff_id=one, instruction=f"ADD {one}") for one in diff_ids]
        platform = SimpleNamespace(platform="linux/amd64", layers=layers)
        return SimpleNamespace(platforms=[platform], platform=lambda: platform)

    bases = {"lab/debian": image("debian")}
    lab.builder.image = lambda reference: bases.get(reference) or image(lowest, "shop")

    finding = BuildArg("BASE", value="debian", base="lab/{value}").measure(lab.bench)

    assert finding.passed is passed
    assert finding.message.startswith("With --build-arg BASE=debian, the image ")
    assert finding.message.endswith("built on lab/debian.")
    assert ("its lowest layer was made by ADD busybox" in finding.message) is not passed


def test_an_argument_of_which_nothing_is_wanted_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing would be checked"):
        BuildArg("VERSION")
