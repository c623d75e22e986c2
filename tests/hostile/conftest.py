"""A sandbox to break, the real command line on it, and a look at what is left over.

Helpers are methods of ``Lab`` because nothing can be imported from a test folder. Closing a
lab fails the test that left a process or a file of it behind.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil
import pytest

from sandbox import Sandbox
from sandbox.engine.paths import Paths
from sandbox.engine.state import EngineState, engines_in, load

PATIENCE_S = 60.0
"""For what has to happen sooner or later; a test that waits this long has failed."""
SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
PROGRAM = "import sys; {1}; from {0}.cli import main; sys.argv[0] = '{0}'; main()"


@dataclass(frozen=True, slots=True)
class Lab:
    """One home and one cache.

    Args:
        home: Short enough for a socket's path.
        cache: Shared by all tests, or an empty one.
        variables: Added to the environment of every command.
        before: Python that a command runs before its ``main``.
    """

    home: Path
    cache: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    before: str = "pass"

    def but(
        self, *, before: str = "pass", cache: Path | None = None, **variables: str | Path
    ) -> Lab:
        """The same sandbox in another environment."""
        texts = {name: str(value) for name, value in variables.items()}
        return replace(
            self,
            cache=cache or self.cache,
            variables={**self.variables, **texts},
            before=before,
        )

    @property
    def environment(self) -> dict[str, str]:
        own = {"BUILDKIT_LAB_HOME": str(self.home), "BUILDKIT_LAB_CACHE": str(self.cache)}
        return {**os.environ, **own, **self.variables}

    @property
    def paths(self) -> Paths:
        return Paths(self.home, self.cache)

    @property
    def sandbox(self) -> Sandbox:
        return Sandbox(self.home, self.cache)

    @property
    def state(self) -> EngineState | None:
        return load(self.paths.state)

    @property
    def engine(self) -> psutil.Process:
        """The outermost process of the running engine."""
        state = self.state
        assert state is not None
        assert state.process is not None
        return state.process

    # -- the command line ----------------------------------------------------------------

    def argv(self, *args: str, program: str = "sandbox") -> list[str]:
        return [sys.executable, "-c", PROGRAM.format(program, self.before), *args]

    def run(
        self, *args: str, under: Sequence[str] = (), program: str = "sandbox"
    ) -> subprocess.CompletedProcess[str]:
        """``sandbox ARGS`` to its end; ``under`` is what it is started by."""
        return subprocess.run(
            [*under, *self.argv(*args, program=program)],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    def refused(
        self, *args: str, code: int, under: Sequence[str] = (), program: str = "sandbox"
    ) -> str:
        """``sandbox ARGS``, which must end with ``code`` and a next step; its stderr."""
        done = self.run(*args, under=under, program=program)
        assert done.returncode == code, done.stderr
        assert done.stdout == ""
        return self.advised(done.stderr)

    def start(self, *args: str, program: str = "sandbox") -> subprocess.Popen[str]:
        """The same in the background, as a process group of its own, as a terminal makes one."""
        return self.spawn(self.argv(*args, program=program))

    def spawn(self, argv: Sequence[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            argv,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    @staticmethod
    def advised(text: str) -> str:
        """Text of an error whose last line says what to do."""
        assert "Traceback" not in text
        lines = text.strip().splitlines()
        assert lines, "nothing was said"
        assert lines[-1].startswith("  next: "), text
        return text

    @staticmethod
    def ctrl_c(process: subprocess.Popen[str]) -> str:
        """SIGINT to the whole process group; it must end as interrupted. Its stderr."""
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 130, err
        assert "Traceback" not in err
        return err

    @staticmethod
    def wait_until(true: Callable[[], object], what: str) -> None:
        """Poll for what has to happen."""
        give_up = time.monotonic() + PATIENCE_S
        while not true():
            assert time.monotonic() < give_up, f"never happened: {what}"
            time.sleep(0.02)

    # -- what is there ---------------------------------------------------------------------

    def engines(self) -> list[int]:
        """Process ids of the engines of this home."""
        return [process.pid for process in engines_in(self.paths.rootlesskit)]

    def processes(self) -> list[psutil.Process]:
        """Every process with a path of this sandbox in its command line, and its children."""
        found: dict[int, psutil.Process] = {}
        for candidate in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if any(str(self.home.parent) in word for word in candidate.cmdline()):
                    for one in (candidate, *candidate.children(recursive=True)):
                        found[one.pid] = one
        return [one for one in found.values() if one.pid != os.getpid()]

    def names(self) -> list[str]:
        """The programs of ``processes``, without those that end meanwhile."""
        found = []
        for process in self.processes():
            with contextlib.suppress(psutil.Error):
                found.append(process.name())
        return found

    def inside(self, words: str) -> list[psutil.Process]:
        """Processes of the running engine that have ``words`` in their command line."""
        found = []
        with contextlib.suppress(psutil.Error):
            for child in self.engine.children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    if words in " ".join(child.cmdline()):
                        found.append(child)
        return found

    def daemon(self, name: str) -> psutil.Process:
        """A process of the running engine, by its program's name."""
        for child in self.engine.children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if child.name() == name:
                    return child
        raise AssertionError(f"{name} does not run")

    @staticmethod
    def ended(process: psutil.Process) -> bool:
        """Whether it is over, waited for by its parent or not."""
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE

    @contextlib.contextmanager
    def during(self, marker: str, act: Callable[[], object]) -> Iterator[None]:
        """Do ``act`` once, as soon as a process with ``marker`` in its words runs in the engine."""
        missed: list[BaseException] = []

        def watch() -> None:
            try:
                self.wait_until(lambda: self.inside(marker), f"{marker} runs")
                act()
            except BaseException as error:  # shown by the thread that waits
                missed.append(error)

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            yield
        finally:
            watcher.join()
            assert not missed, missed

    def builds(self, marker: str) -> bool:
        """Whether a small build works, from its beginning to its end."""
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "Dockerfile").write_text(f"FROM lab/busybox\nRUN echo {marker}\n")
            return self.sandbox.build(folder, check=False).ok

    def close(self) -> None:
        """End and remove all of it, whatever state it is in."""
        with contextlib.suppress(FileNotFoundError):
            self.sandbox.reset()
        left = self.processes()
        for process in left:
            with contextlib.suppress(psutil.Error):
                process.kill()
        assert not left
        assert not self.home.exists()


@pytest.fixture(scope="module")
def lab(cache: Path, session_folder: Path) -> Iterator[Lab]:
    """A home of its own for the tests of one module, which break it; down at first."""
    folder = Path(tempfile.mkdtemp(prefix="lab-broken-", dir=session_folder))
    made = Lab(folder / "home", cache)
    yield made
    made.close()
    shutil.rmtree(folder)


@pytest.fixture
def running(lab: Lab) -> Lab:
    """The module's own sandbox, started again if the test before has broken it."""
    lab.sandbox.up()
    return lab


@pytest.fixture
def stopped(lab: Lab) -> Lab:
    """The module's own sandbox, down."""
    lab.paths.create()
    lab.sandbox.down()
    return lab


@pytest.fixture
def bare(session_folder: Path) -> Iterator[Lab]:
    """A home and a cache that are not there yet."""
    folder = Path(tempfile.mkdtemp(prefix="lab-broken-", dir=session_folder))
    made = Lab(folder / "home", folder / "cache")
    yield made
    made.close()
    shutil.rmtree(folder)


@pytest.fixture
def programs(tmp_path: Path) -> Callable[..., str]:
    """Makes a PATH with every program of this machine but those named, or with others for them."""

    def make(*, without: Sequence[str] = (), fake: Mapping[str, str] | None = None) -> str:
        folder = Path(tempfile.mkdtemp(prefix="bin-", dir=tmp_path))
        for name, script in (fake or {}).items():
            (folder / name).write_text(f"#!/bin/sh\n{script}\n")
            (folder / name).chmod(0o755)
        if not without:
            return f"{folder}:{SYSTEM_PATH}"
        for place in SYSTEM_PATH.split(":"):
            for program in Path(place).iterdir():
                link = folder / program.name
                if program.name not in without and not os.path.lexists(link):
                    link.symlink_to(program)
        return str(folder)

    return make
