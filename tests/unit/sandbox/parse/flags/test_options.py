"""The words of a command are split into options as buildx splits them."""

from __future__ import annotations

import pytest

from sandbox.parse.flags import Option, read_options


def pairs(*words: str, kind: str = "build") -> list[tuple[str, str]]:
    return [(option.name, option.value) for option in read_options(words, kind)]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ([], []),
        (["."], [("", ".")]),
        (["-"], [("", "-")]),
        (["--tag", "a", "."], [("--tag", "a"), ("", ".")]),
        (["--tag=a", "."], [("--tag", "a"), ("", ".")]),
        (["--tag=", "."], [("--tag", ""), ("", ".")]),
        (["--tag", "--push"], [("--tag", "--push")]),
        (["--tag"], [("--tag", "")]),
        (["--build-arg=A=b=c"], [("--build-arg", "A=b=c")]),
        (["-t", "a", "-tb", "-t=c"], [("--tag", "a"), ("--tag", "b"), ("--tag", "c")]),
        (["-t="], [("--tag", "=")]),
        (["--push", "."], [("--push", "true"), ("", ".")]),
        (["--push=false", "."], [("--push", "false"), ("", ".")]),
        (["-q", "."], [("--quiet", "true"), ("", ".")]),
        (["-q=false", "."], [("--quiet", "false"), ("", ".")]),
        (["-Dqt", "a"], [("--debug", "true"), ("--quiet", "true"), ("--tag", "a")]),
        (["-qta"], [("--quiet", "true"), ("--tag", "a")]),
        (["--rm", "."], [("--rm", "true"), ("", ".")]),
        (["--", "--push", "-t"], [("", "--push"), ("", "-t")]),
        (["--unknown", "a"], [("--unknown", "a")]),
        (["-x", "a"], [("-x", "a")]),
        (["-xt", "a"], [("-x", "t"), ("", "a")]),
    ],
)
def test_options(words: list[str], found: list[tuple[str, str]]) -> None:
    assert pairs(*words) == found


@pytest.mark.parametrize(
    ("kind", "words", "found"),
    [
        ("bake", ["--set", "a.tags=b", "app"], [("--set", "a.tags=b"), ("", "app")]),
        ("bake", ["--print", "app"], [("--print", "true"), ("", "app")]),
        ("imagetools", ["--raw", "a"], [("--raw", "true"), ("", "a")]),
        # Of another command: what it is there, so that a message can name it.
        ("imagetools", ["-t", "a"], [("--tag", "a")]),
    ],
)
def test_each_command_has_options_of_its_own(
    kind: str, words: list[str], found: list[tuple[str, str]]
) -> None:
    assert pairs(*words, kind=kind) == found


def test_where_an_option_stands() -> None:
    words = ("--push", "-qt", "name", "--file=x", ".")

    assert read_options(words, "build") == (
        Option("--push", "true", "--push", ("--push",), 0),
        Option("--quiet", "true", "-qt", ("-qt",), 1),
        Option("--tag", "name", "-qt", ("name",), 1),
        Option("--file", "x", "--file=x", ("--file=x",), 3),
        Option("", ".", ".", (".",), 4),
    )


def test_the_words_of_all_options_are_the_command() -> None:
    words = ("-qt", "a", "--tag", "b", "-tc", "--push", "-", ".", "--label", "d=e")

    assert tuple(w for option in read_options(words, "build") for w in option.words) == words
