"""The parts of an image that depend on a secret, in whatever form, found by builds with another.

A trait of the image is a leak if it is the same in two builds with one value of the secret, the
same in two builds with another value, and not the same with both. A trait that is new in every
build cannot be judged so; for it, there is the search for the secret (``checker.checks.leaks``).

Most images need one more build: if it gives away the same, nothing depends on the secret.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from checker.checks.leaks import Leak, shortened

if TYPE_CHECKING:
    from checker.workbench.workbench import Workbench
    from sandbox import Build, Image, Trait

_Traits = Mapping[tuple[bool, "Trait"], str]
"""The fingerprint of each trait; true: of the exported cache, false: of the image."""


class OtherBuildError(Exception):
    """The build with another value of a secret ended with an error."""

    def __init__(self, build: Build) -> None:
        super().__init__(build.message)
        self.build = build


def find_dependence(
    workbench: Workbench, secret: str, image: Image, cache: Image, *, known: Collection[str]
) -> tuple[Leak, ...]:
    """Find everything in an image and in the cache of its build that depends on a secret.

    Args:
        workbench: Has made the plain build.
        secret: The name of the secret's variable.
        image: The image of the plain build.
        cache: Its exported cache.
        known: Digests of layers that are older than the secret.

    Raises:
        OtherBuildError: With another value of the secret, the build ended with an error.
    """

    def traits(*names: str, number: int = 0) -> _Traits:
        """The traits of a build in which the secrets with these names have other values."""
        values = workbench.values.exchanged(names)
        changed = {name: values.secrets[name] for name in names}
        given = workbench.builds.once_more(changed, number=number)
        if not given.build.ok:
            raise OtherBuildError(given.build)
        ended = given.build.started + timedelta(seconds=given.build.duration_s)
        # It may have reused layers of the plain build, with times of that build.
        return _traits(
            workbench, (given.image, given.cache), (began, ended), values.proofs(), known
        )

    plain = workbench.builds.require()
    began, ended = plain.started, plain.started + timedelta(seconds=plain.duration_s)
    first = _traits(workbench, (image, cache), (began, ended), workbench.values.proofs(), known)
    # All secrets of the exercise at once, since most gradings need no more than this build.
    names = tuple(workbench.values.secrets)
    other = traits(*names)
    found = {trait for trait in (*first, *other) if first.get(trait) != other.get(trait)}
    if found and names != (secret,):
        names = (secret,)
        other = traits(secret)
        found = {trait for trait in found if first.get(trait) != other.get(trait)}
    if found:
        same = traits()
        found = {trait for trait in found if first.get(trait) == same.get(trait)}
    if found:
        again = traits(*names, number=1)
        found = {trait for trait in found if other.get(trait) == again.get(trait)}
    ordered = [trait for trait in dict.fromkeys((*first, *other)) if trait in found]
    hidden = [
        values.secrets[secret]
        for values in (workbench.values, workbench.values.exchanged([secret]))
    ]
    return tuple(dict.fromkeys(leak.without(hidden) for leak in _leaks(ordered, image, cache)))


def _traits(
    workbench: Workbench,
    images: tuple[Image, Image],
    made: tuple[datetime, datetime],
    proofs: tuple[bytes, ...],
    known: Collection[str],
) -> _Traits:
    return {
        (is_cache, trait): mark
        for is_cache, one in zip((False, True), images, strict=True)
        for trait, mark in workbench.traits(one, allowed=proofs, known=known, made=made).items()
    }


def _leaks(found: Collection[tuple[bool, Trait]], image: Image, cache: Image) -> Iterator[Leak]:
    for is_cache, trait in found:
        made_by = None
        if trait.layer is not None:
            layers = (cache if is_cache else image).platform(trait.platform).layers
            made_by = next((x.instruction for x in layers if x.number == trait.layer), None)
        where = f"the time of {trait.where}" if trait.is_time else trait.where
        if is_cache:
            yield Leak("cache", f"{where} in the exported cache", None, path=trait.where)
        elif trait.layer is not None:
            what = f"{where} in layer {trait.layer}"
            what += f" ({shortened(made_by)})" if made_by else ""
            yield Leak(trait.place.value, what, None, path=trait.where, instruction=made_by)
        else:
            yield Leak(trait.place.value, f"the {trait.place} of the image, at {trait.where}", None)
