"""Runs docker commands for a notebook: builds are shown while they run, other commands print."""

from __future__ import annotations

import contextlib
import shlex
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from sandbox import process
from sandbox.build.request import BuildRequest
from sandbox.engine import package_files
from sandbox.engine.client import LEARNERS_OWN
from sandbox.errors import EngineError
from sandbox.live.log_tail import MOST_LINES
from sandbox.model.build import Build
from sandbox.notebook.build_watch import BuildWatch, TextWatch, WidgetWatch, in_cell
from sandbox.notebook.docker_environment import DockerEnvironment
from sandbox.notebook.live_view import Live, LiveDisplay, Tasks
from sandbox.notebook.typed import Typed
from sandbox.sandbox import Sandbox
from sandbox.scoped_environment import ScopedEnvironment
from sandbox.services import builders

Result = Build | process.Completed
# Options with which buildx prints no report of the build.
_PRINTS = ("--progress", "--quiet", "-q", "--help", "-h")


class CommandInterrupted(KeyboardInterrupt):
    """A command was interrupted and has ended."""

    def report(self) -> str:
        """The text that a cell shows in place of a traceback."""
        return f"{self}\n  next: run the cell again to begin anew"


class Session:
    """A sandbox in use by a notebook.

    Args:
        screen: Makes a new place for text that changes.
        has_widgets: Whether a widget may show builds.
        lab: Makes the sandbox, given the listener for its progress.
        environment: The kernel's environment.
    """

    def __init__(
        self,
        screen: Callable[[], LiveDisplay],
        *,
        has_widgets: Callable[[], bool] = lambda: False,
        lab: Callable[[Callable[[str], None]], Sandbox] = lambda tell: Sandbox(tell=tell),
        environment: DockerEnvironment | None = None,
    ) -> None:
        self._screen = screen
        self._has_widgets = has_widgets
        self.has_drawn = False
        """Whether the pictures of the last build are on the page already."""
        self._last: BuildWatch | None = None
        self._tasks = Tasks()
        self._lab = lab(self._told)
        self._environment = environment or DockerEnvironment()

    def ready(self) -> None:
        """Set up and start the sandbox if needed, and make the kernel's docker use it.

        Raises:
            HostError: This machine lacks something; SetupError, EngineError: it did not work.
            CommandInterrupted: The user interrupted it.
        """
        with _interruptible(), self._telling():
            state = self._lab.up()
        self._environment.enter(self._lab, state.port)

    def begin(self) -> None:
        """As ``ready``, for a new notebook: choices of earlier notebooks are reset.

        The current builder is the sandbox's own, emulation is on if this machine supports it,
        and the package indexes answer at their usual pace.
        """
        self.ready()
        package_files.set_pace(self._lab.paths, package_files.USUAL)
        builders.use_own(self._lab.docker, self._lab.paths.docker_config)
        with contextlib.suppress(EngineError):
            self._lab.emulation.on()

    def close(self) -> None:
        """Restore the kernel's environment. The sandbox keeps running."""
        self._environment.leave()

    def run(self, typed: Typed) -> Result:
        """Run a command in this process's folder, after ``ready``; the result reports a failure.

        Raises:
            SandboxError: The sandbox could not run the command.
            CommandInterrupted: The user interrupted the command, and all its processes have ended.
        """
        cwd = Path.cwd()
        with _interruptible():
            with self._telling():
                # Base images are made on first use, also for commands that only print.
                request = self._lab.prepare(typed.argv, cwd=cwd, env=typed.variables)
            if request is not None and is_watched(request, typed.variables):
                return self._build(request, typed.variables)
            only_answer = request is not None and is_question(request)
            done = self._print(typed, cwd, only_answer=only_answer)
            while not done.ok and self._provide_missing(done):
                done = self._print(typed, cwd, only_answer=only_answer)
            return done

    def _provide_missing(self, failed: process.Completed) -> bool:
        """Make the base images that a command did not find; whether there was any to make."""
        with self._telling():
            return self._lab.failed_builds.provide_missing(f"{failed.stdout}\n{failed.stderr}")

    def _build(self, request: BuildRequest, variables: Mapping[str, str]) -> Build:
        # The page may still use the view of the last build, but not those of earlier ones.
        if self._last is not None:
            self._last.close()
        # Variables in front of a command are set for that command alone.
        with self._watch(request) as watch, ScopedEnvironment().set(variables):
            self._last = watch
            build = self._lab.build_request(
                request,
                check=False,
                on_start=watch.follow,
                most_log_lines=MOST_LINES,
                # A typed build goes to the same builder as from a terminal.
                current_builder=True,
            )
            watch.ended(build)
        self.has_drawn = watch.draws
        return build

    def _watch(self, request: BuildRequest) -> BuildWatch:
        if not self._has_widgets():
            return TextWatch(self._screen())
        title = shlex.join(request.argv)
        return WidgetWatch(title, request.stages, request.command.target, in_cell)

    def _print(self, typed: Typed, cwd: Path, *, only_answer: bool) -> process.Completed:
        with tempfile.TemporaryDirectory(prefix="lab-run-") as folder:
            cid_file = Path(folder) / "cid"
            docker = str(self._lab.paths.bin / "docker")
            argv = (docker, *_with_cid_file(typed.argv[1:], cid_file))
            env = {**self._lab.environment(), **typed.variables}
            try:
                done, held_back = _printed(argv, env, cwd, hold_stderr=only_answer)
            except BaseException:
                # A program that ignores the signal outlives the interrupted client.
                if cid_file.exists():
                    container = cid_file.read_text()
                    self._lab.docker("rm", "--force", "--volumes", container, check=False)
                raise
        if not done.ok:
            sys.stdout.write(f"{held_back}exit code {done.exit_code}\n")
        return process.Completed(
            typed.argv, done.exit_code, done.stdout, done.stderr, done.duration_s
        )

    def _told(self, line: str) -> None:
        self._tasks.tell(line)

    @contextlib.contextmanager
    def _telling(self) -> Iterator[None]:
        """Show the sandbox's progress, if there is any, while the block runs."""
        self._tasks = Tasks()
        with Live(self._screen(), self._tasks.text):
            yield


def is_watched(request: BuildRequest, variables: Mapping[str, str]) -> bool:
    """Whether BuildKit runs this build and reports its progress.

    Args:
        variables: The assignments in front of the command.
    """
    command = request.command
    if request.is_bake or command.asks or variables.get("DOCKER_BUILDKIT") == "0":
        return False
    # A variable that sends the build to another engine is obeyed; the build then only prints.
    if any(n in LEARNERS_OWN and n != "DOCKER_BUILDKIT" for n in variables):
        return False
    return not any(word.partition("=")[0] in _PRINTS for word in command.arguments)


def is_question(request: BuildRequest) -> bool:
    """Whether the command is a question: the answer is on stdout, the progress on stderr."""
    return request.command.asks and not request.is_bake


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt as interrupt:
        raise CommandInterrupted("Interrupted: the command was cancelled.") from interrupt


def _with_cid_file(words: tuple[str, ...], path: Path) -> tuple[str, ...]:
    if words[:1] != ("run",) or any(word.startswith("--cidfile") for word in words):
        return words
    return ("run", f"--cidfile={path}", *words[1:])


def _printed(
    argv: tuple[str, ...], env: Mapping[str, str], cwd: Path, *, hold_stderr: bool
) -> tuple[process.Completed, str]:
    """Run a command and print its lines as they arrive; return it with the stderr not printed.

    Both streams go to stdout, because notebooks show stderr in red.
    """
    kept: dict[str, list[str]] = {"stdout": [], "stderr": []}
    with contextlib.closing(process.stream(argv, env=env, cwd=cwd)) as lines:
        while True:
            try:
                origin, line = next(lines)
            except StopIteration as end:
                done: process.Completed = end.value
                break
            # As in a terminal, a carriage return starts the line again.
            text = line.rstrip("\r\n").rpartition("\r")[2] + "\n"
            kept[origin].append(text)
            if not (hold_stderr and origin == "stderr"):
                sys.stdout.write(text)
    out, err = ("".join(kept[name]) for name in ("stdout", "stderr"))
    whole = process.Completed(argv, done.exit_code, out, err, done.duration_s)
    return whole, err if hold_stderr else ""
