"""``--attest`` with its short forms ``--sbom`` and ``--provenance``, and ``attest`` of a bake file.

Source: https://docs.docker.com/reference/cli/docker/buildx/build/#attest and
https://github.com/docker/buildx/blob/v0.29.1/util/buildflags/attests.go
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.parse.flags.fields import Entry, Fields, is_off, read_fields, write_fields

SCANNER = "docker/buildkit-syft-scanner:stable-1"
"""The image that makes an SBOM when the option names no generator.

Source: moby/buildkit, frontend/attestations/parse.go.
"""
SHORT_FORMS = {"--provenance": "provenance", "--sbom": "sbom"}
"""For each short form of ``--attest``, the attestation type that it stands for."""
_SWITCHES = frozenset({"1", "t", "true"})


@dataclass(frozen=True, slots=True)
class Attest:
    """One requested attestation.

    Args:
        kind: Its ``type``: ``provenance`` or ``sbom``; empty when it has none.
        is_disabled: Whether the option disables the attestation.
        fields: All its fields.
    """

    kind: str
    is_disabled: bool
    fields: Fields

    @property
    def scanner(self) -> str | None:
        """The image that makes the SBOM; None when the option requests no SBOM."""
        if self.kind != "sbom" or self.is_disabled:
            return None
        return self.fields.get("generator") or SCANNER


def read_attest(entry: Entry) -> Attest:
    """Read one attestation.

    Raises:
        ParseError: It cannot be split into fields.
    """
    fields = read_fields(entry, trims=True)
    return Attest(fields.get("type"), not is_off(fields.get("disabled")), fields)


def read_attest_option(name: str, value: str) -> Attest:
    """Read ``--attest VALUE``, ``--sbom VALUE`` or ``--provenance VALUE``.

    Raises:
        ParseError: It cannot be split into fields.
    """
    kind = SHORT_FORMS.get(name)
    if kind is None:
        return read_attest(value)
    if is_off(value):
        return read_attest(f"type={kind},disabled=true")
    more = "" if value.lower() in _SWITCHES else f",{value}"
    return read_attest(f"type={kind}{more}")


def write_attest_option(name: str, attest: Attest) -> str:
    """The one spelling of a value of ``--attest``, ``--sbom`` or ``--provenance``.

    Raises:
        ParseError: As ``write_fields``.
    """
    if name not in SHORT_FORMS:
        return write_fields(attest.fields)
    write_fields(attest.fields)
    if attest.is_disabled:
        return "false"
    own = tuple(pair for pair in attest.fields.pairs if pair[0] not in ("type", "disabled"))
    return write_fields(Fields(own)) or "true"
