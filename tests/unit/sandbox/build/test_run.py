from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox import BuildError, CancelToken, UsageError
from sandbox.build import run
from sandbox.build.request import read_request
from sandbox.engine import rootless
from sandbox.engine.paths import Paths

NOTHING = {"file": None, "target": None, "build_args": {}}


def test_a_plain_build_is_a_plain_command(tmp_path: Path) -> None:
    assert run.compose(tmp_path, **NOTHING) == ("docker", "buildx", "build", str(tmp_path))


def test_every_option_arrives_as_a_person_types_it(tmp_path: Path) -> None:
    command = run.compose(
        tmp_path,
        file=tmp_path / "Dockerfile.dev",
        target="test",
        build_args={"A": "two words", "B": "$(rm -rf /)\n"},
        tags=["one:1", "two:2"],
        platforms=["linux/amd64", "linux/arm64"],
        secrets=["id=token,src=/token"],
        cache=False,
        labels={"k": "v"},
    )
    assert command[:3] == ("docker", "buildx", "build")
    assert command[-1] == str(tmp_path)
    text = "\0".join(command)
    for words in (
        ("--file", str(tmp_path / "Dockerfile.dev")),
        ("--target", "test"),
        ("--build-arg", "A=two words"),
        ("--build-arg", "B=$(rm -rf /)\n"),
        ("--tag", "one:1"),
        ("--tag", "two:2"),
        ("--platform", "linux/amd64,linux/arm64"),
        ("--secret", "id=token,src=/token"),
        ("--label", "k=v"),
    ):
        assert "\0".join(words) in text
    assert "--no-cache" in command
    assert "progress" not in text
    assert "metadata" not in text


@pytest.mark.parametrize("option", ["colour", "progress", "stream_logs", "metadata_file"])
def test_an_option_that_is_not_there_or_is_ours(tmp_path: Path, option: str) -> None:
    with pytest.raises(UsageError, match=option) as caught:
        run.compose(tmp_path, **NOTHING, **{option: "x"})
    assert "buildx.build" in caught.value.next_step


@pytest.mark.parametrize("kind", ["missing", "file"])
def test_a_context_is_a_folder(tmp_path: Path, kind: str) -> None:
    if kind == "file":
        (tmp_path / "context").touch()
    with pytest.raises(UsageError, match="is not a folder"):
        run.compose(tmp_path / "context", **NOTHING)


LOST = (
    "ERROR: failed to build: failed to solve: failed to prepare extraction snapshot "
    '"extract-1 sha256:aa": parent snapshot sha256:bb does not exist: not found'
)


TAKEN = (
    'ERROR: failed to build: failed to solve: image "localhost:5000/greet:latest": already exists'
)
MISSING = (
    "ERROR: failed to build: failed to solve: lab/go: failed to resolve source metadata for "
    "docker.io/lab/go:latest: docker.io/lab/go:latest: not found"
)


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Paths]:
    """A program in place of docker: it prints one text at its first start, another one later."""
    paths = Paths(tmp_path / "home", tmp_path / "cache")
    for folder in (paths.bin, paths.builds):
        folder.mkdir(parents=True)
    monkeypatch.setattr(rootless, "healthy", lambda *_: True)

    def prints(first: str, later: str) -> Paths:
        for name, text in (("1", first), ("2", later)):
            (tmp_path / name).write_text(text)
        program = paths.bin / "docker"
        program.write_text(
            f"#!/bin/sh\ncd {tmp_path}; echo x >> starts; text=$([ -s 1 ] && cat 1 || cat 2)\n"
            ': > 1; [ -z "$text" ] || { echo "$text" >&2; exit 1; }\n'
        )
        program.chmod(0o755)
        return paths

    return prints


def built(paths: Paths, context: Path, **options: Any) -> object:
    (context / "Dockerfile").write_text("FROM lab/busybox\n")
    request = read_request(("docker", "buildx", "build", str(context)), context)
    assert request is not None
    return run.build(paths, 1, request, cancel_token=CancelToken(), **options)


def test_a_layer_that_the_engine_lost_costs_one_more_build(
    docker: Callable[[str, str], Paths], tmp_path: Path
) -> None:
    built(docker(LOST, ""), tmp_path)

    assert (tmp_path / "starts").read_text() == "x\nx\n"


def test_exporters_that_met_cost_one_more_build(
    docker: Callable[[str, str], Paths], tmp_path: Path
) -> None:
    built(docker(TAKEN, ""), tmp_path)

    assert (tmp_path / "starts").read_text() == "x\nx\n"


def test_a_build_without_a_base_image_is_repeated_when_there_is_one(
    docker: Callable[[str, str], Paths], tmp_path: Path
) -> None:
    told: list[str] = []

    built(docker(MISSING, ""), tmp_path, provide=lambda message: not told.append(message))

    assert told == [MISSING]
    assert (tmp_path / "starts").read_text() == "x\nx\n"


@pytest.mark.parametrize(
    ("error", "starts"), [(LOST, 2), (TAKEN, 2), (MISSING, 1), ("ERROR: no such stage", 1)]
)
def test_an_error_that_stays_is_told(
    docker: Callable[[str, str], Paths], tmp_path: Path, error: str, starts: int
) -> None:
    with pytest.raises(BuildError, match=error.rpartition(": ")[2]):
        built(docker(error, error), tmp_path)

    assert (tmp_path / "starts").read_text() == "x\n" * starts
