"""What a line that is handed in may ask for: options by name, and what their values may say.

A grading runs on the grader's machine. So nothing is read or written outside of the
grading's folder, no name is taken that is not the grading's own, no variable of the
grader's is handed to a build, and the sandbox's limits stay. Every option of buildx is
here, let through or refused with the reason; one that buildx does not know it refuses itself.

Source: reference of docker buildx build, bake and imagetools inspect (buildx 0.29).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from checker.command.command_line import CommandLine, refused
from checker.errors import SubmissionError


@dataclass(frozen=True, slots=True)
class Scope:
    """What a line may name.

    Args:
        registry: What ``$REGISTRY`` stands for: names of images must begin with it.
        variables: Names of the variables that the build may have.
        secrets: What some of them hold that nobody else may know.
        has_agent: Whether there is an ssh-agent for the build.
    """

    registry: str
    variables: frozenset[str]
    secrets: frozenset[str] = frozenset()
    has_agent: bool = False


Rule = Callable[[str, Scope], str | None]
"""Takes a value; says what is wrong with it, None when nothing is."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a line.

    Args:
        name: Its long name; empty for a word that is no option.
        value: Empty where it takes none.
        words: As it was typed, in one word or two.
    """

    name: str
    value: str
    words: tuple[str, ...]

    @property
    def word(self) -> str:
        return self.words[0]


def _any(_: str, __: Scope) -> None:
    return None


def _refuse(why: str) -> Rule:
    return lambda _, __: f"it cannot be used here, since {why}"


def _inside(value: str, _: Scope) -> str | None:
    path = PurePosixPath(value)
    if "://" in value or path.is_absolute() or ".." in path.parts or value.startswith(("-", "~")):
        return f"{value} is not inside this exercise's folder"
    return None


def _bake_file(value: str, scope: Scope) -> str | None:
    # A compose file may name further files by any path.
    if not value.endswith((".hcl", ".json")):
        return f"{value} is no bake file: its name ends in .hcl or .json"
    return _inside(value, scope)


def _name(value: str, scope: Scope) -> str | None:
    if value.startswith("$"):
        return f"the name {value} is in single quotes, in which nothing is replaced"
    if not value.startswith(f"{scope.registry}/"):
        return f"the name {value} does not begin with $REGISTRY/"
    return None


def _output(value: str, scope: Scope) -> str | None:
    fields = _fields(value)
    kind = fields.get("type", "")
    if kind not in ("cacheonly", "docker", "image", "registry") or "dest" in fields:
        return "it would write files; images go to the registry"
    if packed := next((name for name in fields if "compression" in name), None):
        return f"{packed} would change how the layers of all builds here are kept"
    return next((why for name in _names(fields) if (why := _name(name, scope))), None)


_EXPORT = ("type", "mode", "oci-mediatypes", "image-manifest", "ignore-error")
_CACHE_TO: Mapping[str, tuple[str, ...]] = {
    "inline": ("type", "mode"),  # which means nothing there, and does no harm
    "registry": (*_EXPORT, "ref"),
    "local": (*_EXPORT, "dest"),
}
_CACHE_FROM: Mapping[str, tuple[str, ...]] = {
    "registry": ("type", "ref"),
    "local": ("type", "src", "digest", "tag"),
}
# Compression is left out: the layers of all builds are kept together, and one kind of it
# (estargz) ends Debian's engine.


def _cache_to(value: str, scope: Scope) -> str | None:
    fields, why = _cache_fields(value, _CACHE_TO)
    if why is not None:
        return why
    if (mode := fields.get("mode", "min")) not in ("min", "max"):
        return f"there is no mode {mode}; there are min and max"
    if "dest" in fields:
        return _inside(fields["dest"], scope)
    if "ref" not in fields:
        return None
    ref = fields["ref"]
    if any(secret in ref for secret in scope.secrets):
        return "a secret is in the name, which everybody can read who may look into the registry"
    return _name(ref, scope)


def _cache_from(value: str, scope: Scope) -> str | None:
    fields, why = _cache_fields(value, _CACHE_FROM)
    if why is None and "src" in fields:
        return _inside(fields["src"], scope)
    return why


def _cache_fields(
    value: str, known: Mapping[str, tuple[str, ...]]
) -> tuple[dict[str, str], str | None]:
    """The fields of a cache, and what is wrong with them; a name alone is a registry's ``ref``."""
    row = next(csv.reader([value]), [])
    if len(row) == 1 and "=" not in row[0]:
        row = ["type=registry", f"ref={row[0]}"]
    if nameless := next((field for field in row if "=" not in field), None):
        return {}, f"the field {nameless} has no name, as in ref={nameless}"
    fields = _fields(",".join(row))
    kind = fields.get("type", "")
    if kind not in known:
        return {}, f"there is no cache of type {kind or '?'} here; there are: {', '.join(known)}"
    strange = next((name for name in fields if name not in known[kind]), None)
    if strange is not None:
        there = ", ".join(known[kind])
        return {}, f"{strange} is no field that a cache of type {kind} can have here ({there})"
    place = {"registry": "ref", "local": "dest" if "dest" in known[kind] else "src"}.get(kind)
    if place is not None and not fields.get(place):
        return {}, f"a cache of type {kind} needs the field {place}"
    return fields, None


_SECRET = ("id", "type", "env", "src", "source")
_VARIABLE = re.compile(r"\w+", re.ASCII)


def _secret(value: str, scope: Scope) -> str | None:
    fields = _fields(value)
    names = [field.partition("=")[0].strip().lower() for field in next(csv.reader([value]), [])]
    if strange := next((name for name in names if name not in _SECRET), None):
        return f"{strange} is no field of a secret; there are: {', '.join(_SECRET)}"
    # Of several places buildx takes one, by rules of its own; here there is one to look at.
    places = [name for name in names if name in ("env", "src", "source")]
    if len(places) > 1 or len(set(names)) < len(names):
        return "it says more than once where the secret comes from"
    kind = fields.get("type", "")
    if kind not in ("", "env", "file"):
        return f"there is no secret of type {kind}; there are: env, file"
    place = fields[places[0]] if places else fields.get("id", "")
    if kind == "env" or places == ["env"]:
        return _variable(place, scope)
    # With an id alone buildx looks for a variable of that name, and then for a file.
    if not places and kind != "file" and _VARIABLE.fullmatch(place):
        return _variable(place, scope)
    return _inside(place, scope)


def _build_arg(value: str, scope: Scope) -> str | None:
    name, has_value, _ = value.partition("=")
    return None if has_value else _variable(name, scope)


def _variable(name: str, scope: Scope) -> str | None:
    if name in scope.variables:
        return None
    known = " and ".join(sorted(scope.variables)) or "none"
    return f"there is no variable {name} here; there is {known}"


def _ssh(value: str, scope: Scope) -> str | None:
    if value != "default":
        return "the agent of this exercise is called default"
    return None if scope.has_agent else "this exercise has no ssh-agent"


def _build_context(value: str, scope: Scope) -> str | None:
    place = value.partition("=")[2]
    if place.startswith(("docker-image://", "target:")):
        return None
    return _inside(place, scope)


_CHECKERS_OWN = "the checker gives it itself"
DROPPED = ("--progress",)
"""Taken out of a line that has them: they change how a build is shown, and not what it does."""
_LIMITS = "what a build may use is the sandbox's matter"
_NO_BUILD = "it asks about a build instead of making one"

BUILD: Mapping[str, Rule] = {
    "--add-host": _refuse(_LIMITS),
    "--allow": _refuse(_LIMITS),
    "--annotation": _any,
    "--attest": _any,
    "--build-arg": _build_arg,
    "--build-context": _build_context,
    "--builder": _refuse(_CHECKERS_OWN),
    "--cache-from": _cache_from,
    "--cache-to": _cache_to,
    "--call": _refuse(_NO_BUILD),
    "--cgroup-parent": _refuse(_LIMITS),
    "--check": _refuse(_NO_BUILD),
    "--debug": _refuse(_CHECKERS_OWN),
    "--file": _inside,
    "--help": _refuse(_NO_BUILD),
    "--iidfile": _refuse("it would write a file"),
    "--label": _any,
    "--load": _any,
    "--metadata-file": _refuse(_CHECKERS_OWN),
    "--network": _refuse(_LIMITS),
    "--no-cache": _any,
    "--no-cache-filter": _any,
    "--output": _output,
    "--platform": _any,
    "--progress": _any,
    "--provenance": _any,
    "--pull": _any,
    "--push": _any,
    "--quiet": _refuse(_CHECKERS_OWN),
    "--sbom": _any,
    "--secret": _secret,
    "--shm-size": _refuse(_LIMITS),
    "--ssh": _ssh,
    "--tag": _name,
    "--target": _any,
    "--ulimit": _refuse(_LIMITS),
}
IMAGETOOLS: Mapping[str, Rule] = {
    "--builder": _refuse(_CHECKERS_OWN),
    "--debug": _refuse(_CHECKERS_OWN),
    "--format": _any,
    "--help": _refuse(_NO_BUILD),
    "--raw": _any,
}
# What an option does to the targets is looked at in what bake makes of them, see bake_rules.
BAKE: Mapping[str, Rule] = {
    "--allow": _refuse(_LIMITS),
    "--builder": _refuse(_CHECKERS_OWN),
    "--call": _refuse(_NO_BUILD),
    "--check": _refuse(_NO_BUILD),
    "--debug": _refuse(_CHECKERS_OWN),
    "--file": _bake_file,
    "--help": _refuse(_NO_BUILD),
    "--list": _refuse(_NO_BUILD),
    "--load": _any,
    "--metadata-file": _refuse(_CHECKERS_OWN),
    "--no-cache": _any,
    "--print": _refuse(_NO_BUILD),
    "--progress": _any,
    "--provenance": _any,
    "--pull": _any,
    "--push": _any,
    "--sbom": _any,
    "--set": _any,
}
RULES: Mapping[str, Mapping[str, Rule]] = {"build": BUILD, "bake": BAKE, "imagetools": IMAGETOOLS}
"""For each kind of line, its options by their long names."""

SHORT = {"-D": "--debug", "-f": "--file", "-o": "--output", "-q": "--quiet", "-t": "--tag"}
NO_VALUE = frozenset(
    {
        *("--check", "--debug", "--help", "--load", "--no-cache", "--print", "--pull", "--push"),
        *("--quiet", "--raw"),
    }
)
"""Options that take no value, or one only behind ``=``."""


_TARGET = re.compile(r"[\w*.-]+", re.ASCII)


def options(line: CommandLine) -> Iterator[Option]:
    """The options of a line; words that are none come with an empty name."""
    rest = iter(line.arguments)
    is_over = False
    for word in rest:
        if is_over or word == "-" or not word.startswith("-"):
            yield Option("", word, (word,))
            continue
        if word == "--":
            is_over = True
            continue
        name, is_joined, value = word.partition("=")
        if not name.startswith("--") and len(name) > 2:
            # -tNAME, as one word; also -t=NAME, for which the name ends at the equals sign.
            name, value, is_joined = word[:2], word[2:].removeprefix("="), "="
        name = SHORT.get(name, name)
        words: tuple[str, ...] = (word,)
        if not is_joined and name not in NO_VALUE:
            value = next(rest, "")
            words = (word, value)
        yield Option(name, value, words)


def without(line: CommandLine, names: Collection[str]) -> tuple[str, ...]:
    """The arguments of a line but those options."""
    return tuple(w for o in options(line) if o.name not in names for w in o.words)


def find_unknown(line: CommandLine) -> Option | None:
    """The first option that this kind of command does not have."""
    rules = RULES[line.kind]
    return next((o for o in options(line) if o.name and o.name not in rules), None)


def obey(line: CommandLine, scope: Scope) -> None:
    """Pass a line, with its variables replaced, all of whose options are known.

    Raises:
        SubmissionError: An option or its value is not let through. The line is marked.
    """
    rules = RULES[line.kind]
    places: list[Option] = []
    for option in options(line):
        if not option.name:
            places.append(option)
        elif why := rules[option.name](option.value, scope):
            raise _not_here(line, option, why, scope)
    if line.kind == "imagetools":
        # It asks from this machine, where the sandbox's walls do not hold.
        for place in places:
            if why := _name(place.value, scope):
                raise _not_here(line, place, why, scope)
    if line.kind == "bake":
        # An address would be where a bake file is fetched from.
        strange = next((o for o in places if not _TARGET.fullmatch(o.value)), None)
        if strange is not None:
            why = "it is no name of a target or a group"
            raise _not_here(line, strange, why, scope)
    if line.kind != "build":
        return
    if len(places) != 1:
        if not places:
            what = "The build context is missing."
            raise refused(line.text, line.text, what, "end it with a dot: the exercise's folder")
        taken = " and ".join(repr(place.value) for place in places)
        raise refused(
            line.text,
            places[0].value,
            f"{taken} are taken for {len(places)} build contexts, and a build has one.",
            "end it with one dot; options begin with two hyphens",
        )
    if why := judge_context(places[0].value, scope):
        raise _not_here(line, places[0], why, scope)


def judge_context(value: str, scope: Scope) -> str | None:
    """What is wrong with a build context, None when nothing is."""
    return _inside(value, scope)


def _not_here(line: CommandLine, option: Option, why: str, scope: Scope) -> SubmissionError:
    shown = option.name or option.value
    # What stands in the file is the variable's name, so the word is sought by its option.
    what = f"{shown}: {why}.".replace(scope.registry, "$REGISTRY")
    return refused(line.text, option.word, what, next_step(why))


def next_step(why: str) -> str:
    """What to do about a refusal."""
    if "$REGISTRY/" in why:
        return "name it $REGISTRY/ and the name that the task says"
    return "leave it out" if "cannot be used here" in why else "correct it"


def _fields(value: str) -> dict[str, str]:
    """``NAME=VALUE,NAME=VALUE`` as a table; a first field without a name is a name alone."""
    row = next(csv.reader([value]), [])
    return {
        name.strip().lower(): content
        for name, is_there, content in (field.partition("=") for field in row)
        if is_there
    }


def _names(fields: Mapping[str, str]) -> list[str]:
    return [name for name in fields.get("name", "").split(",") if name]
