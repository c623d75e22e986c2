"""QEMU for the other architecture, registered only in the sandbox's own user namespace.

Source: Linux, Documentation/admin-guide/binfmt-misc.rst; the magic numbers are those
of the ELF header (e_machine at offset 18).
"""

from __future__ import annotations

import platform
from dataclasses import dataclass

_MASK = r"\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff"
_MAGIC = r"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00{machine}\x00"
REGISTER = "/proc/sys/fs/binfmt_misc/register"
"""The kernel file, inside the sandbox, that takes a registration line."""
FLAGS = "FP"
"""F: the kernel opens the emulator at registration, so that it also works in a chroot.
P: the emulator passes argv[0] on, which busybox needs.
"""


@dataclass(frozen=True, slots=True)
class Architecture:
    """A processor architecture, by the names that different tools give it.

    Args:
        kernel: The name that ``uname -m`` prints.
        docker: The name in ``linux/…``.
        machine: The low byte of e_machine, escaped for binfmt_misc.
    """

    kernel: str
    docker: str
    machine: str

    @property
    def handler(self) -> str:
        return f"qemu-{self.kernel}"

    @property
    def entry(self) -> str:
        """The file, inside the sandbox, that exists while the handler is registered."""
        return f"/proc/sys/fs/binfmt_misc/{self.handler}"

    @property
    def registration(self) -> str:
        """The line to write to REGISTER."""
        magic = _MAGIC.format(machine=self.machine)
        return f":{self.handler}:M::{magic}:{_MASK}:/usr/bin/{self.handler}:{FLAGS}"


AMD64 = Architecture("x86_64", "amd64", r"\x3e")
ARM64 = Architecture("aarch64", "arm64", r"\xb7")


def native() -> Architecture:
    """This machine's architecture."""
    return ARM64 if platform.machine() == ARM64.kernel else AMD64


def foreign() -> Architecture:
    """The architecture that the sandbox emulates."""
    return AMD64 if native() is ARM64 else ARM64
