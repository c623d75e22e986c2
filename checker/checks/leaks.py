"""The places where a secret can be read, each with the instruction that put it there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox import Build, Image, Occurrence

_WIDE = 80  # characters of an instruction that a message shows
_LONG = 40  # characters of a line of a key that is long enough to be unique
_LEAVE_LAYERS = ("run", "copy", "add", "workdir")
_APART = 3  # least ratio of the times since the second-latest and the latest vertex ended


@dataclass(frozen=True, slots=True)
class Leak:
    """One place where a secret was found.

    Args:
        where: The kind of place: ``file``, ``history``, ``cache``, ``log``, …
        what: The place in words.
        form: The encoding of the secret there; None: as it is.
        document: Digest of the layer or the JSON document; None in the log.
        path: The file in a layer; None elsewhere.
        instruction: The instruction that put it there; None: unknown.
    """

    where: str
    what: str
    form: str | None
    document: str | None = None
    path: str | None = None
    instruction: str | None = None

    @property
    def text(self) -> str:
        return f"{self.what}, written as {self.form}" if self.form else self.what

    @property
    def evidence(self) -> dict[str, str | None]:
        return {
            "where": self.where,
            "place": self.what,
            "form": self.form or "as it is",
            "digest": self.document,
            "path": self.path,
            "instruction": self.instruction,
        }

    def without(self, secrets: Sequence[str]) -> Leak:
        """This leak with the secrets masked, because other people read the report."""

        def masked(text: str) -> str:
            for secret in secrets:
                text = text.replace(secret, "…")
            return text

        return replace(
            self,
            what=masked(self.what),
            path=self.path and masked(self.path),
            instruction=self.instruction and masked(self.instruction),
        )


def find_leaks(
    secret: str, build: Build, image: Image, cache: Image, *, known: Collection[str]
) -> tuple[Leak, ...]:
    """Find every place in which other people can read a secret; each place is listed once.

    Args:
        secret: The secret's value.
        build: The build whose log is searched.
        image: The image of that build.
        cache: The exported cache of that build.
        known: Digests of layers that are older than the secret, which are not searched.
    """
    # A layer that the image and the cache share is reported for the image only.
    shipped = {layer.digest for platform in image.platforms for layer in platform.layers}
    needles = _needles(secret)
    leaks: list[Leak] = []
    for needle in needles:
        sought = needle.encode()
        leaks += map(_in_image, image.find(sought, encoded=True, known=known))
        in_cache = cache.find(sought, encoded=True, known={*known, *shipped})
        leaks += (_in_cache(found, cache, build) for found in in_cache)
        leaks += _in_log(build, sought)
    return tuple(dict.fromkeys(leak.without(needles) for leak in leaks))


def in_words(leaks: Sequence[Leak]) -> Iterator[str]:
    """One line for each kind of place: its first leak, and how many more leaks there are."""
    kinds: dict[str, list[Leak]] = {}
    for leak in leaks:
        kinds.setdefault(leak.where, []).append(leak)
    for first, *others in kinds.values():
        more = f"; and {len(others)} more of the kind" if others else ""
        yield f"- {first.text}{more}"


def _in_image(found: Occurrence) -> Leak:
    made_by = shortened(found.instruction or "")
    if found.layer is not None:
        what = f"{found.path or 'between the files'} in layer {found.layer}"
        what += f" ({made_by})" if made_by else ""
        if found.path and found.place != "file":
            what = f"the name {what}"
        if found.superseded_by is not None:
            what += f"; layer {found.superseded_by} hides it, but the image still ships it"
    elif made_by:
        what = f"the history of the image, in the line of {made_by}"
    else:
        what = f"the {found.place} of the image, at {found.key}"
    return Leak(
        found.place.value, what, _form(found), found.document, found.path, found.instruction
    )


def _in_cache(found: Occurrence, cache: Image, build: Build) -> Leak:
    what = f"{found.path or found.key or 'between the files'} in the exported cache, which has the "
    what += "layers of all stages"
    created = [x.created for p in cache.platforms for x in p.layers if x.number == found.layer]
    made_by = _find_maker(build, created[0]) if created and created[0] else None
    what += f" (made by {shortened(made_by)})" if made_by else ""
    return Leak("cache", what, _form(found), found.document, found.path, made_by)


def _find_maker(build: Build, created: datetime) -> str | None:
    """The vertex that ended when a layer of the cache was made; a cache does not name it.

    None if another vertex ended at about the same time.
    """
    ended = sorted(
        (created - vertex.intervals[-1].end, vertex.name)
        for vertex in build.trace.vertexes
        if vertex.kind in _LEAVE_LAYERS and vertex.intervals and vertex.intervals[-1].end <= created
    )
    if not ended or (len(ended) > 1 and ended[1][0] < _APART * ended[0][0]):
        return None
    return ended[0][1]


def _in_log(build: Build, needle: bytes) -> Iterator[Leak]:
    # Imported here: it loads the image readers, which `checker list` does not need.
    from sandbox import forms_in  # noqa: PLC0415

    for vertex in build.trace.vertexes:
        text = f"{vertex.name}\n{vertex.log}"
        for form in forms_in(text.encode(errors="surrogateescape"), needle):
            what = f"the log of {shortened(vertex.name)}"
            yield Leak("log", what, form, instruction=vertex.name)


def shortened(text: str) -> str:
    """An instruction on one line, and its beginning only if it is long."""
    text = " ".join(text.split())
    return text if len(text) <= _WIDE else f"{text[:_WIDE]}…"


def _form(found: Occurrence) -> str | None:
    return found.form or found.encoding


def _needles(secret: str) -> Sequence[str]:
    """The texts to search for: all long lines of a key except the first, or the whole secret.

    The first line is the same in all keys of a kind.
    """
    return [line for line in secret.splitlines() if len(line) >= _LONG][1:] or [secret]
