"""The private builder, as one object: up, build, run, down."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from sandbox import process
from sandbox.build import bake, container, history, run
from sandbox.build.failure_advice import failure
from sandbox.build.metadata import note
from sandbox.build.running_trace import RunningTrace
from sandbox.cancellation import CancelToken
from sandbox.engine import client, doctor, lock, network, rootfs, rootless
from sandbox.engine.limits import Limits
from sandbox.engine.paths import Paths
from sandbox.engine.state import EngineState, engines_in, load
from sandbox.errors import BuildTimeout, EngineError, NotRunning
from sandbox.images import ensure
from sandbox.images.base_images import Shelf
from sandbox.images.recipe import Recipe
from sandbox.model.build import Build
from sandbox.parse.docker_command import read_command, read_references, read_words
from sandbox.services import builders, git, ssh_agent
from sandbox.services.actions import Actions
from sandbox.services.emulation import Emulation
from sandbox.services.git import GitServer
from sandbox.services.packages import Packages
from sandbox.services.pushed import Pushed

if TYPE_CHECKING:
    from sandbox.oci import Image

PORT_TAKEN = "address already in use"
"""In RootlessKit's message when it cannot publish the registry's port."""


def to_stderr(line: str) -> None:
    """The default listener: progress goes to stderr."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201


class Sandbox:
    """A private builder: an engine, its registry and its network, in two folders.

    As a context manager it leaves a sandbox as it found it: one that was running goes on,
    one that it had to start is taken down.

    Args:
        home: State of the sandbox. None: ``BUILDKIT_LAB_HOME`` or the user's data directory.
        cache: Shared by sandboxes. None: ``BUILDKIT_LAB_CACHE`` or the user's cache directory.
        tell: Takes progress, a line at a time.
        cancel_token: By which another thread can end what this object runs, with ``Cancelled``.
            What many sandboxes share (the engine's start, base images) is finished first.
    """

    def __init__(
        self,
        home: Path | None = None,
        cache: Path | None = None,
        *,
        tell: Callable[[str], None] = to_stderr,
        cancel_token: CancelToken | None = None,
    ) -> None:
        default = Paths.default()
        self.paths = Paths(
            home.absolute() if home else default.home, cache.absolute() if cache else default.cache
        )
        self._tell = tell
        self._cancel_token = cancel_token or CancelToken()
        self._started_here = False

    # -- life --------------------------------------------------------------------------

    def up(
        self,
        *,
        online: bool | None = None,
        limits: Limits | None = None,
        port: int | None = None,
    ) -> EngineState:
        """Start what is not running and return when the engine answers a build.

        Idempotent: a running sandbox is kept, and only its network switched when asked to. One
        that another version of the lab has started is kept too, and told about.
        Two at once give one engine.

        Args:
            online: Whether builds reach the world. None: as it is or, where the engine was
                killed, as it was; offline otherwise.
            limits: For a new start; a running engine keeps its own, a killed one's come back.
            port: Of the registry. None: the last one, or a free one.

        Raises:
            HostError: This machine lacks something; SetupError, EngineError: it did not work.
        """
        state = load(self.paths.state)
        if not rootless.healthy(self.paths, state):
            doctor.require(self.paths, port)
            self.paths.create()
            tree = rootfs.ensure(self.paths, tell=self._tell)
            with lock.held(self.paths.lock, tell=self._tell):
                state = load(self.paths.state)
                if not rootless.healthy(self.paths, state):
                    return self._start(state, tree, online=online, limits=limits, port=port)
        assert state is not None
        if not rootless.is_of_this_version(self.paths):
            self._tell(
                "another version of the lab has started this sandbox, and some exercises may fail "
                "in it: when nothing is building, `sandbox down`, then `sandbox up`"
            )
        if port not in (None, state.port):
            raise EngineError(
                f"The sandbox is running with its registry at port {state.port}.",
                next_step=f"`sandbox down`, then `sandbox up --port {port}`",
            )
        if limits not in (None, state.limits):
            raise EngineError(
                "The sandbox is running with other limits.",
                next_step="`sandbox down`, then `sandbox up` with the limits you want",
            )
        if online not in (None, state.online):
            with lock.held(self.paths.lock, tell=self._tell):
                state = rootless.set_online(self.paths, state, online=bool(online))
        return state

    def _start(
        self,
        last: EngineState | None,
        tree: Path,
        *,
        online: bool | None,
        limits: Limits | None,
        port: int | None,
    ) -> EngineState:
        if rootless.stop(self.paths, last):
            self._tell("an engine that no longer answered was ended")
        # A home may have been removed under a running engine, which held the lock's name.
        self.paths.create()
        # An engine that was killed comes back as it was asked for.
        bounds = limits or (last.limits if last else Limits.of())
        wish = bool(online if online is not None or last is None else last.online)
        while True:
            chosen = network.free_port(port, _last_port(self.paths))
            try:
                state = rootless.start(self.paths, tree, port=chosen, online=wish, bounds=bounds)
            except EngineError as error:
                # Another program took the port between the look and the start.
                if port is None and PORT_TAKEN in error.stderr_tail:
                    continue
                raise
            self._started_here = True
            return state

    def down(self) -> bool:
        """Stop everything that belongs to this sandbox; whether there was anything to stop."""
        if not self._is_there():
            return False
        with lock.held(self.paths.lock, tell=self._tell):
            ssh_agent.end_all(self.paths.run)
            return rootless.stop(self.paths, load(self.paths.state))

    def reset(self, *, cache: bool = False) -> None:
        """Stop the sandbox and remove all its files; with ``cache`` the shared ones as well."""
        if self._is_there():
            # Held to the end: an `up` that waits must not start in a folder that is going.
            with lock.held(self.paths.lock, tell=self._tell):
                ssh_agent.end_all(self.paths.run)
                rootless.stop(self.paths, load(self.paths.state))
                self._remove(self.paths.home, self.paths.own)
        if cache:
            self._remove(self.paths.cache, self.paths.shared)

    @staticmethod
    def _remove(folder: Path, parts: tuple[Path, ...]) -> None:
        """Remove what is ours in a folder, and the folder when nothing else is in it."""
        for part in parts:
            rootfs.remove(part)
        with contextlib.suppress(OSError):
            folder.rmdir()

    def _is_there(self) -> bool:
        """Whether there is anything to stop or remove: a home may be gone, its engine not."""
        return self.paths.home.exists() or any(engines_in(self.paths.rootlesskit))

    def __enter__(self) -> Self:
        self.up()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._started_here:
            self.down()

    @property
    def state(self) -> EngineState:
        """The running engine.

        Raises:
            NotRunning: There is none, or it does not answer.
        """
        state = load(self.paths.state)
        if state is None or not rootless.healthy(self.paths, state):
            raise NotRunning("The sandbox is not running.", next_step="`sandbox up` starts it")
        return state

    @property
    def registry(self) -> str:
        """``localhost:PORT``: the registry's address, on this machine and in a build's FROM."""
        return f"localhost:{self.state.port}"

    def environment(self) -> dict[str, str]:
        """An environment whose ``docker`` is the sandbox's; ``REGISTRY`` names its registry."""
        return client.environment(self.paths, self.state.port)

    def alone(self) -> contextlib.AbstractContextManager[None]:
        """For the block, nobody is in a block of ``shared`` or ``alone``; waits for those who are.

        For what another's build would disturb: counting downloads, switching emulation off.
        """
        return lock.held(
            self.paths.turn, tell=self._tell, pause=self._cancel_token.raise_if_cancelled
        )

    def shared(self) -> contextlib.AbstractContextManager[None]:
        """For the block, nobody is ``alone``; others may share."""
        return lock.held(
            self.paths.turn,
            tell=self._tell,
            pause=self._cancel_token.raise_if_cancelled,
            shared=True,
        )

    @property
    def emulation(self) -> Emulation:
        """Emulation of the other architecture, to be switched off and on."""
        return Emulation(lambda: self.state)

    def empty_builder(self) -> contextlib.AbstractContextManager[str]:
        """A builder that has never built anything, for ``--builder``: yields its name.

        It is there for the block alone, and reaches the registry under the same names as the
        sandbox's own builder.

        Raises:
            NotRunning: There is no engine; CommandError, SetupError: it could not be started.
        """
        ensure.provide(self.shelf, [builders.IMAGE])
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
        """What builds have pushed to the registry, to be taken away again."""
        return Pushed(self.paths)

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
        """Build a context with buildx and return what the build left behind.

        Args:
            context: The folder that is sent to the engine.
            file: The Dockerfile; None for ``Dockerfile`` in the context.
            target: The stage to build; None for the last.
            tags: Names for the image.
            build_args: Values of ARGs.
            platforms: As ``linux/arm64``; empty for this machine's own.
            no_cache: Run every instruction, whatever the cache has.
            timeout_s: Cancel the build after this many seconds.
            check: Raise for a build that fails; otherwise return it.
            on_start: Called before the first line with the trace, which grows while the build
                runs; any thread may read it.
            options: Any other option of python-on-whales' ``buildx.build``.

        Raises:
            BuildError: It failed, and ``check`` is true. Carries the Build.
            BuildTimeout: Its time was up, whatever ``check`` says. Carries the Build.
            EngineError: The engine went away.
        """
        argv = run.compose(
            Path(context),
            file=Path(file) if file is not None else None,
            target=target,
            build_args=build_args or {},
            # What was not asked for is left out, so that the command is the one a person types.
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
        """Run ``docker buildx build …`` or ``bake …`` as typed; the rest as for ``build``.

        Args:
            cwd: The folder that paths in it are relative to; None for this process's own.
            env: What the command finds in its environment on top of this process's, such as the
                variable of ``--secret id=…,env=…``; one that is None is taken out of it.
            most_log_lines: How many lines of each vertex's log the Build has, the last ones, and
                ten times as many of its own; its record on disk has all. None: all.
            current_builder: Build where ``docker buildx use`` says, as a terminal does, instead of
                in the sandbox's own builder; ``--builder`` in the line comes before either.
        """
        cwd = cwd or Path.cwd()
        state = self.state
        self.prepare(argv, cwd=cwd)
        return self._build(
            state,
            argv,
            cwd=cwd,
            timeout_s=timeout_s,
            check=check,
            on_start=on_start,
            most_log_lines=most_log_lines,
            current_builder=current_builder,
            extra=env,
        )

    def prepare(self, argv: Sequence[str], *, cwd: Path) -> None:
        """Make the base images that a command line is going to ask for."""
        images = read_words(argv) | bake.ask_images(self.docker, argv, cwd)
        command = read_command(argv)
        if command is not None:
            images |= read_references(command.dockerfile(cwd), command.build_args)
            images |= {command.scanner or ""} | git.ask_images(command.context)
        if builders.may_start(argv, self.paths.docker_config):
            images |= {builders.IMAGE}
        ensure.provide(self.shelf, images)

    def run(
        self, image: str, *args: str, timeout_s: float = 60.0, platform: str | None = None
    ) -> container.RunResult:
        """Run an image, without network, and remove the container; never raises for its exit code.

        Args:
            image: Its name.
            args: For the container; none: the image's own command.
            timeout_s: Seconds that the container may take.
            platform: As ``linux/arm64``, of an image with several; None for this machine's own.

        Raises:
            CommandError: The engine could not start it (no such image, no such program).
        """
        return container.run(self.docker, image, args, timeout_s=timeout_s, platform=platform)

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

        A variable that is None there is taken out of it. Of stdout and stderr, ``keep_bytes`` each
        are kept.

        Raises:
            CommandError: It ended with another code than 0, and ``check`` is true.
            NotRunning: There is no engine.
        """
        argv = (str(self.paths.bin / "docker"), *args)
        whole = client.changed(self.environment(), env or {})
        return process.run(
            argv,
            env=whole,
            timeout_s=timeout_s,
            check=check,
            cwd=cwd,
            cancel_token=self._cancel_token,
            keep_bytes=keep_bytes,
        )

    def image(self, reference: str) -> Image:
        """An image of the registry or of the engine: what it says, what is in it, and who made it.

        Args:
            reference: ``localhost:PORT/NAME:TAG`` is looked for in the registry first, then in
                the engine; any other name, id or digest in the engine first, then in the
                registry, which is the mirror of docker.io.

        Raises:
            ImageNotFound: It is in neither.
            ImageError: Something of it is damaged, missing, or of an unknown media type.
        """
        # Imported when first asked for: every command line would pay for it.
        from sandbox.engine import content  # noqa: PLC0415

        return content.image(self.paths, self.registry, reference)

    def pushed_image(self, reference: str) -> Image:
        """As ``image``, of the sandbox's registry alone: what the engine has does not count.

        Args:
            reference: ``localhost:PORT/NAME:TAG``.

        Raises:
            ImageNotFound: Nobody has pushed an image of that name.
            ImageError: Something of it is damaged, missing, or of an unknown media type.
        """
        from sandbox.engine import content  # noqa: PLC0415

        return content.pushed_image(self.registry, reference)

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

        From BuildKit's record; the command line, and the Dockerfile of a build that failed,
        from the lab's own notes where the build was made by the lab. Without a note the
        command is put together from the record, and ``log_path`` is None.

        Args:
            id: As listed by ``history``, or a beginning of it that no other has.

        Raises:
            UsageError: There is no such record, there are several, or the build still runs.
            NotRunning: There is no engine.
        """
        build = history.reopen(self.docker, self.paths.builds, id)
        return replace(build, image_bytes=self._image_bytes(build.image_digest))

    def warm(self, names: Sequence[str] = ()) -> tuple[Recipe, ...]:
        """Start the sandbox and have base images ready; all of them when none is named.

        Raises:
            KeyError: There is no base image of such a name.
            HostError, SetupError, EngineError: As for ``up``, or an image could not be made.
        """
        recipes = ensure.chosen(names)
        ensure.fetch_ahead(self.paths, recipes, tell=self._tell)
        self.up()
        shelf = self.shelf()
        for recipe in recipes:
            shelf.provide(recipe)
        return recipes

    def shelf(self) -> Shelf:
        """The base images, and the packages that they are set up for."""
        return Shelf(self.paths, self.state.port, self._tell)

    def _image_bytes(self, digest: str | None) -> int | None:
        """What ``docker image inspect`` calls the size; None when the engine has no such image."""
        if digest is None:
            return None
        # For an image that is not there the engine answers with a message, which has no size.
        size = rootless.ask(self.paths, f"/images/{digest}/json").get("Size")
        return size if isinstance(size, int) else None

    def _build(
        self, state: EngineState, argv: Sequence[str], *, check: bool, **options: Any
    ) -> Build:
        try:
            made = run.build(
                self.paths, state.port, argv, cancel_token=self._cancel_token, **options
            )
        except BuildTimeout as error:
            note(error.build)
            raise
        note(made)
        if made.ok:
            return replace(made, image_bytes=self._image_bytes(made.image_digest))
        if not rootless.healthy(self.paths, load(self.paths.state)):
            raise EngineError(
                "The engine went away during the build.",
                next_step="`sandbox up` starts it again; then repeat the build",
                argv=made.command,
                exit_code=made.exit_code,
                stderr_tail=process.tail(made.message),
                log_path=self.paths.logs / "dockerd.log",
            )
        if check:
            raise failure(made)
        return made


def _last_port(paths: Paths) -> int | None:
    try:
        return int(paths.port.read_text())
    except (OSError, ValueError):
        return None
