"""The private npm package ``@team/notice``, which is made anew for each request.

Its only export is the text that came with the token of the request. So a build that has this text
has used the package, in this build.

Source: npm, docs/responses/package-metadata.md of npm/registry; package.json, "exports".
"""

from __future__ import annotations

import gzip
import io
import json
import tarfile

NAME, VERSION = "@team/notice", "1.0.0"
URL = "http://packages.lab/npm/@team/notice/-/notice-1.0.0.tgz"
METADATA = ("npm", "@team", "notice")
ARCHIVE = (*METADATA, "-", "notice-1.0.0.tgz")
"""The parts of the two paths."""
_MANIFEST = {
    "name": NAME,
    "version": VERSION,
    "description": "What holds today; for the team alone",
    "license": "Apache-2.0",
    "type": "module",
    "exports": "./index.js",
}


def content(names: tuple[str, ...], text: str) -> bytes | None:
    """The file at a path.

    Args:
        names: The parts of the path.
        text: What the package exports as ``notice``.

    Returns:
        None if the path does not belong to this package.
    """
    if names == METADATA:
        # Without "integrity", because the archive differs from token to token.
        version = {**_MANIFEST, "dist": {"tarball": URL}}
        tags = {"latest": VERSION}
        return json.dumps(
            {"name": NAME, "dist-tags": tags, "versions": {VERSION: version}}
        ).encode()
    if names == ARCHIVE:
        program = f"export const notice = {json.dumps(text)};\n"
        return _packed({"package.json": json.dumps(_MANIFEST), "index.js": program})
    return None


def _packed(files: dict[str, str]) -> bytes:
    """An npm archive; the same for the same files, whenever it is made."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size, entry.mode = len(text.encode()), 0o644
            archive.addfile(entry, io.BytesIO(text.encode()))
    return gzip.compress(out.getvalue(), mtime=0)
