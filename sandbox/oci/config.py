"""An image's config, and its history: which instruction made which layer.

Source: OCI Image Format Specification 1.1, config.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sandbox.oci.documents import entries, fields, moment, read_json, strings, words
from sandbox.oci.values import Config, Descriptor, HistoryEntry

_BUILDKIT = re.compile(r"\s+# buildkit$")
# RUN |2 NAME=value OTHER=value /bin/sh -c COMMAND: the build arguments come first.
_ARGUMENTS = re.compile(r"^RUN \|\d+ (?:[A-Za-z_]\w*=.*? )+?(?=/)", re.DOTALL)
_SHELL = re.compile(r"^RUN /bin/(?:ba)?sh -c ")
_LEGACY = re.compile(r"^/bin/sh -c #\(nop\)\s+")
_LEGACY_RUN = re.compile(r"^(?:\|\d+ .*?)?/bin/sh -c ", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A config with its history, and the layers' diff ids."""

    config: Config
    history: tuple[HistoryEntry, ...]
    diff_ids: tuple[str, ...]

    def diff_id(self, number: int) -> str | None:
        """The layer's diff id; None if the config does not have it."""
        return self.diff_ids[number - 1] if number <= len(self.diff_ids) else None

    def instruction(self, number: int) -> str | None:
        """The instruction that made the layer; None if the history does not say."""
        return next((line.instruction for line in self.history if line.layer == number), None)

    def created(self, number: int) -> datetime | None:
        """The time at which the layer was made; None if the history does not say."""
        return next((line.created for line in self.history if line.layer == number), None)


def read_config(raw: bytes, descriptor: Descriptor, layer_count: int, what: str) -> ConfigFile:
    """Read a config.

    Args:
        descriptor: The config's descriptor.
        layer_count: The number of layers in the manifest. If the history has another number, no
            line of it is assigned to a layer: a wrong instruction is worse than none.

    Raises:
        ImageError: The config is not a JSON object.
    """
    document = read_json(raw, what)
    runtime = fields(document.get("config"))
    variant = document.get("variant")
    config = Config(
        media_type=descriptor.media_type,
        digest=descriptor.digest,
        size_bytes=descriptor.size_bytes,
        architecture=str(document.get("architecture", "")),
        os=str(document.get("os", "")),
        variant=str(variant) if variant else None,
        created=moment(document.get("created")),
        env=words(runtime.get("Env")),
        entrypoint=words(runtime.get("Entrypoint")),
        cmd=words(runtime.get("Cmd")),
        user=str(runtime.get("User") or ""),
        working_dir=str(runtime.get("WorkingDir") or ""),
        labels=strings(runtime.get("Labels")),
        exposed_ports=tuple(fields(runtime.get("ExposedPorts"))),
        volumes=tuple(fields(runtime.get("Volumes"))),
        stop_signal=runtime.get("StopSignal"),
    )
    lines = [fields(line) for line in entries(document.get("history"))]
    known = sum(not line.get("empty_layer") for line in lines) == layer_count
    history: list[HistoryEntry] = []
    number = 0
    for line in lines:
        has_layer = not line.get("empty_layer")
        number += has_layer
        created_by = str(line.get("created_by", ""))
        history.append(
            HistoryEntry(
                created_by=created_by,
                instruction=plain(created_by),
                created=moment(line.get("created")),
                comment=str(line.get("comment", "")),
                layer=number if has_layer and known else None,
            )
        )
    diff_ids = words(fields(document.get("rootfs")).get("diff_ids"))
    return ConfigFile(config, tuple(history), diff_ids)


def plain(created_by: str) -> str:
    """A line of history as the Dockerfile may have had it, on one line."""
    text = " ".join(_BUILDKIT.sub("", created_by).split())
    if _LEGACY.match(text):
        return _LEGACY.sub("", text)
    text = _LEGACY_RUN.sub("RUN ", text)
    return _SHELL.sub("RUN ", _ARGUMENTS.sub("RUN ", text))
