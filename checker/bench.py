"""The workbench of one grading: a private copy of the context, its builds, its images.

Every grading has its own temporary folder, its own random nonce and its own names of images,
so two gradings never meet, not even of the same exercise. All of it is gone afterwards; what a
grading that was killed could not take with it, the next one does; see ``checker.leftovers``.
"""

from __future__ import annotations

import re
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from checker import leftovers
from checker.errors import ExerciseError
from checker.exercise import Exercise
from checker.faults import is_engine_fault, says_engine_gone
from checker.line import Line, refused
from checker.line_rules import RULES, Scope, find_unknown, obey, options
from checker.marks import NONCE, Work, find_work, work_text
from checker.submission import Submission, command
from sandbox import (
    Build,
    CommandError,
    EngineError,
    ImageNotFound,
    RunResult,
    SandboxError,
)

if TYPE_CHECKING:
    from sandbox import Emulation, GitServer, Image, Packages, Pushed

_PLACEHOLDER = re.compile(r"\{(nonce|(?:work|secret|variable):[^}]+)\}")
_IN_CONTEXT = re.compile(rb"@lab-(secret|variable):([A-Z0-9_]+)@")
OUTPUTS = ("--load", "--output", "--push", "--tag")
"""Options by which a line says itself where its image goes."""


class Printed(Protocol):
    """What is read of a docker command that has ended."""

    @property
    def stdout(self) -> str: ...

    @property
    def stderr(self) -> str: ...


class Builder(Protocol):
    """What grading needs of a ``sandbox.Sandbox``."""

    @property
    def registry(self) -> str: ...

    @property
    def packages(self) -> Packages: ...

    @property
    def git(self) -> GitServer: ...

    @property
    def emulation(self) -> Emulation: ...

    @property
    def pushed(self) -> Pushed: ...

    def up(self) -> object: ...

    def shared(self) -> AbstractContextManager[None]: ...

    def alone(self) -> AbstractContextManager[None]: ...

    def empty_builder(self) -> AbstractContextManager[str]: ...

    def image(self, reference: str) -> Image: ...

    def build_line(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
        check: bool = True,
    ) -> Build: ...

    def run(self, image: str, *args: str, timeout_s: float = 60) -> RunResult: ...

    def docker(
        self,
        *args: str,
        timeout_s: float | None = None,
        check: bool = True,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Printed: ...


@dataclass(frozen=True, slots=True)
class Chance:
    """What is random in one grading, so that nothing can be written down beforehand.

    Args:
        nonce: Hexadecimal; in the marks of works, and in the grading's names.
        secrets: Canaries by the name of their variable.
        variables: Harmless texts by the name of their variable.
    """

    nonce: str
    secrets: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, exercise: Exercise, nonce: str) -> Chance:
        """New values for an exercise's variables."""
        return cls(
            nonce,
            {name: secrets.token_hex(20) for name in exercise.secrets},
            {name: secrets.token_hex(4) for name in exercise.variables},
        )

    def fill(self, content: bytes) -> bytes:
        """A file of the context with the values in the place of ``@lab-…@``."""
        values = {b"secret": self.secrets, b"variable": self.variables}

        def value(match: re.Match[bytes]) -> bytes:
            return values[match[1]].get(match[2].decode(), match[0].decode()).encode()

        return _IN_CONTEXT.sub(value, content.replace(NONCE.encode(), self.nonce.encode()))


class FailedBuildError(Exception):
    """A build that a check cannot do without ended with an error."""

    def __init__(self, build: Build) -> None:
        super().__init__(build.message)
        self.build = build


_Key = tuple[str | None, tuple[str, ...], str | None, str]
"""What a build is remembered by: target, more options, builder, edits of the context."""
_PLAIN: _Key = (None, (), None, "")


class Bench:
    """Where the checks of one grading build and run.

    Args:
        folder: The private copy of the context, the learner's files in it.
        line: What is built, variables not yet replaced.
        sandbox: A started sandbox.
        chance: What is random in this grading.
        timeout_s: Seconds that all builds and runs may take together. What the sandbox does
            for itself, such as making a base image on its first use, is not counted.
        use_cache: Reuse what earlier gradings left in the builder's cache. Otherwise the first
            build of all is made without it: what is measured then is this Dockerfile alone.
        progress: Told what is being done, in a few words.
        on_build: Given every build as soon as it has ended.

    Raises:
        SubmissionError: The line names a variable that there is not, or asks for what it may not.
    """

    def __init__(
        self,
        folder: Path,
        line: Line,
        sandbox: Builder,
        *,
        chance: Chance,
        timeout_s: float,
        use_cache: bool,
        progress: Callable[[str], None],
        on_build: Callable[[Build], None],
    ) -> None:
        self.folder = folder
        self.sandbox = sandbox
        self.chance = chance
        self.registry = f"{sandbox.registry}/{leftovers.name(chance.nonce)}"
        self._remaining_s = timeout_s
        self._use_cache = use_cache
        self._progress = progress
        self._on_build = on_build
        self._is_alone = False
        self._edits = ""  # which edits the context has now; empty: none
        self._builds: dict[_Key, Build] = {}
        self._images: dict[_Key, str] = {}
        self._env = {
            **chance.secrets,
            **chance.variables,
            "REGISTRY": self.registry,
            # The grader's own agent is nobody's business.
            "SSH_AUTH_SOCK": "",
        }
        self.line = self._obeyed(line)

    def build(
        self,
        *,
        target: str | None = None,
        options: Sequence[str] = (),
        builder: str | None = None,
        fresh: bool = False,
    ) -> Build:
        """A build of the context as it is now; made once, however many checks ask for it.

        Args:
            target: The stage asked for, None for the line's own.
            options: More options, as ``--build-arg=NAME=value``, each in one word.
            builder: The name of another builder than the sandbox's.
            fresh: Build again, also where the same was built already.

        Raises:
            sandbox.BuildTimeout: The grading's time was up.
            sandbox.EngineError: The engine went away.
        """
        key = (target, tuple(options), builder, self._edits)
        if fresh or key not in self._builds:
            # Exporting an image costs time, and only the first one is ever run by most checks.
            self._builds[key] = self._make(key, image=key == _PLAIN)
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
        timeout_s: float,
    ) -> RunResult:
        """A container of the image that ``built`` makes, run to its end.

        Args:
            args: For the container; none: the image's own command.
            target: As for ``build``.
            options: As for ``build``.
            image: What the line calls it, without ``$REGISTRY/``; None where the line names none.
            timeout_s: Seconds that the container may take.

        Raises:
            FailedBuildError: There is no image, because the build ended with an error.
        """
        self.built(target=target, options=options)
        reference = self._reference(image, (target, tuple(options), None, self._edits))
        self._progress("running the image")
        limit_s = min(timeout_s, self._budget_s())
        try:
            with self._turn():
                result = self.sandbox.run(reference, *args, timeout_s=limit_s)
        except CommandError as error:
            if says_engine_gone(error.stderr_tail):
                raise
            # The engine is there, and cannot start this image: a matter of its CMD.
            return RunResult(error.exit_code, "", error.stderr_tail, 0.0, timed_out=False)
        self._remaining_s -= result.duration_s
        return result

    def image(self, name: str | None = None, *, target: str | None = None) -> Image:
        """What the line has pushed as ``$REGISTRY/NAME``.

        Args:
            name: None where the line names no image: then what ``built`` has made is it.
            target: As for ``built``; of no meaning where there is a name.

        Raises:
            sandbox.ImageNotFound: Nothing of that name was pushed.
        """
        return self.sandbox.image(self._reference(name, (target, (), None, self._edits)))

    def base_image(self, name: str) -> Image | None:
        """A base image of the lab; None when nobody has built on it, and so it is not there."""
        try:
            return self.sandbox.image(name)
        except ImageNotFound:
            return None

    @contextmanager
    def moved(self) -> Iterator[None]:
        """The context at another place, so that a build has to send all of it.

        Of a place that it has seen before the engine keeps a copy, and is sent the difference.
        """
        before, edits_before = self.folder, self._edits
        self.folder = before.rename(before.with_name(f"context-{secrets.token_hex(4)}"))
        self._edits = f"{edits_before}moved\n"
        try:
            yield
        finally:
            self.folder = self.folder.rename(before)
            self._edits = edits_before

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
        return find_work(build.trace, name, self.chance.nonce)

    def expand(self, text: str) -> str:
        """Placeholders such as ``{nonce}`` and ``{work:NAME}`` replaced by this grading's values.

        Raises:
            ExerciseError: The exercise has no such secret or variable.
        """

        def value(match: re.Match[str]) -> str:
            kind, _, name = match[1].partition(":")
            if kind == "nonce":
                return self.chance.nonce
            if kind == "work":
                return work_text(name, self.chance.nonce)
            known = self.chance.secrets if kind == "secret" else self.chance.variables
            if name not in known:
                raise ExerciseError(
                    f"A check names {match[0]}, and the exercise has no {kind} {name}.",
                    next_step=f"add it to {kind}s in exercise.toml, or correct the check",
                )
            return known[name]

        return _PLACEHOLDER.sub(value, text)

    def close(self) -> None:
        """Take the grading's images away; an engine that is gone has none to take."""
        with suppress(SandboxError, OSError):
            if self._images:
                argv = ("image", "rm", "--force", *self._images.values())
                self.sandbox.docker(*argv, timeout_s=30, check=False)
            if self._names_output:
                leftovers.remove_images(self.sandbox, f"{self.registry}/*")
            self.sandbox.pushed.forget(leftovers.name(self.chance.nonce))

    def _obeyed(self, line: Line) -> Line:
        """The line with its variables replaced, and nothing in it that is not let through."""
        filled = line.expanded(self._env)
        if (unknown := find_unknown(filled)) is not None:
            # Without a build context there is nothing that it could do but complain.
            said = self.sandbox.docker(*line.words[1:], unknown.word, check=False, timeout_s=30)
            complaint = said.stderr.strip().splitlines() or ["it did not say why"]
            near = get_close_matches(unknown.name, RULES[line.kind], n=1)
            raise refused(
                line.text,
                unknown.word,
                f"buildx says: {complaint[0]}",
                f"write {near[0]}" if near else f"see `docker buildx {line.kind} --help`",
            )
        names = frozenset((*self.chance.secrets, *self.chance.variables))
        obey(filled, Scope(self.registry, names))
        return filled

    @property
    def _names_output(self) -> bool:
        return any(option.name in OUTPUTS for option in options(self.line))

    def _turn(self) -> AbstractContextManager[None]:
        return nullcontext() if self._is_alone else self.sandbox.shared()

    def _budget_s(self) -> float:
        # Never nothing: a time of zero would mean none at all to some, and no limit to others.
        return max(0.1, self._remaining_s)

    def _reference(self, name: str | None, key: _Key) -> str:
        """The full name of an image that the line names, or of a build that it does not name."""
        if name is not None:
            return f"{self.registry}/{name}"
        if key not in self._images:
            self._make(key, image=True)
        return self._images[key]

    def _make(self, key: _Key, *, image: bool) -> Build:
        target, more, builder, _ = key
        argv = [*self.line.argv, *more]
        if self._names_output:
            pass
        elif image:
            tag = f"{leftovers.name(self.chance.nonce)}:{len(self._images)}"
            self._images[key] = tag
            argv.append(f"--tag={tag}")
        else:
            argv.append("--output=type=cacheonly")
        if key == _PLAIN and not self._use_cache:
            argv.append("--no-cache")
        if target is not None:
            argv.append(f"--target={target}")
        if builder is not None:
            argv.append(f"--builder={builder}")
        self._progress(f"building {target or 'the default target'}")
        with self._turn():
            build = self.sandbox.build_line(
                argv, cwd=self.folder, env=self._env, timeout_s=self._budget_s(), check=False
            )
        self._remaining_s -= build.duration_s
        if not build.ok and is_engine_fault(build):
            raise EngineError(
                "The engine went away during a build.",
                next_step="run `sandbox up`, then grade again",
            )
        self._on_build(build)
        return build


@contextmanager
def open_bench(
    exercise: Exercise,
    submission: Submission,
    sandbox: Builder,
    *,
    nonce: str,
    use_cache: bool,
    progress: Callable[[str], None],
    on_build: Callable[[Build], None],
) -> Iterator[Bench]:
    """A workbench with the exercise's own context and the learner's files, and nothing else.

    Raises:
        SubmissionError: The learner's line is none, or asks for what it may not.
    """
    line, chance = command(exercise, submission), Chance.of(exercise, nonce)
    with tempfile.TemporaryDirectory(prefix=f"{leftovers.name(nonce)}-") as temporary:
        folder = Path(temporary) / "context"
        shutil.copytree(exercise.context, folder, symlinks=True)
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink():
                content = path.read_bytes()
                if (filled := chance.fill(content)) != content:
                    path.write_bytes(filled)
        for name, content in submission.files.items():
            (folder / name).write_bytes(content)
        bench = Bench(
            folder,
            line,
            sandbox,
            chance=chance,
            timeout_s=exercise.timeout_s,
            use_cache=use_cache,
            progress=progress,
            on_build=on_build,
        )
        try:
            yield bench
        finally:
            bench.close()
