"""Checks an exercise's folder without building anything.

``checker.course.claims`` proves the rest on the engine.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

from checker.exercise import CheckSpec, Exercise
from checker.workbench.work_markers import NONCE

HINTS = 3
SECTIONS = ("Goal", "What you have", "Check")
"""The sections of a task."""
POINTS = 100
MIN_HINT_CHARACTERS = 80

_KEYWORDS = (
    "ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|FROM|HEALTHCHECK|LABEL|ONBUILD|RUN|SHELL|STOPSIGNAL"
    "|USER|VOLUME|WORKDIR"
)
# An instruction with something after its keyword, or a docker command with a subcommand.
_PASTEABLE = re.compile(rf"^(?:(?:{_KEYWORDS})\s+\S+|docker\s+\S+)")
_SPAN = re.compile(r"`([^`\n]+)`")

# The params, of all kinds of check, that name files or marked scripts of the context.
_FILES = ("edit", "fault_file", "cases")
_WORKS = ("work", "works", "keeps", "reruns")
_WORK = re.compile(r"\{work:([^}]+)\}")


def find_faults(exercise: Exercise) -> list[str]:
    """One line for each fault, in words for the exercise's author; empty if there are no faults."""
    return [
        *_missing(exercise),
        *_unproven(exercise),
        *_strays(exercise),
        *_hint_faults(exercise),
        *_readme_faults(exercise),
        *_check_faults(exercise),
    ]


def near_misses(exercise: Exercise) -> dict[str, list[tuple[str, Path]]]:
    """For each check's id, the files of its near-miss, each as the replaced name and a path."""
    return {
        spec.id: [
            (name, path)
            for name in exercise.submit
            if (path := exercise.folder / "near-misses" / _file_for(spec.id, name)).is_file()
        ]
        for spec in exercise.checks
    }


def alternatives(exercise: Exercise) -> dict[str, list[tuple[str, Path]]]:
    """The alternative solutions by name, each with the replaced names and the paths of its files.

    The names of one solution's files begin with the same word and end with the replaced file's
    name.
    """
    found: dict[str, list[tuple[str, Path]]] = {}
    for path in sorted((exercise.folder / "alternatives").glob("*")):
        for name in exercise.submit:
            if path.name.endswith(ending := _file_for("", name)):
                found.setdefault(path.name.removesuffix(ending), []).append((name, path))
    return found


def _file_for(what: str, name: str) -> str:
    """``WHAT.NAME``; a name that begins with a dot does not get a second dot."""
    return f"{what}.{name.removeprefix('.')}"


def _missing(exercise: Exercise) -> Iterator[str]:
    wanted = ["README.md", "hints.md", "solution/NOTES.md"]
    wanted += [f"{folder}{name}" for name in exercise.submit for folder in ("", "solution/")]
    for name in wanted:
        path = exercise.folder / name
        if not path.is_file():
            yield f"{name} is missing"
        elif not path.read_text(encoding="utf-8", errors="replace").strip():
            yield f"{name} is empty"
    notes = exercise.folder / "solution" / "NOTES.md"
    if notes.is_file() and "one possibility" not in notes.read_text(encoding="utf-8").lower():
        yield "solution/NOTES.md does not call the solution one possibility"


def _unproven(exercise: Exercise) -> Iterator[str]:
    for check_id, files in near_misses(exercise).items():
        if not files:
            names = " or ".join(
                f"near-misses/{_file_for(check_id, name)}" for name in exercise.submit
            )
            yield f"check {check_id} has no near-miss: write {names}"
    if not alternatives(exercise):
        yield "alternatives/ holds no second right solution"
    for spec in exercise.checks:
        if not spec.hint.strip():
            yield f"check {spec.id} has an empty hint"


def _strays(exercise: Exercise) -> Iterator[str]:
    allowed = {"exercise.toml", "README.md", "hints.md", *exercise.submit}
    allowed |= {"solution/NOTES.md", *(f"solution/{name}" for name in exercise.submit)}
    allowed |= {
        f"near-misses/{_file_for(spec.id, name)}"
        for spec in exercise.checks
        for name in exercise.submit
    }
    allowed |= {
        f"alternatives/{path.name}"
        for files in alternatives(exercise).values()
        for _, path in files
    }
    for path in sorted(exercise.folder.rglob("*")):
        name = path.relative_to(exercise.folder).as_posix()
        if path.is_symlink():
            yield f"{name} is a symbolic link"
        elif path.is_file() and name not in allowed and not name.startswith("context/"):
            yield f"{name} is a stray file: nothing reads it"
    for name in exercise.submit:
        if (exercise.context / name).exists():
            yield f"context/{name} would be overwritten by what is submitted"


def _hint_faults(exercise: Exercise) -> Iterator[str]:
    if not (exercise.folder / "hints.md").is_file():
        return
    hints = exercise.hints()
    if len(hints) != HINTS:
        yield f"hints.md has {len(hints)} sections with ##, wanted are {HINTS}"
    solution = _solution_lines(exercise)
    for number, hint in enumerate(hints, start=1):
        heading, _, body = hint.partition("\n")
        if len(body.strip()) < MIN_HINT_CHARACTERS:
            yield f"hint {number} ({heading.lstrip('# ')}) says too little"
        for line in body.splitlines():
            pieces = [line.strip().strip("`"), *_SPAN.findall(line)]
            if line.startswith(("```", "~~~", "    ", "\t")):
                yield f"hint {number} has a block of code, which can be pasted: {line.strip()}"
            elif any(_PASTEABLE.match(p.strip()) or p.strip() in solution for p in pieces):
                yield f"hint {number} has a line that can be pasted: {line.strip()}"


def _solution_lines(exercise: Exercise) -> set[str]:
    paths = [exercise.folder / "solution" / name for name in exercise.submit]
    lines = [
        line.strip()
        for path in paths
        if path.is_file()
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    return {line for line in lines if line and not line.startswith("#")}


def _readme_faults(exercise: Exercise) -> Iterator[str]:
    if not exercise.readme.is_file():
        return
    text = exercise.readme.read_text(encoding="utf-8", errors="replace")
    if not text.startswith("# "):
        yield "README.md does not begin with a heading: # and what the task is called"
    for section in SECTIONS:
        found = re.search(rf"^## {section}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
        if found is None or not found[1].strip():
            yield f"README.md has no section ## {section}, or nothing in it"
    if f"checker grade {exercise.slug}" not in text:
        yield f"README.md does not say how it is graded: checker grade {exercise.slug}"


def _check_faults(exercise: Exercise) -> Iterator[str]:
    points = sum(spec.points for spec in exercise.checks)
    if points != POINTS:
        yield f"the points of all checks add up to {points}, wanted are {POINTS}"
    titles = {"the exercise": exercise.title}
    titles |= {f"check {spec.id}": spec.title for spec in exercise.checks}
    for whose, title in titles.items():
        if not title.strip() or title.rstrip().endswith("."):
            yield f"the title of {whose} is empty or ends in a full stop: {title!r}"
    texts = {
        path.relative_to(exercise.context).as_posix(): path.read_text(errors="replace")
        for path in sorted(exercise.context.rglob("*"))
        if path.is_file()
    }
    marked = "\n".join(text for text in texts.values() if NONCE in text)
    for spec in exercise.checks:
        for name in _named(spec, _FILES):
            if name not in texts and name not in exercise.submit:
                yield f"check {spec.id} names {name}, which context/ does not hold"
        for name in (*_named(spec, _WORKS), *_WORK.findall(str(spec.check))):
            if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", marked):
                yield f"check {spec.id} names the work {name}, which no script of context/ marks"


def _named(spec: CheckSpec, params: tuple[str, ...]) -> Iterator[str]:
    """The values of the named params of a check; a param may have one value or several."""
    for field in dataclasses.fields(spec.check):  # type: ignore[arg-type]
        value = getattr(spec.check, field.name) if field.name in params else None
        yield from (value,) if isinstance(value, str) else value or ()
