"""Leaves out exporters that would store an image a second time under the same name.

The engine's own builder keeps each image that it exports, also one that it pushes. So ``--push
--load`` starts two exporters that store one image at the same time. If its name is new, the slower
one fails with ``image "…": already exists``, and the same command passes or fails by chance. The
exporter ``docker`` does nothing that the other one does not do.
"""

from __future__ import annotations

from collections.abc import Iterable

from checker.command.command_line import CommandLine
from checker.command.rules import options
from sandbox import flags

_LOAD, _PUSH = flags.read_output("type=docker"), flags.read_output("type=registry")


def without_second_store(command: CommandLine) -> tuple[str, ...]:
    """The arguments of a validated build without options that store the image a second time."""
    given = options(command)
    outputs = [_output(option) for option in given]
    stores = any(output is not None and _stores(output) for output in outputs)
    kept = (
        option.words
        for option, output in zip(given, outputs, strict=True)
        if output is None or not (stores and _only_loads(output))
    )
    return tuple(word for words in kept for word in words)


def stored_once(outputs: Iterable[str]) -> list[str]:
    """The outputs of a bake target without those that store the image a second time."""
    read = [(text, flags.read_output(text)) for text in outputs]
    stores = any(_stores(output) for _, output in read)
    return [text for text, output in read if not (stores and _only_loads(output))]


def _output(option: flags.Option) -> flags.Output | None:
    """The output that an option asks for; None for an option without an output."""
    if option.name == "--output":
        return flags.read_output(option.value)
    if option.name in ("--load", "--push") and flags.read_switch(option.value):
        return _LOAD if option.name == "--load" else _PUSH
    return None


def _stores(output: flags.Output) -> bool:
    """Whether the engine keeps the image under the names of ``--tag``."""
    return (
        output.kind in ("image", "registry")
        and not output.names
        and "store" not in output.fields.names
    )


def _only_loads(output: flags.Output) -> bool:
    return output.kind == "docker" and not output.names and not output.writes_files
