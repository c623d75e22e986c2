"""What is the learner's stays the learner's, and a build stays inside."""

from __future__ import annotations

import contextlib
import http.server
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.hostile.conftest import Lab

NONSENSE = {
    "BUILDKIT_HOST": "tcp://192.0.2.1:1",
    "BUILDKIT_PROGRESS": "no-such-style",
    "BUILDX_BUILDER": "no-such-builder",
    "BUILDX_CONFIG": "/nowhere",
    "BUILDX_METADATA_PROVENANCE": "no-such-mode",
    "BUILDX_NO_DEFAULT_ATTESTATIONS": "1",
    "DOCKER_API_VERSION": "1.1",
    "DOCKER_BUILDKIT": "0",
    "DOCKER_CERT_PATH": "/nowhere",
    "DOCKER_CONFIG": "/nowhere",
    "DOCKER_CONTENT_TRUST": "1",
    "DOCKER_CONTEXT": "no-such-context",
    "DOCKER_CUSTOM_HEADERS": "broken",
    "DOCKER_DEFAULT_PLATFORM": "linux/s390x",
    "DOCKER_HOST": "tcp://192.0.2.1:2375",
    "DOCKER_TLS": "1",
    "DOCKER_TLS_VERIFY": "1",
    "SOURCE_DATE_EPOCH": "yesterday",
    "EXPERIMENTAL_BUILDKIT_SOURCE_POLICY": "/nowhere/policy.json",
    "HTTP_PROXY": "http://192.0.2.1:3128",
    "HTTPS_PROXY": "http://192.0.2.1:3128",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "http://192.0.2.1:4318",
    "http_proxy": "http://192.0.2.1:3128",
    "https_proxy": "http://192.0.2.1:3128",
}
BUILD = "from sandbox import Sandbox; print(Sandbox().build({!r}, no_cache=True).ok)"


def tree(folder: Path) -> dict[str, tuple[float, int]]:
    """Path → time of the last change and size, of all that is below."""
    found = {}
    for path in folder.rglob("*"):
        about = path.lstat()
        found[str(path)] = (about.st_mtime_ns, about.st_size)
    return found


def files(folder: Path) -> list[Path]:
    """All regular files below, but for what the engine removes meanwhile."""
    found = (Path(where, name) for where, _, names in os.walk(folder) for name in names)
    return [path for path in found if path.is_file() and not path.is_symlink()]


def content(path: Path) -> bytes:
    """Of a file that the engine may just have removed: nothing."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def write(folder: Path, *lines: str) -> Path:
    (folder / "Dockerfile").write_text("\n".join(("FROM lab/busybox", *lines, "")))
    return folder


def test_the_learners_own_docker_changes_nothing_and_is_not_changed(
    running: Lab, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    (own / ".docker" / "cli-plugins").mkdir(parents=True)
    (own / ".docker" / "config.json").write_text(
        '{"credsStore": "no-such-helper", "currentContext": "gone", '
        '"proxies": {"default": {"httpProxy": "http://192.0.2.1:3128"}}}'
    )
    plugin = own / ".docker" / "cli-plugins" / "docker-buildx"
    plugin.write_text("#!/bin/sh\nexit 66\n")
    plugin.chmod(0o755)
    before = tree(own)
    context = tmp_path / "context"
    context.mkdir()
    write(context, "RUN echo at home; env; cat /proc/mounts")
    hostile = running.but(**NONSENSE, HOME=own)
    for argv in (
        ("up",),
        ("status", "--json"),
        ("images", "--json"),
        ("shell", "--", "docker", "buildx", "build", "--no-cache", str(context)),
        ("shell", "--", "docker", "version"),
    ):
        done = hostile.run(*argv)
        assert done.returncode == 0, done.stderr
        assert "192.0.2.1" not in done.stderr + done.stdout
    script = hostile.spawn([*hostile.argv()[:2], BUILD.format(str(context))])
    out, err = script.communicate(timeout=60)
    assert out == "True\n", err
    assert tree(own) == before


def test_a_whole_life_writes_in_the_two_folders_only(bare: Lab, lab: Lab, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    for kind in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        assert kind not in bare.variables
    one = bare.but(HOME=own, cache=lab.cache)
    context = tmp_path / "context"
    context.mkdir()
    write(context, "RUN echo a whole life")
    for argv in (("up",), ("shell", "--", "docker", "build", str(context)), ("down",)):
        done = one.run(*argv)
        assert done.returncode == 0, done.stderr
    assert tree(own) == {}
    assert one.run("reset", "--yes").returncode == 0
    assert not bare.home.exists()


def test_the_default_folders_are_the_users_own(bare: Lab, tmp_path: Path) -> None:
    folders = bare.but(HOME=tmp_path, BUILDKIT_LAB_HOME="", BUILDKIT_LAB_CACHE="")
    cleared = dict.fromkeys(("XDG_DATA_HOME", "XDG_CACHE_HOME"), "")
    found = folders.but(**cleared).run("doctor").stdout
    assert f"at {tmp_path}/.local/share/buildkit-lab" in found
    assert f"at {tmp_path}/.cache/buildkit-lab" in found
    assert list(tmp_path.iterdir()) == []


@contextlib.contextmanager
def service(address: str) -> Iterator[tuple[int, list[str]]]:
    """Something of the learner's that listens; the port, and what was asked of it."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"secret")

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer((address, 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port, asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def reach(lab: Lab, folder: Path, *commands: str, host_network: bool = False) -> list[str]:
    """Which of the commands succeed in a build, one at a time."""
    flag = "--network=host " if host_network else ""
    lines = [
        f"RUN {flag}{what} && printf '\\nworked-{n}\\n' || true" for n, what in enumerate(commands)
    ]
    options = {"allow": ["network.host"]} if host_network else {}
    made = lab.sandbox.build(write(folder, *lines), no_cache=True, **options)
    return [command for n, command in enumerate(commands) if f"\nworked-{n}\n" in f"\n{made.log}"]


@pytest.mark.parametrize("online", [False, True])
@pytest.mark.parametrize("host_network", [False, True])
def test_the_learners_own_services_are_out_of_reach(
    running: Lab, tmp_path: Path, online: bool, host_network: bool
) -> None:
    running.sandbox.up(online=online)
    try:
        with service("127.0.0.1") as (port, asked):
            addresses = ("127.0.0.1", "localhost", "10.0.2.2", "172.17.0.1", "10.88.0.1")
            commands = [f"wget -T 3 -q -O- http://{address}:{port}/" for address in addresses]
            assert reach(running, tmp_path, *commands, host_network=host_network) == []
            assert asked == []
        # What is the sandbox's own is within reach by the same means.
        own = f"wget -T 3 -q -O- http://10.88.0.1:{running.sandbox.state.port}/v2/"
        assert reach(running, tmp_path, own, host_network=host_network) == [own]
    finally:
        running.sandbox.up(online=False)


def test_offline_is_offline(running: Lab, tmp_path: Path) -> None:
    """No route, no name, and not even this machine's own addresses; the lab's names are there."""
    running.sandbox.up(online=False)
    names = ["nslookup debian.org", "nslookup debian.org 10.0.2.3"]
    routes = ["ping -c 1 -W 1 192.0.2.1", "ping -c 1 -W 1 10.0.2.2"]
    for host_network in (False, True):
        reached = reach(running, tmp_path, *names, *routes, host_network=host_network)
        assert reached == []
    assert reach(running, tmp_path, "nslookup -type=a registry.lab") != []


def test_online_opens_a_way_out_and_offline_shuts_it(running: Lab, tmp_path: Path) -> None:
    routes = "ip route show default | grep -q default"
    link = "ip link show tap0 | grep -q ',UP'"
    asked = (routes, link)
    assert reach(running, tmp_path, *asked, host_network=True) == []
    assert running.run("up", "--online").returncode == 0
    try:
        assert reach(running, tmp_path, *asked, host_network=True) == list(asked)
        assert '"network": "online"' in running.run("status", "--json").stdout
        # Asked for nothing, it stays as it is.
        assert running.run("up").stdout.endswith("network online.\n")
        assert running.run("up", "--offline").stdout.endswith("network offline.\n")
    finally:
        running.sandbox.up(online=False)
    assert reach(running, tmp_path, *asked, host_network=True) == []


def test_emulators_are_registered_inside_only(running: Lab, tmp_path: Path) -> None:
    outside = Path("/proc/sys/fs/binfmt_misc")
    before = sorted(os.listdir(outside))
    made = running.sandbox.build(
        write(tmp_path, "RUN uname -m"), platforms=["linux/arm64"], no_cache=True
    )
    assert "aarch64" in made.log
    assert sorted(os.listdir(outside)) == before


def test_no_real_root_inside(running: Lab) -> None:
    """Root of a build is a user of this machine without any right beyond its own files."""
    dockerd = running.daemon("dockerd")
    mapped = Path(f"/proc/{dockerd.pid}/uid_map").read_text().split()
    assert mapped[:3] == ["0", str(os.getuid()), "1"]
    for kind in ("user", "mnt", "net", "pid", "cgroup"):
        own = os.readlink(f"/proc/self/ns/{kind}")
        assert os.readlink(f"/proc/{dockerd.pid}/ns/{kind}") != own, kind


def test_nothing_listens_for_other_machines(running: Lab) -> None:
    inside = running.engine.children(recursive=True)
    listening = {
        connection.laddr.ip
        for process in (running.engine, inside[0])
        for connection in process.net_connections("inet")
        if connection.status == "LISTEN"
    }
    assert listening <= {"127.0.0.1", "::1"}


def test_a_secret_stays_out_of_logs_and_records(running: Lab, tmp_path: Path) -> None:
    canary = "hunter2-3f1c9a"
    (tmp_path / "token").write_text(canary)
    write(tmp_path, "RUN --mount=type=secret,id=token wc -c /run/secrets/token")
    (tmp_path / ".dockerignore").write_text("token\n")
    made = running.sandbox.build(
        tmp_path, secrets=[f"id=token,src={tmp_path / 'token'}"], no_cache=True
    )
    assert str(len(canary)) in made.log
    assert [path for path in files(running.home) if canary.encode() in content(path)] == []
