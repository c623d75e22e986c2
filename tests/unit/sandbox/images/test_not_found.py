"""The next step after an image was not found; never to go online for what the lab has."""

from __future__ import annotations

import pytest

from sandbox.images.not_found import advise

SAID = (
    "ERROR: failed to solve: failed to resolve source metadata for docker.io/{0}: "
    "docker.io/{0}: not found"
)


@pytest.mark.parametrize(
    ("reference", "advice"),
    [
        ("lab/go:latest", "`sandbox warm lab/go` makes it"),
        ("docker/dockerfile:1.7", "`sandbox warm docker/dockerfile` makes it"),
        ("lab/go:latest@sha256:00", "write lab/go:latest without the digest"),
        ("docker/dockerfile:1.7@sha256:00", "write docker/dockerfile:1.7 without the digest"),
        ("docker/dockerfile:1-labs", "write `# syntax=docker/dockerfile:1`: the sandbox has"),
        ("docker/dockerfile:1.20", "without COPY --parents"),
        ("docker/dockerfile-upstream:master", "docker/dockerfile up to 1.19"),
        ("lab/node:22", "the lab has lab/node with these tags: latest"),
        ("lab/bussybox:latest", "did you mean lab/busybox?"),
        ("lab/qwertz:latest", "`sandbox images` lists"),
    ],
)
def test_the_advice_fits_the_name(reference: str, advice: str) -> None:
    said = advise(SAID.format(reference))
    assert said is not None
    assert advice in said
    assert "--online" not in said


@pytest.mark.parametrize(
    "message",
    [
        "dockerfile parse error on line 2: unknown flag: --parents",
        "dockerfile parse error on line 2: unknown flag: --security",
        "device feature is only supported in Dockerfile frontend 1.14.0-labs or later",
    ],
)
def test_a_feature_that_the_front_end_lacks(message: str) -> None:
    assert "write the instruction without it" in (advise(message) or "")


@pytest.mark.parametrize(
    "message",
    ["", SAID.format("library/ubuntu:24.04"), "unknown flag: --parent", '"/a": not found'],
)
def test_other_failures_are_left_to_others(message: str) -> None:
    assert advise(message) is None
