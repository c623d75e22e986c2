"""The builds of one grading as the book keeps them: their figures, and pictures of some of them."""

from __future__ import annotations

import gzip
import json
import shlex
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from checker.plain_text import plain_line, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sandbox import Build, Picture

MOST_DRAWN = 4
"""The most builds of a grading that are drawn: the first ones, and the last, which may have failed.

A picture takes 5 kB in a page, and a book has thousands of pages."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What all builds of a grading took, those of a first try that the engine has ended as well.

    Args:
        builds: How many builds the checks made.
        build_s: Seconds of all builds together.
        image_bytes: The size of the biggest image; None: no build made one in the engine.
        downloaded_bytes: Bytes of base images and imported caches.
    """

    builds: int
    build_s: float
    image_bytes: int | None
    downloaded_bytes: int


@dataclass(frozen=True, slots=True)
class DrawnBuild:
    """One build of a grading.

    Args:
        number: From 1, in the order of the grading.
        command: The command, on one line.
        pictures: Its stage graph and its timeline, each as a whole SVG; as text where it could not
            be drawn.
    """

    number: int
    command: str
    pictures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GradedBuilds:
    """The builds of one grading; ``drawn`` has at most ``MOST_DRAWN`` of them."""

    cost: Cost
    drawn: tuple[DrawnBuild, ...]

    def packed(self) -> bytes:
        """What is drawn, as compressed JSON; ``unpacked`` reads it."""
        return gzip.compress(json.dumps([asdict(one) for one in self.drawn]).encode())

    def as_data(self) -> dict[str, Any]:
        """All of it for JSON; ``from_data`` reads it."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> GradedBuilds:
        """What ``as_data`` gave.

        Raises:
            KeyError, TypeError: It is damaged, or of another version.
        """
        return cls(Cost(**data["cost"]), _drawn_from(data["drawn"]))


def unpacked(content: bytes) -> tuple[DrawnBuild, ...]:
    """What ``GradedBuilds.packed`` wrote.

    Raises:
        OSError, EOFError, ValueError, KeyError, TypeError: It is damaged, or of another version.
    """
    return _drawn_from(json.loads(gzip.decompress(content)))


def _drawn_from(items: Iterable[Mapping[str, Any]]) -> tuple[DrawnBuild, ...]:
    return tuple(
        DrawnBuild(item["number"], item["command"], tuple(item["pictures"])) for item in items
    )


@dataclass
class BuildCollector:
    """Takes each build of a grading as soon as it has ended, and draws them when all have."""

    _shown: list[tuple[int, Build]] = field(default_factory=list)
    _cost: Cost = field(default_factory=lambda: Cost(0, 0.0, None, 0))

    def add(self, build: Build) -> None:
        """Take one more build; a build that will not be drawn is not held."""
        before = self._cost
        sizes = [size for size in (before.image_bytes, build.image_bytes) if size is not None]
        self._cost = Cost(
            before.builds + 1,
            before.build_s + build.duration_s,
            max(sizes, default=None),
            before.downloaded_bytes + build.trace.downloaded_bytes,
        )
        del self._shown[MOST_DRAWN - 1 :]
        self._shown.append((self._cost.builds, build))

    def graded(self) -> GradedBuilds | None:
        """All builds of the grading; None: there was none."""
        if not self._cost.builds:
            return None
        return GradedBuilds(self._cost, tuple(_drawn(number, one) for number, one in self._shown))


def _drawn(number: int, build: Build) -> DrawnBuild:
    # Imported here: the book is read without the code that draws.
    from sandbox import stage_graph, timeline  # noqa: PLC0415

    pictures = [_picture("The timeline", lambda: timeline(build))]
    if (graph := build.graph) is not None:
        pictures.insert(0, _picture("The stage graph", lambda: stage_graph(graph, build)))
    return DrawnBuild(number, plain_line(shlex.join(build.command)), tuple(pictures))


def _picture(name: str, draw: Callable[[], Picture]) -> str:
    try:
        return visible(draw().svg)  # of BuildKit's names, a picture has the text as it is
    except Exception as error:  # whatever a build looks like, drawing it must not cost its grade
        return f"{name} could not be drawn: {plain_line(str(error) or type(error).__name__)}"
