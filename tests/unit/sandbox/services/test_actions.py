from __future__ import annotations

from collections.abc import MutableMapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox import Actions, ActionsJob, EngineError, NotRunning, UsageError
from sandbox.engine import rootless
from sandbox.engine.inside import cache_store, grants
from sandbox.engine.inside.cache_store import Store
from sandbox.engine.inside.grants import Permission
from sandbox.engine.paths import Paths
from sandbox.engine.state import EngineState
from sandbox.process import Completed
from sandbox.services.actions import ASK, MAIN

BOTH = Permission.READ | Permission.WRITE


def asked(exit_code: int, stderr: str = "") -> Completed:
    return Completed(ASK, exit_code, "", stderr, 0.0)


def no_engine() -> EngineState:
    raise NotRunning("The sandbox is not running.", next_step="`sandbox up` starts it")


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    paths = Paths(tmp_path / "home", tmp_path / "cache")
    paths.actions.mkdir(parents=True)
    return paths


@pytest.fixture
def actions(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> Actions:
    """Of an engine that runs, and whose cache answers."""
    monkeypatch.setattr(rootless, "inside", lambda *_, **__: asked(0))
    return Actions(paths, lambda: None)  # type: ignore[arg-type, return-value]


def granted(paths: Paths, environ: MutableMapping[str, str]) -> list[tuple[str, Permission]]:
    key = grants.secret(paths.actions)
    found = grants.read(key, environ["ACTIONS_RUNTIME_TOKEN"])
    return [(grant.scope, grant.permission) for grant in found]


def test_a_job_gives_its_environment_back(actions: Actions) -> None:
    before = {"PATH": "/bin", "CI": "no", "ACTIONS_RESULTS_URL": "https://elsewhere/"}
    environ = dict(before)
    with actions.job(environ=environ):
        assert environ["ACTIONS_RESULTS_URL"] == "http://actions.lab/"
        assert environ["ACTIONS_CACHE_SERVICE_V2"] == "true"
        assert environ["GITHUB_REF"] == MAIN
        assert environ["PATH"] == "/bin"
    assert environ == before


def test_it_is_given_back_after_an_error_and_after_a_job_within(actions: Actions) -> None:
    environ: dict[str, str] = {}
    outer, inner = actions.job(environ=environ), actions.job("refs/tags/v1", environ=environ)
    with pytest.raises(KeyError, match="nothing"), outer, inner:
        assert environ["GITHUB_REF"] == "refs/tags/v1" != environ["nothing"]
    assert environ == {}


def test_begun_in_one_cell_and_ended_in_another(actions: Actions) -> None:
    environ = {"CI": "no"}
    job = actions.job(environ=environ)
    job.stop()
    assert isinstance(job.start(), ActionsJob)
    job.start()  # the cell was run again
    job.stop()
    job.stop()
    assert environ == {"CI": "no"}


def test_main_writes_for_all_and_a_branch_for_itself(actions: Actions, paths: Paths) -> None:
    environ: dict[str, str] = {}
    with actions.job(environ=environ):
        assert granted(paths, environ) == [(MAIN, BOTH)]
    with actions.job("refs/pull/7/merge", environ=environ):
        assert granted(paths, environ) == [("refs/pull/7/merge", BOTH), (MAIN, Permission.READ)]
    trunk = "refs/heads/trunk"
    with actions.job("refs/heads/x", default_branch=trunk, environ=environ):
        assert granted(paths, environ) == [("refs/heads/x", BOTH), (trunk, Permission.READ)]


def test_a_ref_is_written_in_full(actions: Actions) -> None:
    with pytest.raises(UsageError, match="'main' is not a full ref") as caught:
        actions.job("main")
    assert "refs/heads/main" in caught.value.next_step


def test_without_an_engine_nothing_is_set(paths: Paths) -> None:
    environ: dict[str, str] = {}
    with pytest.raises(NotRunning), Actions(paths, no_engine).job(environ=environ):
        pass
    assert environ == {}


def test_a_cache_that_does_not_answer(actions: Actions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rootless, "inside", lambda *_, **__: asked(1, "connection refused"))
    with pytest.raises(EngineError, match="does not answer") as caught, actions.job(environ={}):
        pass
    assert "sandbox up" in caught.value.next_step
    assert caught.value.stderr_tail == "connection refused"


def test_entries_and_a_reset_need_no_engine(paths: Paths) -> None:
    actions = Actions(paths, no_engine)
    assert actions.entries() == ()
    seconds = iter(range(1000))
    store = Store(paths.actions, clock=lambda: float(next(seconds)), spare_bytes=0)
    for key in ("one", "two"):
        upload = store.reserve(key, "1", MAIN)
        upload.join([])
        store.publish(key, "1", MAIN, 0)
    listed = actions.entries()
    assert [entry.key for entry in listed] == ["two", "one"]
    assert (listed[0].scope, listed[0].size_bytes) == (MAIN, 0)
    assert datetime.fromtimestamp(0, UTC) < listed[0].created <= listed[0].last_used
    actions.reset()
    assert actions.entries() == ()
    assert store.find(["one"], "1", [MAIN]) is None
    actions.reset()


def test_it_lies_in_the_home_and_goes_with_it(paths: Paths) -> None:
    assert paths.actions in paths.own
    assert list(cache_store.entries(paths.actions)) == []
