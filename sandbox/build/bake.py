"""A ``docker buildx bake`` command line, and the images that its targets ask for.

Only buildx can evaluate a bake file: it has variables, functions, inheritance, and
``--set`` on top. So this module runs buildx with ``--print``.

Source: docker buildx bake, reference, and https://docs.docker.com/build/bake/reference/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from sandbox.build.request import BuildRequest
from sandbox.engine.client import DockerRunner
from sandbox.errors import ParseError
from sandbox.parse import flags
from sandbox.parse.local_dockerfile import read_dockerfile_text, read_local_dockerfile

Printed = TypeVar("Printed")


def print_bake(docker: Callable[..., Printed], argv: Sequence[str], **how: Any) -> Printed:
    """Run ``bake --print``: buildx evaluates the targets, prints them, and builds nothing.

    Args:
        docker: Runs the sandbox's docker client.
        argv: The bake's command line, ``docker`` first.
        how: More for ``docker``: the folder, the environment, a time limit.

    Returns:
        The result of ``docker``, even if buildx cannot read the file. ``flags.read_bake_plan``
        reads its output.
    """
    beginning = flags.read_beginning(argv)
    # Behind the name of the command: `--` may stand before the targets.
    place = len(beginning.words if beginning is not None else argv)
    return docker(*argv[1:place], "--print", *argv[place:], check=False, **how)


def ask_images(
    docker: DockerRunner, request: BuildRequest, env: Mapping[str, str]
) -> frozenset[str]:
    """The images that the targets of a bake may ask for; empty for another command.

    Empty also if buildx cannot read the file: buildx reports the reason when it runs the bake.

    Args:
        docker: The sandbox's client.
        request: The command.
        env: The command's environment, whose variables a bake file can read.

    Raises:
        NotRunning: There is no engine.
    """
    if not request.is_bake:
        return frozenset()
    try:
        printed = print_bake(docker, request.argv, cwd=request.cwd, env=env)
        plan = flags.read_bake_plan(printed.stdout)
        return frozenset().union(*(_images(target, request.cwd) for target in plan.targets))
    except ParseError:
        return frozenset()


def _images(target: flags.Target, cwd: Path) -> frozenset[str]:
    args = map(flags.read_build_argument, target.entries("args"))
    values = {arg.name: arg.value for arg in args if arg.value is not None}
    if "dockerfile-inline" in target.values:
        found = read_dockerfile_text(target.text("dockerfile-inline", ""), values).images
    else:
        # If the context is not a folder, for example an address, there is no such file here.
        file = cwd / target.text("context", ".") / target.text("dockerfile", "Dockerfile")
        found = read_local_dockerfile(file if file.is_file() else None, values).images
    contexts = map(flags.read_named_context, target.entries("contexts"))
    attests = map(flags.read_attest, target.entries("attest"))
    others = {*(one.image for one in contexts), *(one.scanner for one in attests)}
    return found | {image for image in others if image is not None}
