"""What was pushed goes, from the registry at once and from the disk with the next start."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from sandbox import ImageNotFound, Sandbox, UsageError

RECIPE = "FROM lab/busybox\nRUN head -c 100000 /dev/urandom > /{name}\n"


def blobs(sandbox: Sandbox) -> set[str]:
    folder = sandbox.paths.registry / "docker/registry/v2/blobs/sha256"
    return {path.parent.name for path in folder.glob("*/*/data")}


def push(sandbox: Sandbox, folder: Path, names: Sequence[str]) -> None:
    """One image under several names, and its cache beside the first one."""
    (folder / "Dockerfile").write_text(RECIPE.format(name=names[0].partition("/")[0]))
    cache = f"{sandbox.registry}/{names[0]}:cache"
    tags = (f"--tag={sandbox.registry}/{name}" for name in names)
    export = f"--cache-to=type=registry,ref={cache},mode=max"
    sandbox.build_line(["docker", "buildx", "build", "--push", *tags, export, str(folder)])


def test_what_is_forgotten_is_gone_and_everything_else_is_there(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    push(sandbox, tmp_path, ["forgotten/app"])
    push(sandbox, tmp_path, ["forgotten/other", "kept/app"])
    pushed = blobs(sandbox)
    sandbox.pushed.forget("forgotten")

    # At once, in a registry that goes on: also under a name that is pushed anew.
    assert "forgotten" not in sandbox.pushed.first_parts()
    for name in ("forgotten/app", "forgotten/app:cache", "forgotten/other"):
        with pytest.raises(ImageNotFound):
            sandbox.pushed_image(f"{sandbox.registry}/{name}")
    push(sandbox, tmp_path, ["forgotten/app"])
    assert sandbox.image(f"{sandbox.registry}/forgotten/app").platforms
    sandbox.pushed.forget("forgotten")

    # On the disk, with the next start, and nothing that a name still leads to.
    kept = sandbox.image(f"{sandbox.registry}/kept/app")
    sandbox.down()
    sandbox.up()
    after = blobs(sandbox)
    # What earlier pushes left behind by themselves may be gone as well.
    assert after < pushed
    base = sandbox.image(f"{sandbox.registry}/lab/busybox:latest")
    for image in (kept.platform(), base.platform("linux/amd64")):
        assert {layer.digest.partition(":")[2] for layer in image.layers} <= after
    with sandbox.empty_builder() as name:
        sandbox.build_line(["docker", "buildx", "build", f"--builder={name}", str(tmp_path)])
    assert kept.platform().files


def test_base_images_stay(sandbox: Sandbox) -> None:
    for first_part in ("lab", "docker", "moby"):
        with pytest.raises(UsageError, match="base images"):
            sandbox.pushed.forget(first_part)
    assert sandbox.image("lab/busybox").platforms


def test_an_image_that_is_known_is_not_read_again(sandbox: Sandbox, tmp_path: Path) -> None:
    push(sandbox, tmp_path, ["known/app", "known/app:2", "known/other"])
    first, second, elsewhere = (
        f"{sandbox.registry}/known/{name}" for name in ("app", "app:2", "other")
    )
    image = sandbox.pushed_image(first)

    same = sandbox.pushed_image(second, known=[image])
    assert (same.reference, same.digest) == (second, image.digest)
    assert same.platforms is image.platforms
    # The registry serves blobs by the repository.
    assert sandbox.pushed_image(elsewhere, known=[image]).platforms is not image.platforms

    # The same name, another image: the name of the file in it is that of the first repository.
    push(sandbox, tmp_path, ["anew/app", "known/app"])
    moved = sandbox.pushed_image(first, known=[image])
    assert moved.digest != image.digest
    assert moved.platform().files
