"""A Dockerfile on this machine, read before the build."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.parse.local_dockerfile import (
    DOCKERFILE_MAX_BYTES,
    read_local_dockerfile,
    trigger_images,
)


def test_images_that_a_dockerfile_names(tmp_path: Path) -> None:
    file = tmp_path / "Dockerfile"
    file.write_text(
        "# syntax=docker/dockerfile:1.7\nARG BASE=lab/busybox\nFROM $BASE AS a\n"
        "FROM lab/go AS b\nFROM a\nCOPY --from=lab/debian / /\n"
    )
    found = read_local_dockerfile(file, {}).images
    assert {"docker/dockerfile:1.7", "lab/busybox", "lab/go", "lab/debian"} <= found
    assert "a" not in found
    assert "lab/node" in read_local_dockerfile(file, {"BASE": "lab/node"}).images


def test_images_of_onbuild_instructions_that_run(tmp_path: Path) -> None:
    # moby/buildkit 816, 3653
    file = tmp_path / "Dockerfile"
    triggers = (
        "ONBUILD COPY --from=lab/git \\\n  /g /g\n"
        "onbuild  RUN --mount=from=lab/go,target=/go true\n"
    )
    file.write_text(f"FROM lab/busybox AS kit\n{triggers}FROM kit\n")
    assert read_local_dockerfile(file, {}).images == {"lab/busybox", "lab/git", "lab/go"}
    file.write_text(f"FROM lab/busybox AS kit\n{triggers}FROM lab/debian\n")
    assert read_local_dockerfile(file, {}).images == {"lab/busybox", "lab/debian"}
    assert trigger_images(["ADD", "", "CMD true", "FROM lab/node"]) <= {"lab/node"}


@pytest.mark.parametrize(
    "content",
    [
        b"FROM lab/busybox\nRUM echo\n",
        b"from --platform=linux/arm64 lab/busybox\nCOPY\n",
        b"FROM lab/busybox\r\nRUN <<EOF\r\n",
        b"FROM lab/busybox\n\xff\xfe\x00",
    ],
)
def test_of_a_broken_dockerfile_what_can_be_guessed(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "Dockerfile").write_bytes(content)
    assert "lab/busybox" in read_local_dockerfile(tmp_path / "Dockerfile", {}).images


def test_what_is_no_dockerfile_at_all(tmp_path: Path) -> None:
    file = tmp_path / "Dockerfile"
    assert read_local_dockerfile(None, {}).stages is None
    assert read_local_dockerfile(file, {}).stages is None
    assert read_local_dockerfile(None, {}).images == frozenset()
    for content in (b"", b"\0" * 100, bytes(range(256))):
        file.write_bytes(content)
        assert read_local_dockerfile(file, {}).stages is None
        assert read_local_dockerfile(file, {}).images == frozenset()
    file.write_bytes(b"FROM lab/busybox\n" + b"#" * DOCKERFILE_MAX_BYTES)
    assert read_local_dockerfile(file, {}).stages is None
    assert read_local_dockerfile(file, {}).images == frozenset()
