"""A builder that is told what to answer, and exercises made for one test."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from checker import Exercise, load
from checker.command.command_line import CommandLine, read_line
from checker.command.environment import hidden
from checker.command.validate import validate
from checker.workbench.build_context import BuildContext
from checker.workbench.grading_run import GradingRun
from checker.workbench.random_values import RandomValues
from checker.workbench.workbench import Workbench
from sandbox import (
    Build,
    CommandError,
    Download,
    Downloads,
    Interval,
    RunResult,
    SandboxError,
    Trace,
    Vertex,
    VertexKind,
)
from sandbox.build.failures.explain import explain

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)

GREETING = RunResult(0, "hello\n", "", 0.1, timed_out=False)
NOTHING = RunResult(0, "", "", 0.1, timed_out=False)

HEADER = """\
format_version = 1
title = "A test's exercise"
lesson = "00-start"
concepts = ["testing"]
timeout_s = 20
submit = ["Dockerfile"]
"""

BUILDS = """\
[[checks]]
id = "builds"
kind = "builds"
title = "It builds"
points = 10
hint = "Read the message."
"""
RUNS = """\
[[checks]]
id = "greets"
kind = "runs"
title = "It greets"
points = 20
hint = "Run it."
params = { contains = ["hello"] }
"""


@dataclass(frozen=True, slots=True)
class Ask:
    """One build that was asked for: the command, and its context as it was at that moment."""

    files: Mapping[str, str]
    argv: tuple[str, ...]
    folder: Path
    env: Mapping[str, str]
    timeout_s: float | None

    @property
    def target(self) -> str | None:
        return self.option("--target")

    def option(self, name: str) -> str | None:
        """The value of ``--name=value``, None when it is not there."""
        found = [word for word in self.argv if word.startswith(f"{name}=")]
        return found[0].partition("=")[2] if found else None

    @property
    def nonce(self) -> str:
        return self.files["nonce.txt"].strip()

    def log(self, name: str, begin_s: float, end_s: float | None) -> str:
        """What a marked script prints when it really runs."""
        work = hashlib.sha256(f"{name} {self.nonce}".encode()).hexdigest()[:16]
        end = "" if end_s is None else f"end {name} {work} {end_s:.2f}\n"
        return f"begin {name} {work} {begin_s:.2f}\n{end}"


@dataclass
class FakePushed:
    """First parts of names; remembers what was forgotten."""

    names: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)

    def first_parts(self) -> tuple[str, ...]:
        return tuple(self.names)

    def references(self, first_part: str) -> tuple[str, ...]:
        return tuple(name for name in self.names if name.startswith(f"{first_part}/"))

    def forget(self, first_part: str) -> None:
        self.forgotten.append(first_part)


@dataclass
class FakePackages:
    """Package indexes at the pace that is asked for; remembers each."""

    paces: list[tuple[float, float]] = field(default_factory=list)

    @contextmanager
    def paced(self, *, bandwidth_bytes_s: float, latency_s: float) -> Iterator[None]:
        self.paces.append((bandwidth_bytes_s, latency_s))
        yield


@dataclass
class FakeSandbox:
    """Answers every build by ``answer``; remembers what it was asked."""

    answer: Callable[[Ask], Build]
    result: RunResult | SandboxError = GREETING
    printed: RunResult | CommandError = NOTHING
    ups: int = 0
    asks: list[Ask] = field(default_factory=list)
    runs: list[tuple[str, ...]] = field(default_factory=list)
    commands: list[tuple[str, ...]] = field(default_factory=list)
    turns: list[str] = field(default_factory=list)
    registry: str = "localhost:5000"
    is_up: bool = True
    pushed: FakePushed = field(default_factory=FakePushed)
    packages: FakePackages = field(default_factory=FakePackages)

    def up(self) -> None:
        self.ups += 1

    @contextmanager
    def shared(self) -> Iterator[None]:
        self.turns.append("shared")
        yield

    @contextmanager
    def alone(self) -> Iterator[None]:
        self.turns.append("alone")
        yield

    @contextmanager
    def empty_builder(self) -> Iterator[str]:
        yield "empty"

    def build_line(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str | None],
        timeout_s: float | None = None,
        check: bool = True,
    ) -> Build:
        files = {
            path.relative_to(cwd).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(cwd.rglob("*"))
            if path.is_file()
        }
        held = {name: value for name, value in env.items() if value is not None}
        self.asks.append(Ask(files, tuple(argv), cwd, held, timeout_s))
        return self.answer(self.asks[-1])

    def run(self, image: str, *args: str, timeout_s: float = 60) -> RunResult:
        self.runs.append((image, *args))
        if isinstance(self.result, SandboxError):
            raise self.result
        return self.result

    def docker(
        self,
        *args: str,
        timeout_s: float | None = None,
        check: bool = True,
        cwd: Path | None = None,
        env: Mapping[str, str | None] | None = None,
    ) -> RunResult:
        self.commands.append(args)
        if isinstance(self.printed, CommandError):
            raise self.printed
        return self.printed


class Make:
    """Values for tests, with as little said as possible."""

    def vertex(
        self,
        name: str,
        start_s: float | None = 0.0,
        end_s: float = 1.0,
        *,
        log: str = "",
        cached: bool = False,
        error: str | None = None,
        completed: bool = True,
    ) -> Vertex:
        """``name`` is its digest as well; ``start_s`` None: it never started."""
        spans: tuple[Interval, ...] = ()
        if start_s is not None:
            spans = (
                Interval(EPOCH + timedelta(seconds=start_s), EPOCH + timedelta(seconds=end_s)),
            )
        return Vertex(
            digest=name,
            name=name,
            inputs=(),
            kind=VertexKind.RUN,
            stage="a",
            platform=None,
            build_platform=None,
            instruction=name,
            intervals=spans,
            cached=cached,
            completed=completed,
            error=error,
            log=log,
        )

    def download(self, path: str, at_s: float = 0.5, size_bytes: int = 1000) -> Download:
        """One answer of the index that ``path`` begins with."""
        return Download(
            index=path.split("/")[1],
            path=path,
            size_bytes=size_bytes,
            status=200 if size_bytes else 304,
            started=EPOCH + timedelta(seconds=at_s),
            duration_s=0.1,
        )

    def build(
        self,
        *vertexes: Vertex,
        exit_code: int = 0,
        message: str = "",
        duration_s: float = 1.0,
        downloads: Sequence[Download] = (),
    ) -> Build:
        build = Build(
            command=("docker", "buildx", "build", "."),
            exit_code=exit_code,
            trace=Trace(vertexes),
            graph=None,
            target=None,
            image_digest=None,
            log="",
            message=message,
            started=EPOCH,
            duration_s=duration_s,
            downloads=Downloads(tuple(downloads)),
        )
        return build if build.ok else replace(build, explanation=explain(build, None))

    def validated(
        self, line: CommandLine, context: BuildContext, values: RandomValues, builder: FakeSandbox
    ) -> CommandLine:
        """The command as a grading validates it."""
        return validate(
            line,
            folder=context.folder,
            env=values.variables_for(line.kind),
            hidden=hidden(),
            scope=values.scope(),
            docker=builder.docker,
        )

    def builder(self, answer: Callable[[Ask], Build]) -> FakeSandbox:
        return FakeSandbox(answer)


class Lab:
    """A workbench whose builder answers what the test sets; its context has two files."""

    def __init__(
        self,
        make: Make,
        folder: Path,
        line: str = "docker buildx build .",
        *,
        counts_downloads: bool = False,
    ) -> None:
        run = GradingRun("c0ffee")
        values = RandomValues(
            run.nonce,
            {"TOKEN": "5ec4e7"},
            {"VERSION": "8c1f"},
            registry=f"{FakeSandbox.registry}/{run.name}",
            others={"TOKEN": "0dd5e7"},
        )
        (folder / "nonce.txt").write_text(values.nonce)
        (folder / "list.csv").write_text("one\n")
        self.builder = make.builder(lambda ask: make.build())
        self.bench = Workbench(
            read_line(line),
            BuildContext(folder),
            self.builder,
            values=values,
            env={**hidden(), **values.variables_of_builds()},
            timeout_s=30.0,
            counts_downloads=counts_downloads,
            run=run,
        )


@pytest.fixture
def lab(make: Make, tmp_path: Path) -> Iterator[Lab]:
    """A workbench of an exercise that is built by ``docker buildx build .``."""
    context = tmp_path / "context"
    context.mkdir()
    lab = Lab(make, context)
    yield lab
    lab.bench.close()


@pytest.fixture
def counting_lab(make: Make, tmp_path: Path) -> Iterator[Lab]:
    """A workbench that counts downloads; ``update/`` in its context has another list."""
    context = tmp_path / "counted"
    (context / "update").mkdir(parents=True)
    (context / "update" / "list.csv").write_text("two\n")
    lab = Lab(make, context, counts_downloads=True)
    yield lab
    lab.bench.close()


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are: gradings look for others' there, and may find no real ones."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def make() -> Make:
    return Make()


@pytest.fixture
def make_exercise(tmp_path: Path) -> Callable[..., Exercise]:
    """An exercise of the ``[[checks]]`` given as TOML, its context two small files."""

    def build_folder(
        checks: str = BUILDS, *, header: str = HEADER, slug: str = "07-sample"
    ) -> Exercise:
        folder = tmp_path / "exercises" / slug
        (folder / "context").mkdir(parents=True)
        (folder / "exercise.toml").write_text(header + checks, encoding="utf-8")
        (folder / "Dockerfile").write_text("FROM lab/busybox\n", encoding="utf-8")
        (folder / "context" / "nonce.txt").write_text("@lab-nonce@\n", encoding="utf-8")
        (folder / "context" / "list.csv").write_text("one\n", encoding="utf-8")
        return load(folder)

    return build_folder
