"""Checks that the image builds, and that its container prints the wanted output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from checker.checks.amounts import tail, tail_of_error
from checker.results import Finding, Verdict

if TYPE_CHECKING:
    from checker.workbench.workbench import Workbench
    from sandbox import Image, PlatformImage

RUN_TIMEOUT_S = 10.0
"""Seconds that a container may take if the exercise sets no limit."""


@dataclass(frozen=True, slots=True)
class Builds:
    """``builds``: the target builds without an error and without any cache.

    Args:
        target: The stage to build; None: the default.
    """

    target: str | None = None

    def measure(self, workbench: Workbench) -> Finding:
        build = workbench.builds.require(target=self.target)
        ran = [v for v in build.trace.vertexes if v.stage is not None and v.intervals]
        return Finding(
            True,
            f"It built in {build.duration_s:.1f} s.",
            {"duration_s": round(build.duration_s, 3), "vertexes": len(ran)},
        )


@dataclass(frozen=True, slots=True)
class Runs:
    """``runs``: a container of the image ends with the exit code and prints the texts.

    In texts, ``{nonce}`` and ``{work:NAME}`` stand for this grading's random values.

    Args:
        contains: Texts that standard output must hold.
        args: Arguments for the container; none: the image's own command.
        exit_code: The exit code that the container must end with.
        target: The stage to build; None: the default.
        image: The name of the pushed image, without ``$REGISTRY/``; None: the command names none.
        platform: The platform to build for and to run on, as ``linux/arm64``; None: the default.
        run_timeout_s: Seconds that the container may take.
    """

    contains: tuple[str, ...]
    args: tuple[str, ...] = ()
    exit_code: int = 0
    target: str | None = None
    image: str | None = None
    platform: str | None = None
    run_timeout_s: float = RUN_TIMEOUT_S

    def measure(self, workbench: Workbench) -> Finding:
        image = None if self.image is None else workbench.values.expand(self.image)
        if image is not None:
            workbench.builds.require(target=self.target)
            if workbench.pushed(image) is None:
                return not_pushed(image)
        asks = self.platform is not None and image is None
        result = workbench.run(
            *self.args,
            target=self.target,
            options=(f"--platform={self.platform}",) if asks else (),
            image=image,
            platform=self.platform,
            timeout_s=self.run_timeout_s,
        )
        wanted = [workbench.values.expand(text) for text in self.contains]
        missing = [text for text in wanted if text not in result.stdout]
        evidence = {
            "exit_code": result.exit_code,
            "stdout": tail(result.stdout),
            "stderr": tail(result.stderr),
            "missing": missing,
        }
        if result.timed_out:
            message = (
                f"The container was still running after {result.duration_s:.1f} s.\n"
                f"Wanted: it ends by itself within {self.run_timeout_s:g} s."
            )
            return Finding(False, message, evidence, Verdict.TIMEOUT)
        printed = tail(result.stdout) or "nothing"
        if result.exit_code != self.exit_code:
            message = (
                f"The container ended with exit code {result.exit_code} and printed: {printed}"
                + (f"\nOn stderr: {tail_of_error(result.stderr)}" if result.stderr.strip() else "")
                + f"\nWanted: exit code {self.exit_code}."
            )
            return Finding(False, message, evidence)
        if missing:
            message = f"The container printed: {printed}\nWanted, but missing: {'; '.join(missing)}"
            return Finding(False, message, evidence)
        fact = f"The container ended with exit code {result.exit_code} in {result.duration_s:.1f} s"
        return Finding(True, f"{fact}, and printed what was wanted.", evidence)


def not_pushed(name: str) -> Finding:
    """The finding for an image that the registry does not have."""
    return Finding(
        False,
        f"There is no $REGISTRY/{name} in the registry after the build.\n"
        "Wanted: the build pushes an image of that name.",
        {"image": name},
    )


def base_layers(image: PlatformImage, base: Image | None) -> int:
    """The number of layers that an image has from its base.

    Args:
        image: The image that was built.
        base: The possible base image; None: it does not exist.

    Returns:
        The number of the base's layers, or 0 when the image does not begin with all of them.
    """
    if base is None:
        return 0
    of_its_platform = [one for one in base.platforms if one.platform == image.platform]
    wanted = [layer.diff_id for layer in (of_its_platform or base.platforms)[0].layers]
    return len(wanted) if [one.diff_id for one in image.layers][: len(wanted)] == wanted else 0
