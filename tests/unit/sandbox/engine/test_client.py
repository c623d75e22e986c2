from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sandbox.engine import client
from sandbox.engine.limits import Fence, Limits
from sandbox.engine.paths import Paths
from sandbox.engine.state import EngineState

PLACES = Paths(Path("/h"), Path("/c"))


def test_a_client_is_led_to_this_sandbox_only() -> None:
    base = dict.fromkeys(client.LEARNERS_OWN, "nonsense") | {"PATH": "/bin", "LANG": "C"}
    base |= {"DOCKER_HOST": "tcp://192.0.2.1:2375", "DOCKER_CONFIG": "/nowhere"}
    made = client.environment(PLACES, 5001, base)
    path = made.pop("PATH").split(":")
    assert (path[0], path[-1]) == ("/h/bin", "/bin")
    assert made == {
        "DOCKER_HOST": "unix:///h/run/docker.sock",
        "DOCKER_CONFIG": "/h/docker",
        "REGISTRY": "localhost:5001",
        "LANG": "C",
    }


def test_an_environment_without_a_path_gets_one() -> None:
    assert client.environment(PLACES, 5001, {})["PATH"].startswith("/h/bin:/")


def test_only_the_client_of_a_clone_is_confined(tmp_path: Path) -> None:
    paths = Paths(tmp_path, tmp_path)
    paths.rootlesskit.mkdir(parents=True)
    (paths.rootlesskit / "child_pid").write_text("4711")
    assert client.confinement(paths) == ()
    for fence, limits in (
        (Fence("cgroup v2", (Path("/c"),), ("sh", "join")), ("sh", "join")),
        (Fence("systemd scope", (), ("systemd-run",)), ()),
    ):
        state = EngineState(1, "now", 5000, False, Path("/tree"), Limits.of("1g"), fence)
        state.save(paths.state)
        assert client.confinement(paths) == ()
        replace(state, origin=Path("/golden")).save(paths.state)
        prefix = client.confinement(paths)
        assert prefix[: len(limits)] == limits
        assert prefix[len(limits)] == "prlimit"
        assert "--target=4711" in prefix
