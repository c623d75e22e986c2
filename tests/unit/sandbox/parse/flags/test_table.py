"""The table of commands and options; that it is buildx's own the engine's tests prove."""

from __future__ import annotations

import pytest

from sandbox.parse.flags import BEGINNINGS, FLAGS, KINDS, beginning_of, beginnings_of


@pytest.mark.parametrize("kind", KINDS)
def test_names_are_of_one_form_and_short_ones_are_used_once(kind: str) -> None:
    flags = FLAGS[kind]
    shorts = [flag.short for flag in flags.values() if flag.short]

    assert all(name == flag.name and name.startswith("--") for name, flag in flags.items())
    assert len(set(shorts)) == len(shorts)
    assert all(flag.takes_value for flag in flags.values() if flag.repeats)
    assert not any(flag.has_section for flag in flags.values() if flag.is_hidden)


def test_a_short_name_means_the_same_in_every_command() -> None:
    found = {(flag.short, name) for flags in FLAGS.values() for name, flag in flags.items()}
    shorts = [short for short, _ in found if short]

    assert len(set(shorts)) == len(shorts)


@pytest.mark.parametrize("words", BEGINNINGS, ids=" ".join)
def test_a_command_is_known_by_its_beginning(words: tuple[str, ...]) -> None:
    assert beginning_of([*words, "--push", "."]) == words
    assert beginning_of(words) == words
    assert words in beginnings_of(BEGINNINGS[words])
    assert beginning_of(words[:-1]) is None


@pytest.mark.parametrize("line", ["", "docker images", "sudo docker build", "docker buildx ls"])
def test_other_commands(line: str) -> None:
    assert beginning_of(line.split()) is None


def test_the_full_beginning_comes_first() -> None:
    assert beginnings_of("build")[0] == ("docker", "buildx", "build")
    assert beginnings_of("bake")[0] == ("docker", "buildx", "bake")
