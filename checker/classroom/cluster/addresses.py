"""Where the machines are, as the options name them."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from checker.errors import UsageError

_MOST_LOCAL = 256
_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._@:%-]*")


@dataclass(frozen=True, slots=True)
class ClusterOptions:
    """The options that name machines; at most one of the first three is set.

    Args:
        scheduler: The address of a Dask scheduler.
        hosts: A file of hosts that ssh reaches.
        local: ``local:N``.
        certificates: The folder of the certificates.
    """

    scheduler: str | None = None
    hosts: Path | None = None
    local: str | None = None
    certificates: Path | None = None

    @property
    def is_wanted(self) -> bool:
        """Whether other machines are to grade.

        Raises:
            UsageError: The options exclude each other.
        """
        named = [one for one in (self.scheduler, self.hosts, self.local) if one is not None]
        if len(named) > 1:
            raise UsageError(
                "--scheduler, --hosts and --cluster exclude each other.", next_step="name one"
            )
        if self.certificates is not None and self.scheduler is None:
            raise UsageError(
                "--certificates belongs to --scheduler.",
                next_step="leave it out: --hosts and --cluster make their own",
            )
        return bool(named)


@dataclass(frozen=True, slots=True)
class SshHost:
    """A line of the file of hosts: the host, its sandboxes, and the program there."""

    name: str
    sandboxes: int
    checker: str


def check_scheduler(address: str) -> bool:
    """Check an address; whether it wants certificates.

    Raises:
        UsageError: It is no address, or is not safe.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = urlsplit(""), None, None
    if parts.scheme not in ("tls", "tcp") or not host or port is None:
        raise UsageError(
            f"{address!r} is no address of a scheduler.",
            next_step="write it as tls://HOST:8786, as `dask scheduler` shows it",
        )
    if parts.scheme == "tcp" and not _is_loopback(host):
        raise UsageError(
            f"{address} leaves this machine without TLS. Dask sends pickles, which are programs, "
            "and without TLS it runs those of anybody who can reach the port.",
            next_step="`checker class certificates DIR`, then tls:// and --certificates DIR",
        )
    return parts.scheme == "tls"


def local_workers(text: str) -> int:
    """The number in ``local:N``.

    Raises:
        UsageError: It is something else.
    """
    kind, _, number = text.partition(":")
    if kind != "local" or not number.isascii() or not number.isdigit():
        raise UsageError(f"There is no cluster {text!r}.", next_step="write it as local:2")
    if not 1 <= int(number) <= _MOST_LOCAL:
        raise UsageError(
            f"local:{number} is not possible.", next_step=f"take local:1 to local:{_MOST_LOCAL}"
        )
    return int(number)


def read_hosts(path: Path) -> list[SshHost]:
    """The hosts of a file: on each line ``HOST [SANDBOXES [CHECKER]]``; ``#`` begins a comment.

    Raises:
        UsageError: The file cannot be read, or a line is wrong.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path} cannot be read.", next_step="name a text file of hosts"
        ) from error
    hosts = []
    for number, line in enumerate(lines, 1):
        words = line.partition("#")[0].split(maxsplit=2)
        if not words:
            continue
        name, sandboxes, checker = (*words, *("", "1", "checker")[len(words) :])
        if not _HOST.fullmatch(name) or not re.fullmatch(r"[1-9][0-9]{0,2}", sandboxes):
            raise UsageError(
                f"{path}, line {number}, is no host: {line.strip()!r}.",
                next_step="write HOST, or HOST 2 for two sandboxes, or HOST 2 /path/of/checker",
            )
        hosts.append(SshHost(name, int(sandboxes), checker.strip()))
    if not hosts:
        raise UsageError(f"{path} names no host.", next_step="write a host on each line")
    return hosts


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
