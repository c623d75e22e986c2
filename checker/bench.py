"""The workbench of one grading: a private copy of the context, its builds, its images.

Every grading has its own temporary folder, its own random nonce and its own image tags, so
two gradings never meet, not even of the same exercise. All of it is gone afterwards; what a
grading that was killed could not take with it, the next one does. Names say whose they are::

    $TMPDIR/checker-PID-NONCE-…   its folder
    checker-PID-NONCE:NUMBER      its images
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

import psutil

from checker.errors import ExerciseError
from checker.exercise import Exercise
from checker.faults import is_engine_fault, says_engine_gone
from checker.marks import NONCE, Work, find_work, work_text
from checker.submission import Submission
from sandbox import Build, CommandError, EngineError, RunResult, SandboxError

_PLACEHOLDER = re.compile(r"\{(nonce|work:[^}]+)\}")
_FOLDER = re.compile(r"(checker-([0-9]{1,7})-[0-9a-f]+)-[^-]+")


class Printed(Protocol):
    """What is read of a docker command that has ended."""

    @property
    def stdout(self) -> str: ...


class Builder(Protocol):
    """What grading needs of a ``sandbox.Sandbox``."""

    def up(self) -> object: ...

    def build_line(
        self, argv: Sequence[str], *, timeout_s: float | None = None, check: bool = True
    ) -> Build: ...

    def run(self, image: str, *args: str, timeout_s: float = 60) -> RunResult: ...

    def docker(self, *args: str, timeout_s: float | None = None, check: bool = True) -> Printed: ...


class FailedBuildError(Exception):
    """A build that a check cannot do without ended with an error."""

    def __init__(self, build: Build) -> None:
        super().__init__(build.message)
        self.build = build


class Bench:
    """Where the checks of one grading build and run.

    Args:
        folder: The private copy of the context, the learner's files in it.
        builder: A started sandbox.
        nonce: Random, hexadecimal.
        timeout_s: Seconds that all builds and runs may take together. What the sandbox does
            for itself, such as making a base image on its first use, is not counted.
        progress: Told what is being done, in a few words.
    """

    def __init__(
        self,
        folder: Path,
        builder: Builder,
        *,
        nonce: str,
        timeout_s: float,
        progress: Callable[[str], None],
    ) -> None:
        self.folder = folder
        self.nonce = nonce
        self._builder = builder
        self._remaining_s = timeout_s
        self._progress = progress
        self._edits = ""  # which edits the context has now; empty: none
        self._builds: dict[tuple[str | None, str], Build] = {}
        self._images: dict[tuple[str | None, str], str] = {}

    def build(self, *, target: str | None = None) -> Build:
        """A build of the context as it is now; made once, however many checks ask for it.

        The default target of the unedited context is built without the cache: what is
        measured there is this Dockerfile, not what an earlier build has left behind.

        Args:
            target: The stage asked for, None for the default.

        Raises:
            sandbox.BuildTimeout: The grading's time was up.
            sandbox.EngineError: The engine went away.
        """
        key = (target, self._edits)
        if key not in self._builds:
            # Exporting an image costs time, and only the first one is ever run by most checks.
            self._builds[key] = self._make(target, image=key == (None, ""))
        return self._builds[key]

    def built(self, *, target: str | None = None) -> Build:
        """As ``build``, for checks that have nothing to measure in a build that failed.

        Raises:
            FailedBuildError: The build ended with an error.
        """
        build = self.build(target=target)
        if not build.ok:
            raise FailedBuildError(build)
        return build

    def run(self, *args: str, target: str | None = None, timeout_s: float) -> RunResult:
        """A container of the image that ``built`` makes, run to its end.

        Raises:
            FailedBuildError: There is no image, because the build ended with an error.
        """
        self.built(target=target)
        key = (target, self._edits)
        if key not in self._images:
            self._make(target, image=True)
        self._progress("running the image")
        limit_s = min(timeout_s, self._budget_s())
        try:
            result = self._builder.run(self._images[key], *args, timeout_s=limit_s)
        except CommandError as error:
            if says_engine_gone(error.stderr_tail):
                raise
            # The engine is there, and cannot start this image: a matter of its CMD.
            return RunResult(error.exit_code, "", error.stderr_tail, 0.0, timed_out=False)
        self._remaining_s -= result.duration_s
        return result

    @contextmanager
    def edited(self, name: str, change: Callable[[str], str]) -> Iterator[None]:
        """The context with one file changed, restored afterwards.

        Raises:
            ExerciseError: The exercise's context has no such file.
        """
        path = self.folder / name
        if not path.is_file():
            raise ExerciseError(
                f"A check wants to edit {name}, which the context does not have.",
                next_step="correct the check's params in exercise.toml",
            )
        before, edits_before = path.read_text(encoding="utf-8"), self._edits
        after = change(before)
        path.write_text(after, encoding="utf-8")
        self._edits = f"{edits_before}{name}\n{after}\n"
        try:
            yield
        finally:
            path.write_text(before, encoding="utf-8")
            self._edits = edits_before

    def find_work(self, build: Build, name: str) -> tuple[Work, ...]:
        """Every run in ``build`` of the context's script of that name."""
        return find_work(build.trace, name, self.nonce)

    def expand(self, text: str) -> str:
        """``{nonce}`` and ``{work:NAME}`` replaced by what they are in this grading."""

        def value(match: re.Match[str]) -> str:
            name = match[1]
            return self.nonce if name == "nonce" else work_text(name.split(":", 1)[1], self.nonce)

        return _PLACEHOLDER.sub(value, text)

    def close(self) -> None:
        """Take the grading's images away; an engine that is gone has none to take."""
        if self._images:
            argv = ("image", "rm", "--force", *self._images.values())
            with suppress(SandboxError):
                self._builder.docker(*argv, timeout_s=30, check=False)

    def _budget_s(self) -> float:
        # Never nothing: a time of zero would mean none at all to some, and no limit to others.
        return max(0.1, self._remaining_s)

    def _make(self, target: str | None, *, image: bool) -> Build:
        argv = ["docker", "buildx", "build"]
        if image:
            tag = f"{_name(self.nonce)}:{len(self._images)}"
            self._images[target, self._edits] = tag
            argv.append(f"--tag={tag}")
        else:
            argv.append("--output=type=cacheonly")
        if target is None and not self._edits:
            argv.append("--no-cache")
        if target is not None:
            argv.append(f"--target={target}")
        self._progress(f"building {target or 'the default target'}")
        build = self._builder.build_line(
            (*argv, str(self.folder)), timeout_s=self._budget_s(), check=False
        )
        self._remaining_s -= build.duration_s
        if not build.ok and is_engine_fault(build):
            raise EngineError(
                "The engine went away during a build.",
                next_step="run `sandbox up`, then grade again",
            )
        return build


@contextmanager
def open_bench(
    exercise: Exercise,
    submission: Submission,
    builder: Builder,
    *,
    nonce: str,
    progress: Callable[[str], None],
) -> Iterator[Bench]:
    """A workbench with the exercise's own context and the learner's files, and nothing else."""
    with tempfile.TemporaryDirectory(prefix=f"{_name(nonce)}-") as temporary:
        folder = Path(temporary) / "context"
        shutil.copytree(exercise.context, folder, symlinks=True)
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink():
                content = path.read_bytes()
                if NONCE.encode() in content:
                    path.write_bytes(content.replace(NONCE.encode(), nonce.encode()))
        for name, content in submission.files.items():
            (folder / name).write_bytes(content)
        bench = Bench(folder, builder, nonce=nonce, timeout_s=exercise.timeout_s, progress=progress)
        try:
            yield bench
        finally:
            bench.close()


def clear_leftovers(builder: Builder) -> None:
    """Take away the folders, images and containers of gradings whose process was killed.

    Never fails: what cannot be taken away now is left to the next grading.
    """
    for path in Path(tempfile.gettempdir()).glob("checker-*"):
        name = _FOLDER.fullmatch(path.name)
        if name is None or psutil.pid_exists(int(name[2])):
            continue
        # An engine that fails is for the grading to notice; another one may be clearing, too.
        with suppress(SandboxError, OSError):
            found = path.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
                continue
            # The folder goes last, for it is what leads to the images.
            query = (f"--filter=reference={name[1]}", "--format={{.Repository}}:{{.Tag}}")
            images = builder.docker("image", "ls", *query, timeout_s=30).stdout.split()
            if images:
                users = (f"--filter=ancestor={image}" for image in images)
                listed = builder.docker("ps", "--all", "--quiet", *users, timeout_s=30)
                if running := listed.stdout.split():
                    builder.docker("rm", "--force", *running, timeout_s=30)
                builder.docker("image", "rm", "--force", *images, timeout_s=30)
            shutil.rmtree(path, ignore_errors=True)


def _name(nonce: str) -> str:
    return f"checker-{os.getpid()}-{nonce}"
