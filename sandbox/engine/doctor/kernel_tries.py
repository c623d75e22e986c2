"""Runs as root of a user namespace and tries what the engine will do there.

It is started as ``rootlesskit python3 -c TEXT HOME``, with the standard library only, and prints
one JSON object: name of the try → the kernel's error number, or 0 for success. HOME is an empty
folder where the engine's data will lie. All mounts end with this process.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import socket
import struct
import sys
from collections.abc import Callable

NEW_PIDS, NEW_NETWORK = 0x20000000, 0x40000000
NFNETLINK = 12
GET_RULE_GENERATION = (10 << 8) | 16
"""The subsystem nf_tables and its message GETGEN. Source: linux/netfilter/nf_tables.h."""
REQUEST, ERROR = 1, 2
LEGACY_INFO = 64
"""Source: IPT_SO_GET_INFO in linux/netfilter_ipv4/ip_tables.h."""
LEGACY_INFO_BYTES = 84
LIBC = ctypes.CDLL(None, use_errno=True)


def call(result: int) -> int:
    """The error number after a C function's result."""
    return ctypes.get_errno() if result else 0


def mount(source: str, target: str, kind: str, options: str = "") -> int:
    """Mount a file system; returns the error number."""
    words = (word.encode() for word in (source, target, kind))
    return call(LIBC.mount(*words, 0, options.encode()))


def any_mount(home: str) -> int:
    """Mount a file system that every kernel allows in a user namespace."""
    failed = mount("tmpfs", home, "tmpfs")
    return failed or call(LIBC.umount2(home.encode(), 0))


def overlay(home: str) -> int:
    """Mount an overlay as containerd does in a user namespace, and change a file in it."""
    os.chdir(home)  # a comma or a colon in an absolute path would end an option
    for name in ("lower", "upper", "work", "merged"):
        os.mkdir(name)
    with open("lower/file", "w", encoding="utf-8"):
        pass
    layers = ",".join(f"{name}dir={name}" for name in ("lower", "upper", "work"))
    failed = mount("overlay", "merged", "overlay", f"{layers},userxattr")
    if not failed:
        try:
            os.chmod("merged/file", 0o600)  # copies the file up
            os.unlink("merged/file")  # leaves a whiteout
        finally:
            call(LIBC.umount2(b"merged", 0))
    # Here and not outside, because nobody but root of this namespace may enter work/work.
    for folder, names, files in os.walk(".", topdown=False):
        for name in files:
            os.unlink(os.path.join(folder, name))
        for name in names:
            os.rmdir(os.path.join(folder, name))
    return failed


def proc() -> int:
    """Mount /proc in a pid namespace of its own. A masked /proc makes the kernel refuse it."""
    failed = call(LIBC.unshare(NEW_PIDS))
    if failed:
        return failed
    child = os.fork()
    if child == 0:
        os._exit(mount("proc", "/proc", "proc"))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def nf_tables() -> int:
    """Ask nf_tables for its generation, in a network namespace of its own."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NFNETLINK) as netlink:
        netlink.settimeout(1)
        message = struct.pack("=IHHIIBBH", 20, GET_RULE_GENERATION, REQUEST, 1, 0, 0, 0, 0)
        netlink.send(message)
        answer = netlink.recv(4096)
    if struct.unpack_from("=H", answer, 4)[0] == ERROR:
        return -int(struct.unpack_from("=i", answer, 16)[0])
    return 0


def legacy_tables() -> int:
    """Ask the older interface of iptables for its table ``nat``."""
    table = ctypes.create_string_buffer(b"nat", LEGACY_INFO_BYTES)
    size = ctypes.c_uint32(LEGACY_INFO_BYTES)
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
        number = raw.fileno()
        return call(
            LIBC.getsockopt(number, socket.IPPROTO_IP, LEGACY_INFO, table, ctypes.byref(size))
        )


def attempt(what: Callable[[], int]) -> int:
    """The error number of a try, 0 for success."""
    try:
        return what()
    except OSError as error:
        return error.errno or errno.EIO


def main(home: str) -> None:
    """Make the tries one after the other, and print their results."""
    tries: dict[str, Callable[[], int]] = {
        "mount": lambda: any_mount(home),
        "overlay": lambda: overlay(home),
        "binfmt_misc": lambda: mount("binfmt_misc", "/proc/sys/fs/binfmt_misc", "binfmt_misc"),
        "network": lambda: call(LIBC.unshare(NEW_NETWORK)),
        "nf_tables": nf_tables,
        "legacy_tables": legacy_tables,
        "proc": proc,
    }
    print(json.dumps({name: attempt(what) for name, what in tries.items()}))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1])
