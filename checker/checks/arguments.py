"""Checks of the effects of build arguments."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checker.checks.amounts import end_of, tail
from checker.checks.edits import again_s
from checker.checks.images import RUN_TIMEOUT_S, base_layers
from checker.results import Finding
from checker.workbench.build_failures import reason

if TYPE_CHECKING:
    from checker.workbench.workbench import Workbench
    from sandbox import Build


@dataclass(frozen=True, slots=True)
class BuildArg:
    """``build_arg``: an argument given with ``--build-arg`` has the wanted effect.

    Args:
        name: The argument's name.
        contains: Texts that a container of the image must print; ``{value}`` stands for the
            argument's value, other placeholders are as in ``runs``.
        value: The value to give; None: a random one, new in each grading.
        default: The value that holds without ``--build-arg``: the container then prints
            ``contains`` with it. None: the default is not checked.
        keeps: Marked scripts that a build without the argument runs, and one with it reuses.
        base: The base image that the build with the argument must use, such as
            ``lab/{value}``; None: the base is not checked.
    """

    name: str
    contains: tuple[str, ...] = ()
    value: str | None = None
    default: str | None = None
    keeps: tuple[str, ...] = ()
    base: str | None = None

    def __post_init__(self) -> None:
        if not (self.contains or self.keeps or self.base):
            raise ValueError("contains, keeps and base are empty, so nothing would be checked")

    def measure(self, workbench: Workbench) -> Finding:
        value = secrets.token_hex(4) if self.value is None else self.value
        facts: list[str] = []
        evidence: dict[str, object] = {"argument": self.name, "value": value}
        for finding in self._findings(workbench, value):
            evidence |= finding.evidence
            if not finding.passed:
                return Finding(False, finding.message, evidence)
            facts.append(finding.message)
        return Finding(True, "\n".join(facts), evidence)

    def _findings(self, workbench: Workbench, value: str) -> Iterator[Finding]:
        """Yield a finding for each wanted effect; each effect is measured on demand."""
        plain = workbench.builds.require()
        if self.default is not None:
            yield self._shown(workbench, "Without --build-arg", (), self.default)
        given = f"With --build-arg {self.name}={value}"
        options = (f"--build-arg={self.name}={value}",)
        build = workbench.builds.get(options=options)
        if not build.ok:
            ended = f"{given}, the build ended with exit code {build.exit_code}:"
            message = f"{ended}\n{reason(build)}\nWanted: it builds."
            yield Finding(False, message, {"exit_code": build.exit_code})
        if self.keeps:
            yield self._kept(workbench, given, plain, build)
        if self.base is not None:
            yield self._based(workbench, given, options, self.base.replace("{value}", value))
        if self.contains:
            yield self._shown(workbench, given, options, value)

    def _kept(self, workbench: Workbench, given: str, plain: Build, build: Build) -> Finding:
        """Whether the build with the argument reused the scripts that ran without it."""
        never = [name for name in self.keeps if not workbench.find_work(plain, name)]
        if never:
            message = (
                f"Without --build-arg, {' and '.join(never)} never ran, or its output was "
                "thrown away.\nWanted: it runs there, so that the next build can reuse it."
            )
            return Finding(False, message, {"never_ran": never})
        again = {name: again_s(workbench, plain, build, name) for name in self.keeps}
        took_s = {name: seconds for name, seconds in again.items() if seconds is not None}
        if took_s:
            ran = ", ".join(f"{name} ran again ({took_s[name]:.1f} s)" for name in took_s)
            message = f"{given}, {ran}.\nWanted: {' and '.join(took_s)} reused."
            return Finding(False, message, {"ran_again_s": took_s})
        return Finding(True, f"{given}, {' and '.join(self.keeps)} came from the cache.")

    def _based(
        self, workbench: Workbench, given: str, options: tuple[str, ...], base: str
    ) -> Finding:
        """Whether the layers of the image begin with those of its base."""
        image = workbench.image(options=options).platform()
        if not base_layers(image, workbench.base_image(base)):
            lowest = image.layers[0].instruction if image.layers else "nothing"
            message = (
                f"{given}, the image does not begin with the layers of {base}: its lowest layer "
                f"was made by {lowest}.\nWanted: it is built on {base}."
            )
            return Finding(False, message, {"base": base})
        return Finding(True, f"{given}, the image is built on {base}.", {"base": base})

    def _shown(
        self, workbench: Workbench, when: str, options: tuple[str, ...], value: str
    ) -> Finding:
        """Whether a container of the image prints the wanted texts."""
        result = workbench.run(options=options, timeout_s=RUN_TIMEOUT_S)
        wanted = [workbench.values.expand(text.replace("{value}", value)) for text in self.contains]
        missing = [text for text in wanted if text not in result.stdout]
        evidence = {
            "exit_code": result.exit_code,
            "stdout": tail(result.stdout),
            "missing": missing,
        }
        if result.exit_code != 0 or result.timed_out or missing:
            ended = "" if result.exit_code == 0 else f"{end_of(result.exit_code)} and "
            printed = tail(result.stdout) or tail(result.stderr) or "nothing"
            message = (
                f"{when}, the container {ended}printed: {printed}\n"
                f"Wanted: {'; '.join(missing or wanted)}."
            )
            return Finding(False, message, evidence)
        return Finding(True, f"{when}, the container printed {'; '.join(wanted)}.", evidence)
