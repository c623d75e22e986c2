"""A bake as a build: one record of all its targets; and what was pushed as against loaded."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from sandbox import BuildError, ImageNotFound, Sandbox
from sandbox.engine.binfmt import foreign, native

BAKE = """\
variable "REGISTRY" {}
variable "NAME" {}
group "default" { targets = ["one", "two"] }
target "one" {
  target    = "one"
  platforms = ["linux/amd64", "linux/arm64"]
  tags      = ["${REGISTRY}/${NAME}:one"]
  output    = ["type=registry"]
}
target "two" {
  target = "two"
  tags   = ["${REGISTRY}/${NAME}:two"]
}
"""
DOCKERFILE = """\
FROM --platform=$BUILDPLATFORM lab/busybox AS one
RUN echo first
FROM lab/busybox AS two
RUN echo second
"""


@pytest.fixture
def name() -> str:
    return f"baked-{secrets.token_hex(4)}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "docker-bake.hcl").write_text(BAKE)
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    return tmp_path


def test_a_bake_is_one_build_of_all_its_targets(sandbox: Sandbox, folder: Path, name: str) -> None:
    argv = ("docker", "buildx", "bake", "--no-cache")

    build = sandbox.build_line(argv, cwd=folder, env={"NAME": name})

    assert build.command == argv
    assert build.graph is None
    ran = {v.stage: v for v in build.trace.vertexes if v.kind == "run"}
    assert {"one", "two"} <= {(stage or "").split()[-1] for stage in ran}
    assert {"first", "second"} <= set(build.log.split())


def test_what_was_loaded_is_not_pushed(sandbox: Sandbox, folder: Path, name: str) -> None:
    sandbox.build_line(("docker", "buildx", "bake"), cwd=folder, env={"NAME": name})
    pushed, loaded = (f"{sandbox.registry}/{name}:{tag}" for tag in ("one", "two"))

    both = sandbox.pushed_image(pushed).platforms

    assert {one.platform for one in both} == {"linux/amd64", "linux/arm64"}
    assert sandbox.image(loaded).platforms
    with pytest.raises(ImageNotFound):
        sandbox.pushed_image(loaded)


def test_a_bake_that_fails_says_why(sandbox: Sandbox, folder: Path) -> None:
    (folder / "docker-bake.hcl").write_text('target "default" {')

    with pytest.raises(BuildError) as caught:
        sandbox.build_line(("docker", "buildx", "bake"), cwd=folder)

    assert "docker-bake.hcl:1" in f"{caught.value.build.message}{caught.value.build.trace.plain}"


def test_one_platform_of_several_is_run_and_read(
    sandbox: Sandbox, tmp_path: Path, name: str
) -> None:
    (tmp_path / "Dockerfile").write_text("FROM lab/busybox\nCMD uname -m\n")
    image = f"{sandbox.registry}/{name}"
    platforms = f"--platform=linux/{native().docker},{sandbox.emulation.platform}"
    sandbox.build_line(
        ("docker", "buildx", "build", platforms, f"--tag={image}", "--push", "."), cwd=tmp_path
    )

    here = sandbox.run(image)
    there = sandbox.run(image, platform=sandbox.emulation.platform)

    assert here.stdout.strip() == native().kernel
    assert there.stdout.strip() == foreign().kernel
    for one in sandbox.pushed_image(image).platforms:
        head = one.read("/bin/sh", most_bytes=4)
        assert head == b"\x7fELF"


def test_a_variable_can_be_taken_out_of_the_client_s_environment(
    sandbox: Sandbox, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NAME", "graders-own")

    kept, without = (
        sandbox.docker("buildx", "bake", "--print", cwd=folder, env=env).stdout
        for env in ({}, {"NAME": None})
    )

    assert "graders-own" in kept
    assert "graders-own" not in without
