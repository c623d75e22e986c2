"""A builder that is told what to answer, and exercises made for one test."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from checker import Exercise, load
from sandbox import Build, CommandError, Interval, RunResult, Trace, Vertex, VertexKind

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


@dataclass(frozen=True, slots=True)
class Ask:
    """One build that was asked for: the command, and its context as it was at that moment."""

    files: Mapping[str, str]
    argv: tuple[str, ...]
    timeout_s: float | None

    @property
    def folder(self) -> Path:
        return Path(self.argv[-1])

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
class FakeBuilder:
    """Answers every build by ``answer``; remembers what it was asked."""

    answer: Callable[[Ask], Build]
    result: RunResult | CommandError = GREETING
    printed: RunResult | CommandError = NOTHING
    ups: int = 0
    asks: list[Ask] = field(default_factory=list)
    runs: list[tuple[str, ...]] = field(default_factory=list)
    commands: list[tuple[str, ...]] = field(default_factory=list)

    def up(self) -> None:
        self.ups += 1

    def build_line(
        self, argv: Sequence[str], *, timeout_s: float | None = None, check: bool = True
    ) -> Build:
        context = Path(argv[-1])
        files = {
            path.relative_to(context).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(context.rglob("*"))
            if path.is_file()
        }
        self.asks.append(Ask(files, tuple(argv), timeout_s))
        return self.answer(self.asks[-1])

    def run(self, image: str, *args: str, timeout_s: float = 60) -> RunResult:
        self.runs.append((image, *args))
        if isinstance(self.result, CommandError):
            raise self.result
        return self.result

    def docker(self, *args: str, timeout_s: float | None = None, check: bool = True) -> RunResult:
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

    def build(
        self, *vertexes: Vertex, exit_code: int = 0, message: str = "", duration_s: float = 1.0
    ) -> Build:
        return Build(
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
        )

    def builder(self, answer: Callable[[Ask], Build]) -> FakeBuilder:
        return FakeBuilder(answer)


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
