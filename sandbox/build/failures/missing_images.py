"""Explains why an image was not found: a misspelt stage, no such image, no such platform."""

from __future__ import annotations

import re

from sandbox.build.failures.evidence import Advice, Evidence
from sandbox.build.failures.missing_features import FEATURES, FRONT_ENDS
from sandbox.build.failures.suggestion import did_you_mean, listed, nearest
from sandbox.images.recipe import base_images, catalog, tags_of, wanted

_UNRESOLVED = re.compile(
    r"(?:(?P<written>\S+): )?failed to resolve source metadata for (?P<image>[^\s:]\S*): "
    r"(?P<why>.*?)(?: \(did you mean (?P<meant>\S+)\?\))?$"
)
_NO_PLATFORM = "no match for platform in manifest"
_FROM_PLATFORM = re.compile(r"--platform=(\S+)")
_HUB = "docker.io/"
_STAND_INS = {
    "alpine": "lab/busybox",
    "buildpack-deps": "lab/debian",
    "golang": "lab/go",
    "ubuntu": "lab/debian",
}
"""Images of Docker Hub whose place an image of the lab with another name can take."""
_ARCHITECTURES = {"x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64"}


def explain_missing_image(evidence: Evidence) -> Advice | None:
    """Advice for an image that was not found; None for other failures."""
    found = _UNRESOLVED.search(evidence.said)
    if found is None:
        return None
    image = found["image"]
    if found["why"].startswith(_NO_PLATFORM):
        return _no_platform(evidence, image)
    if not found["why"].endswith("not found"):
        return None
    stage = _misspelt_stage(evidence, found["written"] or "", found["meant"])
    return stage or _no_image(evidence, image)


# -- stages ----------------------------------------------------------------------------


def _misspelt_stage(evidence: Evidence, written: str, meant: str | None) -> Advice | None:
    if not re.fullmatch(r"[\w.-]+", written) or evidence.stages is None:
        return None
    stages = evidence.stages.stages
    names = [stage.name for stage in stages if stage.named] + list(evidence.named_contexts)
    meant = meant or nearest(written, names)
    is_base = evidence.marked.upper().startswith("FROM ")
    may_be_stage = len(stages) > 1 and not is_base and _near_image(written) is None
    if meant is None and not may_be_stage:
        return None
    there = f"The stages with a name are: {listed(names)}." if names else "No stage has a name."
    return Advice(
        "write the name of a stage; `FROM … AS NAME` gives it one",
        f"No stage is called {written}, so BuildKit looked for an image of that name. {there}"
        f"{did_you_mean(meant)}",
    )


# -- platforms -------------------------------------------------------------------------


def _no_platform(evidence: Evidence, image: str) -> Advice:
    name = _short(image)
    own = _FROM_PLATFORM.search(evidence.marked)
    if own is not None and "$" not in own[1]:
        asked = [own[1]]
    else:
        asked = [one for value in evidence.values("--platform") for one in value.split(",")]
    recipe = wanted(image)
    if recipe is None:
        platform = f" for {', '.join(asked)}" if asked else " for this platform"
        return Advice(
            f"`docker buildx imagetools inspect {name}` lists the platforms that it has",
            f"There is an image {name}, but not{platform}.",
        )
    there = recipe.platforms
    missing = [one for one in asked if _normal(one) not in there]
    said = f"{name} is made for {' and '.join(there)}"
    if not missing:
        return Advice("build for one of these platforms with --platform", f"{said} only.")
    wrong = _normal(missing[0])
    # Compared part by part: `linux/` makes any two of them alike.
    meant = nearest(wrong, (one for one in there if _is_like(wrong, one)))
    option = f"--platform {missing[0]}"
    return Advice(
        "write a platform that the base image has, or begin with an image that has yours",
        f"`{option}` names a platform that the base image does not have: {said}."
        f"{did_you_mean(meant)}",
    )


def _is_like(platform: str, other: str) -> bool:
    parts = zip(platform.split("/"), other.split("/"), strict=False)
    return all(nearest(part, [of_other]) for part, of_other in parts)


def _normal(platform: str) -> str:
    """A platform as images have it: ``aarch64`` is ``linux/arm64``."""
    parts = platform.lower().split("/")
    parts = parts if len(parts) > 1 else ["linux", *parts]
    parts[1] = _ARCHITECTURES.get(parts[1], parts[1])
    return "/".join(parts[:2] if parts[1:] in (["arm64", "v8"], ["amd64", "v1"]) else parts)


# -- images ----------------------------------------------------------------------------


def _no_image(evidence: Evidence, image: str) -> Advice:
    if not image.startswith(_HUB):
        return Advice(
            f"correct the name, or push the image first: `docker buildx build --push --tag "
            f"{_without_latest(image)} .`",
            f"The registry has no image {_without_latest(image)}.",
        )
    repository, _, digest = image.removeprefix(_HUB).partition("@")
    repository = repository.partition(":")[0]
    # Without those such as 1.7.1, which also lead to the image of 1.7.
    tags = [tag for tag in tags_of(repository) if tag.count(".") < 2]
    if digest and tags:
        return Advice(
            "leave the digest out; the lab makes its images itself, so theirs are others",
            f"The lab has {repository}, but not with this digest.",
        )
    if (recipe := wanted(image)) is not None:
        return Advice(
            f"`sandbox warm {recipe.name}`, then build again",
            f"{repository} is an image of the lab that is not made yet in this sandbox.",
        )
    is_front_end = evidence.marked.startswith("#")
    features = f" {FEATURES}" if repository in FRONT_ENDS else ""
    if tags:
        more = ", or leave the `# syntax=` line out" if is_front_end else ""
        return Advice(
            f"write one of these tags{more}",
            f"The lab has {repository} with these tags: {', '.join(tags)}.{features}",
        )
    if is_front_end:
        return Advice(
            "correct the name, or leave the `# syntax=` line out: the engine can read Dockerfiles",
            f"The lab has no front end {_short(image)}.{features}"
            f"{did_you_mean(nearest(repository, catalog()))}",
        )
    is_own = repository.startswith("lab/")
    missing = f"The lab has no image {repository}." if is_own else "The lab has no Docker Hub."
    return Advice(
        "write the name of one of these (`sandbox images` lists them)"
        + ("" if is_own else "; for others, `sandbox up --online` lets builds reach the internet"),
        f"{missing} Base images here: {', '.join(base_images())}.{_suggestion(repository)}",
    )


def _suggestion(repository: str) -> str:
    stand_in = _STAND_INS.get(repository.rpartition("/")[2])
    if stand_in is not None:
        return f" {stand_in} may do in its place."
    return did_you_mean(_near_image(repository))


def _near_image(repository: str) -> str | None:
    """The lab's image with a name like that of another one."""
    last = repository.rpartition("/")[2]
    # Compared without `lab/`, which makes any two of them alike.
    near = nearest(last, (name.removeprefix("lab/") for name in base_images()))
    return f"lab/{near}" if near is not None else None


def _short(image: str) -> str:
    return _without_latest(image).removeprefix(_HUB).removeprefix("library/")


def _without_latest(image: str) -> str:
    return image.removesuffix(":latest")
