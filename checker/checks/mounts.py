"""Checks of cache mounts: they save downloads and compiling, even for two builds at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from checker.checks.amounts import amount, together
from checker.checks.edits import check_line, new_line
from checker.checks.package_downloads import package_name, packages_in_words, packages_of
from checker.results import Finding

if TYPE_CHECKING:
    from checker.workbench.workbench import Workbench
    from sandbox import Build, Download, Vertex

_SLOW_LINES = ((1.5e6, 0.1), (0.75e6, 0.4))
"""Bandwidth in bytes a second and latency in seconds, slow enough that two builds overlap."""


@dataclass(frozen=True, slots=True)
class CacheMountReused:
    """``cache_mount_reused``: after an update, no package is downloaded a second time.

    The first build has empty cache mounts, and must not download the packages of the update.
    Then some files are replaced: the instructions that downloaded must run again, download the
    new packages, and find the others in their cache mounts.

    Args:
        index: ``npm``, ``pypi``, ``go`` or ``debian``.
        packages: The number of packages that the first build must download at least.
        update: A folder of the context; its files replace the files of those names above it.
        new: The packages that the update asks for, and that the first build does not.
    """

    index: str
    packages: int
    update: str
    new: tuple[str, ...]
    counts_downloads: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.packages < 1:
            raise ValueError(f"packages is {self.packages}; it must be at least 1")
        if not self.new:
            raise ValueError("new is empty; it must name at least one package")

    def measure(self, workbench: Workbench) -> Finding:
        first = workbench.builds.require()
        with workbench.context.updated(self.update):
            second = workbench.builds.require(only_run=True)
        before, after = (packages_of([build], self.index) for build in (first, second))
        names = {package_name(package) for package in before}
        again = sorted({package_name(package) for package in after} & names)
        missing = [name for name in self.new if name not in map(package_name, after)]
        idle = _idle(first, before, second)
        fact = (
            f"The first build, with empty cache mounts, downloaded {packages_in_words(before)}; "
            f"the one after the update {packages_in_words(after)}"
        )
        evidence = {
            "index": self.index,
            "first": self._figures(first, before),
            "second": self._figures(second, after),
            "again": again,
            "did_not_run_again": list(idle),
        }
        if len(names) < self.packages:
            message = (
                "The first build, with empty cache mounts, downloaded "
                f"{packages_in_words(before)} from {self.index}.\n"
                f"Wanted: all {self.packages} that the context's files ask for, by the instruction "
                "that needs them."
            )
            return Finding(False, message, evidence)
        early = [name for name in self.new if name in map(package_name, before)]
        if early:
            message = (
                f"The first build downloaded {together(early)} already, which only the update asks "
                "for.\nWanted: the build installs exactly the versions that the context's files "
                "name; if there is a lock file, those of the lock file."
            )
            return Finding(False, message, {**evidence, "early": early})
        if idle:
            message = (
                f"{fact}. These downloaded packages and did not run again: {together(idle)}.\n"
                "Wanted: the instruction that downloads the packages runs again after the update, "
                "and finds the earlier packages in a cache mount."
            )
            return Finding(False, message, evidence)
        if again:
            message = (
                f"{fact}, {len(again)} of them for the second time: {_some(again)}.\n"
                f"Wanted: only {together(self.new)}, since the other packages are unchanged."
            )
            return Finding(False, message, evidence)
        if missing:
            message = f"{fact}.\nWanted: {together(missing)} too, since the update asks for it."
            return Finding(False, message, evidence)
        return Finding(True, f"{fact}: {together(map(package_name, after))}.", evidence)

    def _figures(self, build: Build, packages: Sequence[Download]) -> dict[str, int]:
        asked = build.downloads.of(self.index) if build.downloads else None
        return {
            "packages": len(packages),
            "requests": asked.requests if asked else 0,
            "size_bytes": asked.size_bytes if asked else 0,
        }


@dataclass(frozen=True, slots=True)
class CacheMountShared:
    """``cache_mount_shared``: two builds at the same time share their cache mounts.

    Both builds must succeed, and each package must be downloaded by one of them only. The
    package index answers slowly meanwhile, so that the builds overlap. Their package lists
    differ, and no RUN of theirs uses the result of an earlier build, or of the other one.

    Args:
        index: As for ``cache_mount_reused``.
        packages: The number of packages that the two must download at least, together.
        edit: The file of the context to which each build's own random line is added.
        update: A folder of the context; the second build takes the file ``edit`` from there.
        line: The line to add; ``{random}`` stands for the random part.
    """

    index: str
    packages: int
    edit: str
    update: str
    line: str = "{random}"
    counts_downloads: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_line(self.line)

    def measure(self, workbench: Workbench) -> Finding:
        workbench.builds.require()
        builds = self._build_two(workbench)
        packages = packages_of(builds, self.index)
        names = [package_name(package) for package in packages]
        twice = sorted({name for name in names if names.count(name) > 1})
        failed = [build for build in builds if not build.ok]
        evidence = {
            "index": self.index,
            "succeeded": len(builds) - len(failed),
            "packages": len(packages),
            "twice": twice,
            "size_bytes": sum(package.size_bytes for package in packages),
        }
        if failed:
            came = "one of them failed" if len(failed) == 1 else "both failed"
            said = "\n".join(f"  {line}" for line in _complaint(failed[0]))
            message = (
                f"Two builds at the same time: {came}. It printed last:\n{said}\n"
                "Wanted: both succeed, also when they use the same folder at the same time."
            )
            return Finding(False, message, evidence)
        if not all(_own_runs(*builds)):
            message = (
                f"Two builds at the same time, each with another {self.edit}: no RUN ran for one "
                f"of them alone.\nWanted: the instruction that reads {self.edit} runs again when "
                "the file has changed."
            )
            return Finding(False, message, evidence)
        downloaded = packages_in_words(packages)
        fact = f"Two builds at the same time: both succeeded, and downloaded {downloaded}"
        if twice:
            message = (
                f"{fact}, {len(twice)} of them twice: {_some(twice)}.\n"
                "Wanted: each package once, since the second build finds it in the folder of the "
                "first."
            )
            return Finding(False, message, evidence)
        if len(names) < self.packages:
            message = f"{fact}.\nWanted: all {self.packages} that the context's files ask for."
            return Finding(False, message, evidence)
        return Finding(True, f"{fact}, each once.", evidence)

    def _build_two(self, workbench: Workbench) -> tuple[Build, ...]:
        texts = [_text(workbench, self.edit)]
        with workbench.context.updated(self.update):
            texts.append(_text(workbench, self.edit))
        for bandwidth_bytes_s, latency_s in _SLOW_LINES:
            changes = [{self.edit: f"{text}\n{new_line(self.line)[0]}\n"} for text in texts]
            slow = workbench.sandbox.packages.paced(
                bandwidth_bytes_s=bandwidth_bytes_s, latency_s=latency_s
            )
            with workbench.turns.alone(), slow:
                builds = workbench.builds.together(changes)
            ran = _own_runs(*builds)
            if not all(ran) or _met(*ran):
                return builds
        # Imported here: commands that need no engine load this module, but must not load the
        # sandbox.
        from sandbox import EngineError  # noqa: PLC0415

        raise EngineError(
            "Two builds that were started together did not run at the same time.",
            next_step="grade again when this machine has less to do",
        )


@dataclass(frozen=True, slots=True)
class RerunIsFaster:
    """``rerun_is_faster``: after an update, the instructions that run again take less time.

    The check compares the same instructions in two builds, the first with empty cache mounts,
    and requires that the mounts hold data afterwards. A submission could slow its first build
    down or fill the mounts with junk; so the second build is also compared with a build of the
    update that uses no cache mount.

    Args:
        update: As for ``cache_mount_reused``.
        kept_bytes: The bytes that the cache mounts must hold afterwards, at least.
        plain: A Dockerfile that builds the same from the context, without any cache mount.
        share: The share of the first time, and of the plain time, that the second may take.
    """

    update: str
    kept_bytes: int
    plain: str
    share: float = 0.4
    counts_downloads: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise ValueError(f"share is {self.share:g}; it must lie between 0 and 1")

    def measure(self, workbench: Workbench) -> Finding:
        first = workbench.builds.require()
        with workbench.context.updated(self.update):
            second = workbench.builds.require(only_run=True)
        names = {run.name for run in _runs(second)}
        before_s = sum(run.duration_s for run in _runs(first) if run.name in names)
        after_s = sum(run.duration_s for run in _runs(second))
        kept_bytes = workbench.cache_mounts.kept_bytes()
        evidence: dict[str, object] = {
            "first_s": round(before_s, 3),
            "second_s": round(after_s, 3),
            "kept_bytes": kept_bytes,
            "ran_again": sorted(names),
        }
        if not names:
            return Finding(
                False,
                "After the update no RUN ran again.\nWanted: the instructions that use the "
                "changed files run again.",
                evidence,
            )
        fact = (
            f"With empty cache mounts it took {before_s:.1f} s, after the update {after_s:.1f} s "
            f"({after_s / before_s:.0%}); the mounts hold {amount(kept_bytes)}"
        )
        if after_s > self.share * before_s:
            return Finding(False, f"{fact}.\nWanted: {self.share:.0%} at most.", evidence)
        if kept_bytes < self.kept_bytes:
            message = (
                f"{fact}.\nWanted: at least {amount(self.kept_bytes)} in the mounts, "
                "for the next build."
            )
            return Finding(False, message, evidence)
        plain_s = self._plain_s(workbench)
        evidence["plain_s"] = round(plain_s, 3)
        if after_s > self.share * plain_s:
            message = (
                f"{fact}. Without any cache mount the update takes {plain_s:.1f} s: next to that, "
                f"nothing was saved ({after_s / plain_s:.0%}).\nWanted: {self.share:.0%} at most."
            )
            return Finding(False, message, evidence)
        return Finding(True, f"{fact}.", evidence)

    def _plain_s(self, workbench: Workbench) -> float:
        """Seconds that the second build's work takes now on this machine, without cache mounts."""
        file = workbench.context.folder.with_name("plain.Dockerfile")
        file.write_text(self.plain, encoding="utf-8")
        with workbench.context.updated(self.update):
            # Without the cache: the submission may have the same text as the plain Dockerfile.
            options = (f"--file={file}", "--no-cache")
            build = workbench.builds.require(options=options, only_run=True)
        return sum(run.duration_s for run in _runs(build))


def _runs(build: Build) -> list[Vertex]:
    """The RUN vertices that ran."""
    return [
        vertex
        for vertex in build.trace.vertexes
        if vertex.kind == "run" and vertex.intervals and not vertex.cached
    ]


def _own_runs(one: Build, other: Build) -> tuple[list[Vertex], list[Vertex]]:
    """For each of two builds, the RUN vertices that ran and that the other build does not share."""
    shared = {run.digest for run in _runs(one)} & {run.digest for run in _runs(other)}
    first, second = ([r for r in _runs(build) if r.digest not in shared] for build in (one, other))
    return first, second


def _text(workbench: Workbench, name: str) -> str:
    return (workbench.context.folder / name).read_text(encoding="utf-8").rstrip()


def _idle(first: Build, packages: Iterable[Download], second: Build) -> tuple[str, ...]:
    """Names of the vertices that downloaded in the first build and did not run in the second."""
    again = {run.name for run in _runs(second)}
    idle: dict[str, None] = {}
    for package in packages:
        at_work = [
            run.name
            for run in _runs(first)
            if any(span.start <= package.started <= span.end for span in run.intervals)
        ]
        if not again.intersection(at_work):
            idle |= dict.fromkeys(
                map(_short, at_work) if at_work else ["an instruction that is not RUN"]
            )
    return tuple(idle)


def _short(name: str, most: int = 90) -> str:
    return name if len(name) <= most else f"{name[:most]}…"


def _met(one: Iterable[Vertex], other: Sequence[Vertex]) -> bool:
    """Whether a vertex of one build ran at the same time as a vertex of the other build."""
    return any(
        a.start < b.end and b.start < a.end
        for run in one
        for a in run.intervals
        for mate in other
        for b in mate.intervals
    )


def _complaint(build: Build) -> list[str]:
    failed = [vertex for vertex in build.trace.vertexes if vertex.error is not None]
    printed = [line for vertex in failed for line in vertex.log.splitlines() if line.strip()]
    return printed[-4:] or [build.message.strip()]


def _some(names: Sequence[str], most: int = 3) -> str:
    """The first names, and an ellipsis if there are more."""
    return ", ".join([*names[:most], *(["…"] if len(names) > most else [])])
