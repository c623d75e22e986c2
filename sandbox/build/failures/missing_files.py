"""Explains why a COPY, an ADD or a mount found no file: in the context, a stage or an image."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from sandbox.build.failures.copied_path import CopiedPath, read_copied_path
from sandbox.build.failures.evidence import Advice, Evidence
from sandbox.build.failures.suggestion import did_you_mean, listed, nearest
from sandbox.errors import ParseError
from sandbox.model.stage_graph import Stage
from sandbox.parse.flags import read_mount
from sandbox.wording import printable

_MOST_SEARCHED = 2_000
"""How many files and folders of a context to look at for a file of the same name."""
_DASHLESS = re.compile(r"-?((?:from|chown|chmod|link|parents|exclude|checksum|keep-git-dir)=\S*)")
_MOUNT = re.compile(r"--mount=(\S+)")


def explain_missing_file(evidence: Evidence) -> Advice | None:
    """Advice for a file that was not found; None for other failures."""
    copied = read_copied_path(evidence)
    if copied is None:
        return None
    if (dashless := _DASHLESS.fullmatch(copied.name)) is not None:
        return Advice(
            f"write `--{dashless[1]}`",
            f"`{copied.name}` was read as the name of a file: options begin with two dashes.",
        )
    return _empty_variable(evidence, copied) or _not_in_origin(evidence, copied)


def _not_in_origin(evidence: Evidence, copied: CopiedPath) -> Advice:
    if copied.origin is None:
        return _not_in_context(evidence, copied, "the build context", _context(evidence))
    stage = _stage(evidence, copied.origin)
    if stage is not None:
        return _not_in_stage(evidence, copied, stage)
    if (place := evidence.named_contexts.get(copied.origin)) is not None:
        folder = evidence.cwd / place if evidence.cwd is not None else None
        return _not_in_context(evidence, copied, f"the build context {copied.origin}", folder)
    return Advice(
        f"correct the path; `docker run --rm {copied.origin} ls "
        f"{posixpath.dirname(copied.path)}` lists what is there",
        f"The image {copied.origin} has no {copied.path}.",
    )


def _empty_variable(evidence: Evidence, copied: CopiedPath) -> Advice | None:
    names, is_declared = copied.empty_variables(evidence.variables())
    if not names or evidence.stage is None:
        return None
    shown = " and ".join(names)
    lines = " and ".join(f"`ARG {name}`" for name in names)
    looked = (
        f"so {'they are' if len(names) > 1 else 'it is'} empty: BuildKit looked for {copied.path}."
    )
    if is_declared:
        options = " ".join(f"--build-arg {name}=VALUE" for name in names)
        return Advice(
            f"give a default in the Dockerfile, or pass {options}",
            f"Nothing gives {shown} a value, {looked}",
        )
    return Advice(
        f"write {lines} into this stage, below its FROM; an ARG above the first FROM, and "
        "BuildKit's own such as TARGETARCH, have a value only in stages that declare them",
        f"The stage does not declare {shown}, {looked}",
    )


# -- a stage ---------------------------------------------------------------------------


def _stage(evidence: Evidence, name: str) -> Stage | None:
    if evidence.stages is None:
        return None
    try:
        return evidence.stages.stage(name)
    except KeyError:
        return None


def _not_in_stage(evidence: Evidence, copied: CopiedPath, stage: Stage) -> Advice:
    missing = f"The stage {stage.name} has no {copied.path}"
    for mounting, target, line in _mounts(evidence, stage):
        if posixpath.commonpath([target, copied.path]) == target:
            return Advice(
                f"in that RUN, copy the file out of {target}, and COPY it from there",
                f"{missing}: {target} is a {mounting} mount of the RUN in line {line}, and what "
                "lies in a mount is not in the image.",
            )
    workdir = _workdir(evidence, stage)
    if copied.word is not None and not copied.word.startswith("/") and workdir != "/":
        return Advice(
            f"write the whole path; perhaps {posixpath.join(workdir, copied.name)}",
            f"{missing}. A source path without a slash begins at /, not in the WORKDIR of that "
            f"stage ({workdir}).",
        )
    return Advice(
        f"correct the path, or make the file in {stage.name}; a `RUN ls {copied.path} || "
        f"ls {posixpath.dirname(copied.path)}` at its end shows what is there",
        f"{missing}.",
    )


def _mounts(evidence: Evidence, stage: Stage) -> Iterator[tuple[str, str, int]]:
    """Type, target and line of each mount whose contents the stage does not keep."""
    for one in evidence.lineage(stage):
        workdir = "/"
        for instruction in one.instructions:
            words = instruction.text.split()
            if instruction.keyword == "WORKDIR" and len(words) > 1:
                workdir = posixpath.join(workdir, words[1])
            for value in _MOUNT.findall(instruction.text) if instruction.keyword == "RUN" else ():
                try:
                    fields = read_mount(value).fields
                except ParseError:
                    continue
                target = next((v for n, v in fields.pairs if n in ("target", "dst")), None)
                if target is not None:
                    path = posixpath.normpath(posixpath.join(workdir, target))
                    yield fields.get("type", "bind"), path, instruction.first_line


def _workdir(evidence: Evidence, stage: Stage) -> str:
    folder = "/"
    for one in reversed(evidence.lineage(stage)):
        for instruction in one.instructions:
            words = instruction.text.split()
            if instruction.keyword == "WORKDIR" and len(words) > 1:
                folder = posixpath.join(folder, words[1])
    return posixpath.normpath(folder)


# -- a folder of this machine ----------------------------------------------------------


def _context(evidence: Evidence) -> Path | None:
    """The folder of the build context; None when it is elsewhere or not known."""
    given = evidence.command.context if evidence.command is not None else None
    if given is None or given == "-" or evidence.cwd is None:
        return None
    folder = evidence.cwd / given
    return folder if folder.is_dir() else None


def _not_in_context(
    evidence: Evidence, copied: CopiedPath, what: str, folder: Path | None
) -> Advice:
    name = printable(copied.name) or "/"
    missing = f"{name} is not in {what}"
    if copied.word is not None and ".." in copied.word.split("/"):
        return Advice(
            "move the file into the build context, or give a folder above both as the context",
            f"{missing}. `..` does not lead out of a build context: BuildKit looked for "
            f"{copied.path} in it.",
        )
    if evidence.command is not None and evidence.command.context == "-":
        return Advice(
            "give a folder as the context: `docker build --file - . < Dockerfile`",
            f"{missing}: the Dockerfile came from stdin, and no folder with it.",
        )
    if folder is None:
        return Advice(
            "copy a path that the context has, and that .dockerignore does not leave out",
            f"{missing}.",
        )
    if (folder / copied.name).exists():
        return _left_out(evidence, name, what, folder)
    there, said = _look(folder, copied.name)
    # Compared without suffixes, which make any two files of one kind alike.
    near = nearest(posixpath.splitext(posixpath.basename(copied.name))[0], (p.stem for p in there))
    suggested = next((p for p in there if p.stem == near), None) or _elsewhere(folder, copied.name)
    meant = printable(suggested.relative_to(folder).as_posix()) if suggested is not None else None
    return Advice(
        "write a path that is there, or put the file into the folder that is the context",
        f"{missing}; {said}.{did_you_mean(meant)}",
    )


def _left_out(evidence: Evidence, name: str, what: str, folder: Path) -> Advice:
    """The file is there, but was not sent."""
    ignores = [folder / ".dockerignore"]
    if evidence.command is not None and evidence.cwd is not None:
        dockerfile = evidence.command.dockerfile(evidence.cwd)
        if dockerfile is not None:
            ignores.insert(0, dockerfile.with_name(f"{dockerfile.name}.dockerignore"))
    ignore = next((path.name for path in ignores if path.is_file()), None)
    if ignore is None:
        return Advice(
            "build again; a link must lead to a file inside of the context",
            f"{name} is in the folder now, but was not in {what} when the build began.",
        )
    return Advice(
        f"take the pattern that matches it out of {ignore}, or add the line `!{name}` at its end",
        f"{name} is in the folder, but {ignore} leaves it out of {what}.",
    )


def _look(folder: Path, name: str) -> tuple[list[Path], str]:
    """What is in the folder of a missing file, as paths and in words."""
    place = folder / posixpath.dirname(name)
    # A link must not show what lies outside of the context.
    if not place.is_dir() or not place.resolve().is_relative_to(folder.resolve()):
        place = folder
    entries = sorted(islice(place.iterdir(), _MOST_SEARCHED))
    shown = [path for path in entries if path.name not in ("Dockerfile", ".dockerignore")]
    where = "there" if place == folder else f"in {printable(place.relative_to(folder).as_posix())}"
    names = [printable(path.name) + ("/" if path.is_dir() else "") for path in shown]
    return shown, f"{where}: {listed(names)}" if names else f"{where}: nothing to copy"


def _elsewhere(folder: Path, name: str) -> Path | None:
    """A file of the same name in another folder of the context."""
    wanted = posixpath.basename(name)
    for path in islice(folder.rglob("*"), _MOST_SEARCHED):
        if path.name == wanted:
            return path
    return None
