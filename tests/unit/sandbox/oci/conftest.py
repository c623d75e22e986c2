"""Images made by hand, in a folder: whole ones, and ones that are broken in one place."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import zstandard

from sandbox.oci import Image, open_layout, read_image

OCI = "application/vnd.oci.image"
INDEX, MANIFEST, CONFIG = f"{OCI}.index.v1+json", f"{OCI}.manifest.v1+json", f"{OCI}.config.v1+json"
LAYER = f"{OCI}.layer.v1.tar"
IN_TOTO = "application/vnd.in-toto+json"

Files = Mapping[str, bytes | str | None]
"""Path to content; None for a folder, text for a symbolic link's target."""


def tar(files: Files, *, format: int = tarfile.PAX_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=format) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            if content is None:
                member.type, member.mode = tarfile.DIRTYPE, 0o755
            elif isinstance(content, str):
                member.type, member.linkname = tarfile.SYMTYPE, content
            else:
                member.size = len(content)
            archive.addfile(member, io.BytesIO(content) if isinstance(content, bytes) else None)
    return buffer.getvalue()


def compressed(data: bytes, compression: str) -> bytes:
    if compression == "gzip":
        return gzip.compress(data, mtime=0)
    return zstandard.compress(data) if compression == "zstd" else data


class Layout:
    """An OCI image layout that grows blob by blob."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "blobs" / "sha256").mkdir(parents=True)

    def path(self, descriptor: Mapping[str, Any]) -> Path:
        return self.folder / "blobs" / "sha256" / descriptor["digest"].removeprefix("sha256:")

    def blob(self, content: bytes, media_type: str, **more: Any) -> dict[str, Any]:
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        descriptor = {"mediaType": media_type, "digest": digest, "size": len(content), **more}
        self.path(descriptor).write_bytes(content)
        return descriptor

    def document(self, content: Any, media_type: str, **more: Any) -> dict[str, Any]:
        return self.blob(json.dumps(content).encode(), media_type, **more)

    def layer(self, files: Files, compression: str = "none") -> dict[str, Any]:
        ending = "" if compression == "none" else f"+{compression}"
        return self.blob(compressed(tar(files), compression), LAYER + ending)

    def manifest(
        self,
        layers: Iterable[Mapping[str, Any]],
        *,
        config: Mapping[str, Any] | None = None,
        history: Iterable[str] = (),
        annotations: Mapping[str, str] | None = None,
        platform: str = "linux/amd64",
        **more: Any,
    ) -> dict[str, Any]:
        """A manifest with its config; a line of history that ends in ``#`` made no layer."""
        os, architecture = platform.split("/")
        content = {
            "os": os,
            "architecture": architecture,
            "config": {},
            "history": [
                {"created_by": line.rstrip("#").strip(), "empty_layer": line.endswith("#")}
                for line in history
            ],
            "rootfs": {"type": "layers", "diff_ids": []},
            **(config or {}),
        }
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": self.document(content, CONFIG),
            "layers": list(layers),
            **({"annotations": annotations} if annotations else {}),
        }
        place = {"os": os, "architecture": architecture}
        return self.document(manifest, MANIFEST, platform=place, **more)

    def attestation(
        self, subject: Mapping[str, Any], statement: bytes, *, artifact: bool = False
    ) -> dict[str, Any]:
        layer = self.blob(statement, IN_TOTO)
        manifest: dict[str, Any] = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": self.document(
                {}, "application/vnd.oci.empty.v1+json" if artifact else CONFIG
            ),
            "layers": [layer],
        }
        if artifact:
            manifest["artifactType"] = "application/vnd.docker.attestation.manifest.v1+json"
            manifest["subject"] = {key: subject[key] for key in ("mediaType", "digest", "size")}
        return self.document(
            manifest,
            MANIFEST,
            platform={"os": "unknown", "architecture": "unknown"},
            annotations={
                "vnd.docker.reference.type": "attestation-manifest",
                "vnd.docker.reference.digest": subject["digest"],
            },
        )

    def index(self, entries: Iterable[Mapping[str, Any]], **more: Any) -> dict[str, Any]:
        content = {"schemaVersion": 2, "mediaType": INDEX, "manifests": list(entries), **more}
        return self.document(content, INDEX)

    def write(self, *roots: Mapping[str, Any]) -> Path:
        content = {"schemaVersion": 2, "manifests": list(roots)}
        (self.folder / "index.json").write_text(json.dumps(content))
        (self.folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
        return self.folder

    def read(self, root: Mapping[str, Any]) -> Image:
        return read_image(open_layout(self.write(root)), "made/by-hand")


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "layout")


@pytest.fixture
def recorded() -> Callable[[str], bytes]:
    """Statements that BuildKit 0.25 (Docker Engine 28.5.2) wrote."""
    return lambda name: (Path(__file__).parent / "data" / f"{name}.json").read_bytes()
