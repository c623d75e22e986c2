"""Compares two builds of one Dockerfile, to show the work that the second build saved.

Vertices are matched by position: stage, platform, and place among the stage's instructions. A
match by digest would not work: a digest changes with every input, so a vertex that ran again has
another digest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.model.build import Build
from sandbox.model.downloads import Downloads
from sandbox.model.lanes import LABELS, Part, lane_key
from sandbox.model.outcome import ABSENT, outcome_of
from sandbox.model.vertex import WORK, State, Vertex
from sandbox.wording import brief, cut, printable, seconds, short, size

SETUP, BASES, SCAN, EXPORT = (
    LABELS[part] for part in (Part.SETUP, Part.BASES, Part.SCAN, Part.EXPORT)
)
"""Groups of the vertices that belong to no stage."""
FIRST_AND_SECOND = ("first", "second")
"""The names of two builds that were given none."""
_LETTERS = 46


@dataclass(frozen=True, slots=True)
class Pair:
    """One vertex in both builds, or in one of them.

    Args:
        group: The stage, or one of ``SETUP``, ``BASES``, ``SCAN``, ``EXPORT``.
        platform: None when no platform was asked for.
        cold: The vertex of the first build, None when it has no such vertex.
        warm: The vertex of the second build, None when it has no such vertex.
    """

    group: str
    platform: str | None
    cold: Vertex | None
    warm: Vertex | None

    @property
    def vertex(self) -> Vertex:
        """The vertex of the second build, or of the first if the second has none."""
        found = self.warm or self.cold
        assert found is not None
        return found

    @property
    def is_work(self) -> bool:
        """Whether it is an instruction of the Dockerfile, whose result can be cached."""
        return self.vertex.kind in WORK

    @property
    def saved_s(self) -> float:
        """Seconds of work that the second build saved; negative if it worked longer."""
        return _duration_s(self.cold) - _duration_s(self.warm)

    @property
    def saved_bytes(self) -> int:
        """Bytes of blobs that the second build downloaded less; negative if it downloaded more."""
        return _downloaded_bytes(self.cold) - _downloaded_bytes(self.warm)

    @property
    def is_edited(self) -> bool:
        """Whether the two builds have different instructions in this place."""
        if self.cold is None or self.warm is None:
            return False
        return short(self.cold.instruction) != short(self.warm.instruction)


@dataclass(frozen=True, slots=True, repr=False)
class Comparison:
    """Two builds compared vertex by vertex; ``str()`` gives a table.

    Args:
        cold: The first build.
        warm: The second build.
        pairs: Base images, stages, export, set-up; within a stage by platform and place.
        names: What tables and pictures call the two builds.
    """

    cold: Build
    warm: Build
    pairs: tuple[Pair, ...]
    names: tuple[str, str] = FIRST_AND_SECOND

    @property
    def saved_s(self) -> float:
        """Wall-clock seconds that the second build saved; negative if it took longer."""
        return self.cold.trace.real_s - self.warm.trace.real_s

    @property
    def saved_bytes(self) -> int:
        """Bytes of blobs that the second build downloaded less; negative if it downloaded more."""
        return self.cold.trace.downloaded_bytes - self.warm.trace.downloaded_bytes

    @property
    def ran_again(self) -> tuple[Pair, ...]:
        """The instructions that the second build could not take from the cache."""
        return tuple(
            pair
            for pair in self.pairs
            if pair.is_work and pair.warm is not None and pair.warm.state is not State.CACHED
        )

    @property
    def has_downloads(self) -> bool:
        """Whether BuildKit downloaded blobs for either build."""
        return bool(self.cold.trace.downloaded_bytes or self.warm.trace.downloaded_bytes)

    def of_group(self, group: str) -> tuple[Pair, ...]:
        """The pairs of one stage or of another group."""
        return tuple(pair for pair in self.pairs if pair.group == group)

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups, in the order of ``pairs``."""
        return tuple(dict.fromkeys(pair.group for pair in self.pairs))

    def headline(self) -> str:
        """The whole comparison in a sentence or two."""
        cold_s, warm_s = self.cold.trace.real_s, self.warm.trace.real_s
        verdict = (
            f"{seconds(abs(self.saved_s))} {'saved' if self.saved_s >= 0 else 'lost'}"
            if seconds(cold_s) != seconds(warm_s)
            else "nothing saved"
        )
        work = [pair for pair in self.pairs if pair.is_work and pair.warm is not None]
        cached = len(work) - len(self.ran_again)
        first, second = map(printable, self.names)
        text = f"{first} {seconds(cold_s)}, {second} {seconds(warm_s)}: {verdict}."
        if work:
            text += f" {cached} of {len(work)} instructions cached."
        if self.has_downloads:
            before, now = self.cold.trace.downloaded_bytes, self.warm.trace.downloaded_bytes
            text += f" {size(now)} of layers fetched instead of {size(before)}."
        return text

    @property
    def packages(self) -> tuple[Downloads, Downloads] | None:
        """Both builds' downloads from the package indexes; None if there are none or unknown."""
        cold, warm = self.cold.downloads, self.warm.downloads
        if cold is None or warm is None or not (cold.requests or warm.requests):
            return None
        return cold, warm

    def __str__(self) -> str:
        head = (
            "",
            *map(printable, self.names),
            "saved",
            "layers saved" if self.has_downloads else "",
        )
        lines: list[tuple[str, ...]] = [head]
        for group in self.groups:
            pairs = self.of_group(group)
            if group == SETUP:
                lines.append(_sum_line(pairs))
                continue
            lines.append((printable(group), "", "", "", ""))
            lines += [_line(pair) for pair in pairs]
        widths = [max(len(line[column]) for line in lines) for column in range(5)]
        table = "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            for line in lines
        )
        is_edited = any(pair.is_edited for pair in self.pairs)
        note = "\n~ the first build had another instruction here\n" if is_edited else ""
        packages = ""
        if self.packages is not None:
            before, now = self.packages
            packages = f"\nPackages: {now.amount()} instead of {before.amount()}."
        return f"Comparison. {self.headline()}{packages}\n\n{table}\n{note}"

    def __repr__(self) -> str:
        # Shown outside of notebooks, where two whole traces would not help.
        return str(self)


def compare(cold: Build, warm: Build, *, names: tuple[str, str] = FIRST_AND_SECOND) -> Comparison:
    """Compare two builds of one Dockerfile, vertex by vertex; either may have failed.

    Args:
        cold: The first build, say with an empty cache.
        warm: The second build, say after an edit.
        names: What to call them, such as ``("emulated", "cross")``.
    """
    before, after = _by_place(cold), _by_place(warm)
    stages = _stage_order((warm, cold))
    last = len(stages)
    ranks = {BASES: -1, SCAN: last, EXPORT: last + 1, SETUP: last + 2}

    def rank(key: _Key) -> tuple[int, str, int, str]:
        group, platform, place, text = key
        return ranks.get(group, stages.get(group, last)), platform or "", place, text

    # A dict, not a set, keeps equal ranks in the order of the trace.
    keys = sorted(dict.fromkeys((*before, *after)), key=rank)
    pairs = tuple(Pair(key[0], key[1], before.get(key), after.get(key)) for key in keys)
    return Comparison(cold, warm, pairs, names)


def side_words(vertex: Vertex | None) -> str:
    """What became of one vertex of a pair: ``ran 1.70 s``, ``cached``, ``not there``."""
    return ABSENT if vertex is None else outcome_of(vertex)


def saved_words(saved_s: float) -> str:
    """Seconds saved, with a sign if they were lost; empty for less than a millisecond."""
    if abs(saved_s) < 0.0005:
        return ""
    return seconds(saved_s) if saved_s > 0 else f"-{seconds(-saved_s)}"


# Group, platform, place in the stage (0 outside of stages), and a text that tells apart vertices in
# the same place.
_Key = tuple[str, str | None, int, str]


def _by_place(build: Build) -> dict[_Key, Vertex]:
    found: dict[_Key, Vertex] = {}
    for vertex in build.trace.vertexes:
        found.setdefault(_key(vertex), vertex)
    return found


def _key(vertex: Vertex) -> _Key:
    instruction = short(vertex.instruction)
    lane = lane_key(vertex)
    if lane.part is Part.STAGE and vertex.place is not None:
        # COPY --link makes two vertices in one place.
        link = "LINK" * instruction.removeprefix("ONBUILD ").startswith("LINK ")
        return lane.name, vertex.platform, vertex.place, link
    group = LABELS[Part.SETUP] if lane.part is Part.STAGE else lane.name
    return group, vertex.platform, 0, instruction


def _stage_order(builds: Iterable[Build]) -> dict[str, int]:
    names: list[str] = []
    for build in builds:
        names += [stage.name for stage in build.graph.stages] if build.graph else []
        names += build.trace.stages
    return {name: rank for rank, name in enumerate(dict.fromkeys(names))}


def _duration_s(vertex: Vertex | None) -> float:
    return vertex.duration_s if vertex is not None else 0.0


def _downloaded_bytes(vertex: Vertex | None) -> int:
    transfers = vertex.transfers if vertex is not None else ()
    return sum(transfer.moved_bytes for transfer in transfers if transfer.is_download)


def _line(pair: Pair) -> tuple[str, str, str, str, str]:
    text = cut(brief(pair.vertex.instruction), _LETTERS)
    mark = "~ " if pair.is_edited else "  "
    if pair.platform is not None:
        text = f"{text}  ({pair.platform})"
    saved = size(pair.saved_bytes) if pair.saved_bytes > 0 else ""
    return (
        f"{mark}{text}",
        side_words(pair.cold),
        side_words(pair.warm),
        saved_words(pair.saved_s),
        saved,
    )


def _sum_line(pairs: tuple[Pair, ...]) -> tuple[str, str, str, str, str]:
    """One line for the whole set-up of both builds, because none of the set-up can be cached."""
    cold_s, warm_s = (
        sum(_duration_s(vertex) for vertex in side)
        for side in ([p.cold for p in pairs], [p.warm for p in pairs])
    )
    return SETUP, seconds(cold_s), seconds(warm_s), saved_words(cold_s - warm_s), ""
