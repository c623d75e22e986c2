"""Explains errors about the command line, and about what it leads to: files, names, registries."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from sandbox.build.failures.evidence import Advice, Evidence
from sandbox.build.failures.suggestion import did_you_mean, listed, nearest
from sandbox.parse.flags import FLAGS

_EXPORTERS = ("image", "registry", "docker", "oci", "local", "tar", "cacheonly")
_CACHES = ("registry", "local", "inline", "gha", "s3", "azblob")

_BY_MESSAGE = (
    (
        r"failed to stat (.+?): stat ",
        "The command names the file {0} for a secret, and there is no such file.",
        "correct the path after src=; it is relative to the folder in which you run the command",
    ),
    (
        r"secret (\S+): not found",
        "The build was given no secret {0}.",
        "pass it with --secret id={0},src=FILE or --secret id={0},env=VARIABLE",
    ),
    (
        r"invalid empty ssh agent socket",
        "`--ssh default` lends the ssh-agent in $SSH_AUTH_SOCK, and there is none.",
        'start one with `eval "$(ssh-agent)"` and give it a key with ssh-add, or name a key file: '
        "--ssh default=PATH",
    ),
    (
        r"failed to convert agent config .*: stat (.+?): no such file",
        "The command lends the key {0} for --ssh, and there is no such file.",
        "correct the path after --ssh; it is relative to the folder in which you run the command",
    ),
    (
        r"unset ssh forward key (\S+)",
        "The Dockerfile asks for the ssh key or agent {0}, and the command lends none.",
        "add --ssh {0} to the command",
    ),
    (
        r"failed to get build context (\S+): stat (.+?): no such",
        "The named context {0} is the folder {1}, and there is no such folder.",
        "correct --build-context; its path is relative to the folder in which you run the command",
    ),
    (
        r'no builder "([^"]+)" found',
        "There is no builder {0}.",
        "`docker buildx ls` lists the builders; without --builder the current one builds",
    ),
    (
        r"registry cache (?:exporter|importer) requires ref",
        "A cache in a registry needs a name.",
        "write type=registry,ref=$REGISTRY/NAME:cache",
    ),
    (
        r"local cache (?:exporter|importer) requires (dest|src)",
        "A cache in a folder needs the folder's name.",
        "write type=local,{0}=FOLDER",
    ),
    (
        r"dest is required for (\S+) exporter",
        "The output type={0} needs a place.",
        "write type={0},dest=PATH",
    ),
    (
        r"tag is needed when pushing to registry",
        "An image is pushed under its name, and this one has none.",
        "add --tag $REGISTRY/NAME",
    ),
    (
        r'invalid tag "([^"]*)"',
        "{0} is no name for an image: use lower-case letters, digits and . _ - with / between "
        "parts, and a tag after a colon.",
        "correct --tag",
    ),
    (
        r"failed to push docker\.io/(?:library/)?(\S+?)(?::latest)?: .*\blookup ",
        "A name without a registry in front of it belongs to Docker Hub, which builds in the "
        "sandbox cannot reach.",
        "put the sandbox's registry in front of it: --tag $REGISTRY/{0}",
    ),
    (
        r'"?https?://([^/"\s]+)/.*(?:connection refused|no route to host|i/o timeout)',
        "No registry or server answers at {0}.",
        "correct the address; $REGISTRY has the one of the sandbox's registry",
    ),
    (
        r"\blookup (\S+) on |Could not resolve host: (\S+)",
        "The sandbox found no address for {0}: without the internet it reaches its own registry "
        "and packages.lab only.",
        "use what the lab has, or let builds reach the internet with `sandbox up --online`",
    ),
    (
        r"failed to find target (\S+)",
        "The bake file has no target or group {0}.",
        "correct the name; `docker buildx bake --list=targets` lists those there are",
    ),
    (
        r"couldn't find a bake definition",
        "There is no bake file in this folder.",
        "write a docker-bake.hcl, or name the file with --file",
    ),
    (
        r"'docker (?:buildx |image |builder )?build' requires 1 argument",
        "A build needs one context, the folder with the files to copy. This command has none, or "
        "more than one word that is not an option.",
        "end the command with the folder, mostly `.`, and quote values that have blanks",
    ),
    (
        r"resolve : lstat (.+?): no such file or directory",
        "There is no {0}, which --file names.",
        "correct the path after --file; it is relative to the folder in which you run the command",
    ),
)


def explain_refused_option(evidence: Evidence) -> Advice | None:
    """Advice for an error about an option of the command; None for other failures."""
    for pattern, explain in _WITH_NAMES:
        if (found := re.search(pattern, evidence.said)) is not None:
            return explain(evidence, found[1])
    for pattern, cause, next_step in _BY_MESSAGE:
        if (found := re.search(pattern, evidence.said)) is not None:
            names = [group for group in found.groups() if group]
            return Advice(next_step.format(*names), cause.format(*names))
    return None


def _unknown_flag(evidence: Evidence, name: str) -> Advice | None:
    known = {flag.removeprefix("--"): flag for flag in FLAGS[evidence.kind]}
    near = nearest(name.removeprefix("--"), known)
    return Advice(
        f"correct the option; `docker buildx {evidence.kind} --help` lists those there are",
        f"{name} is not an option of this command.{did_you_mean(near and known[near])}",
    )


def _unknown_exporter(_: Evidence, name: str) -> Advice:
    return Advice(
        f"write one of these after type=: {', '.join(_EXPORTERS)}",
        f"There is no output of the type {name}.{did_you_mean(nearest(name, _EXPORTERS))}",
    )


def _unknown_cache(_: Evidence, name: str) -> Advice:
    return Advice(
        f"write one of these after type=: {', '.join(_CACHES)}",
        f"There is no cache of the type {name}.{did_you_mean(nearest(name, _CACHES))}",
    )


def _no_target(evidence: Evidence, name: str) -> Advice:
    stages = evidence.stages.stages if evidence.stages is not None else ()
    names = [stage.name for stage in stages if stage.named]
    there = f"The stages with a name are: {listed(names)}." if names else "No stage has a name."
    by_number = " A target is named, not counted." if name.isdigit() else ""
    return Advice(
        "write the name of a stage after --target; `FROM … AS NAME` gives it one",
        f"There is no stage {name}.{by_number} {there}{did_you_mean(nearest(name, names))}",
    )


def _no_context(evidence: Evidence, path: str) -> Advice:
    near = None
    if evidence.cwd is not None and "/" not in path:
        near = nearest(path, (one.name for one in evidence.cwd.iterdir() if one.is_dir()))
    return Advice(
        "end the command with the folder that has the files to copy; `.` is the current folder",
        f"There is no folder {path}.{did_you_mean(near)}",
    )


def _no_dockerfile(evidence: Evidence, name: str) -> Advice:
    names = _dockerfiles(evidence)
    near = nearest(name, names) or next(iter(names), None)
    return Advice(
        "write a Dockerfile into the context, or name the file with --file",
        f"There is no file {name}.{did_you_mean(near)}",
    )


def _dockerfiles(evidence: Evidence) -> list[str]:
    """Files of the context that are called Dockerfile or almost so."""
    given = evidence.command.context if evidence.command is not None else None
    if given is None or evidence.cwd is None:
        return []
    folder: Path = evidence.cwd / given
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    return [path.name for path in files if "dockerfile" in path.name.lower() and path.is_file()]


_WITH_NAMES: tuple[tuple[str, Callable[[Evidence, str], Advice | None]], ...] = (
    (r"^unknown flag: (--\S+)$", _unknown_flag),
    (r"^unknown shorthand flag: '.' in (-\S+)", _unknown_flag),
    (r'exporter "([^"]+)" could not be found', _unknown_exporter),
    (r'unknown cache (?:exporter|importer): "([^"]+)"', _unknown_cache),
    (r'target stage "([^"]+)" could not be found', _no_target),
    (r'unable to prepare context: path "([^"]+)" not found', _no_context),
    (r"failed to read dockerfile: open (\S+): no such file", _no_dockerfile),
)
"""Messages with a name in them, and who can say which names there are."""
