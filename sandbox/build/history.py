"""Earlier builds of this sandbox, from the records that BuildKit keeps of them.

BuildKit's record of a build has its vertices with their times, logs and transfers, the error,
the build's options, and its results. The record of a successful build also has the Dockerfile,
in the provenance that BuildKit always keeps. It has no command line, and no Dockerfile of a
failed build. If ``Sandbox`` or ``%docker`` ran the build, these two come from the lab's own
notes; see ``sandbox.build.metadata``.

Source: docker buildx history ls, inspect, inspect attachment, logs (buildx 0.29);
https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-provenance.md.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sandbox.build.failures.explain import explain
from sandbox.build.metadata import Note, find_note
from sandbox.engine.client import DockerRunner
from sandbox.errors import ParseError, UsageError
from sandbox.model.build import Build
from sandbox.model.stage_graph import StageGraph
from sandbox.model.trace import Trace
from sandbox.model.vertex import Vertex
from sandbox.parse.docker_command import BUILD
from sandbox.parse.dockerfile import read_dockerfile
from sandbox.parse.flags import NamedContext
from sandbox.parse.rawjson import read_trace

_HISTORY = ("buildx", "history")
_EXIT_CODES = {"completed": 0, "canceled": 130}
_INDEXES = ("image.index.v1+json", "manifest.list.v2+json")
_MANIFESTS = ("image.manifest.v1+json", "distribution.manifest.v2+json")
_PAIRS = (
    ("--build-arg", "BuildArgs"),
    ("--build-context", "NamedContexts"),
    ("--label", "Labels"),
)
"""Options whose values have a name, and their keys in BuildKit's record."""
_LEAST_ID = 3
"""Shortest beginning of an id that is accepted in place of the whole id."""


@dataclass(frozen=True, slots=True)
class Record:
    """One earlier build, as listed.

    Args:
        id: BuildKit's, for ``reopen``.
        name: The name that buildx makes from the context, the Dockerfile and the target.
        status: ``completed``, ``running`` or ``error``; a cancelled build counts as an error.
        started: Aware, UTC.
        duration_s: None while the build is running.
        vertexes: The number of vertices of the build.
        cached: The number of vertices that came from the cache.
    """

    id: str
    name: str
    status: str
    started: datetime
    duration_s: float | None
    vertexes: int
    cached: int


def list_records(docker: DockerRunner) -> tuple[Record, ...]:
    """All builds that BuildKit still has a record of, the latest first.

    Raises:
        CommandError: The engine did not answer.
        ParseError: Its answer could not be read.
    """
    done = docker(*_HISTORY, "ls", "--format", "json")
    records = [_record(line) for line in done.stdout.splitlines() if line.strip()]
    return tuple(sorted(records, key=lambda record: record.started, reverse=True))


def errors_since(
    docker: DockerRunner, started: datetime, builder: str | None = None
) -> tuple[str, ...]:
    """The messages of all builds that failed since a point in time.

    Args:
        docker: The sandbox's client.
        started: Aware.
        builder: The name of another builder than the current one.

    Raises:
        CommandError, ParseError: As for ``list_records``.
    """
    history = ("buildx", *([f"--builder={builder}"] if builder else []), "history")
    listed = docker(*history, "ls", "--format", "json").stdout.splitlines()
    records = [_record(line) for line in listed if line.strip()]
    failed = [one.id for one in records if one.status == "error" and one.started >= started]
    answers = (docker(*history, "inspect", "--format", "json", id) for id in failed)
    return tuple(_message(_parse(answer.stdout).get("Error")) for answer in answers)


def reopen(docker: DockerRunner, builds: Path, id: str) -> Build:
    """Read an earlier build with its log, as if it had just been made.

    Its ``command`` is the typed one if the lab noted it. Otherwise the command is put together
    from BuildKit's record, without tags, outputs, cache options and the folders that
    ``--build-context`` named; ``log_path`` is then None.
    ``duration_s`` is the engine's, without the client's start.

    Args:
        docker: The sandbox's client.
        builds: The folder with the lab's own records.
        id: The build's id, or a beginning that only one id has.

    Raises:
        UsageError: No record or several records match, or the build is still running.
        ParseError: The record could not be read.
    """
    record = _find(list_records(docker), id)
    # Paths in the answer are relative to the current folder if they lie below it.
    inspected = docker(*_HISTORY, "inspect", "--format", "json", record.id, cwd=builds)
    details = _parse(inspected.stdout)
    # A failed build has no provenance.
    attached = docker(
        *(*_HISTORY, "inspect", "attachment", "--type", "provenance", record.id), check=False
    )
    graph = _stages(attached.stdout, details) if attached.ok else None
    lines = docker(*_HISTORY, "logs", "--progress=rawjson", record.id).stderr.splitlines()
    trace = _in_order(read_trace(lines))
    note = find_note(builds, frozenset(_of_the_client(trace)))
    if graph is None and note is not None:
        graph = note.graph
    if graph is not None:
        trace = _in_order(read_trace(lines, graph))
    build = _build(record, details, trace, graph=graph, note=note, builds=builds)
    if build.ok or build.exit_code == _EXIT_CODES["canceled"]:
        return build
    # The files that the build read may have changed since.
    return replace(build, explanation=explain(build, None))


def find_failed(docker: DockerRunner, builds: Path, begun: datetime) -> Build | None:
    """The only build that began since a moment and failed; None if there is none, or several.

    The arguments and errors are those of ``reopen``.
    """
    failed = [r for r in list_records(docker) if r.status == "error" and r.started >= begun]
    return reopen(docker, builds, failed[0].id) if len(failed) == 1 else None


def _build(
    record: Record,
    details: dict[str, Any],
    trace: Trace,
    *,
    graph: StageGraph | None,
    note: Note | None,
    builds: Path,
) -> Build:
    typed = note.command if note is not None else None
    try:
        return Build(
            command=typed or tuple(_command(details, builds)),
            exit_code=_EXIT_CODES.get(details["Status"], 1),
            trace=trace,
            graph=graph,
            target=details.get("Target"),
            image_digest=_image_digest(details.get("Attachments") or ()),
            log=trace.log,
            message=_message(details.get("Error")),
            started=record.started,
            duration_s=details["Duration"] / 1e9,
            log_path=note.raw_path if note is not None else None,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _unreadable(json.dumps(details)) from error


def _record(line: str) -> Record:
    values = _parse(line)
    try:
        started = datetime.fromisoformat(values["created_at"])
        ended = values.get("completed_at")
        return Record(
            id=str(values["ref"]).rpartition("/")[2],
            name=str(values["name"]),
            status=str(values["status"]).lower(),
            started=started,
            duration_s=(datetime.fromisoformat(ended) - started).total_seconds() if ended else None,
            vertexes=int(values["total_steps"]),
            cached=int(values["cached_steps"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _unreadable(line) from error


def _find(records: tuple[Record, ...], id: str) -> Record:
    found = [r for r in records if r.id == id] or [
        r for r in records if len(id) >= _LEAST_ID and r.id.startswith(id)
    ]
    if not found:
        raise UsageError(
            f"There is no record of a build {id!r}; BuildKit forgets the oldest ones.",
            next_step="`sandbox history` lists the builds there are",
        )
    if len(found) > 1:
        raise UsageError(
            f"{len(found)} builds have an id that begins with {id!r}.",
            next_step=f"give more of it: {', '.join(r.id for r in found[:5])}",
        )
    if found[0].duration_s is None:
        raise UsageError(
            f"The build {found[0].id} is still running.",
            next_step="ask again when it has ended; `sandbox history` says when",
        )
    return found[0]


def _parse(text: str) -> dict[str, Any]:
    try:
        values = json.loads(text)
    except ValueError as error:
        raise _unreadable(text) from error
    if not isinstance(values, dict):
        raise _unreadable(text)
    return values


def _unreadable(text: str) -> ParseError:
    return ParseError(
        f"A record of a build could not be read: {text[:200]!r}.",
        next_step="`sandbox status` says which buildx this is; 0.29 is the one it was made for",
    )


def _of_the_client(trace: Trace) -> Iterator[str]:
    for vertex in trace.vertexes:
        if vertex.instruction.startswith(("load build definition", "load .dockerignore")):
            yield vertex.digest


def _in_order(trace: Trace) -> Trace:
    """Sort vertices by their start: in a record they have no order."""

    def begin(vertex: Vertex) -> tuple[bool, float]:
        if not vertex.intervals:
            return True, 0.0
        return False, vertex.intervals[0].start.timestamp()

    return replace(trace, vertexes=tuple(sorted(trace.vertexes, key=begin)))


def _stages(provenance: str, details: dict[str, Any]) -> StageGraph | None:
    """The stages of the Dockerfile inside a provenance."""
    arguments, contexts = _pairs(details, "BuildArgs"), _pairs(details, "NamedContexts")
    named = [NamedContext(name, place) for name, place in contexts.items()]
    for info in _infos(_parse(provenance)):
        try:
            return read_dockerfile(base64.b64decode(info["data"], validate=True), arguments, named)
        except (KeyError, TypeError, ValueError, ParseError):
            continue
    return None


def _pairs(details: dict[str, Any], key: str) -> dict[str, str]:
    try:
        return {pair["Name"]: pair.get("Value", "") for pair in details.get(key) or ()}
    except (KeyError, TypeError, AttributeError) as error:
        raise _unreadable(json.dumps(details)) from error


def _infos(value: Any) -> Iterator[dict[str, Any]]:
    """The files under ``source.infos``: SLSA v0.2 and v1 have them in different places."""
    if isinstance(value, dict):
        source = value.get("source")
        if isinstance(source, dict) and isinstance(source.get("infos"), list):
            yield from (info for info in source["infos"] if isinstance(info, dict))
        for inner in value.values():
            yield from _infos(inner)


def _image_digest(attachments: Sequence[dict[str, Any]]) -> str | None:
    """Digest of the index, else of the image; None for a build without either."""
    for kinds in (_INDEXES, _MANIFESTS):
        for attachment in attachments:
            if str(attachment.get("Type", "")).endswith(kinds):
                return str(attachment["Digest"])
    return None


def _message(error: dict[str, Any] | None) -> str:
    """The error as buildx reports it, after the lines of the Dockerfile that caused it."""
    if error is None:
        return ""
    sources = base64.b64decode(error.get("Sources") or "").decode("utf-8", "replace").rstrip("\n")
    report = f"ERROR: failed to build: failed to solve: {error.get('Message', '')}"
    return "\n".join(part for part in (sources, report) if part)


def _command(details: dict[str, Any], builds: Path) -> Iterator[str]:
    """A command line for the same build, as far as BuildKit's record has its options."""
    yield from BUILD[0]
    file = details.get("Dockerfile")
    if file and file != "Dockerfile":
        yield from ("--file", str(file))
    if details.get("Target"):
        yield from ("--target", str(details["Target"]))
    for option, key in _PAIRS:
        for name, value in _pairs(details, key).items():
            # Of a folder on the client, the record has the name only.
            if value != f"local:{name}":
                yield from (option, f"{name}={value}")
    if details.get("Platform"):
        yield from ("--platform", ",".join(details["Platform"]))
    config = details.get("Config") or {}
    if config.get("NoCache"):
        yield "--no-cache"
    for stage in config.get("NoCacheFilter") or ():
        yield from ("--no-cache-filter", str(stage))
    context = str(details.get("Context") or ".")
    is_path = "://" not in context and context != "-" and not context.startswith("git@")
    yield str((builds / context).resolve()) if is_path else context
