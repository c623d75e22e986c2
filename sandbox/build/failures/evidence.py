"""What is known of a failed build: BuildKit's message, the marked line, the command, its files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from sandbox.model.build import Build
from sandbox.model.explanation import SourceLine
from sandbox.model.stage_graph import Instruction, Stage, StageGraph
from sandbox.model.vertex import State, Vertex
from sandbox.parse.docker_command import BuildCommand, read_command

_LINE = re.compile(r"^ *(\d+) \| (>>>|   ) (.*)$", re.MULTILINE)
_MOST_SAID, _MOST_PRINTED = 4_000, 16_000
"""How many characters of messages and output are searched: more could take minutes."""
_FILE = re.compile(r"^(\S[^\n]*):\d+\n-+$", re.MULTILINE)
_PREFIXES = ("ERROR: ", "failed to build: ", "failed to solve: ")
_VARIABLE = re.compile(r"(?:^|\s)([A-Za-z_]\w*)(=?)")


@dataclass(frozen=True, slots=True)
class Advice:
    """The part of an explanation that depends on the kind of failure; see ``Explanation``."""

    next_step: str
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a failed build.

    Args:
        said: The last error of BuildKit or docker, without the words that all errors begin with.
        printed: The output of the instructions that failed.
        file: The name of the file that the marked line is in.
        line: The first line of it that failed, from 1; None when no line did.
        marked: The text of the lines that failed, on one line; empty when no line did.
        source: The lines that failed, and the lines around them if BuildKit printed those.
        stages: The Dockerfile's stages; None when they are not known.
        command: The command line; None for a bake.
        cwd: The folder that paths in the command are relative to; None when the files may have
            changed since the build, or are not known.
    """

    said: str
    printed: str
    file: str
    line: int | None
    marked: str
    source: tuple[SourceLine, ...]
    stages: StageGraph | None
    command: BuildCommand | None
    cwd: Path | None

    @property
    def kind(self) -> str:
        """``build`` or ``bake``."""
        return "build" if self.command is not None else "bake"

    @property
    def instruction(self) -> Instruction | None:
        """The marked instruction; None when no line is marked, or the stages are not known."""
        stage = self.stage
        here = (i for i in stage.instructions if i.last_line >= (self.line or 0)) if stage else ()
        return next(iter(here), None)

    @property
    def stage(self) -> Stage | None:
        """The stage of the marked line."""
        if self.stages is None or self.line is None:
            return None
        begun = [s for s in self.stages.stages if s.instructions[0].first_line <= self.line]
        return begun[-1] if begun else None

    @property
    def names_platform(self) -> bool:
        """Whether the command or the Dockerfile names a platform."""
        stages = self.stages.stages if self.stages is not None else ()
        return bool(self.values("--platform")) or any(stage.platform for stage in stages)

    @property
    def named_contexts(self) -> dict[str, str]:
        """Name → place, as the command's ``--build-context`` options have them."""
        contexts = self.command.contexts if self.command is not None else ()
        return {context.name: context.place for context in contexts}

    def values(self, option: str) -> list[str]:
        """The values of an option of the command, in order."""
        options = self.command.options if self.command is not None else ()
        return [given.value for given in options if given.name == option]

    def lineage(self, stage: Stage) -> list[Stage]:
        """The stage, and the stages that it is FROM, its own first."""
        found = [stage]
        earlier = self.stages.stages[: stage.index] if self.stages is not None else ()
        for other in reversed(earlier):
            if other.name == found[-1].base.lower():
                found.append(other)
        return found

    def variables(self) -> dict[str, bool]:
        """Name → whether it has a value in the Dockerfile, for variables that the stage declares.

        Those of the marked stage and of the stages that it is FROM, above the marked line.
        """
        declared: dict[str, bool] = {}
        for stage in self.lineage(self.stage) if self.stage is not None else ():
            for one in stage.instructions:
                if one.keyword in ("ARG", "ENV") and one.first_line < (self.line or 0):
                    for name, assigned in _VARIABLE.findall(one.text[len(one.keyword) :]):
                        has_value = bool(assigned) or one.keyword == "ENV"
                        declared[name] = has_value or declared.get(name, False)
        return declared


def read_evidence(build: Build, cwd: Path | None) -> Evidence:
    """Gather what is known of a failed build; ``cwd`` as in ``Evidence``."""
    failed = [v for v in build.trace.vertexes if v.state is State.FAILED]
    said = last_error(build)
    source = _printed_source(build.message) or _unmarked(build.graph, failed, said)
    marked = [line for line in source if line.is_marked]
    return Evidence(
        said=said,
        printed="\n".join(vertex.log for vertex in failed)[-_MOST_PRINTED:],
        file=file[1] if (file := _FILE.search(build.message)) is not None else "Dockerfile",
        line=marked[0].number if marked else None,
        marked=_on_one_line("\n".join(line.text for line in marked)),
        source=source,
        stages=build.graph,
        command=read_command(build.command),
        cwd=cwd,
    )


def _printed_source(message: str) -> tuple[SourceLine, ...]:
    """The lines that BuildKit prints and marks; empty when it marks none."""
    lines = tuple(
        SourceLine(int(number), text, mark == ">>>")
        for number, mark, text in _LINE.findall(message)
    )
    return lines if any(line.is_marked for line in lines) else ()


def _unmarked(stages: StageGraph | None, failed: list[Vertex], said: str) -> tuple[SourceLine, ...]:
    """The instruction of the vertex that failed, or one that names the image that is missing."""
    instructions = [one for stage in stages.stages for one in stage.instructions] if stages else []
    texts = {vertex.instruction for vertex in failed}
    mount = re.compile(rf"\bfrom={re.escape(said.partition(': ')[0])}(?![\w.-])")
    for one in instructions:
        if _on_one_line(one.text) in texts or mount.search(one.text):
            return tuple(
                SourceLine(number, text, True)
                for number, text in enumerate(one.text.splitlines(), start=one.first_line)
            )
    return ()


def _on_one_line(text: str) -> str:
    return " ".join(re.sub(r"\\\s*$", "", text, flags=re.MULTILINE).split())


def last_error(build: Build) -> str:
    """The last error that was printed, without the words that all errors begin with."""
    said = build.message[build.message.rfind("\nERROR: ") + 1 :]
    if not said.startswith("ERROR: "):
        # docker explains in its first line why it refuses a command line.
        printed = [line for line in build.trace.plain if line.strip()]
        said = printed[0] if printed else said or f"exit code {build.exit_code}"
    for prefix in _PREFIXES:
        said = said.removeprefix(prefix)
    return said.strip()[:_MOST_SAID]
