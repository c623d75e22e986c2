"""The options of buildx that a submitted command may use, and those that it may not.

Every option of buildx is listed, allowed or refused with a reason; buildx itself refuses an option
that it does not know. ``checker.command.value_rules`` judges what the values may name.

A command that obeys is written anew from the values that were read, in one spelling. So buildx gets
what was judged, even where it would have read the submitted words differently.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from checker.command import value_rules
from checker.command.command_line import CommandLine
from checker.command.refusal import refused
from checker.command.value_rules import Scope
from checker.errors import SubmissionError
from sandbox import ParseError, flags

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Rule(Generic[Value]):
    """How to read the value of one option, which values are allowed, and how to write them.

    Args:
        read: Parses the value of an option or of a key of a bake file.
        judge: Returns the fault of a value as a clause; None if the value is allowed.
        write: The one spelling of a value.
    """

    read: Callable[[flags.Entry], Value]
    judge: Callable[[Value, Scope], str | None]
    write: Callable[[Value], str]

    def rewrite(self, entry: flags.Entry, scope: Scope) -> str:
        """The one spelling of an allowed value.

        Raises:
            NotAllowedError: The value is not allowed, or cannot be read or written.
        """
        try:
            value = self.read(entry)
            if (why := self.judge(value, scope)) is not None:
                raise NotAllowedError(why)
            return self.write(value)
        except ParseError as error:
            raise NotAllowedError(f"it cannot be read: {error}") from error


class NotAllowedError(Exception):
    """The fault of a value, as a clause."""


def _allow(value: object, scope: Scope) -> None:
    """Allow every value."""


def _refuse(why: str) -> Rule[str]:
    return Rule(str, lambda _, __: f"it cannot be used here, since {why}", str)


def _text(judge: Callable[[str, Scope], str | None]) -> Rule[str]:
    return Rule(str, judge, flags.write_text)


def _attest(name: str) -> Rule[flags.Attest]:
    def read(entry: flags.Entry) -> flags.Attest:
        if isinstance(entry, str):
            return flags.read_attest_option(name, entry)
        return flags.read_attest(entry)

    return Rule(read, _allow, lambda attest: flags.write_attest_option(name, attest))


ANY = _text(_allow)
PATH = _text(value_rules.judge_path)
_NAME = _text(value_rules.judge_name)
_SWITCH = Rule(lambda entry: flags.read_switch(str(entry)), _allow, flags.write_switch)
_CHECKERS_OWN = "the checker sets it"
_LIMITS = "the sandbox limits resources"
_NO_BUILD = "it asks about a build instead of making one"
DROPPED = ("--progress",)
"""Options that are removed from a command: they change the progress output, not the build."""

BUILD: Mapping[str, Rule[Any]] = {
    "--add-host": _refuse(_LIMITS),
    "--allow": _refuse(_LIMITS),
    "--annotation": ANY,
    "--attest": _attest("--attest"),
    "--build-arg": Rule(
        flags.read_build_argument, value_rules.judge_build_argument, flags.write_build_argument
    ),
    "--build-context": Rule(
        flags.read_named_context, value_rules.judge_named_context, flags.write_named_context
    ),
    "--builder": _refuse(_CHECKERS_OWN),
    "--cache-from": Rule(flags.read_cache, value_rules.judge_cache_from, flags.write_cache),
    "--cache-to": Rule(flags.read_cache, value_rules.judge_cache_to, flags.write_cache),
    "--call": _refuse(_NO_BUILD),
    "--cgroup-parent": _refuse(_LIMITS),
    "--check": _refuse(_NO_BUILD),
    "--debug": _refuse(_CHECKERS_OWN),
    "--file": PATH,
    "--help": _refuse(_NO_BUILD),
    "--iidfile": _refuse("it would write a file"),
    "--label": ANY,
    "--load": _SWITCH,
    "--metadata-file": _refuse(_CHECKERS_OWN),
    "--network": _refuse(_LIMITS),
    "--no-cache": _SWITCH,
    "--no-cache-filter": ANY,
    "--output": Rule(flags.read_output, value_rules.judge_output, flags.write_output),
    "--platform": ANY,
    "--progress": ANY,
    "--provenance": _attest("--provenance"),
    "--pull": _SWITCH,
    "--push": _SWITCH,
    "--quiet": _refuse(_CHECKERS_OWN),
    "--sbom": _attest("--sbom"),
    "--secret": Rule(flags.read_secret, value_rules.judge_secret, flags.write_secret),
    "--shm-size": _refuse(_LIMITS),
    "--ssh": Rule(flags.read_ssh, value_rules.judge_ssh, flags.write_ssh),
    "--tag": _NAME,
    "--target": ANY,
    "--ulimit": _refuse(_LIMITS),
}
IMAGETOOLS: Mapping[str, Rule[Any]] = {
    "--builder": _refuse(_CHECKERS_OWN),
    "--debug": _refuse(_CHECKERS_OWN),
    "--format": ANY,
    "--help": _refuse(_NO_BUILD),
    "--raw": _SWITCH,
}
# The changes that these options make to a target are judged in bake's output; see bake_plan.
BAKE: Mapping[str, Rule[Any]] = {
    "--allow": _refuse(_LIMITS),
    "--builder": _refuse(_CHECKERS_OWN),
    "--call": _refuse(_NO_BUILD),
    "--check": _refuse(_NO_BUILD),
    "--debug": _refuse(_CHECKERS_OWN),
    "--file": _text(value_rules.judge_bake_file),
    "--help": _refuse(_NO_BUILD),
    "--list": _refuse(_NO_BUILD),
    "--load": _SWITCH,
    "--metadata-file": _refuse(_CHECKERS_OWN),
    "--no-cache": _SWITCH,
    "--print": _refuse(_NO_BUILD),
    "--progress": ANY,
    "--provenance": _attest("--provenance"),
    "--pull": _SWITCH,
    "--push": _SWITCH,
    "--sbom": _attest("--sbom"),
    "--set": ANY,
}
RULES: Mapping[str, Mapping[str, Rule[Any]]] = {
    "build": BUILD,
    "bake": BAKE,
    "imagetools": IMAGETOOLS,
}
"""For each kind of command, its options by their long names."""

_TARGET = re.compile(r"[\w*.][\w*.-]*", re.ASCII)


def options(line: CommandLine) -> tuple[flags.Option, ...]:
    """The options of a command; words that are not options come with an empty name."""
    return flags.read_options(line.arguments, line.kind)


def without(line: CommandLine, names: Collection[str]) -> tuple[str, ...]:
    """The arguments of a command without the named options."""
    return tuple(w for o in options(line) if o.name not in names for w in o.words)


def find_unknown(line: CommandLine) -> flags.Option | None:
    """The first option that this kind of command does not have."""
    rules = RULES[line.kind]
    return next((o for o in options(line) if o.name and o.name not in rules), None)


def rewrite(line: CommandLine, scope: Scope) -> CommandLine:
    """The command in one spelling: what each option and argument was read as, without ``DROPPED``.

    Args:
        line: The command, with its variables replaced and without unknown options.
        scope: The names that the command may use.

    Raises:
        SubmissionError: An option or its value is not allowed, or has no such spelling. The line is
            marked.
    """
    rules, places, words = RULES[line.kind], [], []
    for option in options(line):
        if not option.name:
            places.append(option)
            continue
        value = _rewritten(line, option, rules[option.name], scope)
        if option.name not in DROPPED:
            is_on = rules[option.name] is _SWITCH and value == "true"
            words.append(option.name if is_on else f"{option.name}={value}")
    if line.kind == "build":
        _require_one_context(line, places)
    words += [_rewritten(line, place, _PLACES[line.kind], scope) for place in places]
    return replace(line, arguments=tuple(words))


def _rewritten(line: CommandLine, option: flags.Option, rule: Rule[Any], scope: Scope) -> str:
    try:
        return rule.rewrite(option.value, scope)
    except NotAllowedError as error:
        raise _not_here(line, option, str(error), scope) from error


def next_step(why: str) -> str:
    """The next step for a learner whose option was refused.

    Args:
        why: The reason of the refusal, as a ``Rule`` returns it.
    """
    if "dollar sign" in why:
        return "write the name of the variable, without the dollar sign"
    if "$REGISTRY/" in why:
        return "write $REGISTRY/ and the name from the task"
    return "leave it out" if "cannot be used here" in why else "correct it"


def _require_one_context(line: CommandLine, places: Sequence[flags.Option]) -> None:
    if not places:
        what = "The build context is missing."
        raise refused(
            line.text, line.text, what, "end the command with a dot: the exercise's folder"
        )
    if len(places) > 1:
        taken = " and ".join(repr(place.value) for place in places)
        raise refused(
            line.text,
            places[0].value,
            f"buildx reads {taken} as {len(places)} build contexts; a build has only one.",
            "write one dot at the end; an option begins with two hyphens",
        )


def _judge_target(value: str, _: Scope) -> str | None:
    # buildx would download a bake file from an address.
    return None if _TARGET.fullmatch(value) else "it is not the name of a target or a group"


_PLACES: Mapping[str, Rule[Any]] = {
    "build": PATH,
    "bake": _text(_judge_target),
    # imagetools connects from this machine, outside the sandbox's network.
    "imagetools": _NAME,
}
"""For each kind of command, the rule of its arguments."""


def _not_here(line: CommandLine, option: flags.Option, why: str, scope: Scope) -> SubmissionError:
    shown = option.name or option.value
    what = f"{shown}: {why}.".replace(scope.registry, "$REGISTRY")
    return refused(line.text, option.word, what, next_step(why))
