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


def test_buildx_is_started_at_once_as_docker_starts_it() -> None:
    argv, env = client.start(PLACES, ("buildx", "build", "."), {"LANG": "C"})
    assert argv == ("/h/docker/cli-plugins/docker-buildx", "buildx", "build", ".")
    assert env == {"LANG": "C", client.PLUGIN_VARIABLE: "/h/bin/docker"}


def test_all_other_commands_are_docker_s_own() -> None:
    for words in (("run", "buildx"), ("build", "."), ()):
        assert client.start(PLACES, words, {"LANG": "C"}) == (
            ("/h/bin/docker", *words),
            {"LANG": "C"},
        )
