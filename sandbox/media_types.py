"""Media types of images, by which a registry and its clients agree on a document's format.

Source: OCI image-spec v1.1, media-types.md; CNCF distribution, docs/spec/manifest-v2-2.md.
"""

INDEXES = frozenset(
    {
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    }
)
MANIFESTS = frozenset(
    {
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    }
)
ACCEPT = ", ".join(sorted(INDEXES | MANIFESTS))
"""The value of an ``Accept`` header; a registry denies an image whose type it does not name."""
