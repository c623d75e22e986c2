"""The workbench of one grading, where its checks build, run and inspect images.

Every grading has its own temporary folder, its own random nonce and its own names of images,
so two gradings never meet, not even of the same exercise. All of it is gone afterwards. If a
grading was killed, the next one removes its leftovers; see ``checker.workbench.cleanup``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from checker.command.command_line import CommandLine
from checker.sandbox_port import SandboxPort
from checker.workbench import cleanup
from checker.workbench.build_command import names_output
from checker.workbench.build_context import BuildContext
from checker.workbench.builds import BuildRunner
from checker.workbench.cache_mounts import CacheMounts
from checker.workbench.grading_run import GradingRun
from checker.workbench.query import Query
from checker.workbench.random_values import RandomValues
from checker.workbench.turns import Budget, Turns
from checker.workbench.work_markers import WorkRun, find_work
from sandbox import (
    Build,
    CommandError,
    ImageNotFound,
    RunResult,
    SandboxError,
    open_layout,
    read_image,
)

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox import Image, Trait


class Workbench:
    """Builds, containers and images for the checks of one grading.

    Args:
        command: The validated command, its variables expanded.
        context: The private copy of the context, with the learner's files in it.
        sandbox: A started sandbox.
        values: The random values of this grading.
        env: The variables of its builds; None as a value removes one.
        timeout_s: Seconds that all builds and containers may take together. The sandbox's own work,
            such as making a base image on its first use, does not count.
        counts_downloads: Make every build while no other grading uses the engine, so that all
            downloads from the package indexes belong to this grading. It then has cache mounts of
            its own, which are empty at first.
        publish: The exercise's own build that runs before an imagetools command; None: none.
        run: The grading that uses this workbench.
    """

    def __init__(
        self,
        command: CommandLine,
        context: BuildContext,
        sandbox: SandboxPort,
        *,
        values: RandomValues,
        env: dict[str, str | None],
        timeout_s: float,
        counts_downloads: bool = False,
        publish: CommandLine | None = None,
        run: GradingRun,
    ) -> None:
        self.context = context
        self.sandbox = sandbox
        self.values = values
        self.cache_mounts = CacheMounts(sandbox, run.name)
        self.turns = Turns(sandbox, counts_downloads=counts_downloads, progress=run.progress)
        self._budget = Budget(timeout_s)
        self.builds = BuildRunner(
            command,
            context,
            sandbox,
            env=env,
            has_secrets=bool(values.secrets),
            cache_mounts=self.cache_mounts,
            uses_mounts=counts_downloads,
            turns=self.turns,
            budget=self._budget,
            run=run,
        )
        self.query = Query(
            command,
            publish,
            folder=context.folder,
            env=env,
            sandbox=sandbox,
            progress=run.progress,
        )
        self._counts_downloads = counts_downloads
        self._run = run
        # Several checks look at one image, and the image may have several names.
        self._pushed: list[Image] = []
        self._traits: dict[tuple[object, ...], Mapping[Trait, str]] = {}

    def run(
        self,
        *args: str,
        target: str | None = None,
        options: Sequence[str] = (),
        image: str | None = None,
        platform: str | None = None,
        timeout_s: float,
    ) -> RunResult:
        """Run a container of a build's image to its end.

        Args:
            args: The container's command; if none is given, the image's own command.
            target: As for ``BuildRunner.require``.
            options: As for ``BuildRunner.require``.
            image: The command's name for the image, without ``$REGISTRY/``; None if it has none.
            platform: The platform to choose, as ``linux/arm64``; None for this machine's own.
            timeout_s: Seconds that the container may take.

        Raises:
            FailedBuildError: There is no image, because the build ended with an error.
        """
        self.builds.require(target=target, options=options)
        reference = self._reference(image, target, options)
        # Without the option, docker chooses this machine's own platform.
        which = {} if platform is None else {"platform": platform}
        limit_s = min(timeout_s, self._budget.left_s)
        try:
            with self.turns.take("running the image"):
                result = self.sandbox.run(reference, *args, timeout_s=limit_s, **which)
        except CommandError as error:
            # The engine answers, but cannot start a container: the image's command is at fault.
            return RunResult(error.exit_code, "", error.stderr_tail, 0.0, timed_out=False)
        self._budget.spend(result.duration_s)
        return result

    def image(
        self,
        name: str | None = None,
        *,
        target: str | None = None,
        options: Sequence[str] = (),
    ) -> Image:
        """The image that the command has pushed as ``$REGISTRY/NAME``.

        Args:
            name: None if the command names no image: then it is the image of the build.
            target: As for ``BuildRunner.require``; without meaning if there is a name.
            options: As for ``BuildRunner.require``; without meaning if there is a name.

        Raises:
            sandbox.ImageNotFound: No image of that name was pushed.
        """
        return self.sandbox.image(self._reference(name, target, options))

    def pushed(self, name: str) -> Image | None:
        """The image in the registry under ``$REGISTRY/NAME``, None if nobody has pushed it.

        An image that was only loaded into the engine does not count.
        """
        reference = f"{self.values.registry}/{name}"
        try:
            image = self.sandbox.pushed_image(reference, known=self._pushed)
        except ImageNotFound:
            return None
        self._pushed.append(image)
        return image

    def base_image(self, name: str) -> Image | None:
        """A base image of the lab; None if no build has used it, and so it was never made."""
        try:
            return self.sandbox.image(name)
        except ImageNotFound:
            return None

    @property
    def exported_cache(self) -> Image:
        """The whole cache of the plain build; there is one if the exercise has secrets."""
        return read_image(open_layout(self.builds.cache_folder), "the exported cache")

    def traits(
        self,
        image: Image,
        *,
        allowed: tuple[bytes, ...],
        known: Collection[str],
        made: tuple[datetime, datetime],
    ) -> Mapping[Trait, str]:
        """What an image gives away, as ``sandbox.Image.traits`` tells.

        Each secret of an exercise asks the same of the same images, and an answer reads all layers.
        """
        key = (image.root.digest, allowed, frozenset(known), made)
        if key not in self._traits:
            self._traits[key] = image.traits(allowed=allowed, known=known, made=made)
        return self._traits[key]

    @contextmanager
    def empty_builder(self) -> Iterator[str]:
        """The name of an empty builder, which exists only while the block runs."""
        self._run.progress("starting an empty builder")
        with self.sandbox.empty_builder() as name:
            yield name
            self.builds.forget(name)

    def pushed_names(self) -> tuple[str, ...]:
        """The names of everything that the command has pushed, without ``$REGISTRY/``."""
        names = self.sandbox.pushed.references(self._run.name)
        return tuple(name.removeprefix(f"{self._run.name}/") for name in names)

    def keep_pushed(self, names: Iterable[str]) -> None:
        """Remove everything that the command has pushed, except for the images of these names."""
        tagged = [name if ":" in name else f"{name}:latest" for name in names]
        self.sandbox.pushed.keep(self._run.name, [f"{self._run.name}/{name}" for name in tagged])

    def find_work(self, build: Build, name: str) -> tuple[WorkRun, ...]:
        """Every run in ``build`` of the marked script of that name."""
        return find_work(build.trace, name, self.values.nonce)

    def close(self) -> None:
        """Remove all that the grading made outside of its folder, unless the engine has gone.

        May be called twice.
        """
        with suppress(SandboxError, OSError):
            if self.builds.tags:
                argv = ("image", "rm", "--force", *self.builds.tags)
                self.sandbox.docker(*argv, timeout_s=30, check=False)
            if names_output(self.builds.command):
                cleanup.remove_images(self.sandbox, self._run.name)
            self.sandbox.pushed.forget(self._run.name)
            if self._counts_downloads or self.builds.has_more_mounts:
                self.cache_mounts.remove()

    def _reference(self, name: str | None, target: str | None, options: Sequence[str]) -> str:
        """The full name of an image that the command names, or the tag of a build's image."""
        if name is not None:
            return f"{self.values.registry}/{name}"
        return self.builds.tag(target=target, options=options)
