"""Commands are read as a shell reads them, as far as that goes, and no further."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.errors import UsageError
from sandbox.notebook.typed import read_typed

NAMES = {"tag": "site:2", "n": 3, "path": "with blank"}
ENVIRONMENT = {"REGISTRY": "localhost:5000", "GREETING": "good day"}


def argv(text: str) -> list[str]:
    typed = read_typed(text, NAMES, ENVIRONMENT)
    assert not typed.variables
    assert typed.argv[0] == "docker"
    return list(typed.argv[1:])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("buildx build .", ["buildx", "build", "."]),
        ("docker buildx build .", ["buildx", "build", "."]),
        ("", []),
        ("build -t 'a b' \"c d\" e\\ f", ["build", "-t", "a b", "c d", "e f"]),
        ("build \\\n  --target test \\\n  .", ["build", "--target", "test", "."]),
        ("# a note\ndocker build .\n  # another\n", ["build", "."]),
        ("build repo.git#main:sub", ["build", "repo.git#main:sub"]),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert argv(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("build -t {tag} .", ["build", "-t", "site:2", "."]),
        ("build -t {tag.upper()}-{n + 1}", ["build", "-t", "SITE:2-4"]),
        ("build {path}", ["build", "with", "blank"]),
        ('build "{path}"', ["build", "with blank"]),
        ("images --format '{{.ID}} {{json .}}'", ["images", "--format", "{{.ID}} {{json .}}"]),
        ("run x awk '{print $1}'", ["run", "x", "awk", "{print $1}"]),
    ],
)
def test_python_values(text: str, words: list[str]) -> None:
    assert argv(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("push $REGISTRY/site", ["push", "localhost:5000/site"]),
        ('push "${REGISTRY}/{tag}"', ["push", "localhost:5000/site:2"]),
        ("run x sh -c 'echo $HOME ${HOME}'", ["run", "x", "sh", "-c", "echo $HOME ${HOME}"]),
        ('run x "it\'s $GREETING"', ["run", "x", "it's good day"]),
        ("run x \\$REGISTRY", ["run", "x", "$REGISTRY"]),
        # No second splitting, and so nothing that a value could smuggle in.
        ("run x $GREETING", ["run", "x", "good day"]),
    ],
)
def test_environment(text: str, words: list[str]) -> None:
    assert argv(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "run x sh -c 'a | b > c; d & e `f` $(g) *.txt # h'",
            "a | b > c; d & e `f` $(g) *.txt # h",
        ),
        ('run x sh -c "a | b 2>&1; (d) && *.txt [e] # h ~"', "a | b 2>&1; (d) && *.txt [e] # h ~"),
        ("run x sh -c \\|\\>\\*\\`\\ \\#", "|>*` #"),
        ('run x sh -c "\\$A \\`b\\` \\"c\\" \\d"', '$A `b` "c" \\d'),
        ("run x sh -c a'|'b\"&\"c", "a|b&c"),
        ("run x sh -c ''", ""),
        ("run x sh -c 5$", "5$"),
        ("run x sh -c a~b#c]}{!=%,:@^+", "a~b#c]}{!=%,:@^+"),
    ],
)
def test_quoted_it_means_itself(text: str, words: str) -> None:
    assert argv(text) == ["run", "x", "sh", "-c", words]


def test_home() -> None:
    assert argv("build ~/site")[1] == str(Path.home() / "site")
    assert argv("build ~")[1] == str(Path.home())
    assert argv("build '~/site'") == ["build", "~/site"]


def test_variables_in_front() -> None:
    typed = read_typed("DOCKER_BUILDKIT=0 A='b c' docker build --build-arg X=1 .", {}, {})
    assert typed.variables == {"DOCKER_BUILDKIT": "0", "A": "b c"}
    assert typed.argv == ("docker", "build", "--build-arg", "X=1", ".")


@pytest.mark.parametrize(
    ("text", "message", "next_step"),
    [
        ("build 'a", "split into words", "close every quote"),
        ("build -t {missing} .", "{missing} has no value here", "run the cell that makes it"),
        ("build $NOWHERE", r"\$NOWHERE is not set", "%env NOWHERE="),
        ("build --ssh default=$SSH_AUTH_SOCK .", r"\$SSH_AUTH_SOCK is not set", "agent.start()"),
        ('build "a', "a quote is not closed", "close every quote"),
        ("build a\\", r"a \\ ends it", "end a line with a backslash only to continue it"),
        ("images | head", r"^\| is shell syntax", "begin the line with `!`"),
        ("images|cat", r"^\| is shell syntax", "`!`"),
        ("images >out", r"^> is shell syntax", "`!`"),
        ("images 2>/dev/null", r"^2> is shell syntax", "`!`"),
        ("images >>out", r"^>> is shell syntax", "`!`"),
        ("load <image.tar", r"^< is shell syntax", "`!`"),
        ("build .&&ls", r"^&& is shell syntax", "`!`"),
        ("build .; ls", r"^; is shell syntax", "`!`"),
        ("build . &", r"^& is shell syntax", "`!`"),
        ("(build .)", r"^\( is shell syntax", "`!`"),
        ("rm `docker ps -q`", r"^` is shell syntax", "`!`"),
        ('rm "`docker ps -q`"', r"^` is shell syntax", "single quotes"),
        ('run x echo "$(id)"', r"^\$\( is shell syntax", "single quotes"),
        ("run x echo ${A:-b}", r"^\$\{ is shell syntax", "single quotes"),
        ("run x echo $?", r"^\$\? is shell syntax", "single quotes"),
        ('run x awk "{print $1}"', r"^\$1 is shell syntax", "single quotes"),
        ("run x echo $'a\\n'", r"^\$' is shell syntax", "single quotes"),
        ("run x ls *.txt", r"^\* is shell syntax", "single quotes"),
        ("run x ls pages?", r"^\? is shell syntax", "single quotes"),
        ("run x ls [ab]", r"^\[ is shell syntax", "single quotes"),
        ("build . # the second", "A comment", "a line of its own"),
        ("images 2>&1", r"2>&1 is shell syntax", "`!`"),
        ("build . && docker images", "&& is shell syntax", "`!`"),
        ("rm $(docker ps -q)", "is shell syntax", "`!`"),
        ("docker build .\ndocker images", "more than one command", "one cell, one command"),
    ],
)
def test_refused(text: str, message: str, next_step: str) -> None:
    with pytest.raises(UsageError, match=message) as refused:
        argv(text)
    assert next_step in refused.value.next_step
