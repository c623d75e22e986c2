"""Provenance: how an image was built, in one form for both versions of SLSA.

Source: SLSA Provenance 0.2 and 1.0; moby/buildkit, docs/attestations/slsa-definitions.md.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.oci.documents import entries, fields, moment, strings

SLSA_02 = "https://slsa.dev/provenance/v0.2"
SLSA_1 = "https://slsa.dev/provenance/v1"
_V02_METADATA = "https://mobyproject.org/buildkit@v1#metadata"
_BUILD_ARG = "build-arg:"


@dataclass(frozen=True, slots=True)
class Material:
    """An input of a build: its ``uri``, and its digest, such as ``sha256:…``, or None."""

    uri: str
    digest: str | None


@dataclass(frozen=True, slots=True)
class Provenance:
    """How an image was built, in one form for both versions of SLSA.

    Args:
        version: ``v0.2`` or ``v1``.
        mode: ``max`` if it lists the build's steps, ``min`` if not.
        build_type: The URL of the kind of build.
        builder_id: The builder; may be empty.
        frontend: Such as ``dockerfile.v0``; empty if not stated.
        context: The address from which BuildKit fetched the build context, and its commit; None
            for a folder that a client sent.
        entry_point: The Dockerfile's path; empty if not stated.
        target: The requested stage; None for the default, or if not stated.
        build_args: Names and values, readable by everybody who can pull the image.
        secrets: Ids of the secrets that the build could read, never their values.
        materials: Base images and other sources.
        is_complete: Whether ``materials`` lists all inputs.
        platform: The builder's platform; None if not stated.
        started: Aware; None if not stated.
        finished: Aware; None if not stated.
        source: The Dockerfile itself; None if not included.
        revision: The commit that the client reported for its folder, whether or not the files
            were those of the commit; None if it reported none.
        repository: The remote that the client reported for its folder; None likewise.
        steps: The number of operations of the LLB graph that it lists.
    """

    version: str
    mode: str
    build_type: str
    builder_id: str
    frontend: str
    context: Material | None
    entry_point: str
    target: str | None
    build_args: tuple[tuple[str, str], ...]
    secrets: tuple[str, ...]
    materials: tuple[Material, ...]
    is_complete: bool
    platform: str | None
    started: datetime | None
    finished: datetime | None
    source: str | None
    revision: str | None
    repository: str | None
    steps: int


def read_slsa_02(predicate: dict[str, Any]) -> Provenance:
    """Read a predicate of type ``SLSA_02``; missing and malformed fields are left empty."""
    invocation = fields(predicate.get("invocation"))
    metadata = fields(predicate.get("metadata"))
    return _provenance(
        version="v0.2",
        build_type=predicate.get("buildType"),
        builder=predicate.get("builder"),
        source=invocation.get("configSource"),
        request=invocation.get("parameters"),
        platform=fields(invocation.get("environment")).get("platform"),
        materials=predicate.get("materials"),
        is_complete=fields(metadata.get("completeness")).get("materials"),
        config=predicate.get("buildConfig"),
        started=metadata.get("buildStartedOn"),
        finished=metadata.get("buildFinishedOn"),
        buildkit=metadata.get(_V02_METADATA),
    )


def read_slsa_1(predicate: dict[str, Any]) -> Provenance:
    """Read a predicate of type ``SLSA_1``; missing and malformed fields are left empty."""
    definition = fields(predicate.get("buildDefinition"))
    external = fields(definition.get("externalParameters"))
    internal = fields(definition.get("internalParameters"))
    details = fields(predicate.get("runDetails"))
    metadata = fields(details.get("metadata"))
    return _provenance(
        version="v1",
        build_type=definition.get("buildType"),
        builder=details.get("builder"),
        source=external.get("configSource"),
        request=external.get("request"),
        platform=internal.get("builderPlatform"),
        materials=definition.get("resolvedDependencies"),
        is_complete=fields(metadata.get("buildkit_completeness")).get("resolvedDependencies"),
        config=internal.get("buildConfig"),
        started=metadata.get("startedOn"),
        finished=metadata.get("finishedOn"),
        buildkit=metadata.get("buildkit_metadata"),
    )


def _provenance(
    *,
    version: str,
    build_type: object,
    builder: object,
    source: object,
    request: object,
    platform: str | None,
    materials: object,
    is_complete: object,
    config: object,
    started: object,
    finished: object,
    buildkit: object,
) -> Provenance:
    """Build the value from the parts that both versions have, in different places."""
    asked, fetched = fields(request), fields(source)
    steps = entries(fields(config).get("llbDefinition"))
    control = fields(fields(buildkit).get("vcs"))
    return Provenance(
        version=version,
        mode="max" if steps else "min",
        build_type=str(build_type or ""),
        builder_id=str(fields(builder).get("id", "")),
        frontend=str(asked.get("frontend", "")),
        context=_material(fetched) if fetched.get("uri") else None,
        entry_point=str(fetched.get("entryPoint") or fetched.get("path") or ""),
        target=strings(asked.get("args")).get("target"),
        build_args=_build_args(asked),
        secrets=tuple(str(fields(one).get("id", "")) for one in entries(asked.get("secrets"))),
        materials=tuple(_material(fields(item)) for item in entries(materials)),
        is_complete=is_complete is True,
        platform=platform,
        started=moment(started),
        finished=moment(finished),
        source=_source(fields(buildkit)),
        revision=control.get("revision"),
        repository=control.get("source"),
        steps=len(steps),
    )


def _build_args(parameters: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name.removeprefix(_BUILD_ARG), value)
        for name, value in strings(parameters.get("args")).items()
        if name.startswith(_BUILD_ARG)
    )


def _material(item: dict[str, Any]) -> Material:
    digests = (f"{name}:{value}" for name, value in strings(item.get("digest")).items())
    return Material(uri=str(item.get("uri", "")), digest=next(digests, None))


def _source(buildkit: dict[str, Any]) -> str | None:
    """The first source file, which is the Dockerfile."""
    for info in entries(fields(buildkit.get("source")).get("infos")):
        try:
            return base64.b64decode(str(fields(info).get("data", "")), validate=True).decode(
                errors="replace"
            )
        except binascii.Error:
            continue
    return None
