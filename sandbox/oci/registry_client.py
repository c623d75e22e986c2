"""An image in a registry that speaks plain HTTP, such as the sandbox's own.

``http.client`` is enough: the registry is on this machine, never redirects and needs no login.

Source: OCI Distribution Specification 1.1.
"""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

from sandbox.errors import EngineError, ImageError, ImageNotFound, UsageError
from sandbox.media_types import ACCEPT, INDEXES, MANIFESTS
from sandbox.oci.documents import BUILD_AGAIN, entries, read_descriptor
from sandbox.oci.source import BlobMissing, Readable
from sandbox.oci.values import Descriptor

_ACCEPT = {"Accept": f"{ACCEPT}, */*"}
_TIMEOUT_S = 30.0
_REFERENCE = re.compile(r"[A-Za-z0-9][\w.:/@-]*", re.ASCII)


class RegistrySource:
    """One image of a registry.

    Args:
        address: ``HOST:PORT``.
        repository: Such as ``lab/go``.
        name: A tag, or a digest.
    """

    def __init__(self, address: str, repository: str, name: str) -> None:
        self._address = address
        self._repository = repository
        self._name = name

    @property
    def label(self) -> str:
        return f"the registry {self._address}"

    def root(self) -> Descriptor:
        try:
            with self._get(f"manifests/{self._name}", method="HEAD") as answer:
                return _described(answer)
        except BlobMissing as error:
            joint = "@" if ":" in self._name else ":"
            reference = f"{self._address}/{self._repository}{joint}{self._name}"
            raise ImageNotFound(
                f"There is no image {reference} in the registry.",
                next_step=f"push it: docker buildx build --push -t {reference} .",
            ) from error

    def open(self, descriptor: Descriptor) -> AbstractContextManager[Readable]:
        kind = "manifests" if descriptor.media_type in INDEXES | MANIFESTS else "blobs"
        return self._get(f"{kind}/{descriptor.digest}")

    def referrers(self, digest: str) -> tuple[Descriptor, ...]:
        # A registry without the referrers API keeps the same list under a tag.
        for path in (f"referrers/{digest}", f"manifests/{digest.replace(':', '-')}"):
            try:
                with self._get(path) as answer:
                    found = json.loads(answer.read())
            except BlobMissing:
                continue
            except ValueError:
                return ()
            listed = entries(found.get("manifests")) if isinstance(found, dict) else []
            return tuple(read_descriptor(entry, "list of referrers") for entry in listed)
        return ()

    @contextmanager
    def _get(self, path: str, *, method: str = "GET") -> Iterator[http.client.HTTPResponse]:
        host, _, port = self._address.rpartition(":")
        # The registry is published on IPv4 only, and `localhost` may resolve to IPv6 first.
        host = "127.0.0.1" if host == "localhost" else host
        connection = http.client.HTTPConnection(host, int(port), timeout=_TIMEOUT_S)
        try:
            try:
                connection.request(method, f"/v2/{self._repository}/{path}", headers=_ACCEPT)
                answer = connection.getresponse()
            except (OSError, http.client.HTTPException) as error:
                raise _silent(self._address, error) from error
            # The response keeps the socket open after the connection is closed.
            with answer:
                if answer.status == http.client.NOT_FOUND:
                    raise BlobMissing(path)
                if answer.status != http.client.OK:
                    raise ImageError(
                        f"The registry answered {answer.status} {answer.reason} for "
                        f"{self._repository}/{path}.",
                        next_step="check the name: lower case, REPOSITORY:TAG",
                    )
                yield answer
        finally:
            connection.close()


def split(reference: str) -> tuple[str | None, str, str]:
    """Registry address (None without one), repository, and tag or digest of a reference.

    Raises:
        UsageError: It is not a valid image name.

    Source: distribution/reference, normalize.go.
    """
    if not _REFERENCE.fullmatch(reference):
        raise UsageError(
            f"{reference!r} is not an image name.", next_step="write it as NAME:TAG, lower case"
        )
    name, _, digest = reference.partition("@")
    address: str | None = None
    first, slash, rest = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        address, name = first, rest
    repository, _, tag = name.partition(":")
    return address, repository, digest or tag or "latest"


def _described(answer: http.client.HTTPResponse) -> Descriptor:
    entry: Mapping[str, object] = {
        "mediaType": answer.headers.get_content_type(),
        "digest": answer.headers.get("Docker-Content-Digest"),
        "size": int(answer.headers.get("Content-Length") or 0),
    }
    if entry["digest"] is None:
        raise ImageError("The registry's answer has no digest.", next_step=BUILD_AGAIN)
    return read_descriptor(entry, "registry's answer")


def _silent(address: str, error: Exception) -> EngineError:
    return EngineError(
        f"The registry {address} does not answer: {error}.",
        next_step="`sandbox up` starts it again",
    )
