"""The lab's own packages: the same on every machine, and installed by the real npm, pip, go, apt.

``tests/data/clients`` has a small program for each, with a Dockerfile as one would write it with
Docker's own images.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import os
import re
import secrets
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox import Build, Sandbox
from sandbox.images import image_cache
from sandbox.images.index import indexes
from sandbox.images.package_indexes import MADE_FROM
from sandbox.images.recipe import catalog

ROOT = Path(__file__).parents[2]
CLIENTS = ROOT / "tests" / "data" / "clients"
HASHES = ROOT / "tests" / "data" / "packages.sha256"
LOCKS = sorted(
    path
    for folder in ("lessons", "exercises", "tests/data")
    for name in ("package-lock.json", "go.sum", "requirements.txt")
    for path in (ROOT / folder).rglob(name)
)
pytestmark = pytest.mark.timeout(900)  # an empty cache has all of it made first


@pytest.fixture(scope="module")
def made(sandbox: Sandbox) -> Path:
    """A folder with all indexes in it, as they were made."""
    sandbox.warm([index.image for index in indexes().values()])
    return sandbox.paths.indexes


@pytest.fixture
def at_full_speed(sandbox: Sandbox) -> Iterator[None]:
    with sandbox.packages.paced(bandwidth_bytes_s=math.inf, latency_s=0):
        yield


def folder(made: Path, name: str) -> Path:
    return made / f"{name}-{indexes()[name].key}"


def test_they_are_the_same_at_every_making(made: Path) -> None:
    """Lock files of lessons and exercises hold their hashes."""
    found = []
    for name in sorted(indexes()):
        index = folder(made, name)
        for path in sorted(path for path in index.rglob("*") if path.is_file()):
            if path.name != MADE_FROM:
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                found.append(f"{digest}  {name}/{path.relative_to(index).as_posix()}")
    if os.environ.get("RETELL"):
        HASHES.write_text("\n".join(found) + "\n")
    assert found == HASHES.read_text().splitlines()


@pytest.mark.parametrize("name", sorted(indexes()))
def test_an_index_is_felt_and_no_burden(made: Path, name: str) -> None:
    size = sum(path.stat().st_size for path in folder(made, name).rglob("*") if path.is_file())
    assert 2_500_000 < size < 9_000_000


@pytest.mark.parametrize("client", sorted(indexes()))
def test_the_real_client_installs_them(
    sandbox: Sandbox, made: Path, at_full_speed: None, client: str, tmp_path: Path
) -> None:
    context = shutil.copytree(CLIENTS / client, tmp_path / client)
    text = (context / "Dockerfile").read_text()
    # Cache mounts that nobody has used before.
    own = {"BUILDKIT_CACHE_MOUNT_NS": secrets.token_hex(8)}

    def build() -> Build:
        # Every instruction runs. Not with --no-cache: it would empty the cache mounts as well.
        anew = rf"\1\nENV ROUND={secrets.token_hex(8)}"
        (context / "Dockerfile").write_text(re.sub(r"(?m)\A(.*)$", anew, text))
        return sandbox.build(context, build_args=own, tags=[f"pier:{client}"])

    cold = build()
    ran = sandbox.run(f"pier:{client}")
    assert "Skerry" in ran.stdout, ran.stderr
    assert len(ran.stdout.splitlines()) >= 5
    assert cold.downloads is not None
    assert {one.index for one in cold.downloads} == {client}
    assert cold.downloads.size_bytes > 2_500_000
    warm = build()
    assert warm.downloads is not None
    # The mounts have the packages; what is still asked for is whether there are newer ones.
    assert warm.downloads.size_bytes < cold.downloads.size_bytes / 100


def test_a_private_package_takes_the_token(
    sandbox: Sandbox, made: Path, at_full_speed: None, tmp_path: Path
) -> None:
    lines = (
        "FROM lab/node",
        "WORKDIR /app",
        "RUN --mount=type=secret,id=npmrc,target=/root/.npmrc npm install @team/fares",
        'RUN echo \'import { fare } from "@team/fares"; console.log(fare("Skerry", "Holm"))\''
        " > fare.mjs && node fare.mjs",
    )
    (tmp_path / "Dockerfile").write_text("\n".join(lines))
    npmrc = tmp_path / "npmrc"
    npmrc.write_text("//packages.lab/npm/:_authToken=nobody\n")
    secret = {"secrets": [f"id=npmrc,src={npmrc}"], "no_cache": True}
    refused = sandbox.build(tmp_path, check=False, **secret)
    assert not refused.ok
    assert "401 Unauthorized" in refused.log
    npmrc.write_text(f"//packages.lab/npm/:_authToken={sandbox.packages.token}\n")
    given = sandbox.build(tmp_path, **secret)
    assert re.search(r"(?m)^\d+$", given.log)


def npm_locked(lock: Path, index: Path) -> Iterator[tuple[str, str]]:
    for name, package in json.loads(lock.read_text())["packages"].items():
        if name and "integrity" in package:  # @team/notice has none: it is made for each request
            path = package["resolved"].removeprefix("http://packages.lab/npm/")
            digest = hashlib.sha512((index / path).read_bytes()).digest()
            yield package["integrity"], "sha512-" + base64.b64encode(digest).decode()


def go_locked(lock: Path, index: Path) -> Iterator[tuple[str, str]]:
    """Source: golang.org/x/mod/sumdb/dirhash, Hash1."""
    for line in lock.read_text().splitlines():
        module, version, wanted = line.split()
        version, is_mod = version.removesuffix("/go.mod"), version.endswith("/go.mod")
        path = index / module / "@v" / version
        if is_mod:
            contents = {"go.mod": path.with_name(f"{version}.mod").read_bytes()}
        else:
            with zipfile.ZipFile(path.with_name(f"{version}.zip")) as archive:
                contents = {name: archive.read(name) for name in archive.namelist()}
        lines = [
            f"{hashlib.sha256(content).hexdigest()}  {name}\n"
            for name, content in sorted(contents.items())
        ]
        digest = hashlib.sha256("".join(lines).encode()).digest()
        yield wanted, "h1:" + base64.b64encode(digest).decode()


def pip_locked(lock: Path, index: Path) -> Iterator[tuple[str, str]]:
    for line in lock.read_text().splitlines():
        name, _, wanted = line.partition(" --hash=sha256:")
        if wanted:
            project, _, version = name.partition("==")
            wheel = f"{project.replace('-', '_')}-{version}-py3-none-any.whl"
            yield wanted, hashlib.sha256((index / project / wheel).read_bytes()).hexdigest()


Locked = Callable[[Path, Path], Iterator[tuple[str, str]]]
READERS: dict[str, tuple[str, Locked]] = {
    "package-lock.json": ("npm", npm_locked),
    "go.sum": ("go", go_locked),
    "requirements.txt": ("pypi", pip_locked),
}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_lock_file_in_the_repository_fits(made: Path, lock: Path) -> None:
    name, read = READERS[lock.name]
    for wanted, found in read(lock, folder(made, name)):
        assert wanted == found, lock


def test_locks_are_looked_at() -> None:
    own = [lock for lock in LOCKS if lock.is_relative_to(CLIENTS)]
    assert {lock.name for lock in own} == set(READERS)


def test_an_image_says_how_much_is_fetched_for_it(sandbox: Sandbox, made: Path) -> None:
    """Of those that are made; Debian's lists are a part of it, and change with every day."""
    measured = {
        recipe: size
        for recipe in catalog().values()
        if (size := image_cache.fetched_bytes(sandbox.paths, recipe)) is not None
    }
    assert len(measured) >= 4
    for recipe, size in measured.items():
        said = recipe.size_mb * 1e6
        assert abs(size - said) < 0.25 * said, f"{recipe.name} fetches {size / 1e6:.0f} MB"
