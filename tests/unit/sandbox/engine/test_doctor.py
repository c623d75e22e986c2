from __future__ import annotations

import os
import platform
from pathlib import Path

import pytest

from sandbox import HostError
from sandbox.engine import doctor
from sandbox.engine.paths import Paths


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "h", tmp_path / "c")


@pytest.mark.parametrize("system", ["Darwin", "Windows", "FreeBSD", ""])
def test_on_another_system_nothing_else_is_looked_at(
    paths: Paths, monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    monkeypatch.setattr(platform, "system", lambda: system)
    (finding,) = doctor.examine(paths)
    assert not finding.ok
    with pytest.raises(HostError, match="operating system"):
        doctor.require(paths)


@pytest.mark.parametrize(
    ("release", "ok"),
    [("5.10.0-28-amd64", False), ("5.11.0", True), ("6.1.0-18-amd64", True), ("4.19", False)],
)
def test_kernels(monkeypatch: pytest.MonkeyPatch, release: str, ok: bool) -> None:
    monkeypatch.setattr(platform, "release", lambda: release)
    assert doctor._kernel().ok is ok


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
        (
            {"max_user_namespaces": "9", "apparmor_restrict_unprivileged_userns": "1"},
            False,
            "kernel.apparmor_restrict_unprivileged_userns=0",
        ),
    ],
)
def test_user_namespaces_of_an_ordinary_user(
    monkeypatch: pytest.MonkeyPatch, texts: dict[str, str], ok: bool, fix: str
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(doctor, "_read", lambda path: texts.get(Path(path).name))
    finding = doctor._user_namespaces()
    assert finding.ok is ok
    assert fix in finding.fix


def test_switches_for_ordinary_users_do_not_hinder_root(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {
        "max_user_namespaces": "9",
        "unprivileged_userns_clone": "0",
        "apparmor_restrict_unprivileged_userns": "1",
    }
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(doctor, "_read", lambda path: texts.get(Path(path).name))
    assert doctor._user_namespaces().ok


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
    user = doctor.psutil.Process().username()
    (tmp_path / "subuid").write_text(text.format(user=user, uid=os.getuid()))
    finding = doctor._subordinate(str(tmp_path / "subuid"), "--add-subuids")
    assert finding.ok is ok
    assert ok or finding.fix.startswith(f"as root: usermod --add-subuids 100000-165535 {user}")


def test_without_the_file_there_is_no_range(tmp_path: Path) -> None:
    assert not doctor._subordinate(str(tmp_path / "none"), "--add-subuids").ok


def test_a_disk_is_looked_at_where_the_folder_will_be(tmp_path: Path) -> None:
    finding = doctor._disk("home", tmp_path / "not" / "yet", 0)
    assert finding.ok
    large = doctor._disk("home", tmp_path, 1 << 62)
    assert not large.ok
    assert "BUILDKIT_LAB_HOME" in large.fix


def test_what_is_missing_has_a_fix_and_what_is_there_has_none(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor.shutil, "which", lambda *_, **__: None)
    for finding in doctor.examine(paths):
        assert bool(finding.fix) is not finding.ok, finding
    missing = {finding.name: finding for finding in doctor.examine(paths)}
    assert missing["rootlesskit"].required
    assert not missing["dot"].required
