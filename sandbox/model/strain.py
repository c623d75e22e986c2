"""What a build took of the sandbox's memory and disk."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Strain:
    """Facts of the kernel about the sandbox while a build ran; they are no words of the build.

    Builds that ran at the same time share them.

    Args:
        oom_kills: The number of processes that the kernel killed because the sandbox's memory was
            used up. None: this machine does not count them for the sandbox.
        least_free_bytes: The least free space of the sandbox's disk.
        disk_exceeded: Whether the engine was ended because the sandbox used more disk than it may.
    """

    oom_kills: int | None
    least_free_bytes: int
    disk_exceeded: bool = False
