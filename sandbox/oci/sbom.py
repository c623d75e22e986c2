"""Software bills of materials: the packages in an image.

Source: SPDX 2.3, and purl-spec for package URLs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.oci.documents import entries, fields, moment

SPDX = "https://spdx.dev/Document"
_NOTHING = (None, "", "NOASSERTION", "NONE")
"""SPDX's words for a missing value."""


@dataclass(frozen=True, slots=True)
class Package:
    """One package of an SBOM.

    Args:
        name: The package's name in its own packaging system.
        version: Empty if not stated.
        license: An SPDX expression; None if not stated.
        purl: The package URL, as ``pkg:deb/debian/bash@5.2``; None if not stated.
        found_by: The scanner's words on where it found the package; empty if not stated.
    """

    name: str
    version: str
    license: str | None
    purl: str | None = None
    found_by: str = ""

    @property
    def kind(self) -> str:
        """The type in the package URL: ``deb``, ``npm``, ``golang`` …; empty without a URL."""
        return (self.purl or "").removeprefix("pkg:").partition("/")[0]


@dataclass(frozen=True, slots=True)
class Sbom:
    """An SBOM: the packages in an image.

    Args:
        version: Such as ``SPDX-2.3``.
        name: The document's name.
        creators: Tools and people, as ``Tool: syft``.
        created: Aware; None if not stated.
        packages: In the document's order, without the entry for the scanned file system.
        file_count: The number of files that it lists.
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
            # The list also has an entry for the scanned file system, without a version.
            if item.get("SPDXID") not in described or "versionInfo" in item
        ),
        file_count=len(entries(predicate.get("files"))),
    )


def _package(item: dict[str, Any]) -> Package:
    # A concluded license takes precedence over the declared one.
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
