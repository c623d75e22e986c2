"""The main figures of a build: times, cache hits and sizes."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.model.downloads import Downloads
from sandbox.wording import printable, seconds, size


@dataclass(frozen=True, slots=True)
class CacheShare:
    """How much of one kind of instruction came from the cache.

    Args:
        cached: Vertices whose results BuildKit took from the cache.
        total: Vertices of that kind in the build, on all platforms. Vertices that BuildKit never
            reached, because of a failure, count as not cached.
    """

    cached: int
    total: int

    @property
    def share(self) -> float | None:
        """From 0 to 1; None when the build has no such vertex."""
        return self.cached / self.total if self.total else None

    def __str__(self) -> str:
        if not self.total:
            return "none in this build"
        return f"{self.cached} of {self.total} cached ({100 * self.cached / self.total:.0f} %)"


@dataclass(frozen=True, slots=True, repr=False)
class Summary:
    """The cost of a build; ``str()`` gives a table.

    Args:
        real_s: Time from the first start to the last end of any vertex.
        accumulated_s: The durations of all vertices, added up.
        run: How many RUN instructions came from the cache.
        copy: How many COPY instructions came from the cache.
        downloaded_bytes: Size of the downloaded blobs (image layers, imported cache), as BuildKit
            counts them, without downloads by the instructions themselves and ``ADD`` of a URL.
        context_bytes: Size of the build context that the client sent, as BuildKit counts it: the
            contents of changed files, and some bytes of metadata for every used file.
        image_bytes: Size of the image, as ``docker image inspect`` reports it; None when the
            engine has no such image.
        downloads: Packages that the instructions downloaded; see ``Build.downloads``.
    """

    real_s: float
    accumulated_s: float
    run: CacheShare
    copy: CacheShare
    downloaded_bytes: int
    context_bytes: int
    image_bytes: int | None
    downloads: Downloads | None = None

    @property
    def parallelism(self) -> float:
        """How many vertices ran at once, on average; 0.0 when none ran."""
        return self.accumulated_s / self.real_s if self.real_s > 0 else 0.0

    def rows(self) -> tuple[tuple[str, str, str], ...]:
        """One row for each figure: its name, its value and its meaning, in words."""
        image = "no image in the engine" if self.image_bytes is None else size(self.image_bytes)
        return (
            ("real time", seconds(self.real_s), "on the wall clock"),
            ("accumulated time", seconds(self.accumulated_s), "one vertex after the other"),
            ("parallelism", f"{self.parallelism:.1f}", "at work at once, on average"),
            ("RUN", str(self.run), ""),
            ("COPY", str(self.copy), ""),
            ("layers fetched", size(self.downloaded_bytes), "by BuildKit, with imported cache"),
            ("packages fetched", *self._packages()),
            ("context sent", size(self.context_bytes), "files that changed, and metadata"),
            ("image size", image, "" if self.image_bytes is None else "as docker reports it"),
        )

    def _packages(self) -> tuple[str, str]:
        if self.downloads is None:
            return "not known", "of a build that was reopened"
        indexes = ", ".join(index or "/" for index in self.downloads.indexes)
        origin = f"from {printable(indexes)}" if indexes else "from packages.lab"
        return self.downloads.amount(), f"by what was run, {origin}"

    def __str__(self) -> str:
        rows = self.rows()
        widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
        return "\n".join(
            f"{name:{widths[0]}}  {value:{widths[1]}}  {meaning}".rstrip()
            for name, value, meaning in rows
        )

    def __repr__(self) -> str:
        # Terminals show this for `build.summary()`; notebooks draw a table instead.
        return str(self)
