"""The public interface of the private builder: one object to start it, build, run, and stop it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Self, Unpack

from sandbox import process
from sandbox.build import container, history, run
from sandbox.build.failed_builds import FailedBuilds
from sandbox.build.request import BuildRequest, read_request
from sandbox.build.running_trace import RunningTrace
from sandbox.cancellation import CancelToken
from sandbox.engine import client, disk_limit, lock
from sandbox.engine.counters import watched
from sandbox.engine.disk_limit import DiskUse
from sandbox.engine.lifecycle import Lifecycle
from sandbox.engine.limits import Limits
from sandbox.engine.paths import Paths
from sandbox.engine.state import EngineState
from sandbox.errors import CommandError, EngineError, UsageError
from sandbox.images import clones, ensure, golden
from sandbox.images.base_images import BaseImages
from sandbox.images.recipe import Recipe
from sandbox.model.build import Build
from sandbox.services import builders, ssh_agent
from sandbox.services.actions import Actions
from sandbox.services.emulation import Emulation
from sandbox.services.git import GitServer
from sandbox.services.needed_images import local_triggers, needed_images
from sandbox.services.packages import Packages
from sandbox.services.pushed import Pushed

if TYPE_CHECKING:
    from sandbox.oci import Image


def to_stderr(line: str) -> None:
    """The default listener: progress goes to stderr."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201


class Sandbox:
    """A private builder: an engine, its registry and its network, in two folders.

    As a context manager it leaves the sandbox as it found it: running if it was running,
    stopped if the context manager started it.

    Args:
        home: State of the sandbox. None: ``BUILDKIT_LAB_HOME`` or the user's data directory.
        cache: Shared by sandboxes. None: ``BUILDKIT_LAB_CACHE`` or the user's cache directory.
        tell: Takes progress, a line at a time.
        cancel_token: Lets another thread cancel the work of this object, which then raises
            ``Cancelled``. Work that other processes wait for (the engine's start, base images) is
            finished first.
        origin: The home of the golden sandbox that this one is a clone of; see ``clone``.
    """

    def __init__(
        self,
        home: Path | None = None,
        cache: Path | None = None,
        *,
        tell: Callable[[str], None] = to_stderr,
        cancel_token: CancelToken | None = None,
        origin: Path | None = None,
    ) -> None:
        default = Paths.default()
        self.paths = Paths(
            home.absolute() if home else default.home, cache.absolute() if cache else default.cache
        )
        self._tell = tell
        self._cancel_token = cancel_token or CancelToken()
        self._life = Lifecycle(self.paths, tell, lambda: ssh_agent.end_all(self.paths.run), origin)

    # -- life --------------------------------------------------------------------------

    def up(
        self,
        *,
        online: bool | None = None,
        limits: Limits | None = None,
        port: int | None = None,
    ) -> EngineState:
        """Start all parts that are not running, and return when the engine can build.

        Idempotent: a running sandbox is kept, and only its network is switched on request. One
        that another version of the lab has started is kept too, with a line of progress that
        says so. Two calls at once give one engine.

        Args:
            online: Whether builds reach the internet. None: a running engine keeps its setting, a
                killed engine gets its old setting again, and a new engine is offline.
            limits: The limits of a new engine. A running engine keeps its limits, and a killed
                engine gets its old limits again.
            port: The registry's port. None: the last port, or else a free port.

        Raises:
            HostError: This machine lacks something; SetupError, EngineError: it did not work.
        """
        return self._life.up(online=online, limits=limits, port=port)

    def down(self) -> bool:
        """Stop everything that belongs to this sandbox; False if there was nothing to stop."""
        return self._life.down()

    def reset(self, *, cache: bool = False) -> None:
        """Stop the sandbox and remove all its files; with ``cache`` also the shared files."""
        clones.remove_all(self.paths)
        self._life.reset(cache=cache)

    @contextlib.contextmanager
    def clone(
        self, *, limits: Limits = clones.LIMITS, disk: DiskUse = clones.DISK
    ) -> Iterator[Sandbox]:
        """A running sandbox of its own for the block, with all base images; gone afterwards.

        It shares nothing that it can change: engine, registry, indexes, git server, CI cache,
        network, tokens, cache and limits are its own. What it has in common with other clones is
        read-only, also for root inside. The first call makes the golden sandbox, in about a minute.

        Args:
            limits: The limits of the clone.
            disk: The most disk that it may use for itself. Its engine is ended when it uses more.

        Raises:
            HostError, SetupError, EngineError: The golden sandbox could not be made, or the clone
                did not start.
        """
        origin = golden.ensure(self.paths, tell=self._tell)
        with clones.home(self.paths) as home:
            made = Sandbox(
                home,
                self.paths.cache,
                tell=self._tell,
                cancel_token=self._cancel_token,
                origin=origin,
            )
            try:
                made.up(limits=limits)
                with disk_limit.enforced(made.paths, disk):
                    yield made
            finally:
                made.reset()

    def __enter__(self) -> Self:
        self.up()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._life.started_here:
            self.down()

    @property
    def state(self) -> EngineState:
        """The state of the running engine.

        Raises:
            NotRunning: There is none, or it does not answer.
        """
        return self._life.state()

    @property
    def is_up(self) -> bool:
        """Whether the engine answers now."""
        return self._life.is_up

    @property
    def registry(self) -> str:
        """``localhost:PORT``: the registry's address, on this machine and in a build's FROM."""
        return f"localhost:{self.state.port}"

    def environment(self) -> dict[str, str]:
        """An environment whose ``docker`` is the sandbox's; ``REGISTRY`` names its registry."""
        return client.environment(self.paths, self.state.port)

    def alone(self) -> contextlib.AbstractContextManager[None]:
        """Exclusive lock on the engine: waits for shared and exclusive holders.

        For work that another build would disturb: counting downloads, switching emulation off.
        """
        return lock.held(
            self.paths.turn, tell=self._tell, pause=self._cancel_token.raise_if_cancelled
        )

    def shared(self) -> contextlib.AbstractContextManager[None]:
        """Shared lock on the engine: keeps ``alone`` out, and lets other sharers in."""
        return lock.held(
            self.paths.turn,
            tell=self._tell,
            pause=self._cancel_token.raise_if_cancelled,
            shared=True,
        )

    @property
    def emulation(self) -> Emulation:
        """Emulation of the other architecture, which can be switched off and on."""
        return Emulation(lambda: self.state)

    def empty_builder(self) -> contextlib.AbstractContextManager[str]:
        """A builder that has never built anything, for ``--builder``: yields its name.

        The builder exists inside the ``with`` block only, and reaches the registry under the
        same names as the sandbox's own builder.

        Raises:
            NotRunning: There is no engine.
            CommandError, SetupError: The builder could not be started.
        """
        ensure.provide(self.base_images, [builders.IMAGE])
        return builders.empty_builder(self.docker, self.paths.docker_config)

    @property
    def git(self) -> GitServer:
        """A private git repository over ssh, for builds to clone.

        Raises:
            NotRunning: There is no engine.
        """
        return GitServer.ready(self.paths, self.state, tell=self._tell)

    @property
    def actions(self) -> Actions:
        """The CI cache, for ``type=gha``."""
        return Actions(self.paths, lambda: self.state)

    @property
    def packages(self) -> Packages:
        """The package indexes at ``http://packages.lab``: how fast they answer, and more."""
        return Packages(self.paths)

    @property
    def pushed(self) -> Pushed:
        """Images and caches that builds pushed to the registry, which can be removed."""
        return Pushed(self.paths)

    @property
    def failed_builds(self) -> FailedBuilds:
        """Failed builds, in whichever process: their messages, causes and missing base images."""
        return FailedBuilds(self.docker, self.paths.builds, self.base_images)

    # -- work --------------------------------------------------------------------------

    def build(
        self,
        context: Path | str,
        *,
        file: Path | str | None = None,
        target: str | None = None,
        tags: Sequence[str] = (),
        build_args: Mapping[str, str] | None = None,
        platforms: Sequence[str] = (),
        no_cache: bool = False,
        timeout_s: float | None = None,
        check: bool = True,
        on_start: Callable[[RunningTrace], None] | None = None,
        **options: Any,
    ) -> Build:
        """Build a context with buildx and return the Build that records it.

        Args:
            context: The folder that is sent to the engine.
            file: The Dockerfile; None for ``Dockerfile`` in the context.
            target: The stage to build; None for the last.
            tags: Names for the image.
            build_args: Values of ARGs.
            platforms: Such as ``linux/arm64``; empty for this machine's own.
            no_cache: Run every instruction, whatever the cache has.
            timeout_s: Cancel the build after this many seconds.
            check: Raise for a build that fails; otherwise return it.
            on_start: Called before the first line with the trace, which grows while the build
                runs; any thread may read it.
            options: Any other option of python-on-whales' ``buildx.build``.

        Raises:
            BuildError: The build failed, and ``check`` is true. Carries the Build.
            BuildTimeout: The build's time was up, whatever ``check`` says. Carries the Build.
            EngineError: The engine went away.
        """
        argv = run.compose(
            Path(context),
            file=Path(file) if file is not None else None,
            target=target,
            build_args=build_args or {},
            # Options without a value are left out, so that the command is what a person types.
            **({"tags": list(tags)} if tags else {}),
            **({"platforms": list(platforms)} if platforms else {}),
            **({"cache": False} if no_cache else {}),
            **options,
        )
        return self.build_line(argv, timeout_s=timeout_s, check=check, on_start=on_start)

    def build_line(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str | None] | None = None,
        timeout_s: float | None = None,
        check: bool = True,
        on_start: Callable[[RunningTrace], None] | None = None,
        most_log_lines: int | None = None,
        current_builder: bool = False,
    ) -> Build:
        """Run ``docker buildx build …`` or ``bake …`` as typed; for the rest see ``build``.

        Args:
            cwd: The folder that paths in the line are relative to; None for this process's own.
            env: Variables for the command on top of this process's, such as the variable of
                ``--secret id=…,env=…``; one that is None is removed.
            most_log_lines: How many of the last lines of each vertex's log the Build keeps, and ten
                times as many of the whole log; the record on disk has all lines. None: all lines.
            current_builder: Build in the builder that ``docker buildx use`` chose, as a terminal
                does, instead of the sandbox's own; ``--builder`` in the line overrules both.
        """
        request = self.prepare(argv, cwd=cwd or Path.cwd(), env=env)
        if request is None:
            raise UsageError(
                f"{' '.join(argv)!r} is not a build.",
                next_step="a build is `docker buildx build`, `docker build` or "
                "`docker buildx bake`",
            )
        return self.build_request(
            request,
            env=env,
            timeout_s=timeout_s,
            check=check,
            on_start=on_start,
            most_log_lines=most_log_lines,
            current_builder=current_builder,
        )

    def prepare(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str | None] | None = None,
        stdin: BinaryIO | None = None,
    ) -> BuildRequest | None:
        """Read a docker command, and make the base images that its build will pull.

        Args:
            argv: The command's words, with ``docker`` first.
            cwd: The folder that paths in it are relative to.
            env: As for ``build_line``.
            stdin: The command's standard input, as a file that can be read again; None: empty.

        Returns:
            The build, ready for ``build_request``; None if the command is not a build.

        Raises:
            NotRunning: There is no engine.
            HostError, SetupError: A base image could not be made.
        """
        whole = client.changed(self.environment(), env or {})
        request = read_request(argv, cwd, whole, stdin)
        images = needed_images(
            argv,
            request,
            self.docker,
            self.paths.docker_config,
            env=whole,
            triggers=lambda image: local_triggers(self.paths, image),
        )
        ensure.provide(self.base_images, images)
        return request

    def build_request(self, request: BuildRequest, **options: Unpack[run.BuildOptions]) -> Build:
        """Run a build that ``prepare`` returned; ``build_line`` explains the options."""
        return run.build(
            self.paths,
            self.state.port,
            request,
            cancel_token=self._cancel_token,
            provide=self.failed_builds.provide_missing,
            **options,
        )

    def run(
        self, image: str, *args: str, timeout_s: float = 60.0, platform: str | None = None
    ) -> container.RunResult:
        """Run an image without network, and remove the container; any exit code is a result.

        Args:
            image: Its name.
            args: The container's command; if none is given, the image's own command.
            timeout_s: Seconds that the container may take.
            platform: The platform to choose, as ``linux/arm64``; None for this machine's own.

        Raises:
            CommandError: The engine could not start the container (no such image or program).
            EngineError: The engine went away.
        """
        with watched(self.paths) as strain:
            try:
                result = container.run(
                    self.docker, image, args, timeout_s=timeout_s, platform=platform
                )
            except CommandError:
                if self.is_up:
                    raise
            else:
                if result.exit_code != container.ENGINE_FAILED or self.is_up:
                    return result
            raise EngineError(
                "The engine went away while a container ran.",
                next_step="`sandbox up` starts it again; then run the image again",
                log_path=self.paths.logs / "dockerd.log",
                strain=strain(),
            )

    def docker(
        self,
        *args: str,
        timeout_s: float | None = None,
        check: bool = True,
        cwd: Path | None = None,
        env: Mapping[str, str | None] | None = None,
        keep_bytes: int = process.KEEP_BYTES,
    ) -> process.Completed:
        """Run the sandbox's docker client, with ``env`` on top of its environment.

        A variable that is None is removed. The result has the first ``keep_bytes`` of stdout and
        the first ``keep_bytes`` of stderr.

        Raises:
            CommandError: The command failed, and ``check`` is true.
            NotRunning: There is no engine.
        """
        argv = (str(self.paths.bin / "docker"), *args)
        whole = client.changed(self.environment(), env or {})
        return process.run(
            argv,
            within=client.confinement(self.paths),
            env=whole,
            timeout_s=timeout_s,
            check=check,
            cwd=cwd,
            cancel_token=self._cancel_token,
            keep_bytes=keep_bytes,
        )

    def image(self, reference: str) -> Image:
        """Find an image in the registry or the engine: its config, its layers and its attestations.

        Args:
            reference: ``localhost:PORT/NAME:TAG`` is looked for in the registry first, then in
                the engine; any other name, id or digest in the engine first, then in the
                registry, which is the mirror of docker.io.

        Raises:
            ImageNotFound: Neither the registry nor the engine has the image.
            ImageError: A part of the image is damaged, missing, or of an unknown media type.
        """
        # Imported on first use: it would slow down the start of every command line.
        from sandbox.engine import content  # noqa: PLC0415

        return content.image(self.paths, self.registry, reference)

    def pushed_image(self, reference: str, *, known: Iterable[Image] = ()) -> Image:
        """As ``image``, from the sandbox's registry alone: images of the engine do not count.

        Args:
            reference: ``localhost:PORT/NAME:TAG``.
            known: Images that this method returned before. If the registry now has one of them
                under this name, its documents and the lists of its files are not read again.

        Raises:
            ImageNotFound: Nobody has pushed an image of that name.
            ImageError: A part of the image is damaged, missing, or of an unknown media type.
        """
        from sandbox.engine import content  # noqa: PLC0415

        return content.pushed_image(self.registry, reference, known=known)

    def history(self) -> tuple[history.Record, ...]:
        """Builds of this sandbox that BuildKit has a record of, the latest first.

        It keeps the last fifty for two days, through ``down`` and ``up``.
        Source: https://docs.docker.com/build/buildkit/toml-configuration/ (``history``).

        Raises:
            NotRunning: There is no engine.
        """
        return history.list_records(self.docker)

    def reopen(self, id: str) -> Build:
        """An earlier build as if it had just been made, with graph, timeline and log.

        It comes from BuildKit's record. If the lab ran the build, the command line, and the
        Dockerfile of a failed build, come from the lab's own notes. Without a note the command
        is put together from the record, and ``log_path`` is None.

        Args:
            id: An id that ``history`` lists, or a beginning that only one id has.

        Raises:
            UsageError: No record or several records match, or the build is still running.
            NotRunning: There is no engine.
        """
        return run.with_image_bytes(self.paths, history.reopen(self.docker, self.paths.builds, id))

    def warm(self, names: Sequence[str] = ()) -> tuple[Recipe, ...]:
        """Start the sandbox and make base images ready; all of them when no name is given.

        Raises:
            KeyError: There is no base image of such a name.
            HostError, SetupError, EngineError: As for ``up``, or an image could not be made.
        """
        recipes = ensure.chosen(names)
        ensure.fetch_ahead(self.paths, recipes, tell=self._tell)
        self.up()
        base_images = self.base_images()
        for recipe in recipes:
            base_images.provide(recipe)
        return recipes

    def base_images(self) -> BaseImages:
        """The base images, with the package indexes that they are set up for."""
        return BaseImages(self.paths, self.state.port, self._tell)
