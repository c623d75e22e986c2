"""Where a secret is that was to be nowhere, and whether what is lent to a build does anything."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checker.checks.images import RUN_TIMEOUT_S, tail
from checker.result import Finding

if TYPE_CHECKING:
    from datetime import datetime

    from checker.bench import Bench
    from sandbox import Build, Image
    from sandbox import Finding as Found

_KEPT = 40  # places in the evidence
_WIDE = 80  # letters of an instruction that a message shows
_LONG = 40  # letters of a line that no other key has
_LEAVE_LAYERS = ("run", "copy", "add", "workdir")
_APART = 3  # times as long ago as the last end of a vertex the one before it must be
_NOTHING_CACHED = ("--no-cache",)
_LAB = "pkg:docker/lab/"


@dataclass(frozen=True, slots=True)
class SecretUnseen:
    """``secret_unseen``: a random secret is nowhere in what a build gives away.

    Looked for in the image (files, those that a later layer hides as well, their names, what lies
    between them, the configuration with its labels and its history), in its attestations, with
    provenance of ``mode=max``, in the cache of all stages, exported with ``mode=max``, and in the
    build's log: as it is, and as ``sandbox.Image.find`` with ``encoded`` says. One that somebody
    took apart, or encoded twice, is not found.

    Args:
        secret: The name of its variable.
        image: What the line calls the image, without ``$REGISTRY/``; None where it names none.
    """

    secret: str
    image: str | None = None

    def measure(self, bench: Bench) -> Finding:
        value = bench.expand(f"{{secret:{self.secret}}}")
        build = bench.built()
        image = bench.image(self.image)
        cache = bench.exported_cache
        known = _base_layers(bench, image)
        # What the image and the cache have in common is the image's.
        shipped = {layer.digest for platform in image.platforms for layer in platform.layers}
        places: list[_Place] = []
        for needle in _needles(value):
            places += map(_in_image, image.find(needle, encoded=True, known=known))
            in_cache = cache.find(needle, encoded=True, known=known | shipped)
            places += (_in_cache(found, cache, build) for found in in_cache)
            places += _in_log(build, needle)
        places = [place.without(value) for place in dict.fromkeys(places)]
        layers = len(shipped | {layer.digest for p in cache.platforms for layer in p.layers})
        evidence = {
            "secret": self.secret,
            "layers": layers,
            "places": [place.evidence for place in places[:_KEPT]],
        }
        if not places:
            message = (
                f"{self.secret} was found nowhere: not in {layers} layers, the configuration, the "
                "history, the attestations, the exported cache and the log."
            )
            return Finding(True, message, evidence)
        count = "1 place" if len(places) == 1 else f"{len(places)} places"
        fact = f"{self.secret} was found in {count} that others can read:"
        return Finding(False, "\n".join([fact, *_told(places), "Wanted: in none."]), evidence)


@dataclass(frozen=True, slots=True)
class SecretUsed:
    """``secret_used``: with the right secret the container prints what it should; not with another.

    So the build neither does without the secret nor has its effect from somewhere else. With
    another secret it may fail, or make an image that prints something else.

    Args:
        secret: The name of its variable.
        contains: Texts that the container of the right build must print, and that of the other
            build must not print all of.
        args: Arguments for the container; none: the image's own command.
        run_timeout_s: Seconds that a container may take.
    """

    secret: str
    contains: tuple[str, ...]
    args: tuple[str, ...] = ()
    run_timeout_s: float = RUN_TIMEOUT_S

    def __post_init__(self) -> None:
        if not self.contains:
            raise ValueError("contains is empty, it must hold what the secret is good for")

    def measure(self, bench: Bench) -> Finding:
        wanted = [bench.expand(text) for text in self.contains]
        if finding := _not_printed(bench, wanted, self.args, self.run_timeout_s):
            return finding
        with bench.exchanged(self.secret, secrets.token_hex(20)):
            other = bench.build(options=_NOTHING_CACHED, image=True)
            if not other.ok:
                return _failed_as_wanted(f"with another {self.secret}", other)
            result = bench.run(*self.args, options=_NOTHING_CACHED, timeout_s=self.run_timeout_s)
        evidence = {"secret": self.secret, "stdout": tail(result.stdout)}
        if all(text in result.stdout for text in wanted):
            message = (
                f"With another {self.secret} the image still builds and prints the same: "
                f"{tail(result.stdout)}\n"
                f"Wanted: what is printed comes from the use of {self.secret}, in this build."
            )
            return Finding(False, message, evidence)
        message = (
            f"The container prints what it should, and with another {self.secret} something else."
        )
        return Finding(True, message, evidence)


@dataclass(frozen=True, slots=True)
class SshUsed:
    """``ssh_used``: the image holds what only the lent ssh-agent can have fetched.

    The container prints a random text from a branch that was made for this grading, and with an
    agent that holds no key the build fails.

    Args:
        contains: Texts that the container must print; ``{hidden:SPECIAL}`` is the branch's.
        args: Arguments for the container; none: the image's own command.
        run_timeout_s: Seconds that the container may take.
    """

    contains: tuple[str, ...] = ("{hidden:SPECIAL}",)
    args: tuple[str, ...] = ()
    run_timeout_s: float = RUN_TIMEOUT_S

    def measure(self, bench: Bench) -> Finding:
        wanted = [bench.expand(text) for text in self.contains]
        if finding := _not_printed(bench, wanted, self.args, self.run_timeout_s):
            return finding
        # In a copy of the environment: gradings may run side by side in one process.
        with (
            bench.sandbox.git.agent(empty=True, environ=dict(os.environ)) as agent,
            bench.exchanged("SSH_AUTH_SOCK", str(agent.socket)),
        ):
            without = bench.build(options=_NOTHING_CACHED)
        if without.ok:
            message = (
                "With an ssh-agent that holds no key, the image still builds.\n"
                "Wanted: it fails then, because the key of the agent is the only way in."
            )
            return Finding(False, message)
        return _failed_as_wanted("with an ssh-agent that holds no key", without)


@dataclass(frozen=True, slots=True)
class _Place:
    """One place where a secret was found.

    Args:
        where: What kind of place, as ``file``, ``history``, ``cache`` or ``log``.
        what: The rest of the place, in words.
        form: How the secret is written there, None as it is.
        document: Digest of the layer or the JSON document, None in the log.
        path: Of the file in a layer.
        instruction: That made it, None when it is not known.
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

    def without(self, value: str) -> _Place:
        """The same with dots in the place of the secret: a report is read by many, too."""

        def masked(text: str | None) -> str | None:
            return text and text.replace(value, "…")

        path, instruction = masked(self.path), masked(self.instruction)
        what = self.what.replace(value, "…")
        return _Place(self.where, what, self.form, self.document, path, instruction)


def _in_image(found: Found) -> _Place:
    made_by = _shortened(found.instruction or "")
    if found.layer is not None:
        what = f"{found.path or 'between the files'} in layer {found.layer}"
        what += f" ({made_by})" if made_by else ""
        if found.path and found.place != "file":
            what = f"the name {what}"
        if found.superseded_by is not None:
            what += f"; layer {found.superseded_by} hides it, and it is shipped all the same"
    elif made_by:
        what = f"the history of the image, in the line of {made_by}"
    else:
        what = f"the {found.place} of the image, at {found.key}"
    return _Place(
        found.place.value, what, _form(found), found.document, found.path, found.instruction
    )


def _in_cache(found: Found, cache: Image, build: Build) -> _Place:
    what = f"{found.path or found.key or 'between the files'} in the exported cache, which has the "
    what += "layers of all stages"
    created = [x.created for p in cache.platforms for x in p.layers if x.number == found.layer]
    made_by = _find_maker(build, created[0]) if created and created[0] else None
    what += f" (made by {_shortened(made_by)})" if made_by else ""
    return _Place("cache", what, _form(found), found.document, found.path, made_by)


def _find_maker(build: Build, created: datetime) -> str | None:
    """The vertex that left a layer of the cache: when it had ended, the layer was made.

    A cache does not say it. None when another one ended at about the same time.
    """
    ended = sorted(
        (created - vertex.intervals[-1].end, vertex.name)
        for vertex in build.trace.vertexes
        if vertex.kind in _LEAVE_LAYERS and vertex.intervals and vertex.intervals[-1].end <= created
    )
    if not ended or (len(ended) > 1 and ended[1][0] < _APART * ended[0][0]):
        return None
    return ended[0][1]


def _in_log(build: Build, needle: bytes) -> Iterator[_Place]:
    # Loads what reads images, which whoever only lists exercises does not need.
    from sandbox import forms_in  # noqa: PLC0415

    for vertex in build.trace.vertexes:
        text = f"{vertex.name}\n{vertex.log}"
        for form in forms_in(text.encode(errors="surrogateescape"), needle):
            what = f"the log of {_shortened(vertex.name)}"
            yield _Place("log", what, form, instruction=vertex.name)


def _told(places: Sequence[_Place]) -> Iterator[str]:
    """The first place of each kind: one argument may be in each line of a history."""
    kinds: dict[str, list[_Place]] = {}
    for place in places:
        kinds.setdefault(place.where, []).append(place)
    for first, *others in kinds.values():
        more = f"; and {len(others)} more of the kind" if others else ""
        yield f"- {first.text}{more}"


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _WIDE else f"{text[:_WIDE]}…"


def _form(found: Found) -> str | None:
    return found.form or found.encoding


def _needles(value: str) -> Sequence[bytes]:
    """What to look for: of several lines, as a key has, all long ones but the first.

    That one is the same in all keys of a kind.
    """
    long = [line for line in value.splitlines() if len(line) >= _LONG]
    return [line.encode() for line in long[1:]] or [value.encode()]


def _base_layers(bench: Bench, image: Image) -> frozenset[str]:
    """Layers of the lab's images that went in: made before there was a secret, and large."""
    return frozenset(
        layer.digest
        for attestation in image.attestations
        if attestation.provenance is not None
        for material in attestation.provenance.materials
        if material.uri.startswith(_LAB)
        if (base := bench.base_image(material.uri.removeprefix("pkg:docker/").partition("@")[0]))
        for platform in base.platforms
        for layer in platform.layers
    )


def _not_printed(
    bench: Bench, wanted: Sequence[str], args: Sequence[str], run_timeout_s: float
) -> Finding | None:
    """Why the container of the build as it is does not show what is wanted; None if it does."""
    result = bench.run(*args, timeout_s=run_timeout_s)
    missing = [text for text in wanted if text not in result.stdout]
    if not missing:
        return None
    printed = tail(result.stdout) or "nothing"
    if result.stderr.strip():
        printed += f"\nOn stderr: {tail(result.stderr)}"
    message = f"The container printed: {printed}\nWanted, and not there: {'; '.join(missing)}"
    return Finding(False, message, {"exit_code": result.exit_code, "missing": missing})


def _failed_as_wanted(how: str, build: Build) -> Finding:
    return Finding(
        True,
        f"The container prints what it should, and {how} the build fails.",
        {"exit_code": build.exit_code},
    )
