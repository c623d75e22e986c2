"""The CI cache at ``http://actions.lab``: GitHub's cache protocol, as BuildKit's client uses it.

This is version 2 of the protocol; GitHub switched version 1 off in 2025. Three JSON calls reserve,
publish and find an entry. The client uploads the entry's bytes as an Azure block blob to the URL
that the first call returns. Such a request carries no token, so the URL is unguessable.

Source: go-actions-cache, cache_v2.go; Twirp specification v7 (errors); Azure Blob Storage REST
API, Put Block, Put Block List, Put Blob, Get Blob.
"""

from __future__ import annotations

import json
import re
import secrets
import socket
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from . import grants
from .answer import answer_with
from .cache_store import AlreadyExists, Full, Store
from .grants import Grant, Permission
from .listening import Server

FOLDER = Path("/lab/actions")
IDLE_S = 60.0
"""How long a connection may be idle before the server closes it."""
MOST_JSON_BYTES = 1 << 20
MOST_BLOCK_BYTES = 4000 << 20
MOST_LIST_BYTES = 8 << 20
"""Limits on the body of a request. A block list may have 50,000 names.
Source: Azure Blob Storage REST API: Put Block, remarks, and Put Block List.
"""
WHOLE = "whole"
"""The block name for a blob that is uploaded in a single request."""
_CALL = re.compile(r"/twirp/github\.actions\.results\.api\.v1\.CacheService/(\w+)")
_UPLOAD = re.compile(r"/uploads/([0-9a-f]{32})")
_BLOB = re.compile(r"/blobs/([0-9a-f]{32})")
# Block names are base64, which XML does not escape, so this needs no XML parser.
_LISTED = re.compile(r"<(Latest|Uncommitted)>([^<]*)</\1>")
_STATUS = {
    "already_exists": HTTPStatus.CONFLICT,
    "bad_route": HTTPStatus.NOT_FOUND,
    "invalid_argument": HTTPStatus.BAD_REQUEST,
    "not_found": HTTPStatus.NOT_FOUND,
    "permission_denied": HTTPStatus.FORBIDDEN,
    "unauthenticated": HTTPStatus.UNAUTHORIZED,
}
"""Source: Twirp specification v7, error codes."""


def server(listener: socket.socket) -> CacheServer:
    """The server for the CI cache of this sandbox."""
    FOLDER.mkdir(exist_ok=True)
    return CacheServer(listener, Store(FOLDER), grants.secret(FOLDER))


class CacheServer(Server):
    """Serves the entries of a store.

    Args:
        listener: The listening socket.
        store: The store.
        secret: The key that signs tokens.
    """

    def __init__(self, listener: socket.socket, store: Store, secret: bytes) -> None:
        super().__init__(listener, ActionsHandler)
        self.store = store
        self.secret = secret


class CallError(Exception):
    """A call failed.

    Args:
        code: A Twirp error code.
        message: The message for the client to show.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class ActionsHandler(BaseHTTPRequestHandler):
    """Handles one connection."""

    server: CacheServer
    protocol_version = "HTTP/1.1"
    timeout = IDLE_S
    # Head and body are two writes, and Nagle's algorithm would delay the second one.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Send a blob, or at ``/`` a line that shows that the service runs."""
        path = urlsplit(self.path).path
        if path == "/":
            self._send(HTTPStatus.OK, b"The CI cache of this sandbox.\n")
            return
        blob = _BLOB.fullmatch(path)
        try:
            file = self._store.blob(blob[1] if blob else "none").open("rb")
        except FileNotFoundError:
            self._refuse(HTTPStatus.NOT_FOUND, "BlobNotFound", "This entry does not exist.")
            return
        with file:
            # Azure's clients send this header in place of Range.
            if "x-ms-range" in self.headers:
                del self.headers["Range"]
                self.headers["Range"] = self.headers["x-ms-range"]
            answer = answer_with(file, self.headers, {})
            self._send_head(answer.status, answer.size_bytes, answer.headers)
            if answer.size_bytes:
                self.connection.sendfile(file, file.tell(), answer.size_bytes)

    def do_PUT(self) -> None:
        """Take a block of a blob, the list of its blocks, or a whole blob."""
        address = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        what = query.get("comp")
        target = _UPLOAD.fullmatch(address.path)
        try:
            size_bytes = self._length(MOST_LIST_BYTES if what == "blocklist" else MOST_BLOCK_BYTES)
            upload = self._store.upload(target[1] if target else "none")
            if what == "blocklist":
                text = self.rfile.read(size_bytes).decode("ascii", "replace")
                upload.join([name for _, name in _LISTED.findall(text)])
            else:
                self._store.admit(upload, size_bytes)
                upload.put(query.get("blockid", WHOLE), self.rfile, size_bytes)
                if what != "block":
                    upload.join([WHOLE])
        except ValueError as error:
            self._refuse(HTTPStatus.BAD_REQUEST, "InvalidInput", f"{error}.")
        except (KeyError, FileNotFoundError):
            self._refuse(HTTPStatus.NOT_FOUND, "BlobNotFound", "There is no such upload.")
        except EOFError:
            self.close_connection = True
        except (Full, OSError) as error:
            self._refuse(HTTPStatus.INSUFFICIENT_STORAGE, "InsufficientSpace", f"{error}.")
        else:
            self._send(HTTPStatus.CREATED, b"")

    def do_POST(self) -> None:
        """Answer a JSON call."""
        try:
            answer = self._call()
        except CallError as error:
            # Twirp names this field ``msg``, but BuildKit shows the text of ``message``.
            said = {"code": error.code, "msg": str(error), "message": str(error)}
            # The request's body may not have been read, so the connection cannot be reused.
            self.close_connection = True
            self._send_json(_STATUS[error.code], said)
        else:
            self._send_json(HTTPStatus.OK, answer)

    def _call(self) -> Mapping[str, object]:
        called = _CALL.fullmatch(urlsplit(self.path).path)
        calls = {
            "CreateCacheEntry": self._create,
            "FinalizeCacheEntryUpload": self._finalize,
            "GetCacheEntryDownloadURL": self._find,
        }
        if called is None or called[1] not in calls:
            raise CallError("bad_route", f"there is no call {self.path}")
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        try:
            allowed = grants.read(self.server.secret, token if scheme == "Bearer" else "")
        except grants.Refused as error:
            raise CallError("unauthenticated", str(error)) from None
        try:
            asked = json.loads(self.rfile.read(self._length(MOST_JSON_BYTES)))
            return calls[called[1]](asked, allowed)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CallError("invalid_argument", f"the call cannot be read: {error!r}") from None

    def _create(self, asked: Mapping[str, Any], allowed: Sequence[Grant]) -> Mapping[str, object]:
        key, version = str(asked["key"]), str(asked["version"])
        try:
            upload = self._store.reserve(key, version, _own_scope(allowed))
        except AlreadyExists:
            raise CallError("already_exists", f"the entry {key} already exists") from None
        return {"ok": True, "signed_upload_url": self._url("uploads", upload.id)}

    def _finalize(self, asked: Mapping[str, Any], allowed: Sequence[Grant]) -> Mapping[str, object]:
        key, version = str(asked["key"]), str(asked["version"])
        size_bytes = int(asked["size_bytes"])
        try:
            entry = self._store.publish(key, version, _own_scope(allowed), size_bytes)
        except KeyError:
            raise CallError("not_found", f"no {size_bytes} bytes were sent for {key}") from None
        return {"ok": True, "entry_id": entry.id}

    def _find(self, asked: Mapping[str, Any], allowed: Sequence[Grant]) -> Mapping[str, object]:
        keys = [str(key) for key in (asked["key"], *asked.get("restore_keys", ()))]
        scopes = [grant.scope for grant in allowed if Permission.READ in grant.permission]
        entry = self._store.find(keys, str(asked["version"]), scopes)
        if entry is None:
            return {"ok": False}
        url = self._url("blobs", entry.id)
        return {"ok": True, "signed_download_url": url, "matched_key": entry.key}

    @property
    def _store(self) -> Store:
        return self.server.store

    def _url(self, kind: str, id: str) -> str:
        # The host name with which the client reached this server works for the next request too.
        return f"http://{self.headers['Host']}/{kind}/{id}"

    def _length(self, most_bytes: int) -> int:
        """The length of the request's body, in bytes.

        Raises:
            ValueError: The length is missing or above ``most_bytes``.
        """
        text = self.headers.get("Content-Length", "")
        if not text.isdecimal() or int(text) > most_bytes:
            raise ValueError(f"Content-Length is {text or 'missing'}; the limit is {most_bytes}")
        return int(text)

    def _refuse(self, status: HTTPStatus, code: str, message: str) -> None:
        """Send an error in the format that Azure's clients read."""
        self.close_connection = True
        text = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
        self._send(
            status, text.encode(), {"Content-Type": "application/xml", "x-ms-error-code": code}
        )

    def _send_json(self, status: HTTPStatus, value: Mapping[str, object]) -> None:
        self._send(status, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _send(self, status: HTTPStatus, body: bytes, headers: Mapping[str, str] = {}) -> None:
        self._send_head(status, len(body), headers)
        self.wfile.write(body)

    def _send_head(self, status: HTTPStatus, size_bytes: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(size_bytes))
        # Azure's client logs this header without a check, and crashes if it is missing.
        self.send_header("x-ms-request-id", secrets.token_hex(8))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Log nothing: the client reports failed requests, and server errors print a traceback."""


def _own_scope(allowed: Sequence[Grant]) -> str:
    """The scope that a job may write to.

    Raises:
        CallError: The job may not write to any scope.
    """
    for grant in allowed:
        if Permission.WRITE in grant.permission:
            return grant.scope
    raise CallError("permission_denied", "this job may only read the cache")
