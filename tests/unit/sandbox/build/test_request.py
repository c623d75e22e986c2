"""A build is read once on its way from the typed line to BuildKit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sandbox import Build, Sandbox, process
from sandbox.build.request import read_request
from sandbox.images import ensure
from sandbox.notebook import session
from sandbox.notebook.session import Session
from sandbox.notebook.typed import read_typed
from sandbox.parse import local_dockerfile
from sandbox.parse.docker_command import BuildCommand
from sandbox.process import Completed

DOCKERFILE = "# syntax=docker/dockerfile:1\nFROM lab/busybox AS a\nFROM lab/go\nCOPY --from=a b b\n"


def test_what_a_request_holds(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    argv = ["docker", "buildx", "build", "--sbom=generator=lab/scan", "--target=a", "."]
    request = read_request(argv, tmp_path)
    assert request is not None
    assert request.argv == tuple(argv)
    assert request.cwd == tmp_path
    assert request.command.target == "a"
    assert request.stages is not None
    assert [stage.name for stage in request.stages.stages] == ["a", "stage-1"]
    assert request.images == {"docker/dockerfile:1", "lab/busybox", "lab/go", "lab/scan"}
    assert not request.is_bake


def test_named_contexts_replace_what_the_dockerfile_says(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM lab/busybox AS a\nFROM a\nCOPY --from=x 1 1\n")
    contexts = ["a=docker-image://lab/debian", "x=docker-image://lab/git"]
    argv = ["docker", "build", *(f"--build-context={context}" for context in contexts), "."]
    request = read_request(argv, tmp_path)
    assert request is not None
    assert request.stages is not None
    assert request.stages.stages[0].base == "lab/debian"
    assert {"lab/debian", "lab/git"} <= request.images


def test_a_bake_and_a_dockerfile_elsewhere_have_no_stages(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    bake = read_request(["docker", "buildx", "bake", "a"], tmp_path)
    assert bake is not None
    assert bake.is_bake
    elsewhere = read_request(["docker", "build", "https://lab.example/x.git"], tmp_path)
    assert elsewhere is not None
    for request in (bake, elsewhere):
        assert (request.stages, request.images) == (None, frozenset())


def test_other_commands_are_no_request(tmp_path: Path) -> None:
    assert read_request(["docker", "images"], tmp_path) is None


class NoScreen:
    """A place for text that is never looked at."""

    def show(self, text: str, *, last: bool) -> None: ...


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Counter[str]:
    """Calls on the way of a build; the engine is played by a client that prints nothing."""
    counts: Counter[str] = Counter()

    def counted(owner: object, name: str, key: str) -> None:
        real: Callable[..., Any] = getattr(owner, name)

        def call(*args: Any, **options: Any) -> Any:
            counts[key] += 1
            return real(*args, **options)

        monkeypatch.setattr(owner, name, call)

    def stream(argv: Iterable[str], **_: Any) -> Generator[tuple[str, str], None, Completed]:
        yield from ()
        return Completed(tuple(argv), 0, "", "", 0.1)

    def provide(base_images: object, references: Iterable[str]) -> None:
        assert {"lab/busybox", "lab/go"} <= set(references)

    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Sandbox, "state", property(lambda _: SimpleNamespace(port=1)))
    monkeypatch.setattr(process, "stream", stream)
    monkeypatch.setattr(ensure, "provide", provide)
    counted(BuildCommand, "__init__", "parses of the command")
    counted(local_dockerfile, "read_dockerfile", "parses of the Dockerfile")
    counted(ensure, "provide", "preparations")
    read_bytes = Path.read_bytes

    def reading(path: Path) -> bytes:
        counts["reads of the Dockerfile"] += path == tmp_path / "Dockerfile"
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", reading)
    return counts


ONCE = {
    "parses of the command": 1,
    "parses of the Dockerfile": 1,
    "reads of the Dockerfile": 1,
    "preparations": 1,
}


def test_a_line_is_read_once(counts: Counter[str], tmp_path: Path) -> None:
    lab = Sandbox(tmp_path / "home", tmp_path / "cache")
    build = lab.build_line(("docker", "buildx", "build", "."))
    assert build.ok
    assert build.graph is not None
    assert dict(counts) == ONCE


@pytest.mark.parametrize("has_widgets", [False, True])
def test_a_build_typed_in_a_notebook_is_read_once(
    counts: Counter[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_widgets: bool
) -> None:
    monkeypatch.setattr(session, "in_cell", lambda _: lambda _: None)
    notebook = Session(
        NoScreen,
        has_widgets=lambda: has_widgets,
        lab=lambda tell: Sandbox(tmp_path / "home", tmp_path / "cache", tell=tell),
    )
    build = notebook.run(read_typed("buildx build .", {}, {}))
    assert isinstance(build, Build)
    assert build.graph is not None
    assert dict(counts) == ONCE
