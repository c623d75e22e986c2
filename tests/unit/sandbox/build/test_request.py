"""A build is read once on its way from the typed line to BuildKit."""

from __future__ import annotations

import io
import tarfile
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


@pytest.mark.parametrize(
    ("line", "env", "image"),
    [
        ("--build-arg BASE .", {"BASE": "go"}, "lab/go"),
        ("--build-arg BASE .", {}, "lab/busybox"),
        (".", {"BASE": "go"}, "lab/busybox"),
        ("--build-arg BASE=git .", {"BASE": "go"}, "lab/git"),
    ],
)
def test_an_argument_without_a_value_takes_the_variables(
    tmp_path: Path, line: str, env: dict[str, str], image: str
) -> None:
    # moby/moby 24101, docker/buildx 113
    (tmp_path / "Dockerfile").write_text("ARG BASE=busybox\nFROM lab/${BASE}\n")
    request = read_request(["docker", "build", *line.split()], tmp_path, env)
    assert request is not None
    assert request.images == {image}


@pytest.mark.parametrize("name", ["lab/busybox", "lab/busybox:latest", "docker.io/lab/busybox"])
def test_a_named_context_replaces_an_image(tmp_path: Path, name: str) -> None:
    # docker/buildx 904
    (tmp_path / "Dockerfile").write_text("FROM lab/busybox\nFROM lab/go\n")
    line = f"docker build --build-context {name}=docker-image://lab/debian --build-context a=b ."
    request = read_request(line.split(), tmp_path)
    assert request is not None
    assert request.images == {"lab/debian", "lab/go"}


def test_a_front_end_that_an_argument_names(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("# syntax=docker/dockerfile:1\nFROM lab/go\n")
    for context in (".", "https://lab.example/x.git"):
        line = f"docker build --build-arg BUILDKIT_SYNTAX=docker/dockerfile:1.7 {context}"
        request = read_request(line.split(), tmp_path)
        assert request is not None
        assert request.images - {"lab/go"} == {"docker/dockerfile:1.7"}


def archive(name: str) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        entry = tarfile.TarInfo(name)
        entry.size = len(DOCKERFILE)
        tar.addfile(entry, io.BytesIO(DOCKERFILE.encode()))
    return file.getvalue()


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("-", DOCKERFILE.encode()),
        ("-f- .", DOCKERFILE.encode()),
        ("-", archive("./Dockerfile")),
        ("-f sub/a.Dockerfile -", archive("sub/a.Dockerfile")),
    ],
)
def test_a_dockerfile_from_standard_input(tmp_path: Path, line: str, text: bytes) -> None:
    # docker/docs 3538, moby/moby 45700
    stdin = io.BytesIO(text)
    request = read_request(["docker", "build", *line.split()], tmp_path, {}, stdin)
    assert request is not None
    assert {"lab/busybox", "lab/go"} < request.images
    assert stdin.tell() == 0, "docker reads it again"


@pytest.mark.parametrize("text", [b"", b"\x1f\x8bno archive", archive("other")])
def test_a_standard_input_without_a_dockerfile(tmp_path: Path, text: bytes) -> None:
    request = read_request(["docker", "build", "-"], tmp_path, {}, io.BytesIO(text))
    assert request is not None
    assert request.stages is None


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
