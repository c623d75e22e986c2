"""From a line that was handed in to the command that is run: looked at, and nothing left open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from checker.command import bake_plan
from checker.command.command_line import CommandLine
from checker.command.refusal import refused
from checker.command.rules import DROPPED, RULES, find_unknown, obey, without
from checker.command.value_rules import Scope
from checker.sandbox_port import DockerCommand
from sandbox import print_bake

_TIMEOUT_S = 30.0


def validate(
    line: CommandLine,
    *,
    folder: Path,
    env: Mapping[str, str],
    hidden: Mapping[str, str | None],
    scope: Scope,
    docker: DockerCommand,
) -> CommandLine:
    """The line with its variables replaced, and nothing in it that is not let through.

    Args:
        line: As it was handed in.
        folder: The build context, the learner's files in it.
        env: The variables of the build.
        hidden: Those of the grader, which it does not get.
        scope: What the line may name.
        docker: Asked what an unknown option is, and what a bake file means.

    Raises:
        SubmissionError: It names a variable that there is not, or asks for what it may not.
    """
    filled = line.expanded(env)
    if (unknown := find_unknown(filled)) is not None:
        # Without a build context there is nothing that it could do but complain; a bake has
        # its files, and is kept from building them.
        harmless = ("--print",) if line.kind == "bake" else ()
        argv = (*line.words[1:], *harmless, unknown.word)
        said = docker(*argv, check=False, timeout_s=_TIMEOUT_S)
        complaint = said.stderr.strip().splitlines() or ["it did not say why"]
        near = get_close_matches(unknown.name, RULES[line.kind], n=1)
        raise refused(
            line.text,
            unknown.word,
            f"buildx says: {complaint[0]}",
            f"write {near[0]}" if near else f"see `docker buildx {line.kind} --help`",
        )
    obey(filled, scope)
    if filled.kind != "bake":
        return replace(filled, arguments=without(filled, DROPPED))
    argv = (*filled.words, *without(filled, DROPPED))
    seen = {**hidden, **env}
    asked = print_bake(docker, argv, cwd=folder, env=seen, timeout_s=_TIMEOUT_S)
    if asked.exit_code != 0 or not asked.stdout.strip():
        raise bake_plan.unreadable(asked.stderr)
    file = folder / bake_plan.FILE
    text = file.read_text(encoding="utf-8") if file.is_file() else line.text
    plan = folder.with_name("plan.json")
    plan.write_text(bake_plan.read_plan(asked.stdout, text, scope), encoding="utf-8")
    return replace(filled, arguments=(f"--file={plan}",))
