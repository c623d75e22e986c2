"""What is said of the bytes that were sent, and of those that an image has."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from checker.checks.amounts import amount
from checker.checks.sizes import ContextSize, ImageSize
from sandbox import (
    Build,
    Change,
    FileChange,
    ImageNotFound,
    Layer,
    LayerFiles,
    Trace,
    Transfer,
)

# -- context_size


def sending(make: Any, size_bytes: int) -> Build:
    vertex = make.vertex("[internal] load build context")
    transfer = Transfer("transferring context:", size_bytes, None)
    return replace(make.build(), trace=Trace((replace(vertex, transfers=(transfer,)),)))


def test_a_small_context_passes_and_is_said(lab: Any, make: Any) -> None:
    lab.builder.answer = lambda ask: sending(make, 1234)

    finding = ContextSize(2000).measure(lab.bench)

    assert finding.passed
    assert finding.message == (
        "The build sent 1.2 kB to the builder, of a folder that holds 10 bytes."
    )
    assert finding.evidence["sent_bytes"] == 1234


def test_a_big_one_fails_and_the_biggest_files_are_named(lab: Any, make: Any) -> None:
    (lab.bench.context.folder / "logs").mkdir()
    (lab.bench.context.folder / "logs" / "all.log").write_text("x" * 5000)
    lab.builder.answer = lambda ask: sending(make, 5100)

    finding = ContextSize(2000).measure(lab.bench)

    assert not finding.passed
    biggest = "The biggest files there, sent or not: logs/all.log (5.0 kB), nonce.txt"
    assert biggest in finding.message
    assert "Wanted: at most 2.0 kB sent." in finding.message


def test_each_measurement_is_at_a_place_that_the_engine_has_never_seen(lab: Any, make: Any) -> None:
    lab.builder.answer = lambda ask: sending(make, 100)
    home: Path = lab.bench.context.folder
    lab.bench.builds.require()

    ContextSize(2000).measure(lab.bench)
    ContextSize(2000, target="other").measure(lab.bench)

    assert lab.bench.context.folder == home
    assert home.is_dir()
    assert len({ask.folder for ask in lab.builder.asks}) == 3
    assert all("list.csv" in ask.files for ask in lab.builder.asks)


# -- image_size


def layer(number: int, diff_id: str, size_bytes: int, *files: tuple[str, int]) -> LayerFiles:
    changes = tuple(FileChange(p, Change.ADDED, "file", size) for p, size in files)  # type: ignore[arg-type]
    one = Layer(number, diff_id, "tar+gzip", 1, diff_id=diff_id, instruction=f"RUN {number}")
    return LayerFiles(one, size_bytes, changes)


def image(*layers: LayerFiles) -> Any:
    platform = SimpleNamespace(
        platform="linux/amd64",
        layers=tuple(one.layer for one in layers),
        files_above=lambda below: layers[below:],
    )
    return SimpleNamespace(platforms=(platform,), platform=lambda name: platform)


BASE = layer(1, "base", 9_000_000, ("/bin/sh", 9_000_000))
TOOLS = layer(2, "tools", 600_000, ("/opt/compiler", 500_000), ("/opt/notes", 9000))
APP = layer(3, "app", 2_000, ("/app", 1_000))


@pytest.fixture
def shelf(lab: Any) -> dict[str, Any]:
    """Images by a part of their names; the builder looks here."""
    images: dict[str, Any] = {"lab/busybox": image(BASE)}

    def find(reference: str) -> Any:
        for name, found in images.items():
            if name in reference:
                return found
        raise ImageNotFound(reference, next_step="")

    lab.builder.image = find
    return images


def test_only_what_lies_on_top_of_the_base_is_counted(lab: Any, shelf: dict[str, Any]) -> None:
    shelf["checker-"] = image(BASE, APP)

    finding = ImageSize(3000, beyond="lab/busybox").measure(lab.bench)

    assert finding.passed
    assert finding.message == "The image has 2.0 kB in 1 layer on top of lab/busybox."


def test_what_is_too_much_is_shown_by_layer_and_path(lab: Any, shelf: dict[str, Any]) -> None:
    shelf["checker-"] = image(BASE, TOOLS, APP)

    finding = ImageSize(3000, beyond="lab/busybox").measure(lab.bench)

    assert not finding.passed
    assert finding.message.splitlines() == [
        "The image has 602.0 kB in 2 layers on top of lab/busybox.",
        "The biggest layer, 600.0 kB, was made by RUN 2: /opt/compiler (500.0 kB), "
        "/opt/notes (9.0 kB).",
        "Wanted: at most 3.0 kB.",
    ]


@pytest.mark.parametrize("beyond", ["lab/go", "lab/busybox", None])
def test_an_image_on_another_base_is_counted_as_a_whole(
    lab: Any, shelf: dict[str, Any], beyond: str | None
) -> None:
    shelf["checker-"] = image(TOOLS, APP)

    finding = ImageSize(3000, beyond=beyond).measure(lab.bench)

    assert not finding.passed
    assert finding.message.startswith("The image has 602.0 kB in 2 layers.")


def test_an_image_that_the_line_names_is_found_by_its_name(lab: Any, shelf: dict[str, Any]) -> None:
    shelf["/shop:1"] = image(APP)

    assert ImageSize(3000, image="shop:1").measure(lab.bench).passed


@pytest.mark.parametrize("kind", [ContextSize, ImageSize])
def test_a_limit_of_nothing_is_refused(kind: Any) -> None:
    with pytest.raises(ValueError, match="above 0"):
        kind(0)


def test_amounts_are_said_as_buildx_says_them() -> None:
    assert [amount(n) for n in (7, 1_000, 2_345_678, 3_000_000_000)] == [
        "7 bytes",
        "1.0 kB",
        "2.3 MB",
        "3.0 GB",
    ]
