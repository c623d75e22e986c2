"""The size of the build context that the client sends, and the size of the image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from checker.checks.amounts import amount
from checker.checks.images import base_layers
from checker.results import Finding

if TYPE_CHECKING:
    from checker.workbench.workbench import Workbench
    from sandbox import LayerFiles

_NAMED = 3  # how many of the biggest files a message names


@dataclass(frozen=True, slots=True)
class ContextSize:
    """``context_size``: the client sends at most so many bytes of the build context.

    The check counts the bytes that BuildKit reports as transferred for build contexts: file
    contents, and a few dozen bytes for each file's name and mode. The Dockerfile and
    ``.dockerignore`` are sent separately and do not count. The context lies at a new path, so
    that the builder has no earlier copy and the client sends all of it.

    Args:
        most_bytes: The maximum number of bytes sent.
        target: The stage to build; None: the one that the command names.
    """

    most_bytes: int
    target: str | None = None

    def __post_init__(self) -> None:
        if self.most_bytes < 1:
            raise ValueError(f"most_bytes is {self.most_bytes}; it must be above 0")

    def measure(self, workbench: Workbench) -> Finding:
        with workbench.context.moved():
            sent_bytes = workbench.builds.require(target=self.target).trace.context_bytes
            files = _files(workbench.context.folder)
        held_bytes = sum(files.values())
        fact = (
            f"The build sent {amount(sent_bytes)} to the builder, of a folder that holds "
            f"{amount(held_bytes)}."
        )
        evidence = {
            "sent_bytes": sent_bytes,
            "most_bytes": self.most_bytes,
            "folder_bytes": held_bytes,
        }
        if sent_bytes > self.most_bytes:
            big = ", ".join(f"{name} ({amount(size)})" for name, size in _biggest(files))
            message = (
                f"{fact}\nThe biggest files there, sent or not: {big}.\n"
                f"Wanted: at most {amount(self.most_bytes)} sent."
            )
            return Finding(False, message, evidence)
        return Finding(True, fact, evidence)


@dataclass(frozen=True, slots=True)
class ImageSize:
    """``image_size``: the layers on top of the base have at most so many bytes.

    The check counts the uncompressed archives of all layers that are not layers of the base. A
    file that a later layer removes still counts, because the image ships it. If the image does
    not begin with the layers of ``beyond``, all its layers count.

    Args:
        most_bytes: The maximum size of the layers on top of the base, together.
        beyond: The base image, such as ``lab/python``; None: all layers count.
        image: The image's name, without ``$REGISTRY/``; None: the command names none.
        target: The stage to build; None: the one that the command names.
        platform: Such as ``linux/arm64``; None: the image has one platform.
    """

    most_bytes: int
    beyond: str | None = None
    image: str | None = None
    target: str | None = None
    platform: str | None = None

    def __post_init__(self) -> None:
        if self.most_bytes < 1:
            raise ValueError(f"most_bytes is {self.most_bytes}; it must be above 0")

    def measure(self, workbench: Workbench) -> Finding:
        workbench.builds.require(target=self.target)
        image = workbench.image(self.image, target=self.target).platform(self.platform)
        below = base_layers(image, workbench.base_image(self.beyond) if self.beyond else None)
        layers = image.files_above(below)
        size_bytes = sum(layer.size_bytes for layer in layers)
        where = f" on top of {self.beyond}" if below else ""
        number = f"{len(layers)} layer{'' if len(layers) == 1 else 's'}"
        fact = f"The image has {amount(size_bytes)} in {number}{where}."
        evidence = {
            "size_bytes": size_bytes,
            "most_bytes": self.most_bytes,
            "layers": [
                {"instruction": one.layer.instruction, "size_bytes": one.size_bytes}
                for one in layers
            ],
        }
        if size_bytes > self.most_bytes:
            message = f"{fact}\n{_heaviest(layers)}\nWanted: at most {amount(self.most_bytes)}."
            return Finding(False, message, evidence)
        return Finding(True, fact, evidence)


def _files(folder: Path) -> dict[str, int]:
    """Sizes of all files, in bytes, by their names below the folder."""
    return {
        path.relative_to(folder).as_posix(): path.lstat().st_size
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


def _biggest(files: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(files.items(), key=lambda item: (-item[1], item[0]))[:_NAMED]


def _heaviest(layers: Sequence[LayerFiles]) -> str:
    """The biggest layer, its instruction and its biggest files, in words."""
    layer = max(layers, key=lambda one: one.size_bytes)
    held = {change.path: change.size_bytes for change in layer.changes if change.size_bytes}
    big = ", ".join(f"{path} ({amount(size)})" for path, size in _biggest(held))
    made_by = layer.layer.instruction or "an unknown instruction"
    return f"The biggest layer, {amount(layer.size_bytes)}, was made by {made_by}: {big}."
