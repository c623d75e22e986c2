"""Digests of files and folders, by which records know whether their sources have changed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection
from pathlib import Path


def add_folder(digest: hashlib._Hash, folder: Path, *, without: Collection[str] = ()) -> None:
    """Add names, contents and execute permissions of all files, except compiled Python files.

    Args:
        digest: Takes the files in the order of their paths.
        folder: The folder.
        without: First parts of paths in the folder that are left out.
    """
    for path in sorted(folder.rglob("*")):
        inner = path.relative_to(folder)
        if path.is_file() and "__pycache__" not in path.parts and inner.parts[0] not in without:
            add_file(digest, f"{inner.as_posix()} {os.access(path, os.X_OK)}", path.read_bytes())


def add_file(digest: hashlib._Hash, name: str, content: bytes) -> None:
    """Add one file, so that no other name with another content gives the same digest."""
    digest.update(f"{len(name)} {name} {len(content)} ".encode())
    digest.update(content)
