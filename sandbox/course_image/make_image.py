"""Builds the course's image with the lab's own engine: ``make image``.

The context is made here: a Debian root file system from mmdebstrap, wheels from pip, the engine,
the base images and the package indexes from the lab's cache, and the lab itself. The build has no
network and pulls nothing.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sandbox import atomic, process
from sandbox.engine import debian, rootfs, user_namespace
from sandbox.engine.paths import Paths
from sandbox.errors import SandboxError
from sandbox.images import image_cache
from sandbox.images.index import indexes
from sandbox.images.recipe import catalog
from sandbox.progress import Progress
from sandbox.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[2]
NAME = "buildkit-lab:latest"
SYSTEM = debian.Tree(
    suite="bookworm",
    packages=(
        *("ca-certificates", "graphviz", "iproute2", "libcap2-bin", "mount", "openssh-client"),
        *("mmdebstrap", "procps", "python3", "python3-venv", "rootlesskit", "slirp4netns", "tini"),
        "uidmap",
    ),
    variant="minbase",
)
PYTHON = "3.11"
"""The Python of ``SYSTEM``."""
PARTS = ("sandbox", "checker", "lessons", "exercises")
FILES = ("pyproject.toml", "README.md", "CLASS.md", "SECURITY.md", "CHANGELOG.md", "LICENSE")
NOT_COPIED = ("__pycache__", ".ipynb_checkpoints", "node_modules")
OCI = ".oci.tar"
EXIT_UNAVAILABLE = 3


def labels(version: str, created: datetime) -> dict[str, str]:
    """The image's labels, which are its annotations as well."""
    texts = {
        "title": "BuildKit Lab",
        "description": "A course on container builds, with JupyterLab and a builder of its own",
        "version": version,
        "created": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "licenses": "Apache-2.0",
    }
    return {f"org.opencontainers.image.{name}": text for name, text in texts.items()}


def options(
    output: Path,
    partial: Path,
    texts: Mapping[str, str],
    references: Sequence[str],
    compression: str,
) -> list[str]:
    """The options of ``docker buildx build``, without the context.

    ``docker load`` of every version reads a ``type=docker`` archive, which has no room for an SBOM,
    provenance or annotations. A file that ends in ``.oci.tar`` is an OCI layout that has them all.

    Args:
        output: The file to make, whose name decides on its format.
        partial: The file to write.
        texts: Labels.
        references: The image's names.
        compression: How layers are compressed.
    """
    oci = output.name.endswith(OCI)
    fields = [f"type={'oci' if oci else 'docker'}", f"dest={partial}", f"compression={compression}"]
    made = [f"--label={name}={text}" for name, text in texts.items()]
    if oci:
        fields.append(f'"name={",".join(references)}"')  # one field of CSV with commas in it
        made += [f"--annotation={name}={text}" for name, text in texts.items()]
        made += ["--sbom=true", "--provenance=mode=max"]
    else:
        made += [f"--tag={reference}" for reference in references]
        made += ["--provenance=false"]
    return [*made, f"--output={','.join(fields)}"]


def requirements(pyproject: str) -> str:
    """A requirements file with what the lab and its installation need."""
    project = tomllib.loads(pyproject)
    needed = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    return "\n".join([*needed, "editables", ""])


def wheel_options(machine: str) -> tuple[str, ...]:
    """pip's options that choose wheels for the image's Python in place of this machine's."""
    # pip takes the names of platforms as they are: an older one does not imply a newer one.
    glibc = [f"manylinux_2_{minor}_{machine}" for minor in (17, 24, 26, 27, 28, 31, 34, 35)]
    platforms = [*glibc, f"manylinux2014_{machine}"]
    return (
        "--only-binary=:all:",
        f"--python-version={PYTHON}",
        *(f"--platform={name}" for name in platforms),
    )


def gather(context: Path, lab: Sandbox, tell: Callable[[str], None]) -> None:
    """Make the build context.

    Raises:
        HostError, SetupError, CommandError: A source could not be downloaded or copied.
    """
    again = "`make image`"
    tell("downloading the image's Debian and Python packages …")
    with ThreadPoolExecutor() as pool:
        # mmdebstrap mostly unpacks, so pip downloads meanwhile.
        fetched = pool.submit(debian.fetch, SYSTEM, context / "root.tar", tell=tell, again=again)
        _fetch_wheels(context, again)
        fetched.result()
    tell("copying the engine, the base images and the package indexes …")
    tree = rootfs.path(lab.paths)
    # Its files belong to subordinate ids, so tar runs as root of a user namespace.
    tar = ("tar", "--create", f"--file={context / 'engine.tar'}", f"--directory={tree.parent}")
    user_namespace.run((*tar, tree.name))
    for recipe in catalog().values():
        layout = image_cache.layout(lab.paths, recipe)
        # Links, because the context lies in the cache, too.
        shutil.copytree(layout, context / "images" / layout.name, copy_function=os.link)
    for index in indexes().values():
        made = image_cache.packages(lab.paths, index)
        shutil.copytree(made, context / "indexes" / made.name, copy_function=os.link)
    ignored = shutil.ignore_patterns(*NOT_COPIED)
    for part in PARTS:
        shutil.copytree(ROOT / part, context / "lab" / part, ignore=ignored)
    for name in FILES:
        shutil.copy(ROOT / name, context / "lab")
    shutil.copy(Path(__file__).with_name("Dockerfile"), context)


def _fetch_wheels(context: Path, again: str) -> None:
    wanted = context / "requirements.txt"
    wanted.write_text(requirements((ROOT / "pyproject.toml").read_text()))
    pip = (sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check")
    chosen = wheel_options(platform.machine())
    process.run(
        (*pip, "--no-cache-dir", *chosen, f"--dest={context / 'wheels'}", f"-r{wanted}"),
        tied=True,
        next_step=f"connect this machine to the network and run {again}",
    )


def main(argv: Sequence[str]) -> int:
    """Build the image; returns the exit code."""
    parser = argparse.ArgumentParser(prog="make image", description="Build the course's image.")
    default = ROOT / "build" / "buildkit-lab.tar"
    parser.add_argument(
        "--output",
        type=Path,
        default=default,
        help="the file to write, for docker load; FILE.oci.tar has an SBOM and provenance",
    )
    parser.add_argument(
        "--compression",
        choices=("gzip", "uncompressed"),
        default="gzip",
        help="uncompressed: made and loaded in half the time, and twice as large",
    )
    parser.add_argument("--tag", action="append", help=f"the image's name; default {NAME}")
    args = parser.parse_args(argv)
    output = args.output.absolute()
    try:
        with Progress() as progress:
            _build(output, args.tag or [NAME], args.compression, progress.tell)
    except SandboxError as error:
        print(f"make image: {error.report()}", file=sys.stderr)
        return EXIT_UNAVAILABLE
    print(f"{output}: {output.stat().st_size / 1e6:.0f} MB")
    if not output.name.endswith(OCI):
        print(f"next: docker load -i {output}")
    return 0


def _build(
    output: Path, references: Sequence[str], compression: str, tell: Callable[[str], None]
) -> None:
    paths = Paths.default()
    paths.cache.mkdir(parents=True, exist_ok=True)
    output.parent.mkdir(parents=True, exist_ok=True)
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    with (
        # In the cache, which is on a disk large enough.
        tempfile.TemporaryDirectory(prefix="course-image-", dir=paths.cache) as folder,
        # A home of its own: the image leaves nothing in the user's sandbox.
        _own_sandbox(Path(folder) / "home", paths.cache, tell) as lab,
    ):
        context = Path(folder) / "context"
        context.mkdir()
        lab.warm(())
        gather(context, lab, tell)
        tell("building the image …")
        with atomic.made_whole(output) as partial:
            texts = labels(version, datetime.now(UTC))
            made = options(output, partial, texts, references, compression)
            argv = ("docker", "buildx", "build", "--progress=plain", *made, str(context))
            process.run(argv, env=lab.environment(), tied=True)


@contextmanager
def _own_sandbox(home: Path, cache: Path, tell: Callable[[str], None]) -> Iterator[Sandbox]:
    lab = Sandbox(home, cache, tell=tell)
    try:
        lab.up()
        yield lab
    finally:
        lab.reset()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
