"""A ``docker buildx bake`` command line, and the images that its targets ask for.

What a bake file means only buildx can say: it has variables, functions, inheritance, and
``--set`` on top. So buildx is asked, with ``--print``.

Source: docker buildx bake, reference, and https://docs.docker.com/build/bake/reference/
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sandbox.engine.client import DockerRunner
from sandbox.parse.docker_command import BAKE, SCANNER
from sandbox.parse.local_dockerfile import read_dockerfile_text, read_local_dockerfile

IMAGE_CONTEXT = "docker-image://"


def ask_images(docker: DockerRunner, argv: Sequence[str], cwd: Path) -> frozenset[str]:
    """Images that the targets of a bake may ask for; none for another command.

    None as well when buildx cannot read the file: it says why when it is to build it.

    Args:
        docker: The sandbox's client.
        argv: As typed, ``docker`` first.
        cwd: The folder that paths are relative to.

    Raises:
        NotRunning: There is no engine.
    """
    if tuple(argv[:3]) not in BAKE:
        return frozenset()
    printed = docker(*argv[1:], "--print", check=False, cwd=cwd).stdout
    try:
        targets = json.loads(printed)["target"].values()
        return frozenset().union(*(_images(target, cwd) for target in targets))
    except (ValueError, KeyError, TypeError, AttributeError):
        return frozenset()


def _images(target: Mapping[str, Any], cwd: Path) -> frozenset[str]:
    arguments = {name: value for name, value in target.get("args", {}).items() if value is not None}
    if "dockerfile-inline" in target:
        found = read_dockerfile_text(target["dockerfile-inline"], arguments).images
    else:
        # A context that is no folder, such as an address, has no such file here.
        file = cwd / target.get("context", ".") / target.get("dockerfile", "Dockerfile")
        found = read_local_dockerfile(file if file.is_file() else None, arguments).images
    contexts = target.get("contexts", {}).values()
    others = {one.removeprefix(IMAGE_CONTEXT) for one in contexts if IMAGE_CONTEXT in one}
    scanners = {
        attest.get("generator", SCANNER)
        for attest in target.get("attest", ())
        if attest["type"] == "sbom" and attest.get("disabled") != "true"
    }
    return found | others | scanners
