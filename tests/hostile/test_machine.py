"""Machines that cannot host a sandbox, or not yet: each says so, with a fix, and keeps nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.hostile.conftest import Lab

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="mounts and namespaces need root")
IN_NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-euc")


@pytest.mark.parametrize("command", ["up", "warm", "shell"])
@pytest.mark.parametrize("system", ["Darwin", "Windows"])
def test_another_system_is_told_where_to_go(bare: Lab, system: str, command: str) -> None:
    other = bare.but(before=f"import platform; platform.system = lambda: {system!r}")
    said = other.refused(command, code=3)
    assert system in said
    assert "Linux virtual machine" in said
    assert not bare.home.exists()


@pytest.mark.parametrize("command", ["up", "down", "status", "doctor"])
def test_a_python_without_unix_modules_still_explains_itself(bare: Lab, command: str) -> None:
    hidden = ", ".join(f"{name}=None" for name in ("fcntl", "grp", "pwd", "termios"))
    gone = "for name in ('getuid', 'geteuid', 'getgid'): delattr(os, name)"
    windows = bare.but(
        before=f"import os, platform, platformdirs, psutil; sys.modules.update({hidden});"
        f"exec({gone!r}); platform.system = lambda: 'Windows'"
    )
    done = windows.run(command)
    assert done.returncode == (0 if command == "down" else 3), done.stderr
    assert "Traceback" not in done.stderr


def test_no_user_namespaces(bare: Lab) -> None:
    script = 'echo 0 > /proc/sys/user/max_user_namespaces; exec "$@"'
    said = bare.refused("up", code=3, under=(*IN_NAMESPACE, script, "sh"))
    assert "user namespaces: switched off" in said
    assert "sysctl -w user.max_user_namespaces=" in said
    assert not bare.home.exists()


def test_user_namespaces_that_cannot_be_seen(bare: Lab, tmp_path: Path) -> None:
    script = f'mount --bind {tmp_path} /proc/sys/user; exec "$@"'
    said = bare.refused("up", code=3, under=(*IN_NAMESPACE, script, "sh"))
    assert "user namespaces: switched off" in said


@pytest.mark.parametrize("program", ["mmdebstrap", "rootlesskit", "slirp4netns", "newuidmap"])
def test_a_missing_program(bare: Lab, programs: Callable[..., str], program: str) -> None:
    poor = bare.but(PATH=programs(without=[program]))
    said = poor.refused("up", code=3)
    assert f"{program}: not installed" in said
    assert "make setup" in said
    assert "apt-get install" in said
    assert not bare.home.exists()
    assert not bare.cache.exists()
    found = poor.run("doctor")
    assert found.returncode == 3
    assert f"FAIL  {program}" in found.stdout


@pytest.mark.parametrize(
    ("program", "package"), [("dot", "graphviz"), ("ssh-agent", "openssh-client")]
)
def test_what_is_for_some_only_is_no_reason_to_refuse(
    bare: Lab, programs: Callable[..., str], program: str, package: str
) -> None:
    found = bare.but(PATH=programs(without=[program])).run("doctor")
    assert found.returncode == 0, found.stdout
    assert f"note  {program}: not installed" in found.stdout
    assert f"apt-get install {package}" in found.stdout


@pytest.mark.parametrize("file", ["/etc/subuid", "/etc/subgid"])
@pytest.mark.parametrize("text", ["", "somebody:100000:65536\n", "root:100000:1000\n", "root:x\n"])
@root_only
def test_no_range_of_subordinate_ids(bare: Lab, tmp_path: Path, file: str, text: str) -> None:
    (tmp_path / "ids").write_text(text)
    script = f'mount --bind {tmp_path}/ids {file}; exec "$@"'
    said = bare.refused("up", code=3, under=("unshare", "--mount", "sh", "-euc", script, "sh"))
    assert f"subordinate ids ({file}): no range of 65536 for root" in said
    assert f"usermod --add-{file.removeprefix('/etc/')}s" in said


@root_only
def test_the_user_is_who_it_is_and_not_who_a_variable_says(bare: Lab) -> None:
    found = bare.but(USER="somebody", LOGNAME="somebody").run("doctor")
    assert "somebody" not in found.stdout


@root_only
def test_a_device_that_is_not_there(bare: Lab) -> None:
    script = 'mount -t tmpfs none /dev/net; exec "$@"'
    said = bare.refused("up", code=3, under=("unshare", "--mount", "sh", "-euc", script, "sh"))
    assert "/dev/net/tun: missing" in said
    assert "as root: modprobe tun" in said or "with `--device /dev/net/tun`" in said


@root_only
def test_a_device_that_is_for_root_only(bare: Lab) -> None:
    """As somebody else, where the device is root's; the whole of it is in test_ordinary_user."""
    script = (
        "mount -t tmpfs none /dev/net; mknod -m 0600 /dev/net/tun c 10 200;"
        'exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"'
    )
    under = ("unshare", "--mount", "sh", "-euc", script, "sh")
    done = bare.run("doctor", under=under)
    if "Permission denied" in done.stderr or "No module named 'sandbox'" in done.stderr:
        pytest.skip("this checkout cannot be read by another user")
    assert done.returncode == 3, done.stderr
    assert "FAIL  /dev/net/tun: this user may not open it" in done.stdout
    assert "fix: as root: chmod 0666 /dev/net/tun" in done.stdout


def test_a_home_whose_path_is_too_long_for_a_socket(bare: Lab) -> None:
    deep = bare.but(BUILDKIT_LAB_HOME=str(bare.home / ("d" * 90)))
    said = deep.refused("up", code=3)
    assert "set BUILDKIT_LAB_HOME to a shorter path" in said
    assert not bare.home.exists()


@root_only
def test_a_home_that_cannot_be_written(bare: Lab, tmp_path: Path) -> None:
    script = f'mount -t tmpfs -o ro none {tmp_path}; exec "$@"'
    stuck = bare.but(BUILDKIT_LAB_HOME=tmp_path / "home")
    under = ("unshare", "--mount", "sh", "-euc", script, "sh")
    said = stuck.refused("up", code=3, under=under)
    assert "BUILDKIT_LAB_HOME" in said


@root_only
def test_a_home_on_which_the_engine_cannot_mount(bare: Lab, tmp_path: Path) -> None:
    """On an overlay, as in a container without a volume; nothing is left in it."""
    script = (
        f"mount -t tmpfs none {tmp_path}; cd {tmp_path}; mkdir lower upper work home;"
        "mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work home;"
        'code=0; "$@" || code=$?; ls -A upper; exit $code'
    )
    stuck = bare.but(BUILDKIT_LAB_HOME=tmp_path / "home" / "lab")
    under = ("unshare", "--mount", "sh", "-euc", script, "sh")
    said = stuck.refused("up", code=3, under=under)
    assert f"overlay mounts: refused on overlay at {tmp_path}/home/lab: EINVAL" in said
    assert "set BUILDKIT_LAB_HOME" in said
    found = stuck.run("doctor", under=under)
    assert found.returncode == 3
    assert ".doctor-" not in found.stdout
    assert said.splitlines()[-1].removeprefix("  next: ") in found.stdout
