"""The JSON documents of an image: descriptors, media types, and errors in them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sandbox.errors import ImageError
from sandbox.oci.values import Descriptor

CACHE_CONFIG = "application/vnd.buildkit.cacheconfig.v0"
CONFIGS = frozenset(
    {
        "application/vnd.oci.image.config.v1+json",
        "application/vnd.docker.container.image.v1+json",
        CACHE_CONFIG,
    }
)
LAYERS = frozenset(
    {
        f"application/vnd.oci.image.layer.{kind}v1.tar{compression}"
        for kind in ("", "nondistributable.")
        for compression in ("", "+gzip", "+zstd")
    }
    | {
        f"application/vnd.docker.image.rootfs.{kind}diff.tar{compression}"
        for kind in ("", "foreign.")
        for compression in ("", ".gzip", ".zstd")
    }
)
IN_TOTO = "application/vnd.in-toto+json"

BUILD_AGAIN = "build and push the image again; docker buildx imagetools inspect --raw shows it"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
# BuildKit writes nanoseconds, which a datetime cannot hold.
_FRACTION = re.compile(r"(\.\d{6})\d+")


def read_json(raw: bytes, what: str) -> dict[str, Any]:
    """A JSON object.

    Raises:
        ImageError: It is not a JSON object; ``what`` names the document in the message.
    """
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ImageError(f"The {what} is not JSON: {error}.", next_step=BUILD_AGAIN) from error
    if not isinstance(document, dict):
        raise ImageError(f"The {what} is JSON, but not an object.", next_step=BUILD_AGAIN)
    return document


def read_descriptor(entry: object, what: str) -> Descriptor:
    """A descriptor from parsed JSON.

    Raises:
        ImageError: A field is missing or has the wrong type.
    """
    found = fields(entry)
    digest, size = found.get("digest"), found.get("size")
    if not (isinstance(digest, str) and _DIGEST.fullmatch(digest) and isinstance(size, int)):
        raise ImageError(
            f"The {what} has an entry without a sha256 digest and a size: {entry!r:.120}.",
            next_step=BUILD_AGAIN,
        )
    artifact_type = found.get("artifactType")
    return Descriptor(
        media_type=str(found.get("mediaType", "")),
        digest=digest,
        size_bytes=size,
        annotations=strings(found.get("annotations")),
        platform=_platform(found.get("platform")),
        artifact_type=None if artifact_type is None else str(artifact_type),
    )


def strings(found: object) -> Mapping[str, str]:
    """A JSON object of strings; anything else counts as an empty one."""
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def words(found: object) -> tuple[str, ...]:
    """A JSON list of strings; anything else counts as an empty one."""
    return tuple(map(str, found)) if isinstance(found, list) else ()


def entries(found: object) -> list[Any]:
    """A JSON list; anything else counts as an empty one."""
    return found if isinstance(found, list) else []


def fields(found: object) -> dict[str, Any]:
    """A JSON object; anything else counts as an empty one."""
    return found if isinstance(found, dict) else {}


def moment(found: object) -> datetime | None:
    """A time in RFC 3339's format, aware; None if it is not one."""
    try:
        at = datetime.fromisoformat(_FRACTION.sub(r"\1", str(found)))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _platform(found: object) -> str | None:
    parts = fields(found)
    if not parts:
        return None
    named = (parts.get("os", ""), parts.get("architecture", ""), parts.get("variant"))
    return "/".join(str(part) for part in named if part is not None)
