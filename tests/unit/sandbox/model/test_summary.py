"""The figures of recorded builds, each worked out by hand from its lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.model.build import Build
from sandbox.model.downloads import Download, Downloads
from sandbox.model.summary import CacheShare, Summary
from sandbox.parse.rawjson import read_trace

TRACES = Path(__file__).parents[3] / "data" / "traces"


def summary(name: str, image_bytes: int | None = None) -> Summary:
    trace = read_trace((TRACES / f"{name}.jsonl").read_text().splitlines())
    build = Build(
        command=("docker",),
        exit_code=0,
        trace=trace,
        graph=None,
        target=None,
        image_digest=None,
        log="",
        message="",
        started=datetime(2026, 1, 1, tzinfo=UTC),
        duration_s=trace.real_s,
        image_bytes=image_bytes,
    )
    return build.summary()


def test_time_and_parallelism() -> None:
    parallel = summary("parallel")
    # Both are worked out in test_trace: 55.693009..57.903881, and all vertexes added up.
    assert parallel.real_s == pytest.approx(2.210872, abs=1e-5)
    assert parallel.accumulated_s == pytest.approx(3.408922, abs=1e-4)
    assert parallel.parallelism == pytest.approx(3.408922 / 2.210872, abs=1e-3)


@pytest.mark.parametrize(
    ("name", "run", "copy"),
    [
        # api, web and stage-4 have a RUN each, api and stage-4 a COPY each; test and docs,
        # which no target needs, never become vertexes.
        ("parallel", CacheShare(0, 3), CacheShare(0, 2)),
        ("cached", CacheShare(3, 3), CacheShare(2, 2)),
        # Two RUNs that began, and two COPYs behind them that never did.
        ("failing", CacheShare(0, 2), CacheShare(0, 2)),
        # builder and stage-1 run once for each of two platforms, stage-1 copies for each.
        ("platforms", CacheShare(0, 4), CacheShare(0, 2)),
        ("lost-cache", CacheShare(1, 1), CacheShare(1, 1)),
    ],
)
def test_share_of_the_cache(name: str, run: CacheShare, copy: CacheShare) -> None:
    assert (summary(name).run, summary(name).copy) == (run, copy)


def test_share_as_a_number() -> None:
    assert CacheShare(1, 4).share == 0.25
    assert CacheShare(0, 0).share is None
    assert str(CacheShare(0, 0)) == "none in this build"
    assert str(CacheShare(2, 3)) == "2 of 3 cached (67 %)"


def test_downloads_are_the_blobs_that_were_fetched() -> None:
    # Two layers of lab/recorded-base: 213796 and 1823 bytes.
    assert summary("downloads").downloaded_bytes == 215_619
    assert summary("parallel").downloaded_bytes == 0


def test_context_is_what_the_client_sent_and_not_the_dockerfile() -> None:
    # transferring context: 42; .dockerignore (2) and Dockerfile (511) are not counted.
    assert summary("parallel").context_bytes == 42
    # This Dockerfile copies nothing from the context, so none was sent.
    assert summary("platforms").context_bytes == 0


def test_table() -> None:
    text = str(summary("downloads", image_bytes=2_345_678))
    rows = {line[:18].strip(): line[18:].split("  ")[0] for line in text.splitlines()}
    assert rows["layers fetched"] == "216 kB"
    assert rows["context sent"] == "42 B"
    assert rows["image size"] == "2.3 MB"
    assert rows["RUN"] == "0 of 1 cached (0 %)"
    assert "no image in the engine" in str(summary("downloads"))


def test_packages_are_kept_apart_from_layers_and_none_from_not_known() -> None:
    began = datetime(2026, 1, 1, tzinfo=UTC)
    items = tuple(
        Download(index, f"/{index}/x", 1_500_000, 200, began, 0.5) for index in ("npm", "go")
    )
    known = replace(summary("downloads"), downloads=Downloads(items))
    assert "layers fetched    216 kB " in str(known)
    assert "packages fetched  2 requests, 3.0 MB      by what was run, from npm, go" in str(known)
    none = replace(known, downloads=Downloads())
    assert "packages fetched  no requests " in str(none)
    assert "packages fetched  not known " in str(replace(known, downloads=None))


def test_a_build_that_did_nothing() -> None:
    nothing = Summary(0, 0, CacheShare(0, 0), CacheShare(0, 0), 0, 0, None)
    assert nothing.parallelism == 0
    assert "0.0" in str(nothing)
