from __future__ import annotations

import os
from pathlib import Path

import pytest

from sandbox import EngineError, GitServer
from sandbox.engine.limits import Fence, Limits
from sandbox.engine.places import Places
from sandbox.engine.state import EngineState
from sandbox.images.recipe import catalog, wanted
from sandbox.services import git


@pytest.fixture
def places(tmp_path: Path) -> Places:
    made = Places(tmp_path / "h", tmp_path / "c")
    made.create()
    return made


@pytest.fixture
def state(tmp_path: Path) -> EngineState:
    return EngineState(os.getpid(), "", 5000, False, tmp_path, Limits.of(), Fence("none"))


def as_made(places: Places) -> None:
    places.ssh.mkdir(exist_ok=True)
    (places.ssh / "id_ed25519").touch()
    for part in git.PARTS:
        (places.git / part).parent.mkdir(parents=True, exist_ok=True)
        (places.git / part).touch()
    (places.git / "host_key.pub").write_text("ssh-ed25519 AAAA git.lab\n")
    (places.git / "version").write_text(git._version())


@pytest.mark.parametrize(
    "context", [GitServer.url, f"ssh://{GitServer.url}", f"{GitServer.url}#v1"]
)
def test_what_a_build_of_the_repository_asks_for(context: str) -> None:
    assert {wanted(name) for name in git.ask_images(context)} == {catalog()["lab/busybox"]}


@pytest.mark.parametrize("context", [None, ".", "-", "https://example.org/recipes.git"])
def test_other_contexts_ask_for_nothing_of_it(context: str | None) -> None:
    assert git.ask_images(context) == frozenset()


def test_what_it_tells(places: Places, state: EngineState) -> None:
    as_made(places)
    server = GitServer(places, state)
    assert server.url == "git@git.lab:team/recipes.git"
    assert server.known_hosts == "git.lab ssh-ed25519 AAAA\n"
    assert server.key.is_relative_to(places.home)


def test_made_once(places: Places, state: EngineState, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def make(places: Places, state: EngineState, version: str) -> None:
        made.append(version)
        as_made(places)

    monkeypatch.setattr(git, "_make", make)
    for _ in range(2):
        GitServer.ready(places, state, tell=print)
    assert made == [git._version()]
    (places.git / "version").write_text("of an older lab")
    GitServer.ready(places, state, tell=print)
    assert len(made) == 2


@pytest.mark.parametrize("lost", ["version", "../ssh/id_ed25519", *git.PARTS])
def test_what_was_lost_is_made_again(places: Places, lost: str) -> None:
    as_made(places)
    assert git._is_made(places, git._version())
    (places.git / lost).unlink()
    assert not git._is_made(places, git._version())


def test_an_engine_of_an_older_lab(places: Places, state: EngineState) -> None:
    with pytest.raises(EngineError, match="without a git server") as caught:
        GitServer.ready(places, state, tell=print)
    assert "`sandbox down`, then `sandbox up`" in caught.value.next_step
