"""Runs the engine with RootlessKit, in a Debian root file system.

A start has three steps:

1. RootlessKit creates user, mount, network and pid namespaces, and runs ``enter.sh`` in them.
2. ``enter.sh`` makes the mounts, moves into the root file system, and executes ``init.sh``.
3. ``init.sh`` starts the services and becomes dockerd.

The engine could also run in a container of a Docker that the user already has. A module for that
would provide the same functions as this one.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import os
import shutil
import signal
import socket
import time
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import psutil

from sandbox import process
from sandbox.engine import (
    binfmt,
    buildx_plugin,
    limits,
    network,
    package_files,
    registry,
    user_namespace,
)
from sandbox.engine.paths import Paths
from sandbox.engine.state import EngineState, birth, engines_in
from sandbox.errors import EngineError

START_TIMEOUT_S = 60.0
STOP_GRACE_S = 15.0
POLL_S = 0.02
CACHE_KEPT = "10GB"
"""The size of the build cache above which the engine prunes its oldest records."""
RESTART_DNSMASQ = (
    "old=$(cat /run/dnsmasq.pid) && kill $old; "
    "while kill -0 $old 2> /dev/null; do busybox sleep 0.02; done; "
    "exec dnsmasq --conf-file=/lab/run/dnsmasq.conf"
)
ENTER_FROM = ("--user", "--mount", "--net", "--pid", "--preserve-credentials")


def start(
    paths: Paths,
    tree: Path,
    *,
    port: int,
    online: bool,
    bounds: limits.Limits,
    golden: Path | None = None,
) -> EngineState:
    """Start an engine in ``tree``, and return once the engine and its services answer.

    Args:
        golden: The home of the golden sandbox of which this one becomes a clone; None: its home is
            its own.

    Raises:
        HostError: A program that the engine needs is missing.
        EngineError: The engine ended or did not answer in time; nothing is left running.
    """
    rootlesskit = process.find("rootlesskit", next_step=user_namespace.INSTALL)
    process.find("slirp4netns", next_step=user_namespace.INSTALL)
    _configure(paths, tree, port=port, online=online)
    name = "buildkit-lab-" + hashlib.sha256(os.fsencode(paths.home)).hexdigest()[:12]
    fence = limits.fence(name, bounds)
    argv = [
        *fence.prefix,
        rootlesskit,
        f"--state-dir={paths.rootlesskit}",
        "--net=slirp4netns",
        "--mtu=65520",
        "--disable-host-loopback",
        "--port-driver=builtin",
        "--publish",
        f"127.0.0.1:{port}:{port}/tcp",
        "--copy-up=/etc",
        "--copy-up=/run",
        # Without a pid namespace, the registry of a killed engine would go on running.
        "--pidns",
        "--cgroupns",
        "--propagation=rslave",
        "sh",
        str(paths.run / "inside" / "enter.sh"),
        str(tree),
        str(paths.home),
    ]
    env = {
        "PATH": process.search_path(),
        "HOME": str(paths.home),
        "LAB_CGROUPS": " ".join(map(str, fence.folders)),
        "LAB_BINFMT": binfmt.foreign().registration,
        "LAB_ADDRESSES": " ".join(network.addresses()),
        "LAB_REGISTRY": f"{network.ADDRESS}:{port}",
        "LAB_ONLINE": "1" if online else "0",
        "LAB_GOLDEN": "" if golden is None else str(golden),
        "LAB_TAP": network.INTERFACE,
        **{name: os.environ[name] for name in ("XDG_RUNTIME_DIR",) if name in os.environ},
    }
    log_path = paths.logs / "rootlesskit.log"
    pid = process.launch(argv, env=env, log_path=log_path)
    try:
        began = birth(pid)
        if began is None:
            raise _start_failure(paths)
        state = EngineState(pid, began, port, online, tree, bounds, fence, golden)
        state.save(paths.state)
        _wait_until_ready(paths, state)
    except BaseException:
        # After Ctrl-C or a failure, no process of this start may go on running.
        with contextlib.suppress(psutil.NoSuchProcess):
            end(psutil.Process(pid))
        fence.remove()
        paths.state.unlink(missing_ok=True)
        raise
    paths.port.write_text(f"{port}\n")
    return state


def stop(paths: Paths, state: EngineState | None, *, grace_s: float = STOP_GRACE_S) -> bool:
    """End the engine of this home, and any leftover one; returns whether there was one.

    Args:
        grace_s: How long dockerd may take to write its records; 0: it is killed.
    """
    found = [p for p in (state.process if state else None,) if p is not None]
    found += [p for p in engines_in(paths.rootlesskit) if p not in found]
    for engine in found:
        end(engine, grace_s=grace_s)
    if state is not None:
        state.fence.remove()
    paths.state.unlink(missing_ok=True)
    paths.socket.unlink(missing_ok=True)
    shutil.rmtree(paths.rootlesskit, ignore_errors=True)
    return bool(found)


def end(engine: psutil.Process, *, grace_s: float = STOP_GRACE_S) -> None:
    """End an engine's outer process and all processes in its namespaces; waits for their end."""
    with contextlib.suppress(psutil.NoSuchProcess):
        inside = engine.children(recursive=True)
        # dockerd ends first, by a normal shutdown, so that it writes its records. The other
        # processes have nothing to write and are killed.
        daemons = [child for child in inside if _name(child) == "dockerd"]
        if grace_s:
            for daemon in daemons:
                daemon.send_signal(signal.SIGTERM)
        _kill(_outlasting(daemons, grace_s))
        # The kernel kills all processes in the pid namespace when RootlessKit's child ends.
        _kill([engine])
        _kill(_outlasting([engine, *inside], STOP_GRACE_S))


def _outlasting(processes: Sequence[psutil.Process], timeout_s: float) -> list[psutil.Process]:
    """Wait for all processes to end; returns those that still run after ``timeout_s``."""
    give_up = time.monotonic() + timeout_s
    while still := [one for one in processes if process.runs(one)]:
        if time.monotonic() > give_up:
            break
        time.sleep(POLL_S)
    return still


def _kill(processes: Sequence[psutil.Process]) -> None:
    for one in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.kill()


def healthy(paths: Paths, state: EngineState | None) -> bool:
    """Whether the engine runs, and the engine, its registry and its services all answer."""
    return (
        state is not None
        and state.process is not None
        and _engine_answers(paths.socket)
        and registry.answers(state.port)
        and _services_answer(paths.services)
    )


def is_of_this_version(paths: Paths) -> bool:
    """Whether the running engine was started with this version's scripts and services."""
    started = paths.run / "inside"
    try:
        return all((started / name).read_text() == text for name, text in programs().items())
    except FileNotFoundError:  # the version that started the engine did not have this program
        return False


def inside(state: EngineState, argv: Sequence[str], *, check: bool = True) -> process.Completed:
    """Run a program of the engine's root file system inside its namespaces.

    Raises:
        EngineError: The engine is gone.
        CommandError: The program failed, and ``check`` is true.
    """
    init = _init_pid(state)
    nsenter = process.find("nsenter", next_step="install the package util-linux")
    # The root of the mount namespace may still show this machine. The root of dockerd's process
    # is the engine's own.
    root = f"/proc/{init}/root"
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    enter = [nsenter, f"--target={init}", *ENTER_FROM, f"--root={root}", "--wd=/"]
    return process.run([*enter, *argv], env=env, check=check)


def set_online(paths: Paths, state: EngineState, *, online: bool) -> EngineState:
    """Switch a running engine's access to the internet on or off, without a restart."""
    (paths.run / "dnsmasq.conf").write_text(network.dnsmasq_conf(online=online))
    changed = state.with_online(online)
    if online:
        # Saved before the switch, so that an interruption cannot leave an online sandbox that
        # reports itself as offline.
        changed.save(paths.state)
    for command in network.switch(online=online):
        inside(state, command)
    inside(state, ("busybox", "sh", "-c", RESTART_DNSMASQ))
    changed.save(paths.state)
    return changed


def ask(paths: Paths, path: str, *, timeout_s: float = 10.0) -> Any:
    """The engine's answer to a GET request to its API, as parsed JSON.

    An error of the engine is an answer, too: an object with nothing but ``message``.

    Raises:
        EngineError: The engine does not answer.

    Source: Docker Engine API, version 1.51.
    """
    connection = _UnixConnection(paths.socket, timeout_s)
    try:
        connection.request("GET", path)
        return json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise EngineError(
            f"The engine does not answer: {error}.",
            next_step="`sandbox up` starts it again; `sandbox logs` shows its log",
            log_path=paths.logs / "dockerd.log",
        ) from error
    finally:
        connection.close()


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over the engine's socket."""

    def __init__(self, path: Path, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def _configure(paths: Paths, tree: Path, *, port: int, online: bool) -> None:
    """Write all generated files: the configuration of engine and services, the client's folder."""
    shutil.rmtree(paths.rootlesskit, ignore_errors=True)
    paths.socket.unlink(missing_ok=True)
    paths.services.unlink(missing_ok=True)
    paths.disk_exceeded.unlink(missing_ok=True)
    for log in (*paths.logs.glob("*.log"), *paths.logs.glob("*.jsonl")):
        # Each start has its own logs; those of the start before stay as *.1.
        log.replace(log.with_suffix(f"{log.suffix}.1"))
    _copy_programs(paths.run / "inside")
    package_files.configure(paths)
    daemon = {
        "data-root": "/lab/data",
        "exec-root": "/run/docker",
        "pidfile": "/run/docker.pid",
        "hosts": ["unix:///lab/run/docker.sock"],
        # containerd's image store: the default builder needs it for multi-platform images,
        # attestations, and all cache exporters.
        "features": {"containerd-snapshotter": True},
        "registry-mirrors": [f"http://localhost:{port}"],
        "dns": [network.ADDRESS],
        "builder": {"gc": {"enabled": True, "defaultKeepStorage": CACHE_KEPT}},
        # There is no IPv6 inside, and its rules would take a seventh of dockerd's start.
        "ip6tables": False,
        "log-level": "warn",
    }
    (paths.run / "daemon.json").write_text(json.dumps(daemon, indent=1))
    (paths.run / "registry.yml").write_text(registry.configuration(port))
    (paths.run / "resolv.conf").write_text(network.resolv_conf())
    (paths.run / "hosts").write_text(network.hosts())
    (paths.run / "dnsmasq.conf").write_text(network.dnsmasq_conf(online=online))
    plugins = Path("cli-plugins")
    buildx = tree / "usr/libexec/docker" / plugins / "docker-buildx"
    buildx_plugin.install(paths.docker_config / plugins, buildx)
    docker = paths.bin / "docker"
    docker.unlink(missing_ok=True)
    docker.symlink_to(tree / "usr/bin/docker")
    config = paths.docker_config / "config.json"
    if not config.exists():
        config.write_text("{}\n")


def _copy_programs(folder: Path) -> None:
    """Copy the programs that run inside. The lab's own files need not be readable from there."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, text in programs().items():
        (folder / name).write_text(text)


def programs() -> dict[str, str]:
    """File name → text of each program that this version runs inside the sandbox."""
    found = (one for one in files("sandbox.engine.inside").iterdir() if one.is_file())
    return {one.name: one.read_text() for one in found}


def _wait_until_ready(paths: Paths, state: EngineState) -> None:
    give_up = time.monotonic() + START_TIMEOUT_S
    log = paths.logs / "rootlesskit.log"
    while not healthy(paths, state):
        # RootlessKit's outer process goes on running if the inner one fails during set-up.
        failed = log.exists() and "[rootlesskit:child ] error" in log.read_text(errors="replace")
        if failed or state.process is None or time.monotonic() > give_up:
            raise _start_failure(paths)
        time.sleep(POLL_S)


def _start_failure(paths: Paths) -> EngineError:
    said = [
        process.tail(log.read_text(errors="replace"), 6)
        for log in (paths.logs / f"{name}.log" for name in ("rootlesskit", "services", "dockerd"))
        if log.exists()
    ]
    return EngineError(
        "The engine did not start.",
        next_step="run `sandbox doctor`: it checks what the engine needs, and names each fix",
        stderr_tail="\n".join(said),
        log_path=paths.logs,
    )


def _engine_answers(path: Path) -> bool:
    connection = _UnixConnection(path, registry.PATIENCE_S)
    try:
        # Unlike a ping, a request for an image that does not exist reaches containerd.
        connection.request("GET", "/images/none/json")
        return connection.getresponse().status == http.client.NOT_FOUND
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _services_answer(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(registry.PATIENCE_S)
        return probe.connect_ex(str(path)) == 0


def _init_pid(state: EngineState) -> int:
    """The process id of dockerd, as this machine sees it."""
    engine = state.process
    if engine is not None:
        for child in engine.children(recursive=True):
            if _name(child) == "dockerd":
                return child.pid
    raise EngineError("The engine has ended.", next_step="`sandbox up` starts it again")


def _name(candidate: psutil.Process) -> str:
    try:
        return candidate.name()
    except psutil.Error:
        return ""
