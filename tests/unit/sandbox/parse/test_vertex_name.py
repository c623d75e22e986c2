"""The names of vertexes, in every form that BuildKit and buildx give them."""

from __future__ import annotations

import pytest

from sandbox.model.vertex import VertexKind
from sandbox.parse.vertex_name import read_vertex_name


@pytest.mark.parametrize(
    ("name", "kind", "stage", "platform", "build_platform"),
    [
        ("[builder 2/4] RUN make", "run", "builder", None, None),
        ("[stage-1  2/12] COPY a b", "copy", "stage-1", None, None),
        ("[2/4] WORKDIR /src", "workdir", "only", None, None),
        ("[a 4/7] LINK COPY --link x y", "copy", "a", None, None),
        ("[a.b_c-d 1/1] ADD x y", "add", "a.b_c-d", None, None),
        ("[linux/amd64 builder 1/4] FROM docker.io/x", "source", "builder", "linux/amd64", None),
        ("[linux/amd64->arm64 b 2/4] RUN x", "run", "b", "linux/arm64", "linux/amd64"),
        ("[linux/amd64->arm/v7 b 2/4] RUN x", "run", "b", "linux/arm/v7", "linux/amd64"),
        ("[linux/arm/v6->amd64 b 2/4] RUN x", "run", "b", "linux/amd64", "linux/arm/v6"),
        ("[linux/amd64->windows/amd64 b 2/4] RUN x", "run", "b", "windows/amd64", "linux/amd64"),
        ("[linux/arm64 2/4] RUN x", "run", "only", "linux/arm64", None),
        ("[app linux/arm64 builder 2/4] RUN x", "run", "builder", "linux/arm64", None),
        ("[app builder 2/4] RUN x", "run", "builder", None, None),
        ("[internal] load .dockerignore", "internal", None, None, None),
        ("[app internal] load .dockerignore", "internal", None, None, None),
        ("[linux/arm64 internal] load metadata for x", "internal", None, "linux/arm64", None),
        ("[auth] lab/busybox:pull token for localhost", "internal", None, None, None),
        ("resolve image config for docker-image://x", "internal", None, None, None),
        ("docker-image://docker.io/docker/dockerfile:1.7", "source", None, None, None),
        ("[context base] docker-image://docker.io/x", "source", None, None, None),
        ("[app 1/1] ONBUILD RUN sleep 2", "run", "app", None, None),
        ("[app 3/3] ONBUILD LINK COPY --link x y", "copy", "app", None, None),
        ("FROM docker.io/lab/git:latest@sha256:a8", "source", None, None, None),
        ("[context x] lab/git", "source", None, None, None),
        ("[context x] load metadata for lab/git", "internal", None, None, None),
        ("[context y] load from client", "internal", None, None, None),
        ("importing cache manifest from x", "import-cache", None, None, None),
        ("exporting to image", "export", None, None, None),
        ("exporting cache to registry", "export", None, None, None),
        ("[app] exporting to image", "export", None, None, None),
        ("[linux/amd64] generating sbom using docker.io/x", "scan", None, "linux/amd64", None),
        ("[", "other", None, None, None),
        ("[]", "other", None, None, None),
        ("", "other", None, None, None),
        ("[a 1/1]", "other", "a", None, None),
    ],
)
def test_names(
    name: str, kind: str, stage: str | None, platform: str | None, build_platform: str | None
) -> None:
    read = read_vertex_name(name, only_stage="only")
    assert (read.kind, read.stage, read.platform, read.build_platform) == (
        VertexKind(kind),
        stage,
        platform,
        build_platform,
    )


@pytest.mark.parametrize(
    ("name", "instruction"),
    [
        ("[a 2/2] RUN echo [b 1/1] RUN x", "RUN echo [b 1/1] RUN x"),
        ("[a 2/2] RUN <<EOF (echo hello...)", "RUN <<EOF (echo hello...)"),
        ("[internal] load build context", "load build context"),
        ("exporting to image", "exporting to image"),
    ],
)
def test_instruction_is_what_stands_behind_the_bracket(name: str, instruction: str) -> None:
    assert read_vertex_name(name, "only").instruction == instruction
