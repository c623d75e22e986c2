"""Software bills of materials: what an image is made of.

Source: SPDX 2.3, and purl-spec for package URLs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.oci.documents import entries, fields, moment

SPDX = "https://spdx.dev/Document"
_NOTHING = (None, "", "NOASSERTION", "NONE")
"""SPDX's own words for nothing, and its absence."""


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


def read_spdx(predicate: dict[str, Any]) -> Sbom:
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
