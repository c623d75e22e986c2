"""Checkouts of real repositories, honest and hostile."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from checker.classroom import git_times
from checker.classroom.git_times import find_committed
from checker.classroom.handed_in import read_class

pytestmark = pytest.mark.skipif(
    shutil.which("git") is None, reason="without git, all times are those of files"
)
NAME = "03-order/Dockerfile"
FIRST = datetime(2026, 1, 1, 12, tzinfo=UTC)
THEN = datetime(2026, 2, 1, 12, tzinfo=UTC)


def git(folder: Path, *words: str, at: datetime = FIRST) -> None:
    date = at.isoformat()
    dates = {"GIT_COMMITTER_DATE": date, "GIT_AUTHOR_DATE": date}
    own = {"HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1", **dates}
    who = ("-c", "user.name=ada", "-c", "user.email=ada@example.org")
    env = {**os.environ, **own}
    subprocess.run(["git", *who, *words], cwd=folder, env=env, check=True, capture_output=True)


def commit(folder: Path, name: str, text: str, at: datetime) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    git(folder, "add", ".")
    git(folder, "commit", "--message=work", at=at)


@pytest.fixture
def ada(tmp_path: Path) -> Path:
    """A checkout whose exercise was committed first, and something else then."""
    folder = tmp_path / "class" / "ada"
    folder.mkdir(parents=True)
    git(folder, "init", "--initial-branch=main")
    commit(folder, NAME, "FROM lab/busybox\n", FIRST)
    commit(folder, "notes.txt", "-", THEN)
    return folder


def found(ada: Path) -> dict[str, tuple[datetime | None, str]]:
    files = read_class(ada.parent, {"Dockerfile"}).files
    return {
        "/".join(one.path[1:]): (one.handed_in_at, one.time_source)
        for one in files
        if one.path[-1] == "Dockerfile"
    }


def test_the_last_commit_that_touches_the_file_counts(ada: Path) -> None:
    assert found(ada) == {NAME: (FIRST, "git")}

    commit(ada, NAME, "FROM lab/debian\n", THEN)

    assert found(ada) == {NAME: (THEN, "git")}


def test_what_was_changed_after_its_commit_or_never_committed_has_the_file_s_time(
    ada: Path,
) -> None:
    (ada / NAME).write_text("FROM lab/debian\n")
    (ada / "04-small").mkdir()
    (ada / "04-small" / "Dockerfile").write_text("FROM lab/busybox\n")

    assert {source for _, source in found(ada).values()} == {"file"}


def test_packed_refs_a_commit_that_is_checked_out_by_id_and_a_shallow_clone(
    ada: Path, tmp_path: Path
) -> None:
    git(ada, "pack-refs", "--all")
    git(ada, "gc")
    assert found(ada) == {NAME: (FIRST, "git")}
    git(ada, "checkout", "--detach")
    assert found(ada) == {NAME: (FIRST, "git")}

    (tmp_path / "shallow").mkdir()
    git(tmp_path / "shallow", "clone", "--depth=1", f"file://{ada}", "ada")
    # What was before is not there: of all that is known, the file came with that commit.
    assert found(tmp_path / "shallow" / "ada") == {NAME: (THEN, "git")}


def test_nothing_that_the_repository_names_is_run(ada: Path, tmp_path: Path) -> None:
    marker, script = tmp_path / "ran", tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch {marker}\n")
    script.chmod(0o755)
    settings = {
        "core.fsmonitor": script,
        "core.pager": script,
        "core.sshCommand": script,
        "core.alternateRefsCommand": script,
        "core.hooksPath": tmp_path,
        "log.showSignature": "true",
        "gpg.program": script,
        "diff.external": script,
        "diff.x.textconv": script,
        "extensions.partialClone": "origin",
        "remote.origin.promisor": "true",
        "remote.origin.url": f"ext::{script}",
        "protocol.ext.allow": "always",
        "alias.log": f"!{script}",
        "include.path": "/dev/zero",
    }
    for name, value in settings.items():
        git(ada, "config", name, str(value))
    (ada / ".gitattributes").write_text("* diff=x filter=x\n")

    assert found(ada) == {NAME: (FIRST, "git")}
    # A missing object, which a partial clone would fetch.
    for path in (ada / ".git" / "objects").glob("??/*"):
        path.chmod(0o644)
        path.write_bytes(b"damaged")
    assert found(ada)[NAME][1] == "file"
    assert not marker.exists()


@pytest.mark.parametrize(
    "head", ["ref: refs/../../../x", "ref: refs/heads/none", "--output=x", "0" * 40, "", "\xff"]
)
def test_a_head_that_leads_nowhere(ada: Path, head: str) -> None:
    (ada / ".git" / "HEAD").write_text(head, encoding="latin-1")

    assert found(ada)[NAME][1] == "file"


def test_a_pipe_in_the_place_of_a_pack_costs_only_time(
    ada: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(ada, "gc")
    (pack,) = (ada / ".git" / "objects" / "pack").glob("*.idx")
    pack.unlink()
    os.mkfifo(pack)
    monkeypatch.setattr(git_times, "_MOST_SECONDS", 0.5)

    assert found(ada)[NAME][1] == "file"


def test_without_git_there_are_no_commits(ada: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_committed(ada, [NAME]) != {}
    monkeypatch.setenv("PATH", "")

    assert find_committed(ada, [NAME]) == {}
