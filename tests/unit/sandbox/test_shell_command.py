"""One command of ``sandbox shell``; docker, the engine and its base images are played."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest

from sandbox import process, shell_command
from sandbox.build.request import BuildRequest, read_request
from sandbox.model.explanation import Explanation
from sandbox.progress import Progress


class Lab:
    """A sandbox whose builds fail until a base image was made."""

    def __init__(self, missing: int) -> None:
        self.missing = missing
        self.builders: list[str | None] = []
        self.explained: list[BuildRequest] = []

    @property
    def failed_builds(self) -> Lab:
        return self

    def environment(self) -> dict[str, str]:
        return {}

    def prepare(
        self, argv: Sequence[str], *, cwd: Path, stdin: BinaryIO | None
    ) -> BuildRequest | None:
        return read_request(argv, cwd, {}, stdin)

    def messages_since(self, started: datetime, *, builder: str | None) -> str:
        assert started.tzinfo is not None
        self.builders.append(builder)
        return "docker.io/lab/go:latest: not found"

    def provide_missing(self, message: str) -> bool:
        assert "lab/go" in message
        self.missing -= 1
        return self.missing >= 0

    def explain(self, request: BuildRequest, begun: datetime) -> Explanation | None:
        self.explained.append(request)
        return None


@pytest.fixture
def starts(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The standard input of each start of docker, which fails without end."""
    starts: list[Any] = []

    def attended(argv: Sequence[str], *, env: object, stdin: BinaryIO | None, place: int) -> int:
        if stdin is not None:
            stdin.seek(place)
        starts.append(stdin and stdin.read())
        return 130 if "--interrupted" in argv else 1

    monkeypatch.setattr(process, "attended", attended)
    return starts


def run(lab: Lab, line: str) -> int:
    return shell_command.run_on_terminal(cast("Any", lab), line.split(), Progress())


def test_a_build_is_run_again_for_each_image_that_could_be_made(starts: list[Any]) -> None:
    lab = Lab(missing=2)
    assert run(lab, "docker buildx build --builder a --builder=b .") == 1
    assert len(starts) == 3
    assert lab.builders == ["b"] * 3
    assert len(lab.explained) == 1


def test_an_interrupted_build_is_over(starts: list[Any]) -> None:
    lab = Lab(missing=1)
    assert run(lab, "docker buildx build --interrupted .") == 130
    assert len(starts) == 1
    assert lab.builders == []


@pytest.mark.parametrize(
    "line", ["docker build -", "docker build -f - .", "docker buildx bake -f -"]
)
def test_what_comes_by_a_pipe_is_there_for_each_run(
    starts: list[Any], monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    monkeypatch.setattr(shell_command, "open_stdin", lambda: Pipe(b"FROM lab/go\n"))
    run(Lab(missing=1), line)
    assert starts == [b"FROM lab/go\n"] * 2


def test_another_command_replaces_this_process(
    starts: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Replaced(Exception):
        pass

    def replace(argv: Sequence[str], *, env: object) -> None:
        raise Replaced(argv)

    monkeypatch.setattr(process, "replace", replace)
    with pytest.raises(Replaced):
        run(Lab(missing=0), "docker images")
    assert starts == []
