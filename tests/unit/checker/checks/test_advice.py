"""What is said of BuildKit's own warnings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checker.checks.advice import NoWarnings
from checker.workbench.builds import FailedBuildError
from sandbox import Build, Trace
from sandbox.model.trace import Warning as BuildWarning

CASING = BuildWarning(
    "FromAsCasing", "'as' and 'FROM' keywords' casing do not match", "", "https://docs/casing", 4
)
OTHER = BuildWarning(None, "something is odd")


def warned(make: Any, *warnings: BuildWarning) -> Build:
    build: Build = make.build()
    return replace(build, trace=Trace((), warnings))


def test_no_warning_passes(lab: Any) -> None:
    assert NoWarnings().measure(lab.bench).passed


def test_each_warning_is_named_with_its_line_and_where_to_read_on(lab: Any, make: Any) -> None:
    lab.builder.answer = lambda ask: warned(make, CASING, OTHER)

    finding = NoWarnings().measure(lab.bench)

    assert not finding.passed
    assert finding.message.splitlines() == [
        "BuildKit had 2 warnings:",
        "  line 4: 'as' and 'FROM' keywords' casing do not match (FromAsCasing)",
        "    read on: https://docs/casing",
        "  something is odd",
        "Wanted: none.",
    ]


def test_a_silenced_warning_is_heard(lab: Any, make: Any) -> None:
    def answer(ask: Any) -> Build:
        unsilenced = ask.option("--build-arg") == "BUILDKIT_DOCKERFILE_CHECK=error=false"
        return warned(make, *[CASING] * unsilenced)

    lab.builder.answer = answer

    finding = NoWarnings().measure(lab.bench)

    assert not finding.passed
    assert finding.message.startswith("BuildKit had 1 warning, 1 of them silenced:")


def test_a_build_that_failed_has_nothing_to_say_here(lab: Any, make: Any) -> None:
    lab.builder.answer = lambda ask: make.build(exit_code=1)

    with pytest.raises(FailedBuildError):
        NoWarnings().measure(lab.bench)
