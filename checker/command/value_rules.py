"""The files, names and variables that the values of options may use.

A grading runs on the grader's machine. So a command may read and write only in the grading's
folder, push only names of this grading, and use only variables of this grading. Each function takes
one value, as ``sandbox.flags`` has read it, and returns its fault as a clause; None if the value is
allowed.

Source: reference of docker buildx build and bake (buildx 0.29).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from sandbox import flags


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that a command may use.

    Args:
        registry: The value of ``$REGISTRY``: names of images must begin with it.
        variables: Names of the variables that the build may have.
        secrets: Values of the secret variables; they must not appear in names.
        has_agent: Whether there is an ssh-agent for the build.
        values: Values of all variables; they are not names of variables.
    """

    registry: str
    variables: frozenset[str]
    secrets: frozenset[str] = frozenset()
    has_agent: bool = False
    values: frozenset[str] = frozenset()


_COMPRESSION = ("compression", "compression-level", "force-compression")
_EXPORT = ("type", "mode", "oci-mediatypes", "image-manifest", "ignore-error", *_COMPRESSION)
# The compression estargz stops Debian's engine.
_EXPORT_VALUES = {"mode": ("min", "max"), "compression": ("gzip", "zstd", "uncompressed")}
_CACHE_TO: Mapping[str, tuple[str, ...]] = {
    "inline": ("type", "mode"),  # "mode" has no effect here
    "registry": (*_EXPORT, "ref"),
    "local": (*_EXPORT, "dest"),
}
_CACHE_FROM: Mapping[str, tuple[str, ...]] = {
    "registry": ("type", "ref"),
    "local": ("type", "src", "digest", "tag"),
}
_VARIABLE = re.compile(r"\w+", re.ASCII)


def judge_path(value: str, _: Scope) -> str | None:
    """A file or folder: inside the exercise's folder."""
    path = PurePosixPath(value)
    if "://" in value or path.is_absolute() or ".." in path.parts or value.startswith(("-", "~")):
        return f"{value} is not inside this exercise's folder"
    return None


def judge_bake_file(value: str, scope: Scope) -> str | None:
    """A bake file: inside the exercise's folder, and not a Compose file."""
    # A Compose file may name other files, by any path.
    if not value.endswith((".hcl", ".json")):
        return f"{value} is not a bake file: the name must end in .hcl or .json"
    return judge_path(value, scope)


def judge_name(value: str, scope: Scope) -> str | None:
    """The name of an image: one of this grading's own."""
    if value.startswith("$"):
        return f"the name {value} is in single quotes, which prevent the expansion of variables"
    if not value.startswith(f"{scope.registry}/"):
        return f"the name {value} does not begin with $REGISTRY/"
    return None


def judge_output(output: flags.Output, scope: Scope) -> str | None:
    """Where an image goes: to the registry or the engine, in the usual format."""
    if output.kind not in ("cacheonly", "docker", "image", "registry") or output.writes_files:
        return "it would write files; images go to the registry"
    if packed := next((name for name in output.fields.names if "compression" in name), None):
        return f"{packed} would change the stored layers of all builds here"
    return next((why for name in output.names if (why := judge_name(name, scope))), None)


def judge_cache_to(cache: flags.Cache, scope: Scope) -> str | None:
    """Where a cache is exported to: the registry, the image, or the exercise's folder."""
    if why := _judge_fields(cache, _CACHE_TO):
        return why
    for name, known in _EXPORT_VALUES.items():
        if (value := cache.fields.get(name, known[0])) not in known:
            return f"there is no {name} {value} here; there are: {', '.join(known)}"
    for place in cache.fields.all("dest"):
        if why := judge_path(place, scope):
            return why
    for ref in cache.fields.all("ref"):
        if any(secret in ref for secret in scope.secrets):
            return (
                "the name contains a secret, and everyone with access to the registry can read it"
            )
        if why := judge_name(ref, scope):
            return why
    return None


def judge_cache_from(cache: flags.Cache, scope: Scope) -> str | None:
    """Where a cache is imported from: any image, or the exercise's folder."""
    if why := _judge_fields(cache, _CACHE_FROM):
        return why
    places = cache.fields.all("src")
    return next((why for place in places if (why := judge_path(place, scope))), None)


def _judge_fields(cache: flags.Cache, known: Mapping[str, tuple[str, ...]]) -> str | None:
    if cache.fields.nameless:
        nameless = cache.fields.nameless[0]
        return f"the field {nameless} has no name, as in ref={nameless}"
    kind, fields = cache.kind, cache.fields
    if kind not in known:
        return f"there is no cache of type {kind or '?'} here; there are: {', '.join(known)}"
    strange = next((name for name in fields.names if name not in known[kind]), None)
    if strange is not None:
        there = ", ".join(known[kind])
        return f"{_shown(strange)} is not a field of a {kind} cache here; there are: {there}"
    place = next((name for name in ("ref", "dest", "src") if name in known[kind]), None)
    if place is not None and not fields.get(place):
        return f"a cache of type {kind} needs the field {place}"
    return None


def judge_secret(secret: flags.Secret, scope: Scope) -> str | None:
    """Where a secret comes from: a variable of the build, or a file of the exercise's folder."""
    names = (*secret.fields.names, *secret.fields.nameless)
    if strange := next((name for name in names if name not in flags.SECRET_FIELDS), None):
        there = ", ".join(flags.SECRET_FIELDS)
        return f"{_shown(strange)} is not a field of a secret; there are: {there}"
    # buildx chooses among several sources by its own rules; the check accepts only one source.
    if secret.is_ambiguous:
        return "it names more than one source of the secret"
    if secret.kind not in ("", "env", "file"):
        return f"there is no secret of type {secret.kind}; there are: env, file"
    return _judge_source(secret, scope)


def _judge_source(secret: flags.Secret, scope: Scope) -> str | None:
    if secret.variable:
        return _judge_variable(secret.variable, scope)
    if secret.path:
        return judge_path(secret.path, scope)
    # With an id alone buildx looks for a variable of that name, and then for a file.
    is_variable = secret.kind == "env" or _VARIABLE.fullmatch(secret.id)
    if is_variable and secret.kind != "file":
        return _judge_variable(secret.id, scope)
    return judge_path(secret.id, scope)


def judge_build_argument(arg: flags.BuildArgument, scope: Scope) -> str | None:
    """A build argument: with a value, or with the name of a variable of the build."""
    return None if arg.value is not None else _judge_variable(arg.name, scope)


def judge_ssh(ssh: flags.Ssh, scope: Scope) -> str | None:
    """An ssh-agent: the one that the exercise lends, if it lends one."""
    if ssh.id != "default" or ssh.paths:
        return "the agent of this exercise is called default"
    return None if scope.has_agent else "this exercise has no ssh-agent"


def judge_named_context(context: flags.NamedContext, scope: Scope) -> str | None:
    """A named context: an image, another target, or a folder inside the exercise's."""
    if context.image is not None or context.target is not None:
        return None
    return judge_path(context.place, scope)


def _shown(name: str) -> str:
    """The name of a field for a message: in quotes if it begins or ends with blanks."""
    return name if name.strip() == name else repr(name)


def _judge_variable(name: str, scope: Scope) -> str | None:
    if name in scope.variables:
        return None
    known = " and ".join(sorted(scope.variables)) or "none"
    if name in scope.values:
        return (
            "the dollar sign puts the variable's value there, and buildx wants its name; known "
            f"variables: {known}"
        )
    return f"there is no variable {name} here; known variables: {known}"
