"""The workbench of one grading: a private copy of the context, its builds, its images.

Every grading has its own temporary folder, its own random nonce and its own names of images,
so two gradings never meet, not even of the same exercise. All of it is gone afterwards; what a
grading that was killed could not take with it, the next one does; see
``checker.workbench.cleanup``.
"""

from __future__ import annotations

import math
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from checker.command.command_line import CommandLine
from checker.command.environment import hidden
from checker.command.rules import Scope, options, without
from checker.command.validate import validate
from checker.errors import ExerciseError
from checker.sandbox_port import Printed, SandboxPort
from checker.workbench import cleanup
from checker.workbench.build_context import BuildContext
from checker.workbench.build_failures import is_engine_fault, says_engine_gone
from checker.workbench.cache_mounts import CacheMounts
from checker.workbench.query import Query
from checker.workbench.random_values import RandomValues
from checker.workbench.work_markers import WorkRun, find_work
from sandbox import (
    Build,
    CommandError,
    EngineError,
    ImageNotFound,
    RunResult,
    SandboxError,
    open_layout,
    read_image,
)

if TYPE_CHECKING:
    from sandbox import Image

AGENT = "SSH_AUTH_SOCK"
OUTPUTS = ("--load", "--output", "--push", "--tag")
"""Options by which a line says itself where its image goes."""


class FailedBuildError(Exception):
    """A build that a check cannot do without ended with an error."""

    def __init__(self, build: Build) -> None:
        super().__init__(build.message)
        self.build = build


_Key = tuple[str | None, tuple[str, ...], str | None, str]
"""What a build is remembered by: target, more options, builder, edits of the context."""
_PLAIN: _Key = (None, (), None, "")


class Workbench:
    """Where the checks of one grading build and run.

    Args:
        context: The private copy of the context, the learner's files in it.
        line: What is built, variables not yet replaced.
        sandbox: A started sandbox.
        random_values: What is random in this grading.
        agent: The socket of the ssh-agent that its builds may ask; empty where there is none.
        timeout_s: Seconds that all builds and runs may take together. What the sandbox does
            for itself, such as making a base image on its first use, is not counted.
        use_cache: Reuse what earlier gradings left in the builder's cache. Otherwise the first
            build of all is made without it: what is measured then is this Dockerfile alone.
        counts_downloads: Make every build while no other grading is at it, so that what the
            package indexes serve is its own; they serve it as fast as they can. The cache mounts
            are this grading's own as well, and empty at first.
        progress: Told what is being done, in a few words.
        on_build: Given every build as soon as it has ended.
        publish: What is built before a line is asked that builds nothing; None: nothing.

    Raises:
        SubmissionError: The line names a variable that there is not, or asks for what it may not.
    """

    def __init__(
        self,
        context: BuildContext,
        line: CommandLine,
        sandbox: SandboxPort,
        *,
        random_values: RandomValues,
        agent: str = "",
        timeout_s: float,
        use_cache: bool,
        counts_downloads: bool = False,
        progress: Callable[[str], None],
        on_build: Callable[[Build], None],
        publish: CommandLine | None = None,
    ) -> None:
        self.context = context
        self.sandbox = sandbox
        self.random_values = random_values
        self.cache_mounts = CacheMounts(sandbox, cleanup.name(random_values.nonce))
        self.registry = f"{sandbox.registry}/{cleanup.name(random_values.nonce)}"
        self._remaining_s = timeout_s
        self._use_cache = use_cache
        self._counts_downloads = counts_downloads
        self._progress = progress
        self._on_build = on_build
        self._is_alone = False
        self._builds: dict[_Key, Build] = {}
        self._images: dict[_Key, str] = {}
        values = {**random_values.secrets, **random_values.variables, "REGISTRY": self.registry}
        if agent:
            values[AGENT] = agent
        self._hidden = hidden()
        self._env = {**self._hidden, **values}
        names = frozenset((*random_values.secrets, *random_values.variables))
        # Whoever asks is not told the answer: of what is published it has the place alone.
        asks = line.kind == "imagetools"
        self.line = validate(
            line,
            folder=context.folder,
            env={"REGISTRY": self.registry} if asks else values,
            hidden=self._hidden,
            scope=Scope(
                self.registry,
                names,
                secrets=frozenset(random_values.secrets.values()),
                has_agent=bool(agent),
            ),
            docker=sandbox.docker,
        )
        self._query = Query(
            self.line,
            publish,
            folder=context.folder,
            env=self._env,
            sandbox=sandbox,
            progress=progress,
        )

    def build(
        self,
        *,
        target: str | None = None,
        options: Sequence[str] = (),
        builder: str | None = None,
        fresh: bool = False,
        image: bool = False,
    ) -> Build:
        """A build of the context as it is now; made once, however many checks ask for it.

        Args:
            target: The stage asked for, None for the line's own.
            options: More options, as ``--build-arg=NAME=value``, each in one word.
            builder: The name of another builder than the sandbox's.
            fresh: Build again, also where the same was built already.
            image: Keep the image, since ``run`` will want it; exporting one costs time.

        Raises:
            sandbox.BuildTimeout: The grading's time was up.
            sandbox.EngineError: The engine went away.
        """
        key = (target, tuple(options), builder, self.context.edits)
        if fresh or key not in self._builds:
            # The first one is what most checks run.
            wanted = image or key == _PLAIN
            self._builds[key] = self._make(key, tagged=wanted and not self._names_output)
        return self._builds[key]

    def built(
        self,
        *,
        target: str | None = None,
        options: Sequence[str] = (),
        builder: str | None = None,
        fresh: bool = False,
    ) -> Build:
        """As ``build``, for checks that have nothing to measure in a build that failed.

        Raises:
            FailedBuildError: The build ended with an error.
        """
        build = self.build(target=target, options=options, builder=builder, fresh=fresh)
        if not build.ok:
            raise FailedBuildError(build)
        return build

    def run(
        self,
        *args: str,
        target: str | None = None,
        options: Sequence[str] = (),
        image: str | None = None,
        platform: str | None = None,
        timeout_s: float,
    ) -> RunResult:
        """A container of the image that ``built`` makes, run to its end.

        Args:
            args: For the container; none: the image's own command.
            target: As for ``build``.
            options: As for ``build``.
            image: What the line calls it, without ``$REGISTRY/``; None where the line names none.
            platform: As ``linux/arm64``, of an image with several; None for this machine's own.
            timeout_s: Seconds that the container may take.

        Raises:
            FailedBuildError: There is no image, because the build ended with an error.
        """
        self.built(target=target, options=options)
        reference = self._reference(image, (target, tuple(options), None, self.context.edits))
        # What is not said is left out: it is this machine's own.
        which = {} if platform is None else {"platform": platform}
        self._progress("running the image")
        limit_s = min(timeout_s, self._budget_s())
        try:
            with self._turn():
                result = self.sandbox.run(reference, *args, timeout_s=limit_s, **which)
        except CommandError as error:
            if says_engine_gone(error.stderr_tail):
                raise
            # The engine is there, and cannot start this image: a matter of its CMD.
            return RunResult(error.exit_code, "", error.stderr_tail, 0.0, timed_out=False)
        self._remaining_s -= result.duration_s
        return result

    def image(
        self,
        name: str | None = None,
        *,
        target: str | None = None,
        options: Sequence[str] = (),
    ) -> Image:
        """What the line has pushed as ``$REGISTRY/NAME``.

        Args:
            name: None where the line names no image: then what ``built`` has made is it.
            target: As for ``built``; of no meaning where there is a name.
            options: As for ``built``; of no meaning where there is a name.

        Raises:
            sandbox.ImageNotFound: Nothing of that name was pushed.
        """
        key = (target, tuple(options), None, self.context.edits)
        return self.sandbox.image(self._reference(name, key))

    def pushed(self, name: str) -> Image | None:
        """What lies in the registry as ``$REGISTRY/NAME``, None when nobody has pushed it.

        What was only loaded into the engine does not count.
        """
        try:
            return self.sandbox.pushed_image(f"{self.registry}/{name}")
        except ImageNotFound:
            return None

    def base_image(self, name: str) -> Image | None:
        """A base image of the lab; None when nobody has built on it, and so it is not there."""
        try:
            return self.sandbox.image(name)
        except ImageNotFound:
            return None

    @contextmanager
    def empty_builder(self) -> Iterator[str]:
        """The name of a builder that has never built anything, there for the block alone."""
        self._progress("starting an empty builder")
        with self.sandbox.empty_builder() as name:
            yield name
            for key in [key for key in self._builds if key[2] == name]:
                del self._builds[key]  # its name may come again

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No other grading uses the sandbox in the block: for what it would disturb."""
        if self._is_alone:
            yield
            return
        self._progress("waiting for other gradings")
        with self.sandbox.alone():
            self._is_alone = True
            try:
                yield
            finally:
                self._is_alone = False

    def together(self, changes: Sequence[Mapping[str, str]]) -> tuple[Build, ...]:
        """Builds at the same time, with the same cache mounts, which are empty at first.

        What earlier builds have made they make again.

        Args:
            changes: For each build, its own text for files of the context, by their names.

        Raises:
            sandbox.BuildTimeout, sandbox.EngineError: As for ``build``.
        """
        part = f"-together-{secrets.token_hex(4)}"
        more = (self.cache_mounts.option(part), "--no-cache", "--output=type=cacheonly")
        argv = (*self.line.argv, *more)
        self._progress(f"building {len(changes)} at once")
        with (
            tempfile.TemporaryDirectory(dir=self.context.folder.parent) as temporary,
            ThreadPoolExecutor(len(changes)) as pool,
            self._turn(),
        ):
            folders = [Path(temporary) / str(number) for number, _ in enumerate(changes)]
            for folder, texts in zip(folders, changes, strict=True):
                shutil.copytree(self.context.folder, folder, symlinks=True)
                for name, text in texts.items():
                    (folder / name).write_text(text, encoding="utf-8")
            builds = tuple(pool.map(lambda folder: self._start(argv, folder), folders))
        for build in builds:
            self._account_for(build)
        return builds

    @contextmanager
    def exchanged(self, name: str, value: str) -> Iterator[None]:
        """Builds in the block find another value of a variable or a secret, wherever they find it.

        The content of a secret is no part of what a cache compares: have them made without one.

        Args:
            name: Of the variable.
            value: The other one.
        """
        before, line_before = self._env.get(name) or "", self.line
        self._env[name] = value
        if before:
            words = tuple(word.replace(before, value) for word in line_before.arguments)
            self.line = replace(line_before, arguments=words)
        try:
            with self.context.exchanged(before, value):
                yield
        finally:
            self._env[name], self.line = before, line_before

    def answer(self) -> Printed:
        """What a line prints that asks instead of building; see ``Query.answer``."""
        return self._query.answer()

    def find_work(self, build: Build, name: str) -> tuple[WorkRun, ...]:
        """Every run in ``build`` of the context's script of that name."""
        return find_work(build.trace, name, self.random_values.nonce)

    def expand(self, text: str) -> str:
        """``text`` with this grading's values in the place of placeholders; see ``RandomValues``.

        Raises:
            ExerciseError: The exercise has no such secret or variable.
        """
        return self.random_values.expand(text)

    def close(self) -> None:
        """Take the grading's images away; an engine that is gone has none to take."""
        with suppress(SandboxError, OSError):
            if self._images:
                argv = ("image", "rm", "--force", *self._images.values())
                self.sandbox.docker(*argv, timeout_s=30, check=False)
            if self._names_output:
                cleanup.remove_images(self.sandbox, cleanup.name(self.random_values.nonce))
            self.sandbox.pushed.forget(cleanup.name(self.random_values.nonce))
            if self._counts_downloads:
                self.cache_mounts.remove()

    @property
    def exported_cache(self) -> Image:
        """The whole cache of what ``built`` makes; there is one if the exercise has secrets."""
        return read_image(open_layout(self._cache_folder), "the exported cache")

    @property
    def _cache_folder(self) -> Path:
        return self.context.folder.with_name("cache")

    @property
    def _names_output(self) -> bool:
        # Of a bake it is the targets that do; what is asked about was published.
        if self.line.kind != "build":
            return True
        return any(option.name in OUTPUTS for option in options(self.line))

    @property
    def _argv(self) -> tuple[str, ...]:
        own = (self.cache_mounts.option(),) if self._counts_downloads else ()
        return (*self.line.argv, *own)

    def _turn(self) -> AbstractContextManager[None]:
        if self._is_alone:
            return nullcontext()
        return self._quiet() if self._counts_downloads else self.sandbox.shared()

    @contextmanager
    def _quiet(self) -> Iterator[None]:
        fast = self.sandbox.packages.paced(bandwidth_bytes_s=math.inf, latency_s=0)
        with self.alone(), fast:
            yield

    def _budget_s(self) -> float:
        # Never nothing: a time of zero would mean none at all to some, and no limit to others.
        return max(0.1, self._remaining_s)

    def _reference(self, name: str | None, key: _Key) -> str:
        """The full name of an image that the line names, or of a build that it does not name."""
        if name is not None:
            return f"{self.registry}/{name}"
        if key not in self._images:
            if self.line.kind == "bake":
                raise ExerciseError(
                    "A check wants the image of a bake, and does not say which.",
                    next_step="give it the param image in exercise.toml",
                )
            self._make(key, tagged=True)
        return self._images[key]

    def _make(self, key: _Key, *, tagged: bool) -> Build:
        """A build, its image named by the checker where ``tagged``, else as the line says."""
        target, more, builder, _ = key
        argv = [*self._argv, *more]
        if tagged:
            argv = [*self.line.words, *without(self.line, OUTPUTS), *argv[len(self.line.argv) :]]
            tag = f"{cleanup.name(self.random_values.nonce)}:{len(self._images)}"
            self._images[key] = tag
            argv.append(f"--tag={tag}")
        elif not self._names_output:
            argv.append("--output=type=cacheonly")
        has_secrets = bool(self.random_values.secrets)
        # A secret is no part of what a cache compares: a cached build would be of another one.
        is_first = key == _PLAIN and key not in self._builds
        if is_first and (has_secrets or not self._use_cache):
            argv.append("--no-cache")
        if key == _PLAIN and has_secrets:  # all that can be given away of a build
            # Of several wishes for one attestation buildx takes the first.
            argv.insert(len(self.line.words), "--attest=type=provenance,mode=max")
        if is_first and has_secrets:
            # Relative: $TMPDIR may have letters that buildx has no place for in such an option.
            dest = os.path.relpath(self._cache_folder, self.context.folder)
            argv.append(f"--cache-to=type=local,dest={dest},mode=max")
        if target is not None:
            argv.append(target if self.line.kind == "bake" else f"--target={target}")
        if builder is not None:
            argv.append(f"--builder={builder}")
        self._progress(f"building {target or 'the default target'}")
        with self._turn():
            build = self._start(argv, self.context.folder)
        self._account_for(build)
        return build

    def _start(self, argv: Sequence[str], folder: Path) -> Build:
        return self.sandbox.build_line(
            argv, cwd=folder, env=self._env, timeout_s=self._budget_s(), check=False
        )

    def _account_for(self, build: Build) -> None:
        self._remaining_s -= build.duration_s
        if not build.ok and is_engine_fault(build):
            raise EngineError(
                "The engine went away during a build.",
                next_step="run `sandbox up`, then grade again",
            )
        self._on_build(build)
