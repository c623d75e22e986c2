from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from sandbox.engine.doctor import surroundings

DEFAULT = {
    "/proc/self/status": "Name:\tpython\nNoNewPrivs:\t1\nSeccomp:\t2\n",
    "/proc/self/attr/current": "docker-default (enforce)\n",
    "/proc/self/mounts": "overlay / overlay rw 0 0\nproc /proc proc rw 0 0\n"
    "tmpfs /proc/kcore tmpfs rw 0 0\n",
    "/.dockerenv": "",
}
FREE = {
    "/proc/self/status": "NoNewPrivs:\t0\nSeccomp:\t0\n",
    "/proc/self/attr/current": "unconfined\n",
    "/proc/self/mounts": "/dev/sda / ext4 rw 0 0\nbinfmt_misc /proc/sys/fs/binfmt_misc b rw 0 0\n",
}


def pid_namespace(monkeypatch: pytest.MonkeyPatch, inode: int) -> None:
    monkeypatch.setattr(surroundings.os, "stat", lambda _: SimpleNamespace(st_ino=inode))


def test_a_container_without_options(monkeypatch: pytest.MonkeyPatch) -> None:
    pid_namespace(monkeypatch, 4026532999)
    found = surroundings.read(DEFAULT.get, {})
    assert found.container == "Docker"
    assert found.apparmor == "docker-default"
    assert found.has_seccomp
    assert found.has_no_new_privileges
    assert found.has_masked_proc
    assert not found.restricts_namespaces


def test_a_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    pid_namespace(monkeypatch, surroundings.INITIAL_PID_NAMESPACE)
    restricted = {"/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1"}
    found = surroundings.read({**FREE, **restricted}.get, {})
    assert (found.container, found.apparmor) == ("", "")
    assert not found.has_seccomp
    assert not found.has_no_new_privileges
    assert not found.has_masked_proc
    assert found.restricts_namespaces


def test_a_machine_made_from_an_image_is_no_container(monkeypatch: pytest.MonkeyPatch) -> None:
    pid_namespace(monkeypatch, surroundings.INITIAL_PID_NAMESPACE)
    assert surroundings.read({**FREE, "/.dockerenv": ""}.get, {}).container == ""


@pytest.mark.parametrize(
    ("texts", "env", "engine"),
    [
        ({"/run/.containerenv": ""}, {}, "podman"),
        ({}, {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "Kubernetes"),
        ({}, {}, ""),  # a pid namespace alone: WSL has one, too
    ],
)
def test_engines(
    monkeypatch: pytest.MonkeyPatch, texts: dict[str, str], env: dict[str, str], engine: str
) -> None:
    pid_namespace(monkeypatch, 4026532999)
    assert surroundings.read(texts.get, env).container == engine


def test_the_file_system_of_a_folder_is_that_of_the_nearest_mount() -> None:
    mounts = (
        "overlay / overlay rw 0 0\n/dev/sda /data ext4 rw 0 0\n"
        "tmpfs /data/with\\040space tmpfs rw 0 0\n"
    )
    for folder, kind in {
        "/home": "overlay",
        "/database": "overlay",
        "/data": "ext4",
        "/data/home": "ext4",
        "/data/with space/home": "tmpfs",
    }.items():
        assert surroundings.file_system(Path(folder), mounts) == kind


def test_this_process_can_be_read() -> None:
    found = surroundings.read()
    assert found.is_root is (os.geteuid() == 0)
    assert surroundings.version(found.kernel) > (3, 0)
