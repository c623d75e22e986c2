"""Reads an exercise's folder strictly into an ``Exercise``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from checker.checks import KINDS
from checker.command.command_line import KINDS as LINE_KINDS
from checker.command.command_line import CommandLine, read_line
from checker.course import toml_table
from checker.errors import ExerciseError, SubmissionError
from checker.exercise import CheckSpec, Exercise
from checker.workbench.leases import LENDS

FORMAT_VERSION = 1
SLUG = re.compile(r"[0-9]{2}-[a-z0-9]+(-[a-z0-9]+)*")
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")
CHECK_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Header:
    """The keys of exercise.toml.

    Args:
        format_version: The version of this file's format.
        checks: The checks, in the order in which they run.
        publish: The build that runs before a command of the kind ``imagetools``.
    """

    format_version: int
    title: str
    lesson: str
    concepts: tuple[str, ...]
    timeout_s: float
    submit: tuple[str, ...]
    checks: tuple[Mapping[str, object], ...]
    out_of_scope: tuple[str, ...] = ()
    command: str = "docker buildx build ."
    line: str = "build"
    secrets: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    lends: tuple[str, ...] = ()
    publish: str = ""

    def __post_init__(self) -> None:
        if self.format_version != FORMAT_VERSION:
            raise ValueError(
                f"format_version is {self.format_version}, this checker reads {FORMAT_VERSION}"
            )
        if self.timeout_s <= 0:
            raise ValueError(f"timeout_s is {self.timeout_s:g}; it must be above 0")
        if not self.submit:
            raise ValueError("submit is empty; it must name at least one file")
        for name in self.submit:
            if name in ("", ".", "..") or "/" in name or "\\" in name:
                raise ValueError(f"submit has {name!r}, it takes names of files without a folder")
        if self.line not in LINE_KINDS:
            raise ValueError(f"line is {self.line!r}, there are: {', '.join(LINE_KINDS)}")
        for name in (*self.secrets, *self.variables):
            if not VARIABLE.fullmatch(name) or name == "REGISTRY":
                raise ValueError(f"{name!r} is not a variable's name: CAPITALS, but not REGISTRY")
        for name in self.lends:
            if name not in LENDS:
                raise ValueError(f"lends has {name!r}, there are: {', '.join(LENDS)}")
        if self.line == "bake" and (self.secrets or self.lends):
            # Looking for a secret takes options that `buildx bake` does not have.
            raise ValueError("line is 'bake', for which secrets and lends cannot be checked")
        if not self.checks:
            raise ValueError("there is no [[checks]], an exercise needs at least one")


@dataclass(frozen=True, slots=True)
class CheckTable:
    """The keys of one ``[[checks]]``. A check is worth all its points or none.

    Args:
        params: The parameters of its kind.
    """

    id: str
    kind: str
    title: str
    points: int
    hint: str
    params: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not CHECK_ID.fullmatch(self.id):
            raise ValueError(f"id {self.id!r} must be lower-case words with hyphens")
        if self.points < 1:
            raise ValueError(f"points is {self.points}, a check is worth at least 1")
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind '{self.kind}', there are: {', '.join(KINDS)}")


def load(folder: Path) -> Exercise:
    """Read the exercise in ``folder``.

    Raises:
        ExerciseError: The folder's name is not a slug, or exercise.toml is missing or invalid.
    """
    path = folder / "exercise.toml"
    where = f"{folder.name}/exercise.toml"
    if not SLUG.fullmatch(folder.name):
        raise ExerciseError(
            f"{folder.name!r} is not a valid name for an exercise.",
            next_step="name the folder NN-words-with-hyphens",
        )
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ExerciseError(
            f"{where} could not be read: {error.strerror}.", next_step="write it, or restore it"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ExerciseError(f"{where}: {error}.", next_step="correct that line") from error
    header = toml_table.read(Header, table, where=where)
    if not (folder / "context").is_dir():
        raise ExerciseError(
            f"{folder.name}/context is missing.", next_step="add the folder, empty if need be"
        )
    command = _read_line(header.command, f"{where}, command")
    publish = _read_line(header.publish, f"{where}, publish") if header.publish else None
    return Exercise(
        folder=folder,
        title=header.title,
        lesson=header.lesson,
        concepts=header.concepts,
        out_of_scope=header.out_of_scope,
        timeout_s=header.timeout_s,
        submit=header.submit,
        checks=_read_checks(header.checks, where),
        command=command,
        line=header.line,
        secrets=header.secrets,
        variables=header.variables,
        lends=header.lends,
        publish=publish,
    )


def _read_line(text: str, where: str) -> CommandLine:
    try:
        return read_line(text)
    except SubmissionError as error:
        raise ExerciseError(f"{where}: {error.message}", next_step=error.next_step) from error


def _read_checks(tables: tuple[Mapping[str, object], ...], where: str) -> tuple[CheckSpec, ...]:
    specs: list[CheckSpec] = []
    for number, table in enumerate(tables, start=1):
        here = f"{where}, check {table.get('id', number)}"
        head = toml_table.read(CheckTable, table, where=here)
        if head.id in {spec.id for spec in specs}:
            raise ExerciseError(f"{here}: the id is taken.", next_step="give it another id")
        check = toml_table.read(KINDS[head.kind], head.params, where=f"{here}, params")
        specs.append(CheckSpec(head.id, head.kind, head.title, head.points, head.hint, check))
    return tuple(specs)
