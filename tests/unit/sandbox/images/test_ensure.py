"""Base images that nobody could name before the build."""

from __future__ import annotations

from typing import Any, cast

import pytest

from sandbox.images import ensure
from sandbox.images.base_images import BaseImages
from sandbox.images.recipe import Recipe


class Shelf:
    """Base images of which some are made."""

    def __init__(self, *names: str) -> None:
        self.names = [*names]

    def has(self, recipe: Recipe) -> bool:
        return recipe.name in self.names

    def provide(self, recipe: Recipe) -> None:
        self.names.append(recipe.name)


def base_images(shelf: Shelf) -> Any:
    return lambda: cast("BaseImages", shelf)


@pytest.mark.parametrize(
    ("message", "name"),
    [
        (
            "ERROR: failed to solve: lab/go: failed to resolve source metadata for "
            "docker.io/lab/go:latest: docker.io/lab/go:latest: not found",
            "lab/go",
        ),
        (
            "docker: Error response from daemon: failed to resolve reference "
            '"docker.io/lab/git:latest": docker.io/lab/git:latest: not found',
            "lab/git",
        ),
        ("ERROR: localhost:5001/lab/node:latest: not found", "lab/node"),
        ("ERROR: docker.io/lab/node@sha256:00: not found", "lab/node"),
        ("ERROR: docker.io/docker/dockerfile:1.7: not found", "docker/dockerfile"),
    ],
)
def test_the_image_that_a_message_names_is_made_once(message: str, name: str) -> None:
    shelf = Shelf()
    assert ensure.provide_missing(base_images(shelf), message)
    assert shelf.names == [name]
    assert not ensure.provide_missing(base_images(shelf), message)
    assert shelf.names == [name]


@pytest.mark.parametrize(
    "message",
    [
        "",
        "ERROR: docker.io/lab/cobol:latest: not found",
        "ERROR: docker.io/lab/go:1.2: not found",
        "ERROR: docker.io/library/go:latest: not found",
        'failed to calculate checksum: "/lab/go": not found',
    ],
)
def test_other_messages_make_nothing(message: str) -> None:
    shelf = Shelf()
    assert not ensure.provide_missing(base_images(shelf), message)
    assert shelf.names == []
