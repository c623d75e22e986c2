"""Failed builds that another process ran, as BuildKit's records tell of them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sandbox.build.failed_builds import FailedBuilds
from sandbox.build.request import BuildRequest, read_request
from sandbox.errors import NotRunning
from tests.unit.sandbox.build.test_history import BEGUN, FAILED, LISTED, failing


def no_images() -> Any:
    pytest.fail("no base image is missing")


@pytest.fixture
def request_of_a_terminal(tmp_path: Path) -> BuildRequest:
    """A build whose context has a file with nearly the name that its Dockerfile copies."""
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY b.txt .\n")
    (tmp_path / "B.txt").touch()
    request = read_request(("docker", "build", "."), tmp_path, {}, None)
    assert request is not None
    return request


def failed_builds(docker: Any, tmp_path: Path) -> FailedBuilds:
    return FailedBuilds(docker, tmp_path, no_images)


def test_a_failure_is_explained_with_the_files_of_its_context(
    request_of_a_terminal: BuildRequest, tmp_path: Path
) -> None:
    explanation = failed_builds(failing(), tmp_path).explain(request_of_a_terminal, BEGUN)
    assert explanation is not None
    assert explanation.line == 2
    # The record alone does not say what the folder holds.
    assert "B.txt" in explanation.report()


def test_of_two_failures_none_is_explained(
    request_of_a_terminal: BuildRequest, tmp_path: Path
) -> None:
    docker = failing()
    docker.listed.append(LISTED | FAILED | {"ref": "default/default/other"})
    assert failed_builds(docker, tmp_path).explain(request_of_a_terminal, BEGUN) is None


def test_a_cancelled_build_is_not_explained(
    request_of_a_terminal: BuildRequest, tmp_path: Path
) -> None:
    docker = failing()
    docker.inspected["Status"] = "canceled"
    assert failed_builds(docker, tmp_path).explain(request_of_a_terminal, BEGUN) is None


def test_without_an_engine_nothing_is_explained(
    request_of_a_terminal: BuildRequest, tmp_path: Path
) -> None:
    def gone(*args: str, **_: object) -> Any:
        raise NotRunning("There is no engine.", next_step="start it")

    assert failed_builds(gone, tmp_path).explain(request_of_a_terminal, BEGUN) is None


def test_messages_are_those_of_builds_that_failed_since_a_moment(tmp_path: Path) -> None:
    # Of a message no path is read, so the folder of the question does not matter.
    builds = failed_builds(partial(failing(), cwd=tmp_path), tmp_path)
    said = builds.messages_since(BEGUN)
    assert ">>> COPY b.txt ." in said
    assert '"/b.txt": not found' in said
    assert builds.messages_since(BEGUN.replace(minute=26)) == ""
    assert not builds.provide_missing(said)
