"""Base images in the cache, and the downloads for them; needs no engine."""

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
"""The file, beside an image, with the size of the downloads for it."""


def layout(paths: Paths, recipe: Recipe) -> Path:
    """The image's OCI layout; not there before the image is made."""
    return paths.images / f"{recipe.name.replace('/', '-')}-{recipe.key}"


def packages(paths: Paths, index: PackageIndex) -> Path:
    """The index's folder; not there before the index is made."""
    return paths.indexes / f"{index.name}-{index.key}"


def fetched_bytes(paths: Paths, recipe: Recipe) -> int | None:
    """Bytes that were downloaded for the image; None if an older lab made it, or nobody yet."""
    try:
        return int((layout(paths, recipe) / FETCHED).read_text())
    except FileNotFoundError:
        return None


def context(paths: Paths, recipe: Recipe) -> Path:
    """The image's build context, named by its key, so that a later attempt continues with it."""
    return layout(paths, recipe).with_suffix(".context")


def gather(paths: Paths, recipe: Recipe, *, tell: Callable[[str], None]) -> None:
    """Download the image's sources into its context; does nothing if the image is made.

    Raises:
        HostError, SetupError: See ``debian.fetch`` and ``wheels.fetch``; names the image.
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
        tell(f"fetching {recipe.name} from {whence} (once, about {recipe.size_mb} MB) …")
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
    """Bytes that this and earlier processes downloaded into the image's context."""
    notes = context(paths, recipe).glob(f"*.{FETCHED}")
    return sum(int(note.read_text()) for note in notes)


def _named(recipe: Recipe, error: HostError | SetupError) -> HostError | SetupError:
    """The same error, with the name of the image."""
    return type(error)(
        f"The base image {recipe.name} is not on this machine yet: about {recipe.size_mb} MB "
        f"are to be fetched, once. {error.message}",
        next_step=error.next_step,
        argv=error.argv,
        exit_code=error.exit_code,
        stderr_tail=error.stderr_tail,
    )
