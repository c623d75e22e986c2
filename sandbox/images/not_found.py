"""What to do when a build does not find an image that the lab has, or has under another name."""

from __future__ import annotations

import difflib
import re

from sandbox.images.recipe import base_images, tags_of, wanted

NOT_FOUND = re.compile(r"(?:docker\.io|localhost:\d+)/([^\s\"@]+)(@[^\s\"]+)?: not found")
"""docker's and BuildKit's message about an image that the sandbox's registry does not have: the
image's name, and its digest.
"""
FRONT_ENDS = ("docker/dockerfile", "docker/dockerfile-upstream")
_NO_FEATURE = re.compile(r"unknown flag: --(?:parents|security)\b|device feature is only supported")
_FEATURES = (
    "the sandbox has the Dockerfile front end of its BuildKit 0.25: docker/dockerfile up to 1.19, "
    "and labs up to 1.6, with heredocs, --link and --exclude, and without COPY --parents, "
    "RUN --device and RUN --security"
)


def advise(message: str) -> str | None:
    """The next step after a failed build.

    Args:
        message: BuildKit's report of the failure.

    Returns:
        None when the build did not ask for an image, or for a feature, of the lab's.
    """
    if _NO_FEATURE.search(message):
        return f"write the instruction without it: {_FEATURES}"
    found = NOT_FOUND.search(message)
    if found is None:
        return None
    reference, digest = found.groups()
    if (recipe := wanted(reference)) is None:
        return _advise_on_name(reference.partition(":")[0])
    if digest:
        return f"write {reference} without the digest: the lab makes its images on this machine"
    return f"`sandbox warm {recipe.name}` makes it; then build again"


def _advise_on_name(repository: str) -> str | None:
    """The next step for somebody who asked for an image that the lab does not have."""
    if (features := front_end_features(repository)) is not None:
        return f"write `# syntax=docker/dockerfile:1`: {features}"
    if tags := tags_of(repository):
        return f"the lab has {repository} with these tags: {', '.join(tags)}"
    if repository.startswith("lab/"):
        near = difflib.get_close_matches(repository, base_images(), n=1)
        meant = f"did you mean {near[0]}? " if near else ""
        return f"{meant}`sandbox images` lists the images that the lab has"
    return None


def front_end_features(repository: str) -> str | None:
    """What the lab's front end can do, as a clause; None for the name of another image."""
    return _FEATURES if repository in FRONT_ENDS else None
