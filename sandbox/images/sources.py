"""The source files of an image or an index."""

from __future__ import annotations

from pathlib import Path

BY_PYTHON = "__pycache__"
"""pip compiles every module that it installs, also those of images and packages."""


def sources(folder: Path) -> list[Path]:
    """All files below a folder, without those that Python made."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if BY_PYTHON not in path.relative_to(folder).parts)
