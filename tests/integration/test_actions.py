"""``type=gha`` as a workflow types it, against the CI cache of the sandbox."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox import Build, Sandbox, State, VertexKind
from sandbox.engine.inside import grants
from sandbox.engine.inside.grants import Grant, Permission
from sandbox.services.actions import MAIN

DOCKERFILE = """\
FROM lab/busybox AS tools
RUN echo {nonce}; head -c 3000000 /dev/urandom > /tool
RUN sha256sum /tool > /sum
FROM lab/busybox
COPY --from=tools /sum /
RUN wc -c /sum
"""
BUILD = ("docker", "buildx", "build", "--output=type=cacheonly")
EXPORT, IMPORT = "--cache-to=type=gha,mode=max", "--cache-from=type=gha"
OTHER = "refs/heads/other"


@pytest.fixture
def context(tmp_path: Path) -> Path:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE.format(nonce=secrets.token_hex(8)))
    return tmp_path


@pytest.fixture(autouse=True)
def _nothing_kept(sandbox: Sandbox) -> Iterator[None]:
    sandbox.actions.reset()
    yield
    sandbox.actions.reset()


def build(sandbox: Sandbox, context: Path, *flags: str, check: bool = True) -> Build:
    """A build by a builder that has nothing of its own."""
    sandbox.docker("buildx", "prune", "--all", "--force")
    return sandbox.build_line((*BUILD, *flags, str(context)), check=check)


def runs(made: Build) -> list[State]:
    return [v.state for v in made.trace.vertexes if v.kind is VertexKind.RUN]


def mentions(made: Build) -> list[str]:
    return [v.name for v in made.trace.vertexes if "gha" in v.name or "GitHub" in v.name]


def test_what_one_job_built_the_next_one_has(sandbox: Sandbox, context: Path) -> None:
    before = datetime.now(UTC)
    with sandbox.actions.job():
        cold = build(sandbox, context, EXPORT, IMPORT)
        entries = sandbox.actions.entries()
        with sandbox.empty_builder() as empty:
            warm = build(sandbox, context, f"--builder={empty}", EXPORT, IMPORT)
    assert runs(cold) == [State.RAN] * 3
    assert runs(warm) == [State.CACHED] * 3
    assert entries[0].key.startswith("index-buildkit-1-")
    assert {entry.scope for entry in entries} == {MAIN}
    # Nothing makes random bytes smaller, and more than one block was sent for them.
    assert 3_000_000 < max(entry.size_bytes for entry in entries) < 3_100_000
    assert before < entries[-1].created <= entries[0].created < datetime.now(UTC)


def test_what_is_fetched_is_what_was_made(sandbox: Sandbox, context: Path) -> None:
    dockerfile = context / "Dockerfile"
    with sandbox.actions.job():
        build(sandbox, context, EXPORT)
        tools, _, _ = dockerfile.read_text().rpartition("FROM ")
        dockerfile.write_text(f"{tools}RUN sha256sum -c /sum\n")
        with sandbox.empty_builder() as empty:
            checked = build(sandbox, context, f"--builder={empty}", IMPORT)
    assert sorted(runs(checked)) == [State.CACHED, State.CACHED, State.RAN]
    assert "/tool: OK" in checked.log


def test_a_branch_has_what_main_built_and_main_not_what_it_did(
    sandbox: Sandbox, context: Path
) -> None:
    with sandbox.actions.job(OTHER):
        build(sandbox, context, EXPORT)
    with sandbox.actions.job():
        on_main = build(sandbox, context, EXPORT, IMPORT)
    with sandbox.actions.job("refs/pull/7/merge"):
        pulled = build(sandbox, context, IMPORT)
    assert runs(on_main) == [State.RAN] * 3
    assert runs(pulled) == [State.CACHED] * 3


def test_outside_a_job_it_is_left_out_in_silence(sandbox: Sandbox, context: Path) -> None:
    """Buildx's own way with ``type=gha``, which a lesson tells of."""
    made = build(sandbox, context, EXPORT, IMPORT)
    assert mentions(made) == []
    assert sandbox.actions.entries() == ()
    with sandbox.actions.job():
        assert len(mentions(build(sandbox, context, EXPORT, IMPORT))) == 2


def test_what_the_cache_refuses_is_said_in_the_builds_own_report(
    sandbox: Sandbox, context: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = grants.secret(sandbox.paths.actions)
    with sandbox.actions.job():
        monkeypatch.setenv(
            "ACTIONS_RUNTIME_TOKEN", grants.sign(key, [Grant(MAIN, Permission.READ)])
        )
        reader = build(sandbox, context, EXPORT, check=False)
        forged = grants.sign(b"somebody else", [Grant(MAIN, Permission.READ)])
        monkeypatch.setenv("ACTIONS_RUNTIME_TOKEN", forged)
        stranger = build(sandbox, context, EXPORT, check=False)
    assert "this job may only read the cache" in reader.message
    assert "not signed by this sandbox" in stranger.message


def test_a_job_needs_a_sandbox_that_runs_and_entries_do_not(
    sandbox: Sandbox, context: Path
) -> None:
    with sandbox.actions.job():
        build(sandbox, context, EXPORT)
    kept = sandbox.actions.entries()
    sandbox.down()
    try:
        assert sandbox.actions.entries() == kept != ()
    finally:
        sandbox.up()
    with sandbox.actions.job():
        assert runs(build(sandbox, context, IMPORT)) == [State.CACHED] * 3
