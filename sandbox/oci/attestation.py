"""Attestations: what a build says about an image, decoded.

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
        return kind, read_slsa_02(predicate), None
    if kind == SLSA_1:
        return kind, read_slsa_1(predicate), None
    if kind == SPDX:
        return kind, None, read_spdx(predicate)
    return kind, None, None
