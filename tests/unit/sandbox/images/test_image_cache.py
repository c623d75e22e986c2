"""What a base image is made from cannot be had: which one, how much it is, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.engine import debian
from sandbox.engine.paths import Paths
from sandbox.errors import HostError, SetupError
from sandbox.images import image_cache
from sandbox.images.recipe import catalog

PROGRAM = """\
#!/bin/sh
for last; do :; done
echo half > "$last"
cat {} >&2
exit 1
"""
NO_NETWORK = "E: Could not resolve 'mirror.example'"
NO_ROOM = "tar: rootfs.tar: Wrote only 4096 of 10240 bytes"


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "home", tmp_path / "cache")


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """In place of mmdebstrap; writes half of its tarball and fails with what is in ``said``."""
    path = tmp_path / "bin" / "mmdebstrap"
    path.parent.mkdir()
    path.write_text(PROGRAM.format(tmp_path / "said"))
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{path.parent}:/usr/bin:/bin")
    return tmp_path / "said"


@pytest.mark.parametrize(
    ("said", "next_step"),
    [
        (NO_NETWORK, "connect this machine to the network and run `sandbox warm {}`"),
        (NO_ROOM, "free about 3 GB"),
    ],
)
@pytest.mark.parametrize("name", ["lab/busybox", "lab/debian"])
def test_it_cannot_be_fetched(
    paths: Paths, program: Path, name: str, said: str, next_step: str
) -> None:
    recipe = catalog()[name]
    program.write_text(said)
    with pytest.raises((HostError, SetupError)) as caught:
        image_cache.gather(paths, recipe, tell=lambda _: None)
    assert f"The base image {name} is not on this machine yet" in caught.value.message
    assert f"about {recipe.size_mb} MB" in caught.value.message
    assert caught.value.next_step.startswith(next_step.format(name))
    assert not image_cache.layout(paths, recipe).exists()
    assert list(image_cache.context(paths, recipe).iterdir()) == [], "nothing half-made is kept"


def test_a_later_try_goes_on_with_what_is_there(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = catalog()["lab/busybox"]
    asked: list[str] = []

    def fetch(tree: debian.Tree, tarball: Path, **_: object) -> int:
        asked.append(str(tree.architecture))
        if tree.architecture == "arm64" and asked.count("arm64") == 1:
            raise SetupError("cut off", next_step="again")
        tarball.write_text("whole")
        return 1

    monkeypatch.setattr(debian, "fetch", fetch)
    with pytest.raises(SetupError):
        image_cache.gather(paths, recipe, tell=lambda _: None)
    image_cache.gather(paths, recipe, tell=lambda _: None)
    assert sorted(asked) == ["amd64", "arm64", "arm64"]
