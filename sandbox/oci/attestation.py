"""Attestations: the statements of a build about an image, decoded.

Source: in-toto Statement 0.1 and 1; moby/buildkit, docs/attestations/attestation-storage.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.oci.documents import fields, read_json
from sandbox.oci.provenance import SLSA_02, SLSA_1, Provenance, read_slsa_02, read_slsa_1
from sandbox.oci.sbom import SPDX, Sbom, read_spdx


@dataclass(frozen=True, slots=True)
class Attestation:
    """One in-toto statement about the image of one platform.

    Args:
        predicate_type: The URL that names the kind of statement.
        digest: Digest of the statement.
        size_bytes: Size of the statement.
        subject: Digest of the manifest that the statement is about.
        manifest: Digest of the manifest that holds the statement.
        artifact: Whether that manifest is an OCI artifact; if not, it looks like an image's.
        stored: ``index`` or ``referrers``: the list in which the manifest was found.
        statement: The JSON, as it is stored.
        provenance: The decoded provenance; None for another kind of statement.
        sbom: The decoded SBOM; None for another kind of statement.
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
    """The predicate type of a statement, and its predicate if the type is known.

    Raises:
        ImageError: The statement is not a JSON object.
    """
    statement = read_json(raw, what)
    kind = str(statement.get("predicateType", ""))
    predicate = fields(statement.get("predicate"))
    if kind == SLSA_02:
        return kind, read_slsa_02(predicate), None
    if kind == SLSA_1:
        return kind, read_slsa_1(predicate), None
    if kind == SPDX:
        return kind, None, read_spdx(predicate)
    return kind, None, None
