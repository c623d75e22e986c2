"""Builds compared and summed up as a learner would, on the engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox import Sandbox, State, compare

DOCKERFILE = """\
FROM lab/busybox AS slow
RUN sleep 0.5; seq 1000 > /numbers
FROM lab/busybox
COPY hello.txt /
COPY --from=slow /numbers /
"""


@pytest.fixture
def context(tmp_path: Path) -> Path:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    (tmp_path / "hello.txt").write_text("hello\n")
    return tmp_path


def test_after_an_edit_only_what_depends_on_it_runs_again(sandbox: Sandbox, context: Path) -> None:
    cold = sandbox.build(context, no_cache=True)
    (context / "hello.txt").write_text("good bye\n")
    warm = sandbox.build(context)
    found = compare(cold, warm)
    assert [pair.vertex.instruction for pair in found.ran_again] == [
        "COPY hello.txt /",
        "COPY --from=slow /numbers /",
    ]
    (slow,) = found.of_group("slow")
    assert slow.warm is not None
    assert slow.warm.state is State.CACHED
    # At least the sleep, however busy the machine is, and no more than the build took.
    assert 0.4 < slow.saved_s <= cold.trace.real_s
    # Digests changed with the edit; the instructions stand where they stood.
    assert not any(pair.is_edited for pair in found.pairs)


def test_image_size_is_what_docker_says(sandbox: Sandbox, context: Path) -> None:
    made = sandbox.build(context, tags=["lab/sized"])
    said = sandbox.docker("image", "inspect", "--format", "{{.Size}}", "lab/sized").stdout
    assert made.summary().image_bytes == int(said) > 0
    nowhere = sandbox.build(context, output={"type": "cacheonly"})
    assert nowhere.summary().image_bytes is None


def test_context_bytes_fall_when_the_file_is_there_already(sandbox: Sandbox, context: Path) -> None:
    (context / "hello.txt").write_bytes(b"x" * 100_000)
    first = sandbox.build(context).summary()
    again = sandbox.build(context).summary()
    assert first.context_bytes > 100_000
    assert again.context_bytes < 1_000


def test_downloads_are_counted_once_and_then_no_more(sandbox: Sandbox, context: Path) -> None:
    reference = f"{sandbox.registry}/lab/downloaded"
    base = context / "base"
    base.mkdir()
    (base / "Dockerfile").write_text("FROM lab/busybox\nRUN seq 50000 > /numbers\n")
    sandbox.build(base, tags=[reference], push=True)
    sandbox.docker("image", "rm", "--force", reference)
    sandbox.docker("buildx", "prune", "--all", "--force")
    (context / "Dockerfile").write_text(f"FROM {reference}\nRUN wc -l /numbers\n")
    cold, warm = sandbox.build(context), sandbox.build(context)
    # 50,000 numbers, compressed
    assert 50_000 < cold.summary().downloaded_bytes < 300_000
    assert warm.summary().downloaded_bytes == 0
    assert compare(cold, warm).saved_bytes == cold.summary().downloaded_bytes
