"""Base images in the cache: their paths, and the downloads that they are made from."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from sandbox.engine import debian, lock
from sandbox.engine.paths import Paths
from sandbox.errors import HostError, SetupError
from sandbox.images import wheels
from sandbox.images.index import PackageIndex
from sandbox.images.recipe import Recipe

FETCHED = "fetched-bytes"
"""A file in an image's layout, with the number of bytes that were downloaded to make the image."""


def layout(paths: Paths, recipe: Recipe) -> Path:
    """The path of the image's OCI layout, which exists once the image is made."""
    return paths.images / f"{recipe.name.replace('/', '-')}-{recipe.key}"


def packages(paths: Paths, index: PackageIndex) -> Path:
    """The path of the index's folder, which exists once the index is made."""
    return paths.indexes / f"{index.name}-{index.key}"


def fetched_bytes(paths: Paths, recipe: Recipe) -> int | None:
    """How many bytes were downloaded to make the image.

    None: the image is not made yet, or an older version of the lab made it.
    """
    try:
        return int((layout(paths, recipe) / FETCHED).read_text())
    except FileNotFoundError:
        return None


def context(paths: Paths, recipe: Recipe) -> Path:
    """The path of the image's build context. It contains the key, so that a retry can reuse it."""
    return layout(paths, recipe).with_suffix(".context")


def gather(paths: Paths, recipe: Recipe, *, tell: Callable[[str], None]) -> None:
    """Download the image's sources into its context, unless the image is made.

    Raises:
        HostError, SetupError: See ``debian.fetch`` and ``wheels.fetch``; the message names the
            image.
    """
    again = f"`sandbox warm {recipe.name}`"
    with lock.held(context(paths, recipe).with_suffix(".gather.lock"), tell=tell):
        if layout(paths, recipe).is_dir():
            return
        folder = context(paths, recipe)
        folder.mkdir(parents=True, exist_ok=True)
        fetches: dict[str, Callable[[], int]] = {
            name: partial(debian.fetch, tree, folder / name, tell=tell, again=again)
            for name, tree in recipe.trees().items()
        }
        if recipe.wheels is not None:
            pins = recipe.folder / recipe.wheels
            for name in recipe.architectures:
                target = folder / f"wheels-{name}"
                fetches[target.name] = partial(wheels.fetch, pins, name, target, again=again)
        missing = {name: fetch for name, fetch in fetches.items() if not (folder / name).exists()}
        if not missing:
            return
        whence = " and ".join(["Debian"] * bool(recipe.suite) + ["PyPI"] * bool(recipe.wheels))
        tell(f"downloading {recipe.name} from {whence} (once, about {recipe.size_mb} MB) …")
        with ThreadPoolExecutor() as pool:
            jobs = [
                pool.submit(_note, folder / f"{name}.{FETCHED}", fetch)
                for name, fetch in missing.items()
            ]
        try:
            for job in jobs:
                job.result()
        except (HostError, SetupError) as error:
            raise _named(recipe, error) from error


def _note(note: Path, fetch: Callable[[], int]) -> None:
    note.write_text(str(fetch()))


def gathered_bytes(paths: Paths, recipe: Recipe) -> int:
    """How many bytes were downloaded into the image's context, by this and earlier processes."""
    notes = context(paths, recipe).glob(f"*.{FETCHED}")
    return sum(int(note.read_text()) for note in notes)


def _named(recipe: Recipe, error: HostError | SetupError) -> HostError | SetupError:
    """The same error, with a message that names the image."""
    return type(error)(
        f"The base image {recipe.name} is not on this machine yet; it needs a download of about "
        f"{recipe.size_mb} MB, once. {error.message}",
        next_step=error.next_step,
        argv=error.argv,
        exit_code=error.exit_code,
        stderr_tail=error.stderr_tail,
    )
