from __future__ import annotations

import os
from pathlib import Path

import pytest

from sandbox import EngineError, GitServer
from sandbox.engine.limits import Fence, Limits
from sandbox.engine.paths import Paths
from sandbox.engine.state import EngineState
from sandbox.images.recipe import catalog, wanted
from sandbox.services import git


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    made = Paths(tmp_path / "h", tmp_path / "c")
    made.create()
    return made


@pytest.fixture
def state(tmp_path: Path) -> EngineState:
    return EngineState(os.getpid(), "", 5000, False, tmp_path, Limits.of(), Fence("none"))


def as_made(paths: Paths) -> None:
    paths.ssh.mkdir(exist_ok=True)
    (paths.ssh / "id_ed25519").touch()
    for part in git.PARTS:
        (paths.git / part).parent.mkdir(parents=True, exist_ok=True)
        (paths.git / part).touch()
    (paths.git / "host_key.pub").write_text("ssh-ed25519 AAAA git.lab\n")
    (paths.git / "version").write_text(git._version())


@pytest.mark.parametrize(
    "context", [GitServer.url, f"ssh://{GitServer.url}", f"{GitServer.url}#v1"]
)
def test_what_a_build_of_the_repository_asks_for(context: str) -> None:
    assert {wanted(name) for name in git.ask_images(context)} == {catalog()["lab/busybox"]}


@pytest.mark.parametrize("context", [None, ".", "-", "https://example.org/recipes.git"])
def test_other_contexts_ask_for_nothing_of_it(context: str | None) -> None:
    assert git.ask_images(context) == frozenset()


def test_what_it_tells(paths: Paths, state: EngineState) -> None:
    as_made(paths)
    server = GitServer(paths, state)
    assert server.url == "git@git.lab:team/recipes.git"
    assert server.known_hosts == "git.lab ssh-ed25519 AAAA\n"
    assert server.key.is_relative_to(paths.home)


def test_made_once(paths: Paths, state: EngineState, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def make(paths: Paths, state: EngineState, version: str) -> None:
        made.append(version)
        as_made(paths)

    monkeypatch.setattr(git, "_make", make)
    for _ in range(2):
        GitServer.ready(paths, state, tell=print)
    assert made == [git._version()]
    (paths.git / "version").write_text("of an older lab")
    GitServer.ready(paths, state, tell=print)
    assert len(made) == 2


@pytest.mark.parametrize("lost", ["version", "../ssh/id_ed25519", *git.PARTS])
def test_what_was_lost_is_made_again(paths: Paths, lost: str) -> None:
    as_made(paths)
    assert git._is_made(paths, git._version())
    (paths.git / lost).unlink()
    assert not git._is_made(paths, git._version())


def test_an_engine_of_an_older_lab(paths: Paths, state: EngineState) -> None:
    with pytest.raises(EngineError, match="without a git server") as caught:
        GitServer.ready(paths, state, tell=print)
    assert "`sandbox down`, then `sandbox up`" in caught.value.next_step
