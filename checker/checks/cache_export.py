"""What a cache that was exported holds, and what it saves a builder that has none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from checker.checks.amounts import together
from checker.checks.edits import Reruns, check_line, never_ran, with_line
from checker.checks.images import not_pushed
from checker.checks.package_downloads import package_name, packages_in_words, packages_of
from checker.results import Finding

if TYPE_CHECKING:
    from checker.workbench.workbench import Workbench
    from sandbox import Build, Image

_MODES = ("inline", "min", "max")
_NOTES = "moby.buildkit.cache.v0"
"""The key of an image's config under which an inline cache lies.
Source: moby/buildkit, exporter/containerimage/exptypes/types.go."""


@dataclass(frozen=True, slots=True)
class ImportsCache:
    """``imports_cache``: a builder that has never built anything takes work over from a cache.

    The line runs once. Then a file is edited, and the same line runs on an empty builder, as a
    build server does with the next commit: of what the first run has left, it is only the
    registry that it can see.

    Args:
        edit: The file of the context that gets a random line more.
        keeps: Marked scripts that must not run again.
        reruns: Marked scripts that must: they show that the edit was noticed.
        line: The line; ``{random}`` stands for the random part, for files with a grammar.
    """

    edit: str
    keeps: tuple[str, ...]
    reruns: tuple[str, ...]
    line: str = "{random}"

    def __post_init__(self) -> None:
        if not self.keeps:
            raise ValueError("keeps is empty, it must name at least one script")
        check_line(self.line)

    def measure(self, workbench: Workbench) -> Finding:
        idle = never_ran(workbench, workbench.builds.require(), (*self.keeps, *self.reruns))
        if idle is not None:
            return Finding(
                False,
                f"{idle} never ran in the first build.\n"
                "Wanted: it runs there, so that there is something to take over.",
                {"work": idle},
            )
        workbench.context.sweep()
        with workbench.empty_builder() as builder, with_line(workbench, self.edit, self.line):
            after = workbench.builds.get(builder=builder)
        return self._judge(workbench, after)

    def _judge(self, workbench: Workbench, after: Build) -> Finding:
        where = f"On an empty builder, after an edit of {self.edit}"
        if not after.ok:
            return _failed_there(f"{where},", after)
        reruns = Reruns.of(workbench, after, self.keeps, self.reruns)
        facts = [
            f"{name} ran ({reruns.ran_s[name]:.1f} s)"
            if name in reruns.ran_s
            else f"{name} came from the cache"
            for name in (*self.keeps, *self.reruns)
        ]
        fetched = after.trace.downloaded_bytes
        fact = f"{where}: {', '.join(facts)}; {fetched / 1e3:.0f} kB were fetched."
        evidence = {
            "edit": self.edit,
            "ran_s": reruns.rounded_s,
            "cached": [v.name for v in after.trace.vertexes if v.cached],
            "imports": _imports(after),
            "fetched_bytes": fetched,
        }
        if reruns.wasted:
            message = (
                f"{fact}\n{_import_in_words(after)}\n"
                f"Wanted: {together(reruns.wasted)} from the cache."
            )
            return Finding(False, message, evidence)
        if reruns.missed:
            return Finding(False, f"{fact}\nWanted: {together(reruns.missed)} run again.", evidence)
        return Finding(True, fact, evidence)


@dataclass(frozen=True, slots=True)
class CacheSparesDownloads:
    """``cache_spares_downloads``: a builder that has never built anything downloads no package.

    The line runs once, and then on an empty builder, which has no cache mounts either: what it
    does not download it can only have from the cache in the registry. No SBOM is made there, for
    a scan takes longer than all else and is in no cache.

    Args:
        index: ``npm``, ``pypi``, ``go`` or ``debian``.
        packages: How many the first build must download at least.
    """

    index: str
    packages: int
    counts_downloads: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.packages < 1:
            raise ValueError(f"packages is {self.packages}, it must be at least 1")

    def measure(self, workbench: Workbench) -> Finding:
        before = packages_of([workbench.builds.require()], self.index)
        if len(before) < self.packages:
            message = (
                f"The first build downloaded {packages_in_words(before)} from {self.index}.\n"
                f"Wanted: all {self.packages} that the context's files ask for, so that there is "
                "something to take over."
            )
            return Finding(False, message, {"index": self.index, "first": len(before)})
        workbench.context.sweep()
        with workbench.empty_builder() as builder:
            after = workbench.builds.get(builder=builder, options=("--sbom=false",))
        if not after.ok:
            return _failed_there("On an empty builder", after)
        again = packages_of([after], self.index)
        fact = (
            f"The first build downloaded {packages_in_words(before)}; the same command on an "
            f"empty builder {packages_in_words(again)}"
        )
        evidence = {
            "index": self.index,
            "first": len(before),
            "again": sorted(map(package_name, again)),
            "imports": _imports(after),
        }
        if again:
            names = together(sorted(map(package_name, again)))
            message = (
                f"{fact}: {names}.\n{_import_in_words(after)}\n"
                "Wanted: none, for what was made of them is to come from the cache."
            )
            return Finding(False, message, evidence)
        return Finding(True, f"{fact}.", evidence)


@dataclass(frozen=True, slots=True)
class CacheMode:
    """``cache_mode``: the image is in the registry, and so is the cache, as much as is wanted.

    Args:
        mode: ``inline``: notes in the image itself; ``min``: beside it, the layers of the result;
            ``max``: beside it, the results of all stages.
        image: What the line pushes, without ``$REGISTRY/``.
        ref: Where the cache lies, without ``$REGISTRY/``; not for ``inline``.
        works: Marked scripts whose results stay behind in a stage: what ``max`` has and ``min``
            has not. Not for ``inline``.
    """

    mode: str
    image: str
    ref: str = ""
    works: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.mode not in _MODES:
            raise ValueError(f"mode is {self.mode!r}, there are: {', '.join(_MODES)}")
        if (self.mode == "inline") == bool(self.ref and self.works):
            raise ValueError("ref and works are both there for min and max, and not for inline")

    def measure(self, workbench: Workbench) -> Finding:
        workbench.builds.require()
        image = workbench.pushed(self.image)
        if image is None:
            return not_pushed(self.image)
        if _is_cache(image):
            return Finding(
                False,
                f"$REGISTRY/{self.image} leads to an exported cache, which no container can be "
                "made of.\nWanted: the image under this name.",
                {"image": self.image},
            )
        return self._inline(image) if self.mode == "inline" else self._beside(workbench, image)

    def _inline(self, image: Image) -> Finding:
        notes = [one for one in image.find(_NOTES.encode()) if one.key == _NOTES]
        evidence = {"image": self.image, "size_bytes": image.size_bytes, "notes": len(notes)}
        name = f"$REGISTRY/{self.image}"
        if not notes:
            message = f"{name} was pushed, and holds no cache.\nWanted: its notes in the image."
            return Finding(False, message, evidence)
        return Finding(True, f"{name} was pushed, with the notes of the cache in it.", evidence)

    def _beside(self, workbench: Workbench, image: Image) -> Finding:
        name = f"$REGISTRY/{self.ref}"
        cache = workbench.pushed(self.ref)
        if cache is None or not _is_cache(cache):
            what = "There is no" if cache is None else "An image, and no cache, lies under the name"
            whole = "the results of all stages" if self.mode == "max" else "the result's layers"
            message = f"{what} {name} in the registry.\nWanted: a cache there, with {whole}."
            return Finding(False, message, {"ref": self.ref})
        texts = {n: workbench.values.expand(f"{{work:{n}}}") for n in self.works}
        held = [n for n, text in texts.items() if cache.find(text.encode())]
        absent = [name for name in self.works if name not in held]
        counts = {
            which: sum(len(one.layers) for one in found.platforms)
            for which, found in (("image", image), ("cache", cache))
        }
        fact = (
            f"{name} holds {counts['cache']} layers, {cache.size_bytes / 1e6:.2f} MB "
            f"(the image: {counts['image']}, {image.size_bytes / 1e6:.2f} MB)"
        )
        evidence = {
            "ref": self.ref,
            "layers": counts,
            "size_bytes": {"image": image.size_bytes, "cache": cache.size_bytes},
            "holds": held,
        }
        if self.mode == "max" and absent:
            message = (
                f"{fact}, and not what {together(absent)} made.\n"
                "Wanted: the results of all stages, also of those that stay behind."
            )
            return Finding(False, message, evidence)
        if self.mode == "min" and held:
            message = (
                f"{fact}, also what {together(held)} made.\nWanted: the result's layers alone."
            )
            return Finding(False, message, evidence)
        about = f"what {together(held)} made among them" if held else "those of the result alone"
        return Finding(True, f"{fact}, {about}.", evidence)


def _failed_there(where: str, build: Build) -> Finding:
    message = (
        f"{where} the same command ended with exit code {build.exit_code}:\n"
        f"{build.message.strip()}\nWanted: it builds on any builder."
    )
    return Finding(False, message, {"exit_code": build.exit_code})


def _imports(build: Build) -> dict[str, str]:
    """What became of each cache that the build was told to import."""
    imports = (v for v in build.trace.vertexes if v.kind == "import-cache")
    return {v.name: v.error or "found" for v in imports}


def _import_in_words(build: Build) -> str:
    """Why a cache was of no use: those that were not found; where all were, which there are."""
    imports = _imports(build)
    failed = {name: said for name, said in imports.items() if said != "found"}
    lines = [f"{name}: {said}" for name, said in (failed or imports).items()]
    return "\n".join(lines) or "No cache was imported."


def _is_cache(image: Image) -> bool:
    return any(one.is_cache for one in image.platforms)
