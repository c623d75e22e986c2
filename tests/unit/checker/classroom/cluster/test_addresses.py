"""What the options may name, and what is refused, with a next step."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.classroom.cluster.addresses import (
    ClusterOptions,
    SshHost,
    check_scheduler,
    local_workers,
    read_hosts,
)
from checker.errors import UsageError


@pytest.mark.parametrize(
    ("address", "wants_certificates"),
    [
        ("tls://lab1:8786", True),
        ("tls://127.0.0.1:8786", True),
        ("tcp://127.0.0.1:8786", False),
        ("tcp://127.8.8.8:8786", False),
        ("tcp://localhost:8786", False),
        ("tcp://[::1]:8786", False),
    ],
)
def test_addresses(address: str, wants_certificates: bool) -> None:
    assert check_scheduler(address) is wants_certificates


@pytest.mark.parametrize(
    "address", ["tcp://lab1:8786", "tcp://10.0.0.1:8786", "tcp://0.0.0.0:8786", "tcp://[::]:8786"]
)
def test_without_tls_nothing_leaves_the_machine(address: str) -> None:
    with pytest.raises(UsageError, match="pickles, which are programs") as caught:
        check_scheduler(address)
    assert "checker class certificates" in caught.value.next_step


@pytest.mark.parametrize(
    "address",
    [
        "",
        "lab1",
        "lab1:8786",
        "tls://",
        "tls://lab1",
        "tls://lab1:x",
        "tls://[::1:8786",
        "http://lab1:80",
    ],
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(UsageError, match="is no address of a scheduler"):
        check_scheduler(address)


def test_local_clusters() -> None:
    assert local_workers("local:3") == 3
    for wrong in ("local", "local:", "local:x", "local:0", "local:9999", "slurm:3", "local:²"):
        with pytest.raises(UsageError):
            local_workers(wrong)


def test_hosts(tmp_path: Path) -> None:
    file = tmp_path / "hosts.txt"
    file.write_text("# the lab\nlab1\nada@lab2 3  # fast\n\nlab3 1 ~/lab/.venv/bin/checker\n")
    assert read_hosts(file) == [
        SshHost("lab1", 1, "checker"),
        SshHost("ada@lab2", 3, "checker"),
        SshHost("lab3", 1, "~/lab/.venv/bin/checker"),
    ]
    for wrong in ("-oProxyCommand=x", "lab1 0", "lab1 two", "lab 1;x"):
        file.write_text(wrong)
        with pytest.raises(UsageError, match="line 1, is no host"):
            read_hosts(file)
    file.write_text("# nobody\n")
    with pytest.raises(UsageError, match="names no host"):
        read_hosts(file)
    with pytest.raises(UsageError, match="cannot be read"):
        read_hosts(tmp_path)


def test_options_exclude_each_other() -> None:
    assert not ClusterOptions().is_wanted
    assert ClusterOptions(local="local:1").is_wanted
    with pytest.raises(UsageError, match="exclude each other"):
        ClusterOptions(scheduler="tls://a:1", local="local:1").is_wanted  # noqa: B018
    with pytest.raises(UsageError, match="--certificates belongs to --scheduler"):
        ClusterOptions(local="local:1", certificates=Path("x")).is_wanted  # noqa: B018
