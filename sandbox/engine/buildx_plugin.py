"""The plugin by which ``docker`` finds buildx: a script that starts the real plugin.

Docker starts a plugin twice for each command, the first time only to read the plugin's metadata.
Each start of buildx costs about 0.1 s of CPU, which is a third of a short command. The script
prints the metadata itself, and for everything else becomes buildx, so that signals reach it.

Source: docker/cli, cli-plugins/metadata.
"""

from __future__ import annotations

import json
import shlex
from pathlib import Path

from sandbox import process
from sandbox.atomic import write_text

METADATA = "docker-cli-plugin-metadata"
"""The argument by which docker asks a plugin for its metadata."""


def install(folder: Path, buildx: Path) -> None:
    """Write the script ``docker-buildx`` into docker's folder of plugins, unless it is there.

    Args:
        folder: The folder of plugins; it is made if it does not exist.
        buildx: The real plugin. It is started once, for its metadata.
    """
    script = folder / "docker-buildx"
    real = shlex.quote(str(buildx))
    if script.is_file() and not script.is_symlink() and f"exec {real} " in script.read_text():
        return
    metadata = json.dumps(json.loads(process.run([str(buildx), METADATA]).stdout))
    folder.mkdir(parents=True, exist_ok=True)
    write_text(
        script,
        f'#!/bin/sh\n[ "$1" = {METADATA} ] || exec {real} "$@"\n'
        f"printf '%s\\n' {shlex.quote(metadata)}\n",
        mode=0o777,
    )
