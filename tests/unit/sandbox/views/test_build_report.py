"""A whole build in text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from sandbox.model.build import Build
from sandbox.model.explanation import Explanation
from sandbox.views import stage_graph_text, timeline_text
from sandbox.views.build_report import build_report


def test_everything_in_one_text(recorded: Callable[[str], Build]) -> None:
    build = recorded("failing")
    assert build.graph is not None
    report = build_report(replace(build, log_path=Path("/lab/trace.rawjson"), duration_s=1.2))
    assert report.startswith("$ docker buildx build .\n2026-01-01 00:00:00 UTC, ended with exit")
    assert "BuildKit took 0.84 s, the whole command 1.20 s." in report
    assert "Ended after 0.84 s, without stage-2." in report
    assert "raw lines: /lab/trace.rawjson" in report
    for part in (build.message, stage_graph_text(build.graph, build), timeline_text(build)):
        assert part in report
    assert report.endswith(f"{build.summary()}\n")


def test_a_failure_is_explained_above_buildkits_message(recorded: Callable[[str], Build]) -> None:
    explanation = Explanation("copy another file", "there is none", 3, "COPY a b")
    build = replace(recorded("failing"), explanation=explanation)
    report = build_report(build)
    why = (
        "The build failed in line 3 of the Dockerfile: COPY a b\n"
        "  likely cause: there is none\n"
        "  next: copy another file\n"
    )
    assert 0 < report.index(why) < report.index(build.message)


def test_what_is_missing_is_said(recorded: Callable[[str], Build]) -> None:
    build = replace(recorded("parallel"), graph=None, command=("docker", "build", "a b"))
    report = build_report(build)
    assert report.startswith("$ docker build 'a b'\n")
    assert "The Dockerfile of this build was not kept." in report
    assert "put together from BuildKit's record" in report
    assert "image:" not in report
    assert "image: sha256:1" in build_report(replace(build, image_digest="sha256:1"))
