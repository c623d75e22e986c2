"""The platforms of an image, and the platform on which each RUN ran."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from checker.checks.amounts import beginning_of, end_of, tail
from checker.checks.edits import check_line, with_line
from checker.checks.elf import HEAD_BYTES, read_program
from checker.checks.images import not_pushed
from checker.checks.programs import foreign_programs
from checker.results import Finding
from checker.workbench.build_failures import reason

if TYPE_CHECKING:
    from checker.workbench.workbench import Workbench
    from sandbox import Build, Image, PlatformImage, Vertex

_EMULATED_RUN_TIMEOUT_S = 20.0
_CANNOT_RUN = "exec format error"
"""The kernel's error for a program of another architecture. Source: execve(2), ENOEXEC."""


@dataclass(frozen=True, slots=True)
class Platforms:
    """``platforms``: the pushed index has an image for each wanted platform, with its programs.

    Args:
        platforms: The wanted platforms, as ``linux/arm64``.
        image: The name of the pushed image, without ``$REGISTRY/``.
        others: Whether further platforms are allowed.
    """

    platforms: tuple[str, ...]
    image: str
    others: bool = False

    def __post_init__(self) -> None:
        if not self.platforms:
            raise ValueError("platforms is empty; it must name at least one")

    def measure(self, workbench: Workbench) -> Finding:
        workbench.builds.require()
        name = workbench.values.expand(self.image)
        found = workbench.pushed(name)
        if found is None:
            return not_pushed(name)
        listed = [one.platform for one in found.platforms] + list(found.absent)
        has = f"$REGISTRY/{name} has {_count(listed)}: {', '.join(listed) or 'none'}"
        evidence = {
            "image": name,
            "digest": found.digest,
            "platforms": [
                {
                    "platform": one.platform,
                    "manifest": one.manifest.digest,
                    "config": _config_platform(one),
                }
                for one in found.platforms
            ],
        }
        wanted = f"Wanted: {', '.join(self.platforms)}" + ("" if self.others else ", once each")
        missing = [name for name in self.platforms if name not in listed]
        twice = [name for name in self.platforms if listed.count(name) > 1]
        extra = [name for name in listed if name not in self.platforms]
        if missing or twice or (extra and not self.others):
            return Finding(False, f"{has}.\n{wanted}.", evidence)
        for one in found.platforms:
            if _config_platform(one) != one.platform:
                message = (
                    f"$REGISTRY/{name} lists an image for {one.platform}, but the config of that "
                    f"image says {_config_platform(one)}.\n"
                    "Wanted: both say the same. Does the last FROM name a platform?"
                )
                return Finding(False, message, evidence)
            foreign = foreign_programs(one)
            if foreign is not None:
                return Finding(False, foreign.message, {**evidence, "foreign": foreign.evidence})
        return Finding(True, f"{has}, each with an image of its own.", evidence)


@dataclass(frozen=True, slots=True)
class NativeCompile:
    """``native_compile``: the build for another platform works with emulation switched off.

    Args:
        edit: A file of the context to which a random line is added first, so that the compiler
            runs and its result does not come from the cache.
        line: The line to add; ``{random}`` stands for the random part.
        platforms: The platforms to build for, as ``linux/arm64``; empty: those of the command.
            At least two, since for a single one BuildKit does not say where each RUN ran.
    """

    edit: str
    line: str = "{random}"
    platforms: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.platforms) == 1:
            raise ValueError("platforms names one; it must name none or at least two")
        check_line(self.line)

    def measure(self, workbench: Workbench) -> Finding:
        with (
            with_line(workbench, self.edit, self.line),
            workbench.turns.alone(),
            workbench.sandbox.emulation.switched_off(),
        ):
            build = workbench.builds.get(options=_for(*self.platforms), only_run=True)
        where = f" for {','.join(self.platforms)}" if self.platforms else ""
        runs = [v for v in build.trace.vertexes if v.kind == "run"]
        evidence = {
            "platforms": list(self.platforms),
            "exit_code": build.exit_code,
            "duration_s": round(build.duration_s, 3),
            "runs": [{"vertex": v.name, "ran_on": ran_on(v), "state": v.state.value} for v in runs],
        }
        if not build.ok:
            return self._failed(build, where, runs, evidence)
        # If an earlier build ran a RUN under emulation, the RUN now comes from the cache, and does
        # not need emulation.
        other = workbench.sandbox.emulation.platform
        old = [v for v in runs if ran_on(v) == other and v.state != "ran"]
        if old:
            message = (
                f"With emulation switched off it built{where}, but with a cached RUN that ran "
                f"under emulation in an earlier build:\n  {_line(old[0])}\n"
                f"Wanted: no RUN on {other}."
            )
            return Finding(False, message, {**evidence, "emulated": [v.name for v in old]})
        return Finding(
            True,
            f"With emulation switched off it built{where} in {build.duration_s:.1f} s: every RUN "
            "ran on this machine's own platform.",
            evidence,
        )

    def _failed(
        self, build: Build, where: str, runs: list[Vertex], evidence: dict[str, object]
    ) -> Finding:
        begin = f"With emulation switched off the build{where} ended with exit code"
        broken = [v for v in runs if v.error is not None]
        emulated = [v for v in broken if _CANNOT_RUN in f"{v.log}{v.error}{build.message}"]
        if emulated:
            message = (
                f"{begin} {build.exit_code}: {_CANNOT_RUN}.\n"
                f"  {_line(emulated[0])}\n"
                f"That RUN is on {ran_on(emulated[0]) or 'another platform'}, which this machine "
                "cannot run by itself.\nWanted: every RUN is on the platform that builds."
            )
            more = {"emulated": [v.name for v in emulated], "stderr": tail(build.message)}
            return Finding(False, message, {**evidence, **more})
        message = f"{begin} {build.exit_code}:\n{reason(build)}\nWanted: it builds."
        return Finding(False, message, evidence)


@dataclass(frozen=True, slots=True)
class BinaryArch:
    """``binary_arch``: each platform's image holds a program for that platform.

    The same must hold for the shell and for the program that a container starts with. The check
    reads programs from the layers and runs them only if ``prints`` is given.

    Args:
        path: The program's path in the image.
        platforms: The platforms to look at, as ``linux/arm64``.
        image: The name of the pushed image, without ``$REGISTRY/``; empty: the command names
            none, and the check builds for each platform.
        static: Whether the program must be linked statically.
        prints: Texts that the image's own command must print on each platform, under emulation
            if necessary; placeholders as in ``runs``.
    """

    path: str
    platforms: tuple[str, ...]
    image: str = ""
    static: bool = True
    prints: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.platforms:
            raise ValueError("platforms is empty; it must name at least one")
        if not self.path.startswith("/"):
            raise ValueError(f"path is {self.path!r}; it must begin with /")

    def measure(self, workbench: Workbench) -> Finding:
        facts, found = [], {}
        for platform in self.platforms:
            finding = self._look(workbench, platform)
            found[platform] = finding.evidence
            if not finding.passed:
                return Finding(False, finding.message, {"path": self.path, "found": found})
            facts.append(finding.message)
        return Finding(True, "\n".join(facts), {"path": self.path, "found": found})

    def _look(self, workbench: Workbench, platform: str) -> Finding:
        options = () if self.image else _for(platform)
        workbench.builds.require(options=options)
        name = workbench.values.expand(self.image) or None
        image = workbench.pushed(name) if name else workbench.image(options=options)
        if image is None:
            return not_pushed(workbench.values.expand(self.image))
        one = next((p for p in image.platforms if p.platform == platform), None)
        if one is None:
            return Finding(
                False,
                f"There is no image for {platform}; the platforms are: {_platforms(image)}.\n"
                f"Wanted: an image for {platform}, with a program for it.",
            )
        finding = self._judge(one, platform)
        if not finding.passed or not self.prints:
            return finding
        ran = workbench.run(
            options=options, image=name, platform=platform, timeout_s=_EMULATED_RUN_TIMEOUT_S
        )
        wanted = [workbench.values.expand(text) for text in self.prints]
        missing = [text for text in wanted if text not in ran.stdout]
        evidence = {**finding.evidence, "exit_code": ran.exit_code, "stdout": tail(ran.stdout)}
        if missing or ran.exit_code != 0:
            ended = "" if ran.exit_code == 0 else f"{end_of(ran.exit_code)} and "
            message = (
                f"On {platform} a container of the image {ended}printed: "
                f"{tail(ran.stdout) or tail(ran.stderr) or 'nothing'}\n"
                f"Wanted: {'; '.join(missing or wanted)}."
            )
            return Finding(False, message, {**evidence, "missing": missing})
        return Finding(True, f"{finding.message} It prints what is wanted.", evidence)

    def _judge(self, one: PlatformImage, platform: str) -> Finding:
        """Whether the file and the other programs of its image are for the platform."""
        architecture = platform.split("/")[1]
        here = f"{self.path} in the image for {platform}"
        wanted = f"Wanted: a program for {platform}."
        head = one.read(self.path, most_bytes=HEAD_BYTES)
        if head is None:
            return Finding(False, f"There is no {here}.\n{wanted}")
        program = read_program(head)
        if program is None:
            return Finding(
                False,
                f"{here} is not an ELF program: it begins with {beginning_of(head)}.\n{wanted}",
            )
        evidence = {"architecture": program.architecture, "interpreter": program.interpreter}
        if program.architecture != architecture:
            message = f"{here} is a program for {program.architecture}.\n{wanted}"
            return Finding(False, message, evidence)
        if self.static and program.interpreter is not None:
            message = (
                f"{here} needs {program.interpreter} and libraries to start.\n"
                "Wanted: a statically linked program."
            )
            return Finding(False, message, evidence)
        foreign = foreign_programs(one)
        if foreign is not None:
            return foreign
        return Finding(True, f"{here} is a program for {program.architecture}.", evidence)


def ran_on(vertex: Vertex) -> str | None:
    """The platform on which a RUN ran; None if the build named no platform."""
    return vertex.build_platform or vertex.platform


def _for(*platforms: str) -> tuple[str, ...]:
    return (f"--platform={','.join(platforms)}",) if platforms else ()


def _platforms(image: Image) -> str:
    return ", ".join(one.platform for one in image.platforms) or "nothing"


def _config_platform(one: PlatformImage) -> str:
    """The platform in the image's config; the config may leave out the variant."""
    said = f"{one.config.os}/{one.config.architecture}"
    return one.platform if one.platform.startswith(f"{said}/") else said


def _count(names: list[str]) -> str:
    return f"{len(names)} platform{'' if len(names) == 1 else 's'}"


def _line(vertex: Vertex) -> str:
    return " ".join(vertex.name.split())[:160]
