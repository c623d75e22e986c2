"""No two exporters store one image under one name: one of them would fail by chance."""

from __future__ import annotations

import pytest

from checker.command.command_line import read_line
from checker.command.exporters import stored_once, without_second_store


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ("--push --load", "--push"),
        ("--load=true --push=true", "--push=true"),
        ("--output=type=registry --load", "--output=type=registry"),
        ("--output=type=image --load", "--output=type=image"),
        ("--push --output=type=docker", "--push"),
        # One exporter, or exporters that store different names.
        ("--load", "--load"),
        ("--load --push=false", "--load --push=false"),
        ("--push --output=type=docker,name=a", "--push --output=type=docker,name=a"),
        ("--output=type=image,name=a --load", "--output=type=image,name=a --load"),
        ("--output=type=image,store=false --load", "--output=type=image,store=false --load"),
        ("--output=type=cacheonly --load", "--output=type=cacheonly --load"),
    ],
)
def test_an_image_is_stored_once(given: str, left: str) -> None:
    line = read_line(f"docker buildx build {given} -t a .")
    assert without_second_store(line) == (*left.split(), "-t", "a", ".")


def test_an_image_of_a_bake_is_stored_once() -> None:
    assert stored_once(["type=docker", "type=image,push=true"]) == ["type=image,push=true"]
    assert stored_once(["type=docker"]) == ["type=docker"]
