"""Every option that the real buildx has is on a list: let through with a rule, or refused."""

from __future__ import annotations

import re

import pytest

from checker.command.rules import RULES
from sandbox import Sandbox, flags

# Two spaces at least stand between an option, with the type of its value, and what it does.
OPTION = re.compile(r"^ +(?:(-\w), +)?(--[a-z-]+)(?: (\w+))?  ", re.MULTILINE)
REPEATING = ("stringArray", "strings", "ulimit")
"""Types of values whose options can be given more than once."""


@pytest.mark.parametrize("words", flags.BEGINNINGS, ids=" ".join)
def test_no_option_of_buildx_slips_through_unlisted(
    sandbox: Sandbox, words: tuple[str, ...]
) -> None:
    help_text = sandbox.docker(*words[1:], "--help").stdout
    found = OPTION.findall(help_text)
    rules = RULES[flags.BEGINNINGS[words]]
    table = {
        name: flag
        for name, flag in flags.FLAGS[flags.BEGINNINGS[words]].items()
        if not flag.is_hidden
    }

    assert len(found) >= 4
    assert len(found) == len(re.findall(r"^ {2,6}-", help_text, re.MULTILINE))
    assert set(table) == set(rules)
    assert {name for _, name, _ in found} <= set(rules)
    assert set(rules) - {name for _, name, _ in found} <= {"--help"}
    # Read with a wrong number of words, one option would hide the next.
    assert {name for _, name, kind in found if not kind} == {
        name for name, flag in table.items() if not flag.takes_value and name != "--help"
    }
    assert {name for _, name, kind in found if kind in REPEATING} == {
        name for name, flag in table.items() if flag.repeats
    }
    shorts = {short: name for short, name, _ in found if short}
    assert {flag.short: name for name, flag in table.items() if flag.short} == shorts


@pytest.mark.parametrize("words", [(), ("buildx",)])
def test_every_option_in_front_of_a_command_is_known(
    sandbox: Sandbox, words: tuple[str, ...]
) -> None:
    found = OPTION.findall(sandbox.docker(*words, "--help").stdout)
    table = flags.GLOBAL_FLAGS[words[-1] if words else "docker"]

    assert len(found) >= 2
    assert all(
        (table[name].short, table[name].takes_value) == (short, bool(kind))
        for short, name, kind in found
    )
