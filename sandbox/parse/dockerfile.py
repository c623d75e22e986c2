"""Reads a Dockerfile's text into a ``StageGraph``, before anything runs.

e2b-dockerfile-utils, a port of BuildKit's parser, handles the grammar (flags, continuations,
heredocs, escapes, shell words). This module does the next step of BuildKit's front end: it finds
the stage or image that each FROM, COPY --from and RUN --mount refers to.

Source: https://docs.docker.com/reference/dockerfile/ and, where that is silent,
https://github.com/moby/buildkit/blob/master/frontend/dockerfile/dockerfile2llb/convert.go
"""

from __future__ import annotations

import fnmatch
import glob
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from e2b_dockerfile_utils import (
    DockerfileInstruction,
    DockerfileSyntaxError,
    ShellLex,
    parse_dockerfile_ast,
)

from sandbox.errors import ParseError
from sandbox.model.stage_graph import Edge, EdgeKind, Instruction, Stage, StageGraph
from sandbox.parse.flags import NamedContext, image_key, read_mount

_SIZE_LIMIT_BYTES = 1024 * 1024
_LINE_LIMIT_BYTES = 65_535  # BuildKit's own
_STAGE_NAME = re.compile(r"[a-z][a-z0-9-_.]*")
_INDEX = re.compile(r"[+-]?[0-9]+")
_DIRECTIVE = re.compile(r"#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*")
_DIRECTIVES = frozenset({"syntax", "escape", "check"})
# Arguments that every build sets, to values that only the build knows.
_UNKNOWN_ARGS = (
    "TARGETSTAGE",
    *(
        side + part
        for side in ("BUILD", "TARGET")
        for part in ("PLATFORM", "OSVERSION", "OS", "ARCH", "VARIANT")
    ),
)
_UNKNOWN = re.compile(r"\$(?:" + "|".join(_UNKNOWN_ARGS) + ")")
# Limits on the cost of reading a file. Builds run under the sandbox's limits, but this code does
# not: a few lines of ARG A=$A$A, or a pattern with many stars, would use up time and memory.
_MOST_STAGES = 1_000
_MOST_EXPANDED = 256 * 1024  # characters, in all values together
_MOST_COMPARED = 10**8  # characters, for all patterns together
_PATTERN = re.compile(r"\$\{[^#%/}:+?-]+[#%/]")


def read_dockerfile(
    text: str | bytes,
    build_args: Mapping[str, str] | None = None,
    contexts: Iterable[NamedContext] = (),
) -> StageGraph:
    """Parse a Dockerfile.

    Arguments in FROM are replaced as BuildKit does: by the given value, else by the default.
    Arguments that only a build knows (such as ``TARGETARCH``) stay as ``$TARGETARCH``, unless
    ``build_args`` has them. ``FROM base-$TARGETARCH`` then refers to every earlier stage whose
    name matches.

    Args:
        text: The whole file. Bytes must be UTF-8.
        build_args: The values of ``--build-arg``.
        contexts: The values of ``--build-context``, which replace images and stages.

    Raises:
        ParseError: The text is not a Dockerfile; the message names the line. Mistakes that only a
            build finds (a missing file or image, a copy from a later stage, an unknown flag) are
            not reported.
    """
    source = _decode(text)
    try:
        ast = parse_dockerfile_ast(source)
    except DockerfileSyntaxError as error:
        raise _error(str(error).partition(": ")[2], error.line) from error
    if not ast.instructions:
        raise _error("it has no instruction")
    reader = _Reader(ast.instructions, ast.escape_token, build_args or {}, contexts)
    edges = tuple(dict.fromkeys(reader.edges()))
    names = {stage.name for stage in reader.stages}
    return StageGraph(
        stages=tuple(reader.stages),
        edges=edges,
        images=tuple(dict.fromkeys(edge.source for edge in edges if edge.source not in names)),
        syntax=_read_syntax(source),
    )


@dataclass(frozen=True, slots=True)
class _Section:
    """A FROM instruction, and the instructions up to the next FROM.

    Args:
        first: FROM.
        rest: The other instructions.
        triggers: Instructions that ``rest`` gives with ONBUILD to the stages based on this one.
    """

    first: DockerfileInstruction
    rest: list[DockerfileInstruction]
    triggers: list[DockerfileInstruction]


class _Reader:
    """Resolves the references of FROM, COPY --from and RUN --mount in one Dockerfile."""

    def __init__(
        self,
        instructions: list[DockerfileInstruction],
        escape_token: str,
        build_args: Mapping[str, str],
        contexts: Iterable[NamedContext],
    ) -> None:
        self._escape_token = escape_token
        self._contexts = {context.key: context.source for context in contexts}
        self._args: dict[str, str] = {}
        self._longest = self._stars = self._expanded = self._compared = 0
        for name in _UNKNOWN_ARGS:
            self._set(name, build_args.get(name, f"${name}"))
        self._sections: list[_Section] = []
        for instruction in instructions:
            if instruction.name == "FROM":
                self._sections.append(_Section(instruction, [], []))
            elif self._sections:
                self._sections[-1].rest.append(instruction)
                if instruction.name == "ONBUILD":
                    self._sections[-1].triggers.extend(_trigger(instruction, escape_token))
            elif instruction.name == "ARG":
                self._declare(instruction, build_args)
            else:
                raise _error(
                    f"{instruction.name} stands before the first FROM", instruction.start_line
                )
        if not self._sections:
            raise _error("it has no FROM, so there is no stage to build")
        if len(self._sections) > _MOST_STAGES:
            raise _error(f"it has {len(self._sections)} stages; the limit is {_MOST_STAGES}")
        self._written = [
            _stage_name(section.first, index) for index, section in enumerate(self._sections)
        ]
        last = {name: index for index, name in enumerate(self._written)}
        self._names = [
            name if last[name] == index else f"{name} (line {section.first.start_line})"
            for index, (name, section) in enumerate(zip(self._written, self._sections, strict=True))
        ]
        # The instructions of each stage that BuildKit runs, without FROM.
        self._runs: list[list[DockerfileInstruction]] = []
        self.stages: list[Stage] = []
        for section in self._sections:
            self.stages.append(self._read_stage(section))

    def edges(self) -> Iterator[Edge]:
        for stage, runs in zip(self.stages, self._runs, strict=True):
            bases = [self._names[index] for index in self._base_stages(stage)]
            if not bases and stage.base != "scratch":
                bases = [stage.base]
            for source in bases:
                yield Edge(source, stage.name, EdgeKind.FROM)
            for instruction in runs:
                for source in self._sources(stage, instruction):
                    kind = EdgeKind.COPY if instruction.name == "COPY" else EdgeKind.MOUNT
                    yield Edge(source, stage.name, kind)

    def _declare(self, instruction: DockerfileInstruction, build_args: Mapping[str, str]) -> None:
        if not instruction.args:
            raise _error("ARG needs a name", instruction.start_line)
        for word in instruction.args:
            name, has_default, default = word.partition("=")
            if name in build_args:
                self._set(name, build_args[name])
            elif has_default:
                self._set(name, self._expand(default, self._args, instruction))

    def _set(self, name: str, value: str) -> None:
        self._args[name] = value
        self._longest = max(self._longest, len(value))
        self._stars = max(self._stars, value.count("*"))

    def _read_stage(self, section: _Section) -> Stage:
        first, index = section.first, len(self.stages)
        base = self._expand(first.args[0], self._args, first)
        if not base:
            raise _error(f"the image {first.args[0]} of FROM expands to nothing", first.start_line)
        flag = _flag(first, "--platform=")
        platform = self._expand(flag, self._args, first) if flag is not None else None
        if platform == "":
            raise _error(f"--platform={flag} expands to nothing", first.start_line)
        named = len(first.args) == 3
        stage = Stage(self._names[index], index, base, platform, named, (_described(first),))
        if named and self._written[index] in self._contexts:
            self._runs.append([])
            return replace(stage, base=self._contexts[self._written[index]])
        bases = self._base_stages(stage)
        if not bases and base.lower() in self._written[:index]:
            raise _error(
                f"FROM {base} does not mean the stage {base.lower()}, because an image has no "
                "capitals in its name",
                first.start_line,
                next_step=f"Write FROM {base.lower()}, then try again.",
            )
        triggers = [trigger for one in bases for trigger in self._triggers(one)]
        self._runs.append([*triggers, *section.rest])
        instructions = (first, *triggers, *section.rest)
        return replace(
            stage,
            base=self._names[bases[0]] if base in self._written[:index] else self._replaced(base),
            instructions=tuple(map(_described, instructions)),
        )

    def _base_stages(self, stage: Stage) -> list[int]:
        """The indexes of the stages that FROM may mean; empty if it means an image."""
        known = _UNKNOWN.split(stage.base)
        # Of several stages with one name, FROM means the last one before it.
        earlier = {name: n for n, name in enumerate(self._written[: stage.index])}
        earlier |= {name: n for n, name in enumerate(self._names[: stage.index])}
        if len(known) > 1:
            # fnmatch, unlike a regular expression with several `.*`, never backtracks for long.
            pattern = "*".join(map(glob.escape, known))
            return sorted({n for name, n in earlier.items() if fnmatch.fnmatchcase(name, pattern)})
        return [earlier[stage.base]] if stage.base in earlier else []

    def _triggers(self, index: int) -> list[DockerfileInstruction]:
        """The ONBUILD instructions of a stage; none if a named context replaces the stage."""
        is_replaced = self._written[index] in self._contexts and self.stages[index].named
        return [] if is_replaced else self._sections[index].triggers

    def _replaced(self, image: str) -> str:
        """The image, or what a named context puts in its place."""
        return image if image == "scratch" else self._contexts.get(image_key(image), image)

    def _sources(self, stage: Stage, instruction: DockerfileInstruction) -> Iterator[str]:
        if instruction.name == "COPY":
            flag = _flag(instruction, "--from=")
            if flag:
                if self._expand(flag, {}, instruction) != flag:
                    raise _error(_NO_VARIABLE.format("--from"), instruction.start_line)
                yield from self._refer(stage, flag, instruction, by_index=True)
        elif instruction.name == "RUN":
            mounts = [flag for flag in instruction.flags if flag.startswith("--mount=")]
            for mount in mounts:
                name = _mount_source(mount.removeprefix("--mount="), instruction)
                if name:
                    yield from self._refer(stage, name, instruction, by_index=False)

    def _refer(
        self, stage: Stage, text: str, instruction: DockerfileInstruction, *, by_index: bool
    ) -> Iterator[str]:
        name = text
        if by_index and _INDEX.fullmatch(text):
            index = int(text)
            if not 0 <= index < len(self._names):
                raise _error(f"there is no stage {text}", instruction.start_line)
            name, is_itself = self._names[index], index == stage.index
        else:
            # The unique name of the last stage of a name is that name.
            is_stage = text.lower() in self._names
            name = text.lower() if is_stage else self._replaced(text)
            is_itself = is_stage and name == stage.name
        if is_itself:
            raise _error(f"the stage {name} refers to itself", instruction.start_line)
        if name != "scratch" or name in self._names:
            yield name

    def _expand(self, word: str, env: Mapping[str, str], instruction: DockerfileInstruction) -> str:
        self._account_for(word, instruction)
        try:
            return ShellLex(self._escape_token, env=env, skip_unset_env=False).process_word(word)
        except ValueError as error:
            raise _error(str(error), instruction.start_line) from error

    def _account_for(self, word: str, instruction: DockerfileInstruction) -> None:
        """Raise an error if the longest possible expansion of a word would take too long."""
        references = word.count("$")
        if not references:
            return
        size = len(word) + references * self._longest
        self._expanded += size
        if patterns := len(_PATTERN.findall(word)):
            # Each star is tried at every character, and an inserted value may contain stars too.
            exponent = patterns + word.count("*") + references * self._stars
            self._compared += size ** min(exponent, 32)
        if self._expanded > _MOST_EXPANDED or self._compared > _MOST_COMPARED:
            raise _error("its arguments expand to too much text", instruction.start_line)


def _stage_name(first: DockerfileInstruction, index: int) -> str:
    """The name of the stage that a FROM begins, as BuildKit reports it."""
    named = len(first.args) == 3
    if len(first.args) not in (1, 3) or (named and first.args[1].upper() != "AS"):
        raise _error("FROM takes an image, and optionally AS and a name", first.start_line)
    name = first.args[2].lower() if named else f"stage-{index}"
    if not _STAGE_NAME.fullmatch(name):
        raise _error(
            f"{first.args[2]!r} is not a valid stage name: use letters, digits and - _ . and "
            "begin with a letter",
            first.start_line,
        )
    return name


def _trigger(instruction: DockerfileInstruction, escape_token: str) -> list[DockerfileInstruction]:
    """The instruction behind ONBUILD; none if BuildKit will refuse it."""
    text = instruction.original.strip().partition(" ")[2]
    try:
        ast = parse_dockerfile_ast(f"# escape={escape_token}\nFROM scratch\n{text}\n")
    except DockerfileSyntaxError:
        return []
    return [
        replace(
            one,
            original=f"ONBUILD {text}",
            start_line=instruction.start_line,
            end_line=instruction.end_line,
        )
        for one in ast.instructions[1:]
    ]


def _described(instruction: DockerfileInstruction) -> Instruction:
    return Instruction(
        instruction.name,
        instruction.original.strip(),
        instruction.start_line,
        instruction.end_line,
    )


_NO_VARIABLE = "{} takes no variable: name a stage with FROM $VARIABLE AS … and refer to that"


def _flag(instruction: DockerfileInstruction, prefix: str) -> str | None:
    """The value of a flag that may occur once."""
    values = [flag.removeprefix(prefix) for flag in instruction.flags if flag.startswith(prefix)]
    if len(values) > 1:
        raise _error(f"{prefix.rstrip('=')} is given twice", instruction.start_line)
    return values[0] if values else None


def _mount_source(mount: str, instruction: DockerfileInstruction) -> str | None:
    """The ``from`` of a mount."""
    try:
        read = read_mount(mount)
    except ParseError as error:
        raise _error(f"--mount cannot be read ({error})", instruction.start_line) from error
    if read.has_variable_source:
        raise _error(_NO_VARIABLE.format("from"), instruction.start_line)
    return read.source


def _read_syntax(source: str) -> str | None:
    """The value of ``# syntax=``. Directives count only at the beginning of the file."""
    lines = source.removeprefix("\ufeff").splitlines()
    if lines and lines[0].startswith("#!"):
        lines = lines[1:]
    for line in lines:
        directive = _DIRECTIVE.fullmatch(line.strip())
        if directive is None or directive[1].lower() not in _DIRECTIVES:
            return None
        if directive[1].lower() == "syntax":
            return directive[2].split()[0]
    return None


def _decode(text: str | bytes) -> str:
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if not data.strip():
        raise _error("it is empty", next_step="Write at least a FROM line into it.")
    if len(data) > _SIZE_LIMIT_BYTES:
        raise _error(
            f"it has {len(data)} bytes; the limit is {_SIZE_LIMIT_BYTES}",
            next_step="Check that --file names the right file.",
        )
    try:
        source = data.decode("utf-8")
    except UnicodeDecodeError:
        source = "\0"
    if "\0" in source:
        raise _error(
            "it is not UTF-8 text",
            next_step="Save it as UTF-8, or name the right file with --file.",
        )
    for number, line in enumerate(data.split(b"\n"), start=1):
        if len(line) > _LINE_LIMIT_BYTES:
            raise _error(f"the line has more than {_LINE_LIMIT_BYTES} bytes", number)
    return source


def _error(problem: str, line: int | None = None, next_step: str | None = None) -> ParseError:
    where = f", line {line}" if line is not None else ""
    if next_step is None:
        what = f"line {line} of the Dockerfile" if line is not None else "the Dockerfile"
        next_step = f"Correct {what}, then try again."
    return ParseError(f"The Dockerfile cannot be read{where}: {problem}.", next_step=next_step)
