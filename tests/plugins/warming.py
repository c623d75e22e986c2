"""Makes the missing base images while the tests that need no engine run.

The cache has locks: a test that needs an image in the meantime waits for the image, or makes
another image.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from sandbox.engine import rootfs
from sandbox.engine.paths import Paths
from sandbox.images.base_images import BaseImages
from sandbox.images.recipe import catalog
from tests.plugins.side_by_side import FOLDER_VARIABLE, GROUP

COMMAND = str(Path(sys.executable).with_name("sandbox"))


class Warming:
    """A process that runs ``sandbox warm`` in a home of its own, at most until the tests end."""

    def __init__(self, log: Path) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="lab-warm-", dir=os.environ[FOLDER_VARIABLE]))
        self._environment = {**os.environ, "BUILDKIT_LAB_HOME": str(self._folder / "home")}
        log.parent.mkdir(exist_ok=True)
        with log.open("w") as output:
            self._process = subprocess.Popen(
                [COMMAND, "warm"],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C reaches pytest only, which then ends the process
            )
        # If this worker is killed, the scheduling process ends the process group.
        (self._folder / GROUP).write_text(str(self._process.pid))

    def end(self) -> None:
        """End the process and remove its home; finished images stay in the cache."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGINT)
        self._process.wait()
        subprocess.run(
            [COMMAND, "reset", "--yes"], env=self._environment, check=True, capture_output=True
        )
        shutil.rmtree(self._folder)


WARMING = pytest.StashKey[Warming]()


def is_cached(paths: Paths) -> bool:
    """Whether the engine and all base images are in the cache, so that no network is needed."""
    shelf = BaseImages(paths, port=0, tell=lambda _: None)
    return rootfs.path(paths).is_dir() and all(map(shelf.cached, catalog().values()))


def pytest_collection_finish(session: pytest.Session) -> None:
    """In the first worker, start to make missing images if several tests need an engine."""
    config = session.config
    is_first = os.environ.get("PYTEST_XDIST_WORKER", "gw0") == "gw0"
    engine_tests = [item for item in session.items if item.get_closest_marker("engine")]
    if is_first and len(engine_tests) > 1 and not config.option.collectonly:
        paths = Paths.default()
        if not is_cached(paths):
            config.stash[WARMING] = Warming(config.rootpath / "build" / "warm.log")


def pytest_sessionfinish(session: pytest.Session) -> None:
    if WARMING in session.config.stash:
        session.config.stash[WARMING].end()
