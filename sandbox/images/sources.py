"""The files that an image or an index is made from."""

from __future__ import annotations

from pathlib import Path

BY_PYTHON = "__pycache__"
"""pip compiles every module that it installs, those of images and packages among them."""


def sources(folder: Path) -> list[Path]:
    """All files below a folder, but for what Python has put there."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if BY_PYTHON not in path.relative_to(folder).parts)
