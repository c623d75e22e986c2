"""The source files of an image or a package index."""

from __future__ import annotations

from pathlib import Path

BY_PYTHON = "__pycache__"
"""pip compiles every module that it installs, including the sources of images and packages."""


def sources(folder: Path) -> list[Path]:
    """All files below a folder, without the modules that Python has compiled there; sorted."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if BY_PYTHON not in path.relative_to(folder).parts)
