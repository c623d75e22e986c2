"""What is said of a cache that was exported, and of the build that imports it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from checker.checks.cache_export import CacheMode, CacheSparesDownloads, ImportsCache
from checker.course.toml_table import read
from checker.errors import ExerciseError
from sandbox import Build, ImageNotFound, VertexKind

ONE, TWO = "/npm/one/-/one-1.tgz", "/npm/two/-/two-1.tgz"
NEXT = ImportsCache("list.csv", ("fonts",), ("page",))
MAX = CacheMode("max", "app", "app:cache", ("libraries",))
MIN = replace(MAX, mode="min")
INLINE = CacheMode("inline", "app")
SPARES = CacheSparesDownloads("npm", packages=2)
EMPTY = "--builder=empty"


# -- imports_cache


def server(make: Any, ask: Any, ran: Sequence[str], *others: Any) -> Build:
    """A build of your own runs both; one on the empty builder runs ``ran``, and has ``others``."""
    is_empty = EMPTY in ask.argv
    names = ran if is_empty else ("fonts", "page")
    works = (make.vertex(f"RUN {name}", log=ask.log(name, 1.0, 2.0)) for name in names)
    return make.build(*works, *(others if is_empty else ()))


def importing(make: Any, name: str, error: str | None = None) -> Any:
    vertex = make.vertex(f"importing cache manifest from {name}", error=error)
    return replace(vertex, kind=VertexKind.IMPORT_CACHE)


def test_the_same_line_runs_on_an_empty_builder_after_an_edit(lab: Any, make: Any) -> None:
    lab.builder.answer = lambda ask: server(
        make, ask, ["page"], make.vertex("RUN fonts", None, cached=True)
    )

    finding = NEXT.measure(lab.bench)

    assert finding.passed
    assert "fonts came from the cache, page ran (1.0 s)" in finding.message
    assert finding.evidence["cached"] == ["RUN fonts"]
    mine, its = lab.builder.asks
    assert EMPTY in its.argv
    assert EMPTY not in mine.argv
    assert its.files["list.csv"] != mine.files["list.csv"]
    assert (lab.bench.context.folder / "list.csv").read_text() == "one\n"


def test_what_ran_again_is_told_with_what_became_of_the_import(lab: Any, make: Any) -> None:
    name = f"{lab.bench.values.registry}/app:cach"
    lab.builder.answer = lambda ask: server(
        make, ask, ["fonts", "page"], importing(make, name, "not found")
    )

    finding = NEXT.measure(lab.bench)

    assert not finding.passed
    assert "fonts ran (1.0 s)" in finding.message
    assert f"importing cache manifest from {name}: not found" in finding.message


def test_nothing_imported_is_told(lab: Any, make: Any) -> None:
    lab.builder.answer = lambda ask: server(make, ask, ["fonts", "page"])

    finding = NEXT.measure(lab.bench)

    assert not finding.passed
    assert "No cache was imported." in finding.message


def test_an_edit_that_nothing_notices_fails(lab: Any, make: Any) -> None:
    lab.builder.answer = lambda ask: server(make, ask, [])

    finding = NEXT.measure(lab.bench)

    assert not finding.passed
    assert "Wanted: page run again." in finding.message


def test_work_that_the_first_build_never_did_cannot_be_taken_over(lab: Any, make: Any) -> None:
    lab.builder.answer = lambda ask: make.build()

    finding = NEXT.measure(lab.bench)

    assert not finding.passed
    assert finding.message.startswith("fonts never ran")
    assert len(lab.builder.asks) == 1


def test_a_build_that_fails_on_the_empty_builder_is_told_so(lab: Any, make: Any) -> None:
    def answer(ask: Any) -> Build:
        built = server(make, ask, [])
        return replace(built, exit_code=1, message="oh no") if EMPTY in ask.argv else built

    lab.builder.answer = answer

    finding = NEXT.measure(lab.bench)

    assert not finding.passed
    assert "exit code 1:\noh no" in finding.message


def test_another_machine_has_nothing_that_a_build_wrote_into_the_folder(
    lab: Any, make: Any
) -> None:
    def answer(ask: Any) -> Build:
        (ask.folder / "cache").mkdir(exist_ok=True)
        (ask.folder / "cache" / "index.json").write_text("{}")
        return server(make, ask, ["page"])

    lab.builder.answer = answer

    NEXT.measure(lab.bench)

    assert "cache/index.json" not in lab.builder.asks[1].files


# -- cache_spares_downloads


def installing(make: Any, ask: Any, there: Sequence[str], *others: Any) -> Build:
    """A build of your own downloads two packages; one on the empty builder those in ``there``."""
    is_empty = EMPTY in ask.argv
    downloads = [make.download(path) for path in (there if is_empty else (ONE, TWO))]
    return make.build(*(others if is_empty else ()), downloads=downloads)


def test_what_is_not_downloaded_on_an_empty_builder_came_from_the_cache(
    counting_lab: Any, make: Any
) -> None:
    lab = counting_lab
    lab.builder.answer = lambda ask: installing(make, ask, ())

    finding = SPARES.measure(lab.bench)

    assert finding.passed
    assert finding.message.endswith(
        "downloaded 2 packages (2.0 kB); the same command on an empty builder no package."
    )
    mine, its = lab.builder.asks
    assert EMPTY in its.argv
    assert "--sbom=false" in its.argv
    assert mine.files == its.files


def test_what_is_downloaded_there_is_told_with_what_became_of_the_import(
    counting_lab: Any, make: Any
) -> None:
    lab = counting_lab
    name = f"{lab.bench.values.registry}/app:cach"
    lab.builder.answer = lambda ask: installing(
        make, ask, (TWO,), importing(make, name, "not found")
    )

    finding = SPARES.measure(lab.bench)

    assert not finding.passed
    assert "empty builder 1 package (1.0 kB): two-1.tgz." in finding.message
    assert f"importing cache manifest from {name}: not found" in finding.message
    assert finding.evidence["again"] == ["two-1.tgz"]


def test_packages_that_the_first_build_did_not_download_cannot_be_spared(
    counting_lab: Any, make: Any
) -> None:
    lab = counting_lab
    lab.builder.answer = lambda ask: make.build(downloads=[make.download(ONE)])

    finding = SPARES.measure(lab.bench)

    assert not finding.passed
    assert "downloaded 1 package (1.0 kB) from npm.\nWanted: all 2" in finding.message
    assert len(lab.builder.asks) == 1


def test_a_build_that_fails_there_has_spared_nothing(counting_lab: Any, make: Any) -> None:
    def answer(ask: Any) -> Build:
        built = installing(make, ask, ())
        return replace(built, exit_code=1, message="oh no") if EMPTY in ask.argv else built

    lab = counting_lab
    lab.builder.answer = answer

    finding = SPARES.measure(lab.bench)

    assert not finding.passed
    assert "On an empty builder the same command ended with exit code 1:\noh no" in finding.message


# -- cache_mode


def one(*texts: bytes, is_cache: bool = False, key: str | None = None) -> Any:
    """An image, or a cache, of one layer; ``key`` is where its config has the notes of a cache."""
    keys = [SimpleNamespace(key=key)] if key else []
    return SimpleNamespace(
        platforms=(SimpleNamespace(is_cache=is_cache, layers=("layer",)),),
        size_bytes=1_000_000,
        find=lambda needle: keys if b"buildkit" in needle else [t for t in texts if needle in t],
    )


def push(lab: Any, **images: Any) -> None:
    def pushed_image(reference: str, *, known: Any) -> Any:
        name = reference.rpartition("/")[2].replace(":", "_")
        if name not in images:
            raise ImageNotFound("no such image", next_step="push it")
        return images[name]

    lab.builder.pushed_image = pushed_image


@pytest.fixture
def made(lab: Any) -> bytes:
    """What the script ``libraries`` has put into what it makes."""
    return bytes(lab.bench.values.expand("letters {work:libraries}").encode())


def test_a_cache_with_what_stays_behind_is_max_and_not_min(lab: Any, made: bytes) -> None:
    push(lab, app=one(), app_cache=one(made, is_cache=True))

    assert MAX.measure(lab.bench).passed
    finding = MIN.measure(lab.bench)
    assert not finding.passed
    assert "also what libraries made" in finding.message


def test_a_cache_without_it_is_min_and_not_max(lab: Any) -> None:
    push(lab, app=one(), app_cache=one(b"another build's work", is_cache=True))

    assert MIN.measure(lab.bench).passed
    finding = MAX.measure(lab.bench)
    assert not finding.passed
    assert "$REGISTRY/app:cache holds 1 layers, 1.00 MB" in finding.message
    assert "not what libraries made" in finding.message


@pytest.mark.parametrize(
    ("images", "said"),
    [
        ({}, "no $REGISTRY/app in"),
        ({"app": one()}, "no $REGISTRY/app:cache in"),
        ({"app": one(), "app_cache": one()}, "An image, and not a cache"),
        ({"app": one(is_cache=True)}, "which cannot be run as a container"),
    ],
)
def test_image_and_cache_must_be_there_each_under_its_name(
    lab: Any, images: Any, said: str
) -> None:
    push(lab, **images)

    finding = MAX.measure(lab.bench)

    assert not finding.passed
    assert said in finding.message


def test_notes_count_where_buildkit_reads_them(lab: Any) -> None:
    push(lab, app=one(key="moby.buildkit.cache.v0"))
    assert INLINE.measure(lab.bench).passed

    push(lab, app=one(key="config.Labels.moby.buildkit.cache.v0"))
    assert not INLINE.measure(lab.bench).passed

    push(lab, app=one())
    finding = INLINE.measure(lab.bench)
    assert not finding.passed
    assert "was pushed without a cache" in finding.message


@pytest.mark.parametrize(
    ("check", "wanted"), [(MAX, "all stages"), (MIN, "the final stage's layers")]
)
def test_a_cache_that_is_not_there_is_wanted_in_words_that_leave_its_setting_to_be_found(
    lab: Any, check: CacheMode, wanted: str
) -> None:
    push(lab, app=one())

    message = check.measure(lab.bench).message

    assert wanted in message
    assert "mode" not in message


@pytest.mark.parametrize(
    ("kind", "params", "said"),
    [
        (ImportsCache, {"edit": "a", "keeps": [], "reruns": []}, "keeps is empty"),
        (ImportsCache, {"edit": "a", "keeps": ["b"], "reruns": [], "line": "x"}, "{random}"),
        (CacheMode, {"mode": "most", "image": "a"}, "there are: inline, min, max"),
        (CacheMode, {"mode": "max", "image": "a"}, "ref and works"),
        (CacheMode, {"mode": "inline", "image": "a", "ref": "b", "works": ["c"]}, "ref and works"),
        (CacheSparesDownloads, {"index": "npm", "packages": 0}, "it must be at least 1"),
    ],
)
def test_params_that_mean_nothing_are_refused(kind: Any, params: Any, said: str) -> None:
    with pytest.raises(ExerciseError, match="params") as caught:
        read(kind, params, where="params")
    assert said in caught.value.message
