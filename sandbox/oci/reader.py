"""Reads an image from a source of blobs: index, manifests, configs, attestations."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.errors import ImageError
from sandbox.media_types import INDEXES, MANIFESTS
from sandbox.oci.attestation import Attestation, decode
from sandbox.oci.blob import find_document, read_document
from sandbox.oci.config import read_config
from sandbox.oci.contents import Contents
from sandbox.oci.documents import (
    BUILD_AGAIN,
    CACHE_CONFIG,
    CONFIGS,
    IN_TOTO,
    LAYERS,
    entries,
    moment,
    read_descriptor,
    read_json,
    strings,
)
from sandbox.oci.image import Image, PlatformImage
from sandbox.oci.source import BlobSource
from sandbox.oci.values import Descriptor, Layer

REFERENCE_TYPE = "vnd.docker.reference.type"
REFERENCE_DIGEST = "vnd.docker.reference.digest"
ATTESTATION = "attestation-manifest"
CACHE = "build cache"
CREATED_AT = "buildkit/createdat"
"""Annotation with the creation time of a build cache's layer; a cache has no history."""
_DEPTH_MAX = 4
"""Maximum depth of indexes inside indexes; builders use one."""


@dataclass(frozen=True, slots=True)
class _Carrier:
    """A manifest that may carry attestations about the manifest ``subject``."""

    manifest: Descriptor
    subject: str
    stored: str


def read_image(source: BlobSource, reference: str) -> Image:
    """Read an image, without its layers.

    Args:
        source: The source of its blobs.
        reference: The image's name.

    Raises:
        ImageNotFound: There is no such image.
        ImageError: A part of it is damaged, missing, or of an unknown media type.
    """
    return _Reader(source).read(reference)


class _Reader:
    def __init__(self, source: BlobSource) -> None:
        self._source = source
        self._root = source.root()
        self._contents = Contents(source)
        self._annotations: dict[str, str] = {}
        self._manifests: list[Descriptor] = []
        self._carriers: list[_Carrier] = []
        self._absent: list[str] = []

    def read(self, reference: str) -> Image:
        root = self._root
        cache = None
        if root.media_type in INDEXES:
            cache = self._read_index(root, depth=1)
        else:
            self._manifests.append(root)
        platforms = [cache] if cache else []
        platforms += [p for p in map(self._read_manifest, self._manifests) if p is not None]
        return Image(
            reference=reference,
            root=root,
            annotations=self._annotations,
            platforms=tuple(platforms),
            absent=tuple(self._absent),
            _contents=self._contents,
        )

    def _read_index(self, descriptor: Descriptor, *, depth: int) -> PlatformImage | None:
        """Collect the entries of an index; returns the image if the index is a build cache."""
        what = f"index {descriptor.digest[:19]}…"
        index = read_json(read_document(self._source, descriptor, what), what)
        listed = [read_descriptor(entry, what) for entry in entries(index.get("manifests"))]
        if depth == 1:
            self._annotations.update(strings(index.get("annotations")))
        if any(entry.media_type == CACHE_CONFIG for entry in listed):
            return self._cache(descriptor, listed)
        for entry in listed:
            if entry.annotations.get(REFERENCE_TYPE) == ATTESTATION:
                subject = entry.annotations.get(REFERENCE_DIGEST, "")
                self._carriers.append(_Carrier(entry, subject, "index"))
            elif entry.media_type in MANIFESTS:
                self._manifests.append(entry)
            elif entry.media_type in INDEXES and depth < _DEPTH_MAX:
                self._read_index(entry, depth=depth + 1)
            else:
                raise _unknown(entry, what, "an index or a manifest")
        return None

    def _read_manifest(self, descriptor: Descriptor) -> PlatformImage | None:
        what = f"manifest of {descriptor.platform or 'the image'}"
        if descriptor.media_type not in MANIFESTS:
            raise _unknown(descriptor, what, "an index or a manifest")
        raw = find_document(self._source, descriptor, what)
        if raw is None:
            self._absent.append(descriptor.platform or descriptor.digest)
            return None
        manifest = read_json(raw, what)
        config = read_descriptor(manifest.get("config"), what)
        listed = [read_descriptor(entry, what) for entry in entries(manifest.get("layers"))]
        annotations = {**descriptor.annotations, **strings(manifest.get("annotations"))}
        # `docker pull` fetches the manifests of all platforms, and all else of a single one.
        is_alone = descriptor is self._root
        found = self._platform(descriptor, config, listed, annotations, required=is_alone)
        if found is None:
            self._absent.append(descriptor.platform or descriptor.digest)
        return found

    def _cache(self, index: Descriptor, listed: list[Descriptor]) -> PlatformImage | None:
        """A build cache in its older format: an index that lists layers."""
        config = next(entry for entry in listed if entry.media_type == CACHE_CONFIG)
        layers = [entry for entry in listed if entry is not config]
        return self._platform(index, config, layers, self._annotations, required=True)

    def _platform(
        self,
        manifest: Descriptor,
        config_at: Descriptor,
        layers: list[Descriptor],
        annotations: dict[str, str],
        *,
        required: bool,
    ) -> PlatformImage | None:
        """The image of one platform; None: it is not required, and its config is not there."""
        what = f"config of {manifest.platform or 'the image'}"
        if config_at.media_type not in CONFIGS:
            raise _unknown(config_at, what, "an image's config")
        for layer in layers:
            if layer.media_type not in LAYERS:
                raise _unknown(layer, f"manifest of {manifest.platform or 'the image'}", "a layer")
        is_cache = config_at.media_type == CACHE_CONFIG
        read = read_document if required else find_document
        raw = read(self._source, config_at, what)
        if raw is None:
            return None
        found = read_config(raw, config_at, len(layers), what)
        named = [CACHE] if is_cache else [found.config.os, found.config.architecture]
        if found.config.variant:
            named.append(found.config.variant)
        carriers = [c for c in self._carriers if c.subject == manifest.digest]
        carriers += [
            _Carrier(referrer, manifest.digest, "referrers")
            for referrer in self._source.referrers(manifest.digest)
        ]
        return PlatformImage(
            platform=manifest.platform or "/".join(filter(None, named)) or "unknown",
            manifest=manifest,
            config=found.config,
            history=found.history,
            layers=tuple(
                Layer(
                    number=number,
                    digest=layer.digest,
                    media_type=layer.media_type,
                    size_bytes=layer.size_bytes,
                    diff_id=found.diff_id(number),
                    instruction=found.instruction(number),
                    created=found.created(number) or moment(layer.annotations.get(CREATED_AT)),
                    annotations=layer.annotations,
                )
                for number, layer in enumerate(layers, start=1)
            ),
            annotations=annotations,
            attestations=tuple(a for carrier in carriers for a in self._attestations(carrier)),
            is_cache=is_cache,
            _contents=self._contents,
        )

    def _attestations(self, carrier: _Carrier) -> list[Attestation]:
        what = f"attestation manifest {carrier.manifest.digest[:19]}…"
        manifest = read_json(read_document(self._source, carrier.manifest, what), what)
        found = []
        for entry in entries(manifest.get("layers")):
            layer = read_descriptor(entry, what)
            # A referrer may be anything that was attached: a signature, a note.
            if layer.media_type != IN_TOTO:
                continue
            raw = read_document(self._source, layer, f"attestation {layer.digest[:19]}…")
            kind, provenance, sbom = decode(raw, f"attestation {layer.digest[:19]}…")
            found.append(
                Attestation(
                    predicate_type=kind,
                    digest=layer.digest,
                    size_bytes=layer.size_bytes,
                    subject=carrier.subject,
                    manifest=carrier.manifest.digest,
                    artifact="artifactType" in manifest,
                    stored=carrier.stored,
                    statement=raw.decode(errors="surrogateescape"),
                    provenance=provenance,
                    sbom=sbom,
                )
            )
        return found


def _unknown(descriptor: Descriptor, what: str, wanted: str) -> ImageError:
    kind = descriptor.media_type or "no media type"
    return ImageError(
        f"The {what} leads to {kind}, where {wanted} is expected ({descriptor.digest[:19]}…).",
        next_step=f"this image cannot be run as a container; {BUILD_AGAIN}",
    )
