"""Attestations: what a build says about an image, decoded.

Source: in-toto Statement 0.1 and 1; SLSA Provenance 0.2 and 1.0; SPDX 2.3;
moby/buildkit, docs/attestations/attestation-storage.md and slsa-definitions.md.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.oci.documents import entries, fields, moment, read_json, strings

SLSA_02 = "https://slsa.dev/provenance/v0.2"
SLSA_1 = "https://slsa.dev/provenance/v1"
SPDX = "https://spdx.dev/Document"
_V02_METADATA = "https://mobyproject.org/buildkit@v1#metadata"
_BUILD_ARG = "build-arg:"


@dataclass(frozen=True, slots=True)
class Material:
    """Something that went into a build: ``uri`` and ``sha256:…`` or another digest, or None."""

    uri: str
    digest: str | None


@dataclass(frozen=True, slots=True)
class Provenance:
    """How an image came to be, the same for both versions of SLSA.

    Args:
        version: ``v0.2`` or ``v1``.
        mode: ``max`` when it tells the build's steps, ``min`` when it does not.
        build_type: What kind of build it was, a URL.
        builder_id: Who built it, may be empty.
        frontend: As ``dockerfile.v0``, empty when it is not said.
        entry_point: The Dockerfile's path, empty when it is not said.
        target: The stage asked for, None for the default or when it is not said.
        build_args: Names and values, readable by everybody who can pull the image.
        materials: Base images and other sources.
        platform: Of the builder, None when it is not said.
        started: Aware; None when it is not said.
        finished: Aware; None when it is not said.
        source: The Dockerfile itself, None when it is not in there.
        revision: Of the source's version control, None when it is not said.
        steps: How many operations of the LLB graph it tells.
    """

    version: str
    mode: str
    build_type: str
    builder_id: str
    frontend: str
    entry_point: str
    target: str | None
    build_args: tuple[tuple[str, str], ...]
    materials: tuple[Material, ...]
    platform: str | None
    started: datetime | None
    finished: datetime | None
    source: str | None
    revision: str | None
    steps: int


@dataclass(frozen=True, slots=True)
class Package:
    """One package of an SBOM; ``license`` is None when it says none."""

    name: str
    version: str
    license: str | None


@dataclass(frozen=True, slots=True)
class Sbom:
    """What an image is made of.

    Args:
        version: As ``SPDX-2.3``.
        name: Of the document.
        creators: Tools and people, as ``Tool: syft``.
        created: Aware; None when it is not said.
        packages: In the order of the document.
        file_count: How many files it names.
    """

    version: str
    name: str
    creators: tuple[str, ...]
    created: datetime | None
    packages: tuple[Package, ...]
    file_count: int


@dataclass(frozen=True, slots=True)
class Attestation:
    """One in-toto statement about the image of one platform.

    Args:
        predicate_type: A URL that says what is stated.
        digest: Of the statement.
        size_bytes: Of the statement.
        subject: Digest of the manifest that it is about.
        manifest: Digest of the manifest that carries it.
        artifact: Whether that manifest is an OCI artifact; otherwise it is made like an image's.
        stored: ``index`` or ``referrers``: what leads from the image to it.
        statement: The JSON, as it is stored.
        provenance: Decoded; None when it is something else.
        sbom: Decoded; None when it is something else.
    """

    predicate_type: str
    digest: str
    size_bytes: int
    subject: str
    manifest: str
    artifact: bool
    stored: str
    statement: str
    provenance: Provenance | None = None
    sbom: Sbom | None = None


def decode(raw: bytes, what: str) -> tuple[str, Provenance | None, Sbom | None]:
    """The predicate type of a statement, and the predicate where it is of a known type.

    Raises:
        ImageError: It is not a JSON object.
    """
    statement = read_json(raw, what)
    kind = str(statement.get("predicateType", ""))
    predicate = fields(statement.get("predicate"))
    if kind == SLSA_02:
        return kind, _provenance_02(predicate), None
    if kind == SLSA_1:
        return kind, _provenance_1(predicate), None
    if kind == SPDX:
        return kind, None, _sbom(predicate)
    return kind, None, None


def _provenance_02(predicate: dict[str, Any]) -> Provenance:
    invocation = fields(predicate.get("invocation"))
    metadata = fields(predicate.get("metadata"))
    parameters = fields(invocation.get("parameters"))
    buildkit = fields(metadata.get(_V02_METADATA))
    steps = entries(fields(predicate.get("buildConfig")).get("llbDefinition"))
    return Provenance(
        version="v0.2",
        mode="max" if steps else "min",
        build_type=str(predicate.get("buildType", "")),
        builder_id=str(fields(predicate.get("builder")).get("id", "")),
        frontend=str(parameters.get("frontend", "")),
        entry_point=str(fields(invocation.get("configSource")).get("entryPoint", "")),
        target=strings(parameters.get("args")).get("target"),
        build_args=_build_args(parameters),
        materials=_materials(predicate.get("materials")),
        platform=fields(invocation.get("environment")).get("platform"),
        started=moment(metadata.get("buildStartedOn")),
        finished=moment(metadata.get("buildFinishedOn")),
        source=_source(buildkit),
        revision=fields(buildkit.get("vcs")).get("revision"),
        steps=len(steps),
    )


def _provenance_1(predicate: dict[str, Any]) -> Provenance:
    definition = fields(predicate.get("buildDefinition"))
    external = fields(definition.get("externalParameters"))
    internal = fields(definition.get("internalParameters"))
    details = fields(predicate.get("runDetails"))
    metadata = fields(details.get("metadata"))
    buildkit = fields(metadata.get("buildkit_metadata"))
    request = fields(external.get("request"))
    steps = entries(fields(internal.get("buildConfig")).get("llbDefinition"))
    return Provenance(
        version="v1",
        mode="max" if steps else "min",
        build_type=str(definition.get("buildType", "")),
        builder_id=str(fields(details.get("builder")).get("id", "")),
        frontend=str(request.get("frontend", "")),
        entry_point=str(fields(external.get("configSource")).get("path", "")),
        target=strings(request.get("args")).get("target"),
        build_args=_build_args(request),
        materials=_materials(definition.get("resolvedDependencies")),
        platform=internal.get("builderPlatform"),
        started=moment(metadata.get("startedOn")),
        finished=moment(metadata.get("finishedOn")),
        source=_source(buildkit),
        revision=fields(buildkit.get("vcs")).get("revision"),
        steps=len(steps),
    )


def _build_args(parameters: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name.removeprefix(_BUILD_ARG), value)
        for name, value in strings(parameters.get("args")).items()
        if name.startswith(_BUILD_ARG)
    )


def _materials(found: object) -> tuple[Material, ...]:
    return tuple(
        Material(
            uri=str(item.get("uri", "")),
            digest=next(
                (f"{name}:{value}" for name, value in strings(item.get("digest")).items()), None
            ),
        )
        for item in map(fields, entries(found))
    )


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


def _sbom(predicate: dict[str, Any]) -> Sbom:
    creation = fields(predicate.get("creationInfo"))
    return Sbom(
        version=str(predicate.get("spdxVersion", "")),
        name=str(predicate.get("name", "")),
        creators=tuple(map(str, entries(creation.get("creators")))),
        created=moment(creation.get("created")),
        packages=tuple(_package(item) for item in map(fields, entries(predicate.get("packages")))),
        file_count=len(entries(predicate.get("files"))),
    )


def _package(item: dict[str, Any]) -> Package:
    stated = item.get("licenseConcluded") or item.get("licenseDeclared")
    # SPDX's own words for nothing.
    unknown = stated in (None, "NOASSERTION", "NONE")
    return Package(
        name=str(item.get("name", "")),
        version=str(item.get("versionInfo", "")),
        license=None if unknown else str(stated),
    )
