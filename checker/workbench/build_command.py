"""The docker command of one build: the submitted command with the checker's additions."""

from __future__ import annotations

from dataclasses import dataclass

from checker.command.command_line import CommandLine
from checker.command.exporters import without_second_store
from checker.command.rules import options, without

OUTPUTS = ("--load", "--output", "--push", "--tag")
"""Options with which a command itself names the destination of its image."""
EXPORTS = (*OUTPUTS, "--attest", "--provenance", "--sbom", "--cache-to")
"""Options that only affect the results of a build, not the instructions that it runs."""


@dataclass(frozen=True, slots=True)
class BuildAdditions:
    """The checker's additions to the submitted command, for one build.

    Args:
        target: The stage to build, or the target of a bake; None for the command's own.
        options: More options, each in one word, as ``--build-arg=NAME=value``.
        builder: The name of another builder than the sandbox's own.
        tag: The image's name, in place of the command's own outputs. None keeps those outputs;
            a command without outputs then keeps no image.
        without_cache: Run every instruction, without the cache.
        full_provenance: Attach provenance of ``mode=max``, whatever the command says.
        cache_folder: Where to export the cache of all stages, relative to the build context;
            None exports nothing.
        layout_folder: Where to write the image as an OCI layout, relative to the build context, in
            place of the command's own outputs; None writes none.
        only_run: Run the instructions and export no result, whatever the command says. For a bake
            it has no effect.
    """

    target: str | None = None
    options: tuple[str, ...] = ()
    builder: str | None = None
    tag: str | None = None
    without_cache: bool = False
    full_provenance: bool = False
    cache_folder: str | None = None
    layout_folder: str | None = None
    only_run: bool = False


def names_output(command: CommandLine) -> bool:
    """Whether a command itself names the destination of its image."""
    # The targets of a bake name it. An imagetools command inspects an image that was published.
    if command.kind != "build":
        return True
    return any(option.name in OUTPUTS for option in options(command))


def compose(command: CommandLine, additions: BuildAdditions) -> tuple[str, ...]:
    """The argv of a build, as ``docker buildx build …``.

    Args:
        command: Validated, its variables expanded.
        additions: The checker's additions.
    """
    # If several options configure the same attestation, buildx uses the first one.
    first = ("--attest=type=provenance,mode=max",) if additions.full_provenance else ()
    only_run = additions.only_run and command.kind == "build"
    own, added = command.arguments, [*additions.options]
    if additions.tag is not None:
        own = without(command, OUTPUTS)
        added.append(f"--tag={additions.tag}")
    elif additions.layout_folder is not None:
        own = without(command, (*OUTPUTS, "--cache-to", "--sbom"))
        added.append(f"--output=type=oci,tar=false,dest={additions.layout_folder}")
    elif only_run or not names_output(command):
        own = without(command, EXPORTS) if only_run else own
        added.append("--output=type=cacheonly")
    elif additions.builder is None and command.kind == "build":
        # Another builder stores nothing in the engine by itself, so there --load has its own work.
        own = without_second_store(command)
    if additions.without_cache:
        added.append("--no-cache")
    if additions.cache_folder is not None:
        added.append(f"--cache-to=type=local,dest={additions.cache_folder},mode=max")
    if additions.target is not None:
        is_bake = command.kind == "bake"
        added.append(additions.target if is_bake else f"--target={additions.target}")
    if additions.builder is not None:
        added.append(f"--builder={additions.builder}")
    if "--no-cache" in added:
        # buildx takes only one of the two, and without a cache nothing needs a filter.
        own = tuple(word for word in own if not word.startswith("--no-cache-filter="))
    return (*command.words, *first, *own, *added)
