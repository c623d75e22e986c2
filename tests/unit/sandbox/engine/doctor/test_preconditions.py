from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.engine.doctor import preconditions, surroundings

from .around import BARE


@pytest.mark.parametrize(
    ("release", "fix"),
    [
        ("5.10.0-28-amd64", "boot kernel 5.11 or later"),
        ("5.11.0", ""),
        ("6.1.0-18-amd64", ""),
        ("4.19", "boot kernel 5.11 or later"),
        ("5.10.16.3-microsoft-standard-WSL2", "in Windows: wsl --update, then wsl --shutdown"),
        ("6.6.87.2-microsoft-standard-WSL2", ""),
    ],
)
def test_kernels(release: str, fix: str) -> None:
    finding = preconditions.kernel(replace(BARE, kernel=release))
    assert finding.fix == fix
    assert finding.ok is not bool(fix)


@pytest.mark.parametrize(
    ("texts", "ok", "fix"),
    [
        ({"max_user_namespaces": "100"}, True, ""),
        ({"max_user_namespaces": "0"}, False, "user.max_user_namespaces"),
        ({}, False, "user.max_user_namespaces"),
        (
            {"max_user_namespaces": "9", "unprivileged_userns_clone": "0"},
            False,
            "kernel.unprivileged_userns_clone=1",
        ),
        # What AppArmor restricts, only a try can tell.
        ({"max_user_namespaces": "9", "apparmor_restrict_unprivileged_userns": "1"}, True, ""),
    ],
)
def test_user_namespaces_of_an_ordinary_user(
    monkeypatch: pytest.MonkeyPatch, texts: dict[str, str], ok: bool, fix: str
) -> None:
    monkeypatch.setattr(surroundings, "read_text", lambda path: texts.get(Path(path).name))
    finding = preconditions.user_namespaces(BARE)
    assert finding.ok is ok
    assert fix in finding.fix


def test_switches_for_ordinary_users_do_not_hinder_root(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {"max_user_namespaces": "9", "unprivileged_userns_clone": "0"}
    monkeypatch.setattr(surroundings, "read_text", lambda path: texts.get(Path(path).name))
    assert preconditions.user_namespaces(replace(BARE, is_root=True)).ok


@pytest.mark.parametrize(
    ("number", "container", "found", "fix"),
    [
        (errno.ENOENT, "", "missing", "as root: modprobe tun"),
        (errno.ENOENT, "Docker", "missing", "start the container with --device /dev/net/tun"),
        (errno.EACCES, "", "may not open it", "as root: chmod 0666 /dev/net/tun"),
        (errno.EACCES, "Docker", "may not open it", "as root: chmod 0666 /dev/net/tun"),
        (errno.ENODEV, "", "does not open: No such device", "as root: modprobe tun"),
        (errno.EPERM, "podman", "does not open", "start the container with --device /dev/net/tun"),
        (errno.EPERM, "Kubernetes", "does not open", "a device plugin for /dev/net/tun"),
    ],
)
def test_the_device_is_opened(
    monkeypatch: pytest.MonkeyPatch, number: int, container: str, found: str, fix: str
) -> None:
    def refuse(*_: Any) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(preconditions.os, "open", refuse)
    finding = preconditions.tun(replace(BARE, container=container))
    assert not finding.ok
    assert found in finding.found
    assert fix in finding.fix


@pytest.mark.parametrize(
    ("text", "ok"),
    [
        ("{user}:100000:65536", True),
        ("{uid}:100000:65536", True),
        ("other:1:65536\n{user}:100000:70000", True),
        ("{user}:100000:65535", False),
        ("{user}x:100000:65536", False),
        ("{user}:100000", False),
        ("{user}:100000:many", False),
        ("", False),
    ],
)
def test_subordinate_ids(tmp_path: Path, text: str, ok: bool) -> None:
    user = preconditions.psutil.Process().username()
    (tmp_path / "subuid").write_text(text.format(user=user, uid=os.getuid()))
    finding = preconditions.subordinate(str(tmp_path / "subuid"), "--add-subuids")
    assert finding.ok is ok
    assert ok or finding.fix.startswith(f"as root: usermod --add-subuids 100000-165535 {user}")


def test_without_the_file_there_is_no_range(tmp_path: Path) -> None:
    assert not preconditions.subordinate(str(tmp_path / "none"), "--add-subuids").ok


def test_a_disk_is_looked_at_where_the_folder_will_be(tmp_path: Path) -> None:
    finding = preconditions.disk("home", tmp_path / "not" / "yet", 0)
    assert finding.ok
    large = preconditions.disk("home", tmp_path, 1 << 62)
    assert not large.ok
    assert "BUILDKIT_LAB_HOME" in large.fix
