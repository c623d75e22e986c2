"""Checks of an exported cache: its contents, and the work that it saves an empty builder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from checker.checks.amounts import together
from checker.checks.edits import Reruns, check_line, never_ran, with_line
from checker.checks.images import not_pushed
from checker.checks.package_downloads import package_name, packages_in_words, packages_of
from checker.results import Finding
from checker.workbench.build_failures import reason

if TYPE_CHECKING:
    from checker.workbench.workbench import Workbench
    from sandbox import Build, Image

_MODES = ("inline", "min", "max")
_NOTES = "moby.buildkit.cache.v0"
"""The key of an image's config that holds an inline cache.
Source: moby/buildkit, exporter/containerimage/exptypes/types.go."""


_READ = "there is something of that name, which may have a cache or not"


@dataclass(frozen=True, slots=True)
class ImportsCache:
    """``imports_cache``: an empty builder takes results from an exported cache.

    The command runs once. Then a file is edited, and the same command runs on an empty builder,
    as a build server does for the next commit: it sees the registry, and nothing else that the
    first run left.

    Args:
        edit: The file of the context to which a random line is added.
        keeps: Marked scripts that must not run again.
        reruns: Marked scripts that must run again: they show that the build saw the edit.
        line: The line to add; ``{random}`` stands for the random part.
        only: The names of images, without ``$REGISTRY/``; all others are removed from the registry
            before the second run. Empty: none is removed.
    """

    edit: str
    keeps: tuple[str, ...]
    reruns: tuple[str, ...]
    line: str = "{random}"
    only: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.keeps:
            raise ValueError("keeps is empty; it must name at least one script")
        check_line(self.line)

    def measure(self, workbench: Workbench) -> Finding:
        first = workbench.builds.require()
        idle = never_ran(workbench, first, (*self.keeps, *self.reruns))
        if idle is not None:
            return Finding(
                False,
                f"{idle} never ran in the first build.\n"
                "Wanted: it runs there, so that the second build has a result to import.",
                {"work": idle},
            )
        workbench.context.sweep()
        if self.only:
            workbench.keep_pushed(self.only)
        with workbench.empty_builder() as builder, with_line(workbench, self.edit, self.line):
            after = workbench.builds.get(builder=builder)
        return self._judge(workbench, first, after)

    def _judge(self, workbench: Workbench, first: Build, after: Build) -> Finding:
        where = f"On an empty builder, after an edit of {self.edit}"
        if not after.ok:
            return _failed_there(f"{where},", after)
        reruns = Reruns.of(workbench, first, after, self.keeps, self.reruns)
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
    """``cache_spares_downloads``: with the exported cache, an empty builder downloads no package.

    The command runs once, and then on an empty builder, which has no cache mounts either: it can
    have the packages only from the cache in the registry. The second run makes no SBOM, since
    the scan takes longer than the rest of the build and is never cached.

    Args:
        index: ``npm``, ``pypi``, ``go`` or ``debian``.
        packages: The number of packages that the first build must download at least.
    """

    index: str
    packages: int
    counts_downloads: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.packages < 1:
            raise ValueError(f"packages is {self.packages}; it must be at least 1")

    def measure(self, workbench: Workbench) -> Finding:
        before = packages_of([workbench.builds.require()], self.index)
        if len(before) < self.packages:
            message = (
                f"The first build downloaded {packages_in_words(before)} from {self.index}.\n"
                f"Wanted: all {self.packages} that the context's files ask for, so that the cache "
                "has something to spare."
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
                "Wanted: none, since the results made from them come from the cache."
            )
            return Finding(False, message, evidence)
        return Finding(True, f"{fact}.", evidence)


@dataclass(frozen=True, slots=True)
class CacheMode:
    """``cache_mode``: the image is in the registry, with a cache of the wanted mode.

    Args:
        mode: ``inline``: cache metadata in the image; ``min``: a separate cache with the layers
            of the final stage; ``max``: a separate cache with the results of all stages.
        image: The name of the pushed image, without ``$REGISTRY/``.
        ref: The name of the cache, without ``$REGISTRY/``; not for ``inline``.
        works: Marked scripts whose results are in no layer of the image: a cache of mode ``max``
            holds them, one of mode ``min`` does not. Not for ``inline``.
    """

    mode: str
    image: str
    ref: str = ""
    works: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.mode not in _MODES:
            raise ValueError(f"mode is {self.mode!r}, there are: {', '.join(_MODES)}")
        if (self.mode == "inline") == bool(self.ref and self.works):
            raise ValueError("min and max need both ref and works; inline takes neither")

    def measure(self, workbench: Workbench) -> Finding:
        workbench.builds.require()
        image = workbench.pushed(self.image)
        if image is None:
            return not_pushed(self.image)
        if _is_cache(image):
            return Finding(
                False,
                f"$REGISTRY/{self.image} leads to an exported cache, which cannot be run as a "
                "container.\nWanted: the image under this name.",
                {"image": self.image},
            )
        return self._inline(image) if self.mode == "inline" else self._beside(workbench, image)

    def _inline(self, image: Image) -> Finding:
        notes = [one for one in image.find(_NOTES.encode()) if one.key == _NOTES]
        evidence = {"image": self.image, "size_bytes": image.size_bytes, "notes": len(notes)}
        name = f"$REGISTRY/{self.image}"
        if not notes:
            message = (
                f"{name} was pushed without a cache.\nWanted: inline cache metadata in the image."
            )
            return Finding(False, message, evidence)
        return Finding(True, f"{name} was pushed, with inline cache metadata in it.", evidence)

    def _beside(self, workbench: Workbench, image: Image) -> Finding:
        name = f"$REGISTRY/{self.ref}"
        cache = workbench.pushed(self.ref)
        if cache is None or not _is_cache(cache):
            what = "There is no" if cache is None else "An image, and not a cache, has the name"
            whole = (
                "the results of all stages" if self.mode == "max" else "the final stage's layers"
            )
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
                f"{fact}, but not what {together(absent)} made.\n"
                "Wanted: the results of all stages, also of those that are not in the image."
            )
            return Finding(False, message, evidence)
        if self.mode == "min" and held:
            message = (
                f"{fact}, also what {together(held)} made.\nWanted: only the final stage's layers."
            )
            return Finding(False, message, evidence)
        about = f"what {together(held)} made among them" if held else "only the final stage's"
        return Finding(True, f"{fact}, {about}.", evidence)


def _failed_there(where: str, build: Build) -> Finding:
    message = (
        f"{where} the same command ended with exit code {build.exit_code}:\n"
        f"{reason(build)}\nWanted: it builds on any builder."
    )
    return Finding(False, message, {"exit_code": build.exit_code})


def _imports(build: Build) -> dict[str, str]:
    """Each name that the build tried to import a cache from: ``_READ``, or the error."""
    imports = (v for v in build.trace.vertexes if v.kind == "import-cache")
    return {v.name: v.error or _READ for v in imports}


def _import_in_words(build: Build) -> str:
    """The imports that failed, one a line; if none failed, all imports."""
    imports = _imports(build)
    failed = {name: said for name, said in imports.items() if said != _READ}
    lines = [f"{name}: {said}" for name, said in (failed or imports).items()]
    return "\n".join(lines) or "No cache was imported."


def _is_cache(image: Image) -> bool:
    return any(one.is_cache for one in image.platforms)
