"""From what BuildKit says, in its own words, to the page to read on."""

from __future__ import annotations

import pytest

from checker.command.command_line import read_line
from checker.command.rules import rewrite
from checker.command.value_rules import Scope
from checker.errors import SubmissionError
from checker.workbench.docs_links import (
    BAKE_FILE,
    COMMANDS,
    DOCKERFILE,
    page_of_failure,
    page_of_line,
)

SOLVE = "ERROR: failed to build: failed to solve:"


def marked(line: str, error: str) -> str:
    """As buildx 0.29 prints it."""
    bar = "-" * 20
    listing = f"Dockerfile:2\n{bar}\n   1 |     FROM lab/busybox\n   2 | >>> {line}\n{bar}"
    return f"{listing}\n{SOLVE} {error}"


@pytest.mark.parametrize(
    ("line", "error", "anchor"),
    [
        ("FROM lab/no", "lab/no: failed to resolve source metadata: not found", "#from"),
        ("RUNN true", "parse error on line 2: unknown instruction: RUNN", "#overview"),
        ("COPY a /", 'failed to calculate checksum of ref x::y: "/a": not found', "#copy"),
        ("COPY --form=a b c", "parse error on line 2: unknown flag: --form", "#copy"),
        ("RUN --mounts=a b", "unknown flag: --mounts (did you mean mount?)", "#run---mount"),
        ("RUN --mount=type=cash b", 'unsupported mount type "cash"', "#run---mount"),
        ("RUN --mount=type=secret,id=x b", "secret x: not found", "#run---mounttypesecret"),
        ("RUN --mount=type=ssh b", "unset ssh forward key default", "#run---mounttypessh"),
        ("env A", "ENV must have two arguments", "#env"),
        ("RUN cat <<EOF", "unterminated heredoc", "#here-documents"),
        ("# no", "file with no instructions", "#format"),
    ],
)
def test_a_message_leads_to_the_page_of_its_instruction(line: str, error: str, anchor: str) -> None:
    assert page_of_failure(marked(line, error)) == f"{DOCKERFILE}{anchor}"


@pytest.mark.parametrize(
    ("message", "page"),
    [
        (f'{SOLVE} target stage "no" could not be found', f"{COMMANDS['build']}#target"),
        (f"{SOLVE} failed to read dockerfile: open no: no such file", f"{COMMANDS['build']}#file"),
        (f'{SOLVE} unknown cache exporter: "no"', "https://docs.docker.com/build/cache/backends/"),
        ("ERROR: docker-bake.hcl:3,1-7: Unsupported block type", BAKE_FILE),
        (f"{SOLVE} process did not complete successfully: exit code: 1", None),
        (marked("RUN false", 'process "false" did not complete successfully: 1'), None),
        ("ERROR: something new", None),
    ],
)
def test_what_has_no_instruction_leads_to_its_own_page_or_nowhere(
    message: str, page: str | None
) -> None:
    assert page_of_failure(message) == page


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("docker buildx build --ssh default .", f"{COMMANDS['build']}#ssh"),
        ("docker build -t name .", f"{COMMANDS['build']}#tag"),
        ("docker buildx build . .", COMMANDS["build"]),
        ("docker buildx build . && true", COMMANDS["build"]),
        ("docker run lab/busybox", COMMANDS["build"]),
    ],
)
def test_a_refused_line_leads_to_its_option(text: str, page: str | None) -> None:
    with pytest.raises(SubmissionError) as raised:
        rewrite(read_line(text), Scope("localhost:5000/x", frozenset()))

    assert page_of_line(f"{raised.value.message}\nWanted: {raised.value.next_step}.") == page


def test_an_unknown_option_leads_to_the_one_that_is_meant() -> None:
    said = "buildx says: unknown flag: --secrets\n   1 | >>> docker buildx build --secrets a ."

    assert page_of_line(f"{said}\nWanted: write --secret.") == f"{COMMANDS['build']}#secret"
