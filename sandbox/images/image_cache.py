"""Base images in the cache, and what they are made from: all that needs no engine."""

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
"""Beside what was made: how much had to be fetched for it."""


def layout(paths: Paths, recipe: Recipe) -> Path:
    """Where the made image lies, as an OCI layout; not there before it is made."""
    return paths.images / f"{recipe.name.replace('/', '-')}-{recipe.key}"


def packages(paths: Paths, index: PackageIndex) -> Path:
    """Where the made index lies, as a folder; not there before it is made."""
    return paths.indexes / f"{index.name}-{index.key}"


def fetched_bytes(paths: Paths, recipe: Recipe) -> int | None:
    """What was fetched to make the image; None when it was made by an older lab, or not yet."""
    try:
        return int((layout(paths, recipe) / FETCHED).read_text())
    except FileNotFoundError:
        return None


def context(paths: Paths, recipe: Recipe) -> Path:
    """The build context it is made in; named by its key, so that a later try goes on with it."""
    return layout(paths, recipe).with_suffix(".context")


def gather(paths: Paths, recipe: Recipe, *, tell: Callable[[str], None]) -> None:
    """Fetch what the image is made from into its context; nothing to do when it is made.

    Raises:
        HostError, SetupError: See ``debian.fetch`` and ``wheels.fetch``; says for which image.
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
    """What was fetched into the image's context, by this process or by others before it."""
    notes = context(paths, recipe).glob(f"*.{FETCHED}")
    return sum(int(note.read_text()) for note in notes)


def _named(recipe: Recipe, error: HostError | SetupError) -> HostError | SetupError:
    """The same error, which says what it was for."""
    return type(error)(
        f"The base image {recipe.name} is not on this machine yet: about {recipe.size_mb} MB "
        f"are to be fetched, once. {error.message}",
        next_step=error.next_step,
        argv=error.argv,
        exit_code=error.exit_code,
        stderr_tail=error.stderr_tail,
    )
