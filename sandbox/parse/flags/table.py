"""The commands of buildx that this project reads, and the options that each of them has.

Source: ``docker buildx build --help``, ``bake --help`` and ``imagetools inspect --help``
(buildx 0.29); tests/integration/test_line_options.py compares these tables with the real ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

BEGINNINGS: Mapping[tuple[str, ...], str] = MappingProxyType(
    {
        ("docker", "buildx", "build"): "build",
        ("docker", "buildx", "b"): "build",
        ("docker", "build"): "build",
        ("docker", "image", "build"): "build",
        ("docker", "builder", "build"): "build",
        ("docker", "buildx", "bake"): "bake",
        ("docker", "buildx", "f"): "bake",
        ("docker", "buildx", "imagetools", "inspect"): "imagetools",
    }
)
"""For each possible beginning of a command, the kind of the command."""
KINDS = tuple(dict.fromkeys(BEGINNINGS.values()))


@dataclass(frozen=True, slots=True)
class Flag:
    """One option of a command.

    Args:
        name: Its long name, with both hyphens.
        short: Its short name, with the hyphen; empty if there is no short name.
        takes_value: Whether it takes the next word. If not, it is a switch, which can have a value
            only after ``=``.
        repeats: Whether every use of it counts. If not, the last one does.
        has_section: Whether Docker's reference page has a section about it.
        is_hidden: Whether buildx leaves it out of its help: an option of the legacy builder
            that buildx accepts and ignores.
    """

    name: str
    short: str = ""
    takes_value: bool = True
    repeats: bool = False
    has_section: bool = True
    is_hidden: bool = False


_BUILD = (
    Flag("--add-host", repeats=True),
    Flag("--allow", repeats=True),
    Flag("--annotation", repeats=True),
    Flag("--attest", repeats=True),
    Flag("--build-arg", repeats=True),
    Flag("--build-context", repeats=True),
    Flag("--builder"),
    Flag("--cache-from", repeats=True),
    Flag("--cache-to", repeats=True),
    Flag("--call"),
    Flag("--cgroup-parent", has_section=False),
    Flag("--check", takes_value=False),
    Flag("--debug", "-D", takes_value=False, has_section=False),
    Flag("--file", "-f"),
    Flag("--help", takes_value=False, has_section=False),
    Flag("--iidfile", has_section=False),
    Flag("--label", repeats=True, has_section=False),
    Flag("--load", takes_value=False),
    Flag("--metadata-file"),
    Flag("--network"),
    Flag("--no-cache", takes_value=False, has_section=False),
    Flag("--no-cache-filter", repeats=True),
    Flag("--output", "-o", repeats=True),
    Flag("--platform", repeats=True),
    Flag("--progress"),
    Flag("--provenance"),
    Flag("--pull", takes_value=False, has_section=False),
    Flag("--push", takes_value=False),
    Flag("--quiet", "-q", takes_value=False, has_section=False),
    Flag("--sbom"),
    Flag("--secret", repeats=True),
    Flag("--shm-size"),
    Flag("--ssh", repeats=True),
    Flag("--tag", "-t", repeats=True),
    Flag("--target"),
    Flag("--ulimit", repeats=True),
    # Source: docker/buildx, commands/build.go ("hidden flags").
    *(
        Flag(name, takes_value=False, has_section=False, is_hidden=True)
        for name in ("--compress", "--force-rm", "--rm", "--squash")
    ),
)
_BAKE = (
    Flag("--allow", repeats=True, has_section=False),
    Flag("--builder"),
    Flag("--call"),
    Flag("--check", takes_value=False),
    Flag("--debug", "-D", takes_value=False, has_section=False),
    Flag("--file", "-f", repeats=True),
    Flag("--help", takes_value=False, has_section=False),
    Flag("--list"),
    Flag("--load", takes_value=False, has_section=False),
    Flag("--metadata-file"),
    Flag("--no-cache", takes_value=False),
    Flag("--print", takes_value=False),
    Flag("--progress"),
    Flag("--provenance"),
    Flag("--pull", takes_value=False),
    Flag("--push", takes_value=False, has_section=False),
    Flag("--sbom"),
    Flag("--set", repeats=True),
)
_IMAGETOOLS = (
    Flag("--builder", has_section=False),
    Flag("--debug", "-D", takes_value=False, has_section=False),
    Flag("--format", has_section=False),
    Flag("--help", takes_value=False, has_section=False),
    Flag("--raw", takes_value=False, has_section=False),
)

FLAGS: Mapping[str, Mapping[str, Flag]] = MappingProxyType(
    {
        kind: MappingProxyType({flag.name: flag for flag in flags})
        for kind, flags in (("build", _BUILD), ("bake", _BAKE), ("imagetools", _IMAGETOOLS))
    }
)
"""For each kind of command, its options by their long names."""

_DOCKER = (
    Flag("--config"),
    Flag("--context", "-c"),
    Flag("--debug", "-D", takes_value=False),
    Flag("--help", takes_value=False),
    Flag("--host", "-H"),
    Flag("--log-level", "-l"),
    Flag("--tls", takes_value=False),
    Flag("--tlscacert"),
    Flag("--tlscert"),
    Flag("--tlskey"),
    Flag("--tlsverify", takes_value=False),
    Flag("--version", "-v", takes_value=False),
)
GLOBAL_FLAGS: Mapping[str, Mapping[str, Flag]] = MappingProxyType(
    {
        program: MappingProxyType({flag.name: flag for flag in flags})
        for program, flags in (("docker", _DOCKER), ("buildx", (*_DOCKER, Flag("--builder"))))
    }
)
"""The options that stand in front of a command's name: docker's own, and those after ``buildx``."""


def beginning_of(argv: Sequence[str]) -> tuple[str, ...] | None:
    """The beginning of a command, one of ``BEGINNINGS``; None when it is another command."""
    return next((words for words in BEGINNINGS if tuple(argv[: len(words)]) == words), None)


def beginnings_of(kind: str) -> tuple[tuple[str, ...], ...]:
    """All possible beginnings of that kind of command, the full form first."""
    return tuple(words for words, of in BEGINNINGS.items() if of == kind)
