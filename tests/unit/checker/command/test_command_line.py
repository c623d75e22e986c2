"""Lines that are handed in: read as a shell would, and never given to one."""

from __future__ import annotations

import pytest

from checker import SubmissionError
from checker.command.command_line import read_line
from checker.command.rules import find_unknown, rewrite
from checker.command.value_rules import Scope

REGISTRY = "localhost:5000/checker-1-c0ffee"
SCOPE = Scope(REGISTRY, frozenset({"TOKEN"}), frozenset({"5ec4e7"}), has_agent=True)


def pass_on(text: str, scope: Scope = SCOPE) -> tuple[str, ...]:
    """What is run for a line."""
    line = read_line(text).expanded({"REGISTRY": REGISTRY, "TOKEN": "5ec4e7"})
    rewrite(line, scope)
    return line.argv


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("docker buildx build .", ["."]),
        ("# mine\n\ndocker buildx build \\\n  --push \\\r\n  . # here\n", ["--push", "."]),
        (
            "# Don't: `id` $(id)\ndocker buildx build -t $REGISTRY/a 'b'",
            ["-t", f"{REGISTRY}/a", "b"],
        ),
        (
            "\ufeff# tried: \\\ndocker buildx build --label a=b#c --label '#d' . #e",
            ["--label", "a=b#c", "--label", "#d", "."],
        ),
        ("docker buildx build -t $REGISTRY/a:1 .", ["-t", f"{REGISTRY}/a:1", "."]),
        ('docker buildx build -t="${REGISTRY}/a" .', [f"-t={REGISTRY}/a", "."]),
        ("docker buildx build --label 'price=5$' .", ["--label", "price=5$", "."]),
        ('docker buildx build --label "a=\\$TOKEN;b" .', ["--label", "a=$TOKEN;b", "."]),
        ("docker buildx build --label a=\\`b .", ["--label", "a=`b", "."]),
    ],
)
def test_quotes_comments_and_variables_are_read_as_a_shell_reads_them(
    text: str, arguments: list[str]
) -> None:
    assert list(pass_on(text)) == ["docker", "buildx", "build", *arguments]


def test_a_template_s_own_dollars_stay() -> None:
    text = "docker buildx imagetools inspect $REGISTRY/a --format '{{range $k, $v := .Image}}'"

    assert pass_on(text)[-1] == "{{range $k, $v := .Image}}"


@pytest.mark.parametrize(
    ("text", "said", "marked"),
    [
        ("docker buildx build . ; rm -rf /", "';' needs a shell", "; rm"),
        ("docker buildx build . && true", "'&&' needs a shell", "&&"),
        ("docker buildx build . | tee log", "'|' needs a shell", "| tee"),
        ("docker buildx build . > log", "'>' needs a shell", "> log"),
        ("docker buildx build --label a=$(id) .", "inside the command", "$(id)"),
        ('docker buildx build --label "a=`id`" .', "inside the command", "`id`"),
        ("docker buildx build -t $HOME .", "no variable $HOME", "$HOME"),
        ("docker buildx build 'a .", "a quote is not closed", "'a ."),
        ("docker buildx build .\ndocker buildx build .", "2 commands", "docker buildx build ."),
        ("docker run lab/busybox", "begins with 'docker run lab/busybox'", "docker run"),
        ("sudo docker build .", "begins with 'sudo docker build'", "sudo"),
    ],
)
def test_what_only_a_shell_can_do_is_refused_with_the_line_marked(
    text: str, said: str, marked: str
) -> None:
    with pytest.raises(SubmissionError) as caught:
        pass_on(text)

    assert said in caught.value.message
    line = next(line for line in caught.value.message.splitlines() if ">>>" in line)
    assert marked in line


def test_nothing_but_comments_is_no_command() -> None:
    with pytest.raises(SubmissionError, match="no command"):
        read_line("# docker buildx build .\n")


@pytest.mark.parametrize(
    "options",
    [
        "-t app",
        "-t localhost:5000/lab/busybox",
        "-t localhost:5000/checker-1-c0ffeeX/a",
        "--file /etc/passwd",
        "-f../Dockerfile",
        "--output type=local,dest=out",
        "-o out",
        "-o type=docker,dest=image.tar",
        "-o type=image,name=lab/busybox,push=true",
        "--cache-to type=local,dest=/tmp/cache",
        "--cache-to type=registry,ref=localhost:5000/lab/go",
        "--cache-to localhost:5000/lab/go",
        "--cache-to type=gha",
        "--cache-from type=local,src=../other",
        "--secret id=key,src=/root/.ssh/id_ed25519",
        "--secret id=HOME",
        "--secret id=key,env=AWS_SECRET_ACCESS_KEY",
        "--secret type=env,id=HOME",
        "--secret type=env,id=key,src=HOME",
        "--secret id=key,env=HOME,src=package.json",
        "--secret id=key,src=package.json,source=/etc/passwd",
        "--secret id=key,src=package.json,src=/etc/passwd",
        "--secret id=key,file=package.json",
        "--cache-to type=registry,ref=$REGISTRY/a:$TOKEN",
        "--cache-to type=registry,ref=$REGISTRY/a,compression=estargz",
        "--output type=image,push=true,name=$REGISTRY/a,force-compression=true",
        "--build-arg HOME",
        "--build-context host=/",
        "--build-context host=https://example.org/x.git",
        "--ssh default=/root/.ssh/id_ed25519",
        "--builder other",
        "--allow security.insecure",
        "--network host",
        "--metadata-file out.json",
        "--check",
        "-qt $REGISTRY/app",
    ],
)
def test_nothing_of_the_grader_s_is_read_written_or_named(options: str) -> None:
    with pytest.raises(SubmissionError) as caught:
        pass_on(f"docker buildx build \\\n  {options} \\\n  .")

    assert f">>>   {options}" in caught.value.message
    assert caught.value.next_step


@pytest.mark.parametrize(
    "options",
    [
        "--push -t $REGISTRY/app:1 --tag=$REGISTRY/app:2",
        "--file build/Dockerfile --target app --platform linux/amd64,linux/arm64",
        "-o type=registry,name=$REGISTRY/app",
        "--cache-to type=registry,ref=$REGISTRY/app:cache,mode=max --cache-from $REGISTRY/app:1",
        "--cache-to type=inline --cache-to type=local,dest=cache --cache-from type=local,src=cache",
        "--secret id=token,env=TOKEN --secret id=TOKEN --secret id=file,src=token.txt",
        "--build-arg TOKEN --build-arg VERSION=1 --build-context base=docker-image://lab/busybox",
        "--progress=plain --secret id=signing.key --secret id=key,type=file,src=signing.key",
        "--ssh default --provenance=mode=max --sbom=true --attest type=sbom --no-cache --pull",
    ],
)
def test_what_an_exercise_needs_is_let_through(options: str) -> None:
    pass_on(f"docker buildx build {options} .")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("build -t '$REGISTRY/a' .", "in single quotes, which prevent the expansion"),
        (
            "build --secret id=t,env=TOKN .",
            "--secret: there is no variable TOKN here; known variables: TOKEN",
        ),
        (
            "build --cache-to type=registry,$REGISTRY/a .",
            "the field $REGISTRY/a has no name, as in ref=",
        ),
        ("build --cache-to type=registry,ref=$REGISTRY/a,mod=max .", "mod is not a field"),
        ("build --cache-to type=registry,ref=$REGISTRY/a,mode=all .", "there are: min, max"),
        ("build --cache-to type=registry,mode=max .", "needs the field ref"),
        ("build --cache-from ref=$REGISTRY/a .", "no cache of type ?"),
        ("build --push", "The build context is missing"),
        ("build \u2013-push .", "buildx reads '\u2013-push' and '.' as 2 build contexts"),
        ("imagetools inspect localhost:5999/stolen", "does not begin with $REGISTRY/"),
    ],
)
def test_a_refusal_says_what_is_wrong_with_the_value(text: str, said: str) -> None:
    with pytest.raises(SubmissionError) as caught:
        pass_on(f"docker buildx {text}")

    assert said in caught.value.message
    assert REGISTRY not in caught.value.message


def test_a_blank_behind_a_backslash_is_told() -> None:
    with pytest.raises(SubmissionError, match="A blank follows this backslash") as caught:
        read_line("docker buildx build \\\n  --pull \\ \n  .")

    assert "2 | >>>   --pull \\" in caught.value.message


def test_what_a_line_begins_with_is_said_of_the_kind_that_is_wanted() -> None:
    with pytest.raises(SubmissionError) as caught:
        read_line("docker run a", "imagetools")

    assert caught.value.next_step.startswith("begin with docker buildx imagetools inspect,")


def test_an_agent_is_only_there_where_the_exercise_has_one() -> None:
    with pytest.raises(SubmissionError, match="no ssh-agent"):
        pass_on("docker buildx build --ssh default .", Scope(REGISTRY, frozenset()))


@pytest.mark.parametrize("end", ["", "a b", "-", "https://example.org/x.git", "/", "../other"])
def test_the_context_is_one_folder_inside_of_the_exercise(end: str) -> None:
    with pytest.raises(SubmissionError):
        pass_on(f"docker buildx build {end}")


@pytest.mark.parametrize("word", ["--plattform=x", "-x", "--no-cash"])
def test_an_option_that_buildx_does_not_have_is_found_before_anything_runs(word: str) -> None:
    unknown = find_unknown(read_line(f"docker buildx build --push {word} ."))

    assert unknown is not None
    assert unknown.word == word


@pytest.mark.parametrize("letter", ["\x1e", "\x0b", "\x85", "\u2028", "\x7f", "\0"])
def test_a_character_that_cannot_be_seen_is_refused(letter: str) -> None:
    with pytest.raises(SubmissionError, match=rf"U\+{ord(letter):04X}"):
        read_line(f"docker buildx build .{letter}id")


def test_a_literal_dollar_sign_is_no_private_character() -> None:
    line = read_line("docker buildx build --label 'a=$HOME\ue000' .").expanded({})

    assert line.arguments == ("--label", "a=$HOME\ue000", ".")


@pytest.mark.parametrize("words", ["x" * 200_000, "$REGISTRY" * 10_000, "a " * 60_000])
def test_a_command_that_is_too_long_says_so(words: str) -> None:
    with pytest.raises(SubmissionError, match=r"The command has [0-9]+ characters"):
        read_line(f"docker buildx build --label {words} .").expanded({"REGISTRY": "r" * 40})
