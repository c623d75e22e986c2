"""Turns a submitted line into the command to run, after a check of its options and values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from checker.command import bake_plan
from checker.command.command_line import CommandLine
from checker.command.refusal import refused
from checker.command.rules import RULES, find_unknown, rewrite
from checker.command.value_rules import Scope
from checker.sandbox_port import DockerCommand
from sandbox import print_bake

_TIMEOUT_S = 15.0
"""buildx answers in less than a second; a function of a bake file can keep it busy for hours."""


def refuse_early(line: CommandLine, *, env: Mapping[str, str], scope: Scope) -> None:
    """Refuse a command that ``validate`` would refuse, as far as that needs no docker.

    Args:
        line: The submitted line.
        env: The variables of the build; their values do not matter.
        scope: The names that the line may use, with the same values.

    Raises:
        SubmissionError: As for ``validate``.
    """
    filled = line.expanded(env)
    if find_unknown(filled) is None:
        rewrite(filled, scope)


def validate(
    line: CommandLine,
    *,
    folder: Path,
    env: Mapping[str, str],
    hidden: Mapping[str, str | None],
    scope: Scope,
    docker: DockerCommand,
) -> CommandLine:
    """The command to run: with its variables replaced and only allowed options, in one spelling.

    Args:
        line: The submitted line.
        folder: The build context, with the learner's files in it.
        env: The variables of the build.
        hidden: The grader's variables, which the build does not get.
        scope: The names that the line may use.
        docker: Reports unknown options, and evaluates bake files.

    Raises:
        SubmissionError: The line names a variable that does not exist, or an option or a value
            that is not allowed.
    """
    filled = line.expanded(env)
    if (unknown := find_unknown(filled)) is not None:
        # A build without a context can only report an error. A bake finds its files by itself,
        # so `--print` keeps it from building.
        harmless = ("--print",) if line.kind == "bake" else ()
        argv = (*line.words[1:], *harmless, unknown.word)
        said = docker(*argv, check=False, timeout_s=_TIMEOUT_S)
        complaint = said.stderr.strip().splitlines() or ["no reason given"]
        near = get_close_matches(unknown.name, RULES[line.kind], n=1)
        raise refused(
            line.text,
            unknown.word,
            f"buildx says: {complaint[0]}",
            f"write {near[0]}" if near else f"see `docker buildx {line.kind} --help`",
        )
    command = rewrite(filled, scope)
    if command.kind != "bake":
        return command
    seen = {**hidden, **env}
    asked = print_bake(docker, command.argv, cwd=folder, env=seen, timeout_s=_TIMEOUT_S)
    if asked.exit_code is None:
        raise bake_plan.endless(_TIMEOUT_S)
    if asked.exit_code != 0 or not asked.stdout.strip():
        raise bake_plan.unreadable(asked.stderr)
    file = folder / bake_plan.FILE
    text = file.read_text(encoding="utf-8") if file.is_file() else line.text
    plan = folder.with_name("plan.json")
    plan.write_text(bake_plan.read_plan(asked.stdout, text, scope), encoding="utf-8")
    return replace(command, arguments=(f"--file={plan}",))
