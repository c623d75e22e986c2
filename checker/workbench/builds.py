"""The builds of one grading: each build is made once, within the grading's time limit."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from checker.command.command_line import CommandLine
from checker.errors import ExerciseError
from checker.sandbox_port import SandboxPort
from checker.workbench.build_command import BuildAdditions, compose, names_output
from checker.workbench.build_context import BuildContext
from checker.workbench.cache_mounts import CacheMounts
from checker.workbench.grading_run import GradingRun
from checker.workbench.turns import Budget, Turns
from sandbox import open_layout, read_image

if TYPE_CHECKING:
    from sandbox import Build, Image


class FailedBuildError(Exception):
    """A build that a check cannot do without ended with an error."""

    def __init__(self, build: Build) -> None:
        super().__init__(build.message)
        self.build = build


_Key = tuple[str | None, tuple[str, ...], str | None, str, bool]
"""Identifies a build that was made: target, more options, builder, edits, whether it only runs."""
_PLAIN: _Key = (None, (), None, "", False)


@dataclass(frozen=True, slots=True)
class Given:
    """All that a build gives away.

    Args:
        build: The build, with its log.
        folder: Holds the image and the exported cache of all stages, if the build succeeded.
    """

    build: Build
    folder: Path

    @property
    def image(self) -> Image:
        """The image, as read from its OCI layout."""
        return read_image(open_layout(self.folder / "image"), "the image")

    @property
    def cache(self) -> Image:
        """The exported cache."""
        return read_image(open_layout(self.folder / "cache"), "the exported cache")


class BuildRunner:
    """Makes the builds that checks ask for, and remembers them.

    Args:
        command: The validated command, its variables expanded.
        context: The build context.
        sandbox: A started sandbox.
        env: The variables of every build; None as a value removes one.
        has_secrets: Whether a check looks for a secret. A cache does not compare secrets, so the
            first build is then made without a cache, and all its results are kept.
        cache_mounts: The grading's own cache mounts.
        uses_mounts: Whether every build uses these cache mounts, and not the builder's.
        turns: When a build may use the engine.
        budget: The time that is left for builds; builds once more have as much again.
        run: The grading that the builds belong to.
    """

    def __init__(
        self,
        command: CommandLine,
        context: BuildContext,
        sandbox: SandboxPort,
        *,
        env: dict[str, str | None],
        has_secrets: bool,
        cache_mounts: CacheMounts,
        uses_mounts: bool,
        turns: Turns,
        budget: Budget,
        run: GradingRun,
    ) -> None:
        self.command = command
        self.cache_folder = context.folder.with_name("cache")
        """The folder to which the first build exports its cache, if the exercise has secrets."""
        self._context = context
        self._sandbox = sandbox
        self._env = env
        self._has_secrets = has_secrets
        self._cache_mounts = cache_mounts
        self._own_options = cache_mounts.options() if uses_mounts else ()
        self._turns = turns
        self._budget = budget
        self._budget_once_more = budget.another()
        self._run = run
        self._builds: dict[_Key, Build] = {}
        self._tags: dict[_Key, str] = {}
        self._given: dict[tuple[tuple[tuple[str, str], ...], int], Given] = {}

    @property
    def tags(self) -> tuple[str, ...]:
        """The names of all images that the checker itself has named."""
        return tuple(self._tags.values())

    def get(
        self,
        *,
        target: str | None = None,
        options: Sequence[str] = (),
        builder: str | None = None,
        image: bool = False,
        only_run: bool = False,
    ) -> Build:
        """A build of the context as it is now; made once, however many checks ask for it.

        Args:
            target: The stage to build, None for the command's own.
            options: More options, as ``--build-arg=NAME=value``, each in one word.
            builder: The name of another builder than the sandbox's.
            image: Keep the image, since a container of it will run; exporting one costs time.
            only_run: Run the instructions, and push, attest and export nothing.

        Raises:
            sandbox.BuildTimeout: The grading's time was up.
            sandbox.EngineError: The engine went away.
        """
        key = (target, tuple(options), builder, self._context.edits, only_run)
        if key not in self._builds:
            # Most checks run the image of the plain build.
            wanted = image or key == _PLAIN
            self._builds[key] = self._make(key, tagged=wanted and not names_output(self.command))
        return self._builds[key]

    def require(
        self,
        *,
        target: str | None = None,
        options: Sequence[str] = (),
        builder: str | None = None,
        only_run: bool = False,
    ) -> Build:
        """As ``get``, for checks that cannot measure anything in a failed build.

        Raises:
            FailedBuildError: The build ended with an error.
        """
        build = self.get(target=target, options=options, builder=builder, only_run=only_run)
        if not build.ok:
            raise FailedBuildError(build)
        return build

    def tag(self, *, target: str | None = None, options: Sequence[str] = ()) -> str:
        """The checker's name for the image of a build; builds again if the image has none.

        Raises:
            ExerciseError: The command is a bake, whose images only the command can name.
        """
        key = (target, tuple(options), None, self._context.edits, False)
        if key not in self._tags:
            if self.command.kind == "bake":
                raise ExerciseError(
                    "A check wants the image of a bake, and does not say which.",
                    next_step="give it the param image in exercise.toml",
                )
            self._make(key, tagged=True)
        return self._tags[key]

    def together(self, changes: Sequence[Mapping[str, str]]) -> tuple[Build, ...]:
        """Make builds at the same time; they share cache mounts that are empty at first.

        No RUN of them uses the result of another build.

        Args:
            changes: For each build, its own text for files of the context, by their names.

        Raises:
            sandbox.BuildTimeout, sandbox.EngineError: As for ``get``.
        """
        part = f"-together-{secrets.token_hex(4)}"
        with (
            tempfile.TemporaryDirectory(dir=self._context.folder.parent) as temporary,
            ThreadPoolExecutor(len(changes)) as pool,
            self._turns.take(f"building {len(changes)} at once"),
        ):
            folders = [Path(temporary) / str(number) for number, _ in enumerate(changes)]
            for folder, texts in zip(folders, changes, strict=True):
                shutil.copytree(self._context.folder, folder, symlinks=True)
                for name, text in texts.items():
                    (folder / name).write_text(text, encoding="utf-8")
            commands = [
                (
                    *self.command.argv,
                    *self._cache_mounts.options(part, number),
                    "--output=type=cacheonly",
                )
                for number, _ in enumerate(folders)
            ]
            builds = tuple(pool.map(self._start, commands, folders))
        for build in builds:
            self._account_for(build)
        return builds

    def once_more(self, values: Mapping[str, str], *, number: int = 0) -> Given:
        """The plain build from the beginning, with other values of secrets; made once.

        It shares neither results nor cache mounts with another build, and changes nothing outside
        of its folder: no name of an image, and no cache that the command exports to.

        Args:
            values: Name of a secret → its value in this build.
            number: Builds with different numbers are different builds, even with the same values.

        Raises:
            sandbox.BuildTimeout, sandbox.EngineError: As for ``get``.
        """
        key = (tuple(sorted(values.items())), number)
        if key not in self._given:
            self._given[key] = self._make_once_more(values)
        return self._given[key]

    def _make_once_more(self, values: Mapping[str, str]) -> Given:
        part = f"-given-{len(self._given)}"
        folder = self._context.folder.with_name(part)
        relative = os.path.relpath(folder, self._context.folder)
        additions = BuildAdditions(
            options=self._cache_mounts.options(part),
            full_provenance=True,
            cache_folder=f"{relative}/cache",
            layout_folder=f"{relative}/image",
        )
        with ExitStack() as stack:
            for name, value in values.items():
                stack.enter_context(self.exchanged(name, value))
            activity = "building once more, to see what depends on a secret"
            stack.enter_context(self._turns.take(activity))
            build = self._start(
                compose(self.command, additions), self._context.folder, self._budget_once_more
            )
        self._account_for(build, self._budget_once_more)
        return Given(build, folder)

    @property
    def has_more_mounts(self) -> bool:
        """Whether builds may have left cache mounts of the grading's own."""
        return bool(self._given)

    @contextmanager
    def exchanged(self, name: str, value: str) -> Iterator[None]:
        """In the block, builds get another value of a variable, in the command and in the context.

        The cache does not compare the contents of secrets: use ``--no-cache`` for it.

        Args:
            name: The variable or secret.
            value: Its value in the block.
        """
        before, command_before = self._env.get(name) or "", self.command
        self._env[name] = value
        if before:
            words = tuple(word.replace(before, value) for word in command_before.arguments)
            self.command = replace(command_before, arguments=words)
        try:
            with self._context.exchanged(before, value):
                yield
        finally:
            self._env[name], self.command = before, command_before

    def forget(self, builder: str) -> None:
        """Forget the builds of a removed builder: another builder may get its name."""
        for key in [key for key in self._builds if key[2] == builder]:
            del self._builds[key]

    def _make(self, key: _Key, *, tagged: bool) -> Build:
        """Make a build; ``tagged``: the checker names its image."""
        target, options, builder, _, only_run = key
        is_first = key == _PLAIN and key not in self._builds
        if tagged:
            self._tags[key] = f"{self._run.name}:{len(self._tags)}"
        # A relative path: $TMPDIR may have characters that buildx cannot read in such an option.
        folder = os.path.relpath(self.cache_folder, self._context.folder)
        request = BuildAdditions(
            target,
            (*self._own_options, *options),
            builder,
            tag=self._tags[key] if tagged else None,
            without_cache=is_first and (self._has_secrets or not self._run.use_cache),
            full_provenance=key == _PLAIN and self._has_secrets,
            cache_folder=folder if is_first and self._has_secrets else None,
            only_run=only_run,
        )
        argv = compose(self.command, request)
        activity = f"building {target or 'the default target'}"
        with self._turns.take(activity, alone="--no-cache" in argv):
            build = self._start(argv, self._context.folder)
        self._account_for(build)
        return build

    def _start(self, argv: Sequence[str], folder: Path, budget: Budget | None = None) -> Build:
        left_s = (budget or self._budget).left_s
        return self._sandbox.build_line(
            argv, cwd=folder, env=self._env, timeout_s=left_s, check=False
        )

    def _account_for(self, build: Build, budget: Budget | None = None) -> None:
        (budget or self._budget).spend(build.duration_s)
        self._run.on_build(build)
