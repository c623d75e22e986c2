from __future__ import annotations

from pathlib import Path

from sandbox.engine import client
from sandbox.engine.paths import Paths

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
