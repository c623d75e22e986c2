"""Dockerfiles, read: what refers to what, and what is no Dockerfile."""

from __future__ import annotations

import random
from pathlib import Path
from textwrap import dedent

import pytest

from sandbox.errors import ParseError
from sandbox.model.stage_graph import Edge, EdgeKind, Stage, StageGraph
from sandbox.parse.dockerfile import read_dockerfile
from sandbox.parse.flags import NamedContext

DOCKERFILES = Path(__file__).parents[3] / "data" / "dockerfiles"
TRACES = Path(__file__).parents[3] / "data" / "traces"


def edges(graph: StageGraph) -> list[tuple[str, str, str]]:
    return [(edge.source, edge.target, edge.kind.name) for edge in graph.edges]


def bases(text: str, **build_args: str) -> list[str]:
    return [stage.base for stage in read_dockerfile(dedent(text), build_args).stages]


def tricky(number: int) -> StageGraph:
    (path,) = DOCKERFILES.glob(f"{number:02}-*.Dockerfile")
    return read_dockerfile(path.read_bytes())


def test_one_stage_without_a_name() -> None:
    graph = read_dockerfile("FROM lab/busybox\nRUN true\n")
    assert [(s.name, s.index, s.named) for s in graph.stages] == [("stage-0", 0, False)]
    assert [i.keyword for i in graph.stages[0].instructions] == ["FROM", "RUN"]
    assert graph.images == ("lab/busybox",)
    assert graph.syntax is None


def test_a_real_dockerfile() -> None:
    graph = read_dockerfile((TRACES / "parallel.Dockerfile").read_bytes())
    assert [s.name for s in graph.stages] == ["api", "web", "test", "docs", "stage-4"]
    assert edges(graph) == [
        ("lab/busybox", "api", "FROM"),
        ("lab/busybox", "web", "FROM"),
        ("lab/busybox", "test", "FROM"),
        ("api", "test", "COPY"),
        ("web", "docs", "FROM"),
        ("lab/busybox", "stage-4", "FROM"),
        ("api", "stage-4", "COPY"),
        ("web", "stage-4", "MOUNT"),
    ]
    assert graph.needed() == {"api", "web", "stage-4"}
    assert graph.needed("docs") == {"web", "docs"}
    assert graph.needed("TEST") == {"api", "test"}


@pytest.mark.parametrize("target", ["nobody", "2", "stage-4"])
def test_a_target_that_buildkit_does_not_find(target: str) -> None:
    """BuildKit: target stage "2" could not be found."""
    graph = read_dockerfile((TRACES / "parallel.Dockerfile").read_bytes())
    with pytest.raises(KeyError):
        graph.needed(target)


def test_names_indexes_and_letter_case() -> None:
    graph = tricky(2)
    assert [s.name for s in graph.stages] == ["build", "test.unit_1-a", "stage-2"]
    assert edges(graph) == [
        ("lab/busybox", "build", "FROM"),
        ("build", "test.unit_1-a", "FROM"),
        ("build", "stage-2", "COPY"),
        ("test.unit_1-a", "stage-2", "COPY"),
        ("lab/tool", "stage-2", "COPY"),
    ]
    assert graph.images == ("lab/busybox", "lab/tool")
    assert graph.syntax == "docker/dockerfile:1.7"


def test_arguments_in_from_have_defaults() -> None:
    assert [s.base for s in tricky(3).stages] == [
        "lab/busybox",
        "lab/busybox:1.0",
        "a",
        "a",
        "b",
        "lab/debian",
    ]


@pytest.mark.parametrize(
    ("build_args", "base"),
    [({}, "lab/go:1.24"), ({"V": "1.22"}, "lab/go:1.22"), ({"OTHER": "1.22"}, "lab/go:1.24")],
)
def test_build_args_win_over_defaults(build_args: dict[str, str], base: str) -> None:
    assert bases("ARG V=1.24\nFROM lab/go:$V", **build_args) == [base]


def test_arguments_declared_in_a_stage_do_not_reach_from() -> None:
    assert bases("FROM lab/a AS a\nARG X=b\nFROM lab/${X:-c}") == ["lab/a", "lab/c"]
    # Not declared at all: a build argument is not put in.
    assert bases("FROM lab/${X:-c}", X="b") == ["lab/c"]


def test_a_declared_argument_that_names_a_stage() -> None:
    text = "ARG WHICH=one\nFROM lab/a AS one\nFROM lab/b AS two\nFROM $WHICH"
    assert edges(read_dockerfile(text))[-1] == ("one", "stage-2", "FROM")
    assert edges(read_dockerfile(text, {"WHICH": "two"}))[-1] == ("two", "stage-2", "FROM")


def test_mounts() -> None:
    graph = tricky(4)
    assert edges(graph)[2:] == [
        ("lab/busybox", "stage-2", "FROM"),
        ("a", "stage-2", "MOUNT"),
        ("b", "stage-2", "MOUNT"),
        ("lab/tool", "stage-2", "MOUNT"),
    ]
    # A mount takes no index: BuildKit looks for an image named 0.
    text = "FROM lab/a\nFROM lab/b\nRUN --mount=from=0,target=/x true"
    assert read_dockerfile(text).images == ("lab/a", "lab/b", "0")


def test_heredoc_bodies_are_not_instructions() -> None:
    graph = tricky(5)
    assert edges(graph) == [("lab/busybox", "first", "FROM"), ("first", "second", "FROM")]
    run, copy = graph.stages[0].instructions[1:3]
    assert (run.keyword, run.text, run.first_line, run.last_line) == ("RUN", "RUN <<EOF", 2, 5)
    assert (copy.keyword, copy.first_line, copy.last_line) == ("COPY", 6, 10)


def test_continuations_and_comments_within() -> None:
    first, second = tricky(6).stages
    assert (first.name, first.base) == ("a", "lab/busybox")
    assert (first.instructions[0].first_line, first.instructions[0].last_line) == (1, 6)
    assert (first.instructions[1].first_line, first.instructions[1].last_line) == (7, 9)
    assert second.base == "a"


def test_escape_directive() -> None:
    assert [(s.name, s.base) for s in tricky(7).stages] == [("a", "lab/busybox"), ("stage-1", "a")]


def test_byte_order_mark_and_crlf() -> None:
    graph = tricky(8)
    assert [(s.name, s.base) for s in graph.stages] == [("a", "lab/busybox"), ("stage-1", "a")]
    assert graph.syntax == "docker/dockerfile:1.4"


def test_platforms_that_only_the_build_knows_stay_as_they_are() -> None:
    graph = tricky(9)
    assert [s.platform for s in graph.stages] == [
        "$BUILDPLATFORM",
        None,
        None,
        "linux/arm64",
        None,
    ]
    assert graph.stages[-1].base == "base-$TARGETARCH"
    # Either of the two may be meant.
    assert [edge.source for edge in graph.edges if edge.target == "stage-4"] == [
        "base-amd64",
        "base-arm64",
        "build",
    ]
    assert graph.images == ("lab/busybox",)


def test_platforms_that_are_given_are_put_in() -> None:
    text = "FROM --platform=$BUILDPLATFORM lab/a AS base-arm64\nFROM base-$TARGETARCH"
    first, second = read_dockerfile(
        text, {"BUILDPLATFORM": "linux/amd64", "TARGETARCH": "arm64"}
    ).stages
    assert first.platform == "linux/amd64"
    assert second.base == "base-arm64"


def test_an_image_named_after_a_platform() -> None:
    assert read_dockerfile("FROM lab/go-${TARGETARCH}").images == ("lab/go-$TARGETARCH",)


def test_of_two_stages_with_one_name_the_later_is_meant() -> None:
    graph = tricky(10)
    assert [s.name for s in graph.stages] == ["a (line 1)", "b", "a", "stage-3"]
    assert graph.stage("a").base == "lab/debian"
    assert [s.base for s in graph.stages] == ["lab/busybox", "a (line 1)", "lab/debian", "a"]
    assert graph.needed("b") == {"a (line 1)", "b"}
    assert graph.needed() == {"a", "stage-3"}


def test_a_copy_means_the_last_stage_of_a_name_and_an_index_any() -> None:
    text = "FROM x AS a\nFROM y AS a\nFROM z\nCOPY --from=A 1 1\nCOPY --from=0 2 2\n"
    assert edges(read_dockerfile(text))[3:] == [
        ("a", "stage-2", "COPY"),
        ("a (line 1)", "stage-2", "COPY"),
    ]


def test_capitals_in_from_mean_no_stage() -> None:
    """BuildKit: repository name (library/BASE) must be lowercase. COPY --from=BASE is fine."""
    with pytest.raises(ParseError, match="FROM BASE does not mean the stage base") as refused:
        read_dockerfile("FROM lab/busybox AS BASE\nFROM BASE\n")
    assert refused.value.next_step == "Write FROM base, then try again."


def test_onbuild_runs_in_the_stages_that_are_based_on_it() -> None:
    graph = read_dockerfile(
        "FROM lab/busybox AS kit\n"
        "ONBUILD COPY --from=lab/git /g /g\n"
        "ONBUILD RUN --mount=from=tool,target=/t x\n"
        "FROM lab/debian AS tool\n"
        "FROM kit AS app\nRUN y\n"
        "FROM app\n"
    )
    assert edges(graph) == [
        ("lab/busybox", "kit", "FROM"),
        ("lab/debian", "tool", "FROM"),
        ("kit", "app", "FROM"),
        ("lab/git", "app", "COPY"),
        ("tool", "app", "MOUNT"),
        ("app", "stage-3", "FROM"),
    ]
    assert graph.images == ("lab/busybox", "lab/debian", "lab/git")
    app = graph.stage("app").instructions
    assert [(i.keyword, i.first_line) for i in app] == [
        ("FROM", 5),
        ("COPY", 2),
        ("RUN", 3),
        ("RUN", 6),
    ]
    assert app[2].text == "ONBUILD RUN --mount=from=tool,target=/t x"


def test_an_onbuild_that_buildkit_refuses_is_left_out() -> None:
    graph = read_dockerfile("FROM x AS kit\nONBUILD NONSENSE\nFROM kit\n")
    assert len(graph.stages[1].instructions) == 1


@pytest.mark.parametrize(
    ("name", "image"),
    [("lab/busybox", "lab/busybox:latest"), ("docker.io/lab/busybox:latest", "lab/busybox")],
)
def test_a_named_context_replaces_an_image(name: str, image: str) -> None:
    context = NamedContext(name, "docker-image://lab/debian")
    text = f"FROM {image} AS a\nFROM scratch\nCOPY --from={image} 1 1\nCOPY --from=y 2 2\n"
    graph = read_dockerfile(text, contexts=(context, NamedContext("y", "../more")))
    assert graph.stages[0].base == "lab/debian"
    assert graph.images == ("lab/debian", "../more")


def test_a_named_context_replaces_a_stage_and_scratch_never() -> None:
    contexts = (
        NamedContext("one", "docker-image://lab/debian"),
        NamedContext("scratch", "docker-image://lab/debian"),
    )
    text = "FROM lab/go AS one\nONBUILD RUN x\nRUN y\nFROM one AS two\nFROM scratch\n"
    graph = read_dockerfile(text, contexts=contexts)
    assert edges(graph) == [("lab/debian", "one", "FROM"), ("one", "two", "FROM")]
    assert [len(stage.instructions) for stage in graph.stages] == [1, 1, 1]
    assert graph.stages[2].base == "scratch"


def test_lower_case_instructions() -> None:
    graph = tricky(11)
    assert edges(graph) == [
        ("lab/busybox", "a", "FROM"),
        ("a", "c", "FROM"),
        ("a", "c", "COPY"),
    ]
    assert [i.keyword for i in graph.stages[1].instructions] == [
        "FROM",
        "COPY",
        "ADD",
        "HEALTHCHECK",
        "ONBUILD",
    ]


def test_shebang_long_name_and_no_last_newline() -> None:
    graph = tricky(12)
    assert graph.syntax == "docker/dockerfile:1"
    assert graph.stages[-1].base == "b"


@pytest.mark.parametrize(
    ("text", "syntax"),
    [
        ("#syntax=a/b:1\nFROM x", "a/b:1"),
        ("# Syntax = a/b:1 --flag\nFROM x", "a/b:1"),
        ("# escape=`\n# syntax=a/b\nFROM x", "a/b"),
        ("# comment\n# syntax=a/b\nFROM x", None),
        ("\n# syntax=a/b\nFROM x", None),
        ("FROM x\n# syntax=a/b", None),
        ("# other=1\n# syntax=a/b\nFROM x", None),
    ],
)
def test_syntax_counts_only_at_the_top(text: str, syntax: str | None) -> None:
    assert read_dockerfile(text).syntax == syntax


def test_the_same_reference_twice_is_one_edge() -> None:
    text = "FROM x AS a\nFROM y\nCOPY --from=a /1 /\nCOPY --from=a /2 /\nCOPY --from=0 /3 /"
    assert read_dockerfile(text).edges == (
        Edge("x", "a", EdgeKind.FROM),
        Edge("y", "stage-1", EdgeKind.FROM),
        Edge("a", "stage-1", EdgeKind.COPY),
    )


def test_scratch_is_no_image() -> None:
    graph = read_dockerfile("FROM scratch\nCOPY a /a")
    assert (graph.images, graph.edges) == ((), ())
    assert isinstance(graph.stages[0], Stage)
    assert graph.stages[0].base == "scratch"


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("", None, "empty"),
        (b" \n\t\n", None, "empty"),
        ("# only a comment\n", None, "no instruction"),
        ("ARG A=1\n", None, "no FROM"),
        ("RUN true\nFROM x\n", 1, "before the first FROM"),
        ("FROM x\nFROB y\n", 2, "unknown instruction: FROB"),
        ("FROM x\n\nRUN <<EOF\nnever ends\n", 3, "unterminated heredoc"),
        ("FROM\n", 1, "FROM takes"),
        ("FROM x y\n", 1, "FROM takes"),
        ("FROM x IS y\n", 1, "FROM takes"),
        ("FROM x AS 1y\n", 1, "not a valid stage name"),
        ("FROM x AS a\nFROM y AS ${a}\n", 2, "not a valid stage name"),
        ("ARG A\nFROM ${A}\n", 2, "expands to nothing"),
        ("FROM --platform=$NONE x\n", 1, "expands to nothing"),
        ("FROM --platform=a/b --platform=a/b x\n", 1, "given twice"),
        ("ARG A=\nFROM ${A:?wanted}\n", 2, "wanted"),
        ("ARG A=1\nFROM ${A\n", 2, "missing '}'"),
        ("ARG\nFROM x\n", 1, "ARG needs a name"),
        ("FROM x\nENV a\n", 2, "two arguments"),
        ("FROM x\nCOPY --from=3 a b\n", 2, "no stage 3"),
        ("FROM x\nCOPY --from=-1 a b\n", 2, "no stage -1"),
        ("FROM x\nFROM y\nCOPY --from=$a a b\n", 3, "takes no variable"),
        ("FROM x AS a\nCOPY --from=A a b\n", 2, "refers to itself"),
        ("FROM x AS a\nCOPY --from=0 a b\n", 2, "refers to itself"),
        ("FROM x AS a\nRUN --mount=from=a,target=/b c\n", 2, "refers to itself"),
        ("FROM x\nRUN --mount=from=$a,target=/b c\n", 2, "takes no variable"),
        ("# escape=x\nFROM x\n", 1, "escape"),
        ("# syntax=a\n# syntax=b\nFROM x\n", 2, "only one syntax"),
        (b"\x7fELF\x00\x01\xff", None, "not UTF-8 text"),
        ("FROM x\0\n", None, "not UTF-8 text"),
        ("FROM x\n".encode("utf-16"), None, "not UTF-8 text"),
        ("FROM x\nRUN true " + "x" * 70_000, 2, "65535 bytes"),
        ("FROM x\n" * 200_000, None, "1400000 bytes"),
        ("FROM $TARGETARCH\n" * 1001, None, "1001 stages"),
        ("ARG A=b\n" + "ARG A=$A$A\n" * 40 + "FROM $A\n", 18, "too much text"),
        (f"ARG A={'a' * 60_000}\nARG B={'$A' * 30_000}\nFROM $B\n", 2, "too much text"),
        (f"ARG A={'a' * 900}\nFROM ${{A##{'*a' * 20}b}}\n", 2, "too much text"),
        (f"ARG P={'*a' * 20}b\nARG A={'a' * 900}\nFROM ${{A##$P}}\n", 3, "too much text"),
        (f"ARG A={'a' * 900}\nFROM {'${A//a/' * 9}b{'}' * 9}\n", 2, "too much text"),
    ],
)
def test_what_is_no_dockerfile(text: str | bytes, line: int | None, problem: str) -> None:
    with pytest.raises(ParseError) as caught:
        read_dockerfile(text)
    assert problem in caught.value.message
    assert (f"line {line}:" in caught.value.message) == (line is not None)
    assert caught.value.next_step


def test_arguments_as_people_write_them_are_read() -> None:
    text = """
        ARG VERSION=1.24.3-slim
        ARG REGISTRY=localhost:5000/team
        FROM $REGISTRY/go-$TARGETARCH:${VERSION%-slim} AS a
        FROM ${REGISTRY:-lab}/go:${VERSION%%.*}-${TARGETOS:-linux}-$TARGETARCH${VARIANT:+-$VARIANT}
        FROM ${VERSION//./-}
    """
    assert bases(text) == [
        "localhost:5000/team/go-$TARGETARCH:1.24.3",
        "localhost:5000/team/go:1-$TARGETOS-$TARGETARCH",
        "1-24-3-slim",
    ]


def test_a_name_with_much_that_is_unknown_is_compared_all_the_same() -> None:
    name = "a" * 900
    graph = read_dockerfile(f"FROM x AS {name}\nFROM {'a${TARGETARCH}' * 40}b AS c\n")
    assert name not in graph.needed("c")
    graph = read_dockerfile(f"FROM x AS {name}\nFROM {'a${TARGETARCH}' * 40}a AS c\n")
    assert name in graph.needed("c")


def test_damaged_dockerfiles_raise_nothing_else() -> None:
    chance = random.Random(2)
    good = b"\n".join(path.read_bytes() for path in sorted(DOCKERFILES.iterdir()))
    read = 0
    for _ in range(400):
        start = chance.randrange(len(good))
        damaged = bytearray(good[start : start + chance.randrange(1, 400)])
        for _ in range(chance.randrange(4)):
            damaged[chance.randrange(len(damaged))] = chance.choice(b"\\`$<{}\"'[]=, \n\r-#")
        try:
            read_dockerfile(b"FROM lab/busybox AS base\n" + bytes(damaged))
            read += 1
        except ParseError:
            pass
    assert read > 0
