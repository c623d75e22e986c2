from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from sandbox.parse.docker_command import (
    read_bake,
    read_command,
    read_words,
)
from sandbox.parse.flags import SCANNER


@pytest.mark.parametrize(
    "words",
    [
        "docker buildx build",
        "docker buildx b",
        "docker build",
        "docker image build",
        "docker builder build",
        "docker --log-level error buildx build",
        "docker --log-level=error -D build",
        "docker -lerror image build",
        "docker buildx --builder default build",
        "docker -Dl error buildx -D --builder=default b",
    ],
)
def test_the_ways_to_begin_a_build(words: str) -> None:
    command = read_command([*words.split(), "--pull", "."])
    assert command is not None
    assert command.words == tuple(words.split())
    assert command.arguments == ("--pull", ".")
    assert command.context == "."


@pytest.mark.parametrize(
    "line",
    [
        "",
        "docker",
        "docker buildx",
        "docker images",
        "docker buildx bake",
        "podman build .",
        "docker -l",
        "docker run build",
        "buildx build .",
    ],
)
def test_what_is_no_build(line: str) -> None:
    assert read_command(line.split()) is None


@pytest.mark.parametrize(
    ("line", "asks"),
    [
        ("bake --push app", False),
        ("f", False),
        ("bake --print", True),
        ("bake --list=targets", True),
        ("bake --call=build", False),
        ("bake --check=false app", False),
    ],
)
def test_a_bake_is_read_and_what_it_builds_is_not_known(line: str, asks: bool) -> None:
    words = line.split()

    bake = read_bake(["docker", "buildx", *words])

    assert bake is not None
    assert bake.words == ("docker", "buildx", words[0])
    assert bake.arguments == tuple(words[1:])
    assert bake.asks is asks
    assert bake.dockerfile(Path.cwd()) is None
    assert read_bake(["docker", "buildx", "build", "."]) is None


@pytest.mark.parametrize(
    ("line", "context", "file", "target"),
    [
        (".", ".", None, None),
        ("-f other/Dockerfile .", ".", "other/Dockerfile", None),
        ("-fDockerfile.dev .", ".", "Dockerfile.dev", None),
        ("--file=Dockerfile.dev .", ".", "Dockerfile.dev", None),
        ("-f=Dockerfile.dev .", ".", "Dockerfile.dev", None),
        ("--file a --file b .", ".", "b", None),
        (". --target test", ".", None, "test"),
        ("--target=test .", ".", None, "test"),
        ("--no-cache --pull -q .", ".", None, None),
        ("--load=false .", ".", None, None),
        ("-t one -t two:2 ctx", "ctx", None, None),
        ("--secret id=x,src=y --platform linux/amd64,linux/arm64 ctx", "ctx", None, None),
        ("-f - .", ".", "-", None),
        ("-", "-", None, None),
        ("--check .", ".", None, None),
        ("", None, None, None),
        ("--target", None, None, ""),
    ],
)
def test_what_a_line_names(
    line: str, context: str | None, file: str | None, target: str | None
) -> None:
    command = read_command(["docker", "build", *shlex.split(line)])
    assert command is not None
    assert (command.context, command.file, command.target) == (context, file, target)


@pytest.mark.parametrize(
    "line",
    [
        "docker pull lab/busybox",
        "docker image pull --platform linux/arm64 lab/busybox",
        "docker run --rm --name lab lab/busybox echo",
        "docker container run lab/busybox",
        "docker create lab/busybox",
        "docker buildx imagetools inspect lab/busybox",
    ],
)
def test_what_a_command_pulls_is_among_its_words(line: str) -> None:
    assert "lab/busybox" in read_words(line.split())


@pytest.mark.parametrize(
    "line", ["docker image rm lab/busybox", "docker build --tag lab/busybox .", "docker", ""]
)
def test_other_commands_pull_nothing(line: str) -> None:
    assert read_words(line.split()) == frozenset()


def test_build_args() -> None:
    line = "--build-arg A=1 --build-arg=B='two words' --build-arg C --build-arg D= --build-arg A=3"
    command = read_command(["docker", "build", *shlex.split(line), "."])
    assert command is not None
    assert command.build_args == {"A": "3", "B": "two words", "D": ""}


@pytest.mark.parametrize(
    ("line", "asks"),
    [("--check .", True), ("--call=outline .", True), ("--call targets .", True), (".", False)],
)
def test_asking_is_not_building(line: str, asks: bool) -> None:
    command = read_command(["docker", "build", *line.split()])
    assert command is not None
    assert command.asks is asks


@pytest.mark.parametrize(
    ("line", "scanner"),
    [
        (".", None),
        ("--provenance=true .", None),
        ("--sbom=true .", SCANNER),
        ("--sbom true .", SCANNER),
        ("--sbom=false .", None),
        ("--sbom=0 .", None),
        ("--sbom=generator=lab/sbom-scanner .", "lab/sbom-scanner"),
        ("--sbom generator=$REGISTRY/mine:1,deep=yes .", "$REGISTRY/mine:1"),
        ("--attest type=sbom .", SCANNER),
        ("--attest=type=sbom,generator=lab/sbom-scanner .", "lab/sbom-scanner"),
        ("--attest type=provenance,mode=max --attest generator=a,type=sbom .", "a"),
        ("""--attest 'type=sbom,"generator=a:1"' .""", "a:1"),
        ("--attest type=sbom,disabled=true .", None),
        ("--attest type=sbom,disabled=false .", SCANNER),
        ("--attest type=provenance,generator=a .", None),
        ("--attest= --sbom= .", None),
    ],
)
def test_the_image_that_makes_the_sbom(line: str, scanner: str | None) -> None:
    command = read_command(["docker", "buildx", "build", *shlex.split(line)])
    assert command is not None
    assert command.scanner == scanner


@pytest.mark.parametrize(
    ("line", "reads"),
    [
        ("docker build -", True),
        ("docker build -f - .", True),
        ("docker build -- -", True),
        ("docker buildx bake -f -", True),
        ("docker buildx bake -f a.hcl", False),
        ("docker build .", False),
    ],
)
def test_what_reads_standard_input(line: str, reads: bool) -> None:
    command = read_command(line.split()) or read_bake(line.split())
    assert command is not None
    assert command.reads_stdin is reads


def test_a_dockerfile_in_small_letters(tmp_path: Path) -> None:
    (tmp_path / "dockerfile").touch()
    command = read_command(["docker", "build", "."])
    assert command is not None
    assert command.dockerfile(tmp_path) == tmp_path / "dockerfile"
    (tmp_path / "Dockerfile").touch()
    assert command.dockerfile(tmp_path) == tmp_path / "Dockerfile"


def test_where_the_dockerfile_is(tmp_path: Path) -> None:
    (tmp_path / "ctx").mkdir()
    for name in ("ctx/Dockerfile", "Dockerfile.dev"):
        (tmp_path / name).touch()

    def found(line: str) -> Path | None:
        command = read_command(["docker", "build", *line.split()])
        assert command is not None
        return command.dockerfile(tmp_path)

    assert found("ctx") == tmp_path / "ctx/Dockerfile"
    assert found(str(tmp_path / "ctx")) == tmp_path / "ctx/Dockerfile"
    # A relative --file is looked for where the command is typed, not in the context.
    assert found("-f Dockerfile.dev ctx") == tmp_path / "Dockerfile.dev"
    for nowhere in (".", "-f - .", "-", "", "-f gone ctx", "-f ctx ctx"):
        assert found(nowhere) is None


@pytest.mark.parametrize(
    ("option", "asks"),
    [
        ("--call=outline", True),
        ("--call=build", False),
        ("--check", True),
        ("--check=false", False),
        ("--check=0", False),
    ],
)
def test_a_question_is_no_build(option: str, asks: bool) -> None:
    command = read_command(["docker", "build", option, "."])
    assert command is not None
    assert command.asks is asks


def test_named_contexts() -> None:
    line = "docker build --build-context x=docker-image://lab/git --build-context=y=../more ."
    command = read_command(line.split())
    assert command is not None
    assert [context.source for context in command.contexts] == ["lab/git", "../more"]
