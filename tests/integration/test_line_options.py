"""Every option that the real buildx has is on a list: let through with a rule, or refused."""

from __future__ import annotations

import re

import pytest

from checker.command.command_line import BEGINNINGS
from checker.command.rules import NO_VALUE, RULES, SHORT
from sandbox import Sandbox

# Two spaces at least stand between an option, with the type of its value, and what it does.
OPTION = re.compile(r"^ +(?:(-\w), +)?(--[a-z-]+)(?: (\w+))?  ", re.MULTILINE)


@pytest.mark.parametrize("words", BEGINNINGS, ids=" ".join)
def test_no_option_of_buildx_slips_through_unlisted(
    sandbox: Sandbox, words: tuple[str, ...]
) -> None:
    help_text = sandbox.docker(*words[1:], "--help").stdout
    found = OPTION.findall(help_text)
    rules = RULES[BEGINNINGS[words]]

    assert len(found) >= 4
    assert len(found) == len(re.findall(r"^ {2,6}-", help_text, re.MULTILINE))
    assert {name for _, name, _ in found} <= set(rules)
    assert set(rules) - {name for _, name, _ in found} <= {"--help"}
    # Read with a wrong number of words, one option would hide the next.
    assert {name for _, name, kind in found if not kind} == {
        name for name in set(rules) & NO_VALUE if name != "--help"
    }
    shorts = {short: name for short, name, _ in found if short}
    assert {short: name for short, name in SHORT.items() if name in rules} == shorts
