"""Attestations of a pushed image: provenance (how it was built) and SBOM (what it contains)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checker.checks.amounts import together
from checker.checks.images import not_pushed
from checker.results import Finding

if TYPE_CHECKING:
    from checker.workbench.workbench import Workbench
    from sandbox import Attestation, Image, PlatformImage
    from sandbox import Provenance as Told

_MODES = ("min", "max")
_SHOWN = 12  # how many packages of a list a message names


@dataclass(frozen=True, slots=True)
class ProvenanceCheck:
    """``provenance``: each platform's image has provenance of this build, in the wanted mode.

    Args:
        image: The name of the pushed image, without ``$REGISTRY/``.
        platforms: The wanted platforms, as ``linux/arm64``.
        mode: ``max`` holds the build's steps, its arguments and the Dockerfile; ``min`` does not.
        arguments: Variables of the exercise that the provenance must list as build arguments,
            each with its value. Only ``max`` lists arguments.
        hides: Texts that must not be in the image, nor in any name of what was pushed, as
            ``{variable:TOKEN}``; placeholders as in ``runs``.
    """

    image: str
    platforms: tuple[str, ...]
    mode: str = "max"
    arguments: tuple[str, ...] = ()
    hides: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.platforms:
            raise ValueError("platforms is empty; it must name at least one")
        if self.mode not in _MODES:
            raise ValueError(f"mode is {self.mode!r}, there are: {', '.join(_MODES)}")
        if self.arguments and self.mode == "min":
            raise ValueError("arguments need mode max: provenance of mode min lists none")

    def measure(self, workbench: Workbench) -> Finding:
        workbench.builds.require()
        image = workbench.pushed(self.image)
        if image is None:
            return not_pushed(self.image)
        evidence: dict[str, object] = {"image": self.image, "digest": image.digest}
        facts = []
        for platform in self.platforms:
            own, missing = _attached(image, platform)
            if own is None:
                return Finding(False, f"{missing}\n{self._wanted()}", evidence)
            told = next((one.provenance for one in own if one.provenance is not None), None)
            fault = self._fault(workbench, told)
            if fault or told is None:
                fact = f"For {platform} $REGISTRY/{self.image} has {fault or 'no provenance'}."
                return Finding(False, f"{fact}\n{self._wanted()}", evidence)
            evidence[platform] = _summary(told)
            facts.append(f"{platform}: mode={told.mode}, {told.steps} steps")
        if given_away := self._given_away(workbench, image):
            fact, where = given_away
            return Finding(False, fact, {**evidence, "given_away": where})
        more = f", with the value of {', '.join(self.arguments)}" if self.arguments else ""
        return Finding(True, f"Provenance for {'; '.join(facts)}{more}.", evidence)

    def _given_away(self, workbench: Workbench, image: Image) -> tuple[str, Sequence[str]] | None:
        """What is said of a text that is not hidden, and its places; None if all are hidden."""
        for text in self.hides:
            value, name = workbench.values.expand(text), text.strip("{}").partition(":")[2]
            places = [
                f"{one.place.value}, {one.key or one.path}" for one in image.find(value.encode())
            ]
            if places:
                return (
                    f"{name} can be read in $REGISTRY/{self.image}: {places[0]}.\n"
                    "Wanted: it is nowhere in the image, since everybody who pulls the image can "
                    "read it.",
                    places,
                )
            pushed = workbench.pushed_names()
            names = [f"$REGISTRY/{one.replace(value, '…')}" for one in pushed if value in one]
            if names:
                return (
                    f"The value of {name} is part of a name in the registry: {names[0]}.\n"
                    "Wanted: it is in no name, since everybody can read the names.",
                    names,
                )
        return None

    def _wanted(self) -> str:
        names, platforms = together(self.arguments), together(self.platforms)
        tells = f", with the value that {names} had" if names else ""
        return f"Wanted: provenance of mode={self.mode} for {platforms}{tells}."

    def _fault(self, workbench: Workbench, told: Told | None) -> str | None:
        """The fault of the image's provenance; None if the provenance is the wanted one."""
        if told is None:
            return "no provenance"
        if told.mode != self.mode:
            return f"provenance of mode={told.mode}, which lists {told.steps} steps of the build"
        known = dict(told.build_args)
        for name in self.arguments:
            if known.get(name) != workbench.values.expand(f"{{variable:{name}}}"):
                says = f"lists {name}={known[name]}" if name in known else f"does not list {name}"
                return f"provenance of another build: it {says}"
        return None


@dataclass(frozen=True, slots=True)
class SbomCheck:
    """``sbom``: each platform's image has an SBOM that lists the wanted packages.

    Args:
        image: The name of the pushed image, without ``$REGISTRY/``.
        platforms: The wanted platforms, as ``linux/arm64``; empty: all that the image has.
        packages: ``NAME VERSION`` or ``NAME``; placeholders as in ``runs``. Empty: any package.
    """

    image: str
    platforms: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()

    def measure(self, workbench: Workbench) -> Finding:
        workbench.builds.require()
        name = workbench.values.expand(self.image)
        image = workbench.pushed(name)
        if image is None:
            return not_pushed(name)
        platforms = self.platforms or tuple(one.platform for one in image.platforms)
        evidence: dict[str, object] = {"image": name, "digest": image.digest}
        wanted = [workbench.values.expand(text) for text in self.packages]
        among = f", with {', '.join(wanted)}" if wanted else ""
        needs = f"Wanted: an SBOM for {together(platforms)}{among}."
        counts = []
        for platform in platforms:
            own, missing = _attached(image, platform)
            if own is None:
                return Finding(False, f"{missing}\n{needs}", evidence)
            lists = [one.sbom for one in own if one.sbom is not None]
            if not lists:
                fact = f"For {platform} $REGISTRY/{name} has no SBOM."
                return Finding(False, f"{fact}\n{needs}", evidence)
            packages = [package for one in lists for package in one.packages]
            listed = [f"{package.name} {package.version}" for package in packages]
            names = {*listed, *(package.name for package in packages)}
            evidence[platform] = listed
            absent = [text for text in wanted if text not in names]
            if absent or not listed:
                shown = ", ".join(listed[:_SHOWN]) + (", …" if len(listed) > _SHOWN else "")
                lacks = f", and not {', '.join(absent)}" if absent else ""
                message = (
                    f"The SBOM for {platform} lists {len(listed)} packages "
                    f"({shown or 'none'}){lacks}.\n{needs}"
                )
                return Finding(False, message, evidence)
            counts.append(f"{platform}: {len(listed)} packages")
        among = f", {', '.join(wanted)} among them" if wanted else ""
        message = f"SBOM for {'; '.join(counts)}{among}."
        return Finding(True, message, evidence)


def _attached(image: Image, platform: str) -> tuple[tuple[Attestation, ...] | None, str]:
    """The attestations of one platform's image, or None and the reason if there is no image."""
    found = next((one for one in image.platforms if one.platform == platform), None)
    if found is None:
        there = ", ".join(one.platform for one in image.platforms) or "no platform"
        return None, f"There is no image for {platform}; what was pushed is for {there}."
    return tuple(one for one in found.attestations if _is_about(one, found)), ""


def _is_about(attestation: Attestation, image: PlatformImage) -> bool:
    """Whether the statement names this image itself, not only a manifest that refers to it."""
    return image.manifest.digest.partition(":")[2] in attestation.statement


def _summary(told: Told) -> dict[str, object]:
    return {
        "mode": told.mode,
        "version": told.version,
        "steps": told.steps,
        "build_args": dict(told.build_args),
        "materials": [material.uri for material in told.materials],
    }
