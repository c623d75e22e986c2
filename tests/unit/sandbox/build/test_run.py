from __future__ import annotations

from pathlib import Path

import pytest

from sandbox import UsageError
from sandbox.build import run

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
