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
_NOTHING = (None, "", "NOASSERTION", "NONE")
"""SPDX's own words for nothing, and its absence."""


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
        repository: Of the source's version control, None when it is not said.
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
    repository: str | None
    steps: int


@dataclass(frozen=True, slots=True)
class Package:
    """One package of an SBOM.

    Args:
        name: As its own packaging calls it.
        version: Empty when it is not said.
        license: As an SPDX expression; None when it says none.
        purl: Its package URL, as ``pkg:deb/debian/bash@5.2``; None when it has none.
        found_by: What the scanner took it from, in its own words; empty when it is not said.
    """

    name: str
    version: str
    license: str | None
    purl: str | None = None
    found_by: str = ""

    @property
    def kind(self) -> str:
        """The packaging, from the package URL: ``deb``, ``npm``, ``golang`` …; may be empty."""
        return (self.purl or "").removeprefix("pkg:").partition("/")[0]


@dataclass(frozen=True, slots=True)
class Sbom:
    """What an image is made of.

    Args:
        version: As ``SPDX-2.3``.
        name: Of the document.
        creators: Tools and people, as ``Tool: syft``.
        created: Aware; None when it is not said.
        packages: In the order of the document, without the file system that it describes.
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
    return _provenance(
        version="v0.2",
        build_type=predicate.get("buildType"),
        builder=predicate.get("builder"),
        entry_point=fields(invocation.get("configSource")).get("entryPoint"),
        request=invocation.get("parameters"),
        platform=fields(invocation.get("environment")).get("platform"),
        materials=predicate.get("materials"),
        config=predicate.get("buildConfig"),
        started=metadata.get("buildStartedOn"),
        finished=metadata.get("buildFinishedOn"),
        buildkit=metadata.get(_V02_METADATA),
    )


def _provenance_1(predicate: dict[str, Any]) -> Provenance:
    definition = fields(predicate.get("buildDefinition"))
    external = fields(definition.get("externalParameters"))
    internal = fields(definition.get("internalParameters"))
    details = fields(predicate.get("runDetails"))
    metadata = fields(details.get("metadata"))
    return _provenance(
        version="v1",
        build_type=definition.get("buildType"),
        builder=details.get("builder"),
        entry_point=fields(external.get("configSource")).get("path"),
        request=external.get("request"),
        platform=internal.get("builderPlatform"),
        materials=definition.get("resolvedDependencies"),
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
    entry_point: object,
    request: object,
    platform: str | None,
    materials: object,
    config: object,
    started: object,
    finished: object,
    buildkit: object,
) -> Provenance:
    """From the parts that both versions have, each in a place of its own."""
    asked = fields(request)
    steps = entries(fields(config).get("llbDefinition"))
    control = fields(fields(buildkit).get("vcs"))
    return Provenance(
        version=version,
        mode="max" if steps else "min",
        build_type=str(build_type or ""),
        builder_id=str(fields(builder).get("id", "")),
        frontend=str(asked.get("frontend", "")),
        entry_point=str(entry_point or ""),
        target=strings(asked.get("args")).get("target"),
        build_args=_build_args(asked),
        materials=_materials(materials),
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
    described = {
        relation.get("relatedSpdxElement")
        for relation in map(fields, entries(predicate.get("relationships")))
        if relation.get("relationshipType") == "DESCRIBES"
    }
    return Sbom(
        version=str(predicate.get("spdxVersion", "")),
        name=str(predicate.get("name", "")),
        creators=tuple(map(str, entries(creation.get("creators")))),
        created=moment(creation.get("created")),
        packages=tuple(
            _package(item)
            for item in map(fields, entries(predicate.get("packages")))
            # The whole that was scanned stands in the list as well; it has no version.
            if item.get("SPDXID") not in described or "versionInfo" in item
        ),
        file_count=len(entries(predicate.get("files"))),
    )


def _package(item: dict[str, Any]) -> Package:
    # What somebody concluded goes before what the package says of itself.
    licenses = (item.get("licenseConcluded"), item.get("licenseDeclared"))
    urls = [
        str(reference.get("referenceLocator"))
        for reference in map(fields, entries(item.get("externalRefs")))
        if reference.get("referenceType") == "purl"
    ]
    return Package(
        name=str(item.get("name", "")),
        version=str(item.get("versionInfo", "")),
        license=next((str(one) for one in licenses if one not in _NOTHING), None),
        purl=urls[0] if urls else None,
        found_by=str(item.get("sourceInfo", "")),
    )
