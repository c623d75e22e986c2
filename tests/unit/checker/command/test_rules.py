"""Every option has a rule, and a value is judged as buildx reads it."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import pytest

from checker import SubmissionError
from checker.command.bake_plan import KEYS
from checker.command.command_line import KINDS, read_line
from checker.command.rules import BUILD, RULES, NotAllowedError, next_step, rewrite, without
from checker.command.value_rules import Scope
from sandbox import flags

SCOPE = Scope("localhost:5000/mine", frozenset({"TOKEN"}))
MINE, OTHER = "localhost:5000/mine/a", "localhost:5000/lab/go"


@pytest.mark.parametrize("kind", flags.KINDS)
def test_the_rules_are_for_the_options_that_there_are(kind: str) -> None:
    assert kind in KINDS
    assert set(RULES[kind]) == {
        name for name, flag in flags.FLAGS[kind].items() if not flag.is_hidden
    }


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--secret", "id=token,env=5ec4e7"),
        ("--secret", "id=5ec4e7"),
        ("--build-arg", "5ec4e7"),
        ("--build-arg", "main-branch"),
    ],
)
def test_a_value_in_place_of_a_variables_name_is_not_told(option: str, value: str) -> None:
    scope = replace(SCOPE, values=frozenset({"5ec4e7", "main-branch"}))
    with pytest.raises(NotAllowedError) as caught:
        BUILD[option].rewrite(value, scope)
    assert "dollar sign" in str(caught.value)
    assert "known variables: TOKEN" in str(caught.value)
    assert "5ec4e7" not in str(caught.value)
    assert "without the dollar sign" in next_step(str(caught.value))


def test_a_key_of_a_bake_file_has_the_rule_of_its_option() -> None:
    assert all(KEYS[key] is BUILD[option] for key, option in flags.OPTION_OF_KEY.items())


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        # Two names for one field: buildx takes the one, Python's rules would show the other.
        ("--cache-to", "type=local,dest=/x, dest=in", "' dest' is not a field"),
        ("--cache-to", f"type=registry,ref={OTHER}, ref={MINE}", "' ref' is not a field"),
        ("--cache-to", "type=local,dest=/x,dest=in", "/x is not inside"),
        ("--cache-to", f"type=registry,ref={OTHER},ref={MINE}", f"name {OTHER} does not begin"),
        ("--cache-from", "type=local,src=/x,src=in", "/x is not inside"),
        ("--output", f"type=image,name={OTHER},\x1fname={MINE}", f"name {OTHER} does not begin"),
        ("--output", f"type=image,name={OTHER},name={MINE}", f"name {OTHER} does not begin"),
        ("--output", "type=image,compress\u0130on=estargz", "compression would change"),
        # A field with nothing in it is none: buildx goes by the id.
        ("--secret", "id=/etc/passwd,src=", "/etc/passwd is not inside"),
        ("--secret", "id=PATH,env=", "no variable PATH"),
        ("--secret", "id=a,env", "no variable a"),
        # Nor is there a reading of these that could be judged.
        ("--output", 'type=image,"name=a', "it cannot be read: a quote is not closed"),
        ("--cache-to", 'type=local,dest="a"', "it cannot be read: in dest="),
        ("--secret", '"id=a"b', "it cannot be read: b follows a closing quote"),
        ("--cache-to", "type=local,dest=a\nb,c", "the field c has no name"),
    ],
)
def test_a_value_is_judged_as_buildx_reads_it(option: str, value: str, said: str) -> None:
    with pytest.raises(NotAllowedError) as caught:
        BUILD[option].rewrite(value, SCOPE)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("-t $REGISTRY/a -o type=image . --push", "--tag=mine/a --output=type=image --push ."),
        ("--push=T --pull=0 --load .", "--push --pull=false --load ."),
        ("--progress plain --no-cache ./sub", "--no-cache ./sub"),
        ("-- .", "."),
        (
            "--sbom=1 --provenance=mode=max,version=v1 .",
            "--sbom=true --provenance=mode=max,version=v1 .",
        ),
        (
            "--attest type=sbom,Generator=x --sbom=false .",
            "--attest=type=sbom,generator=x --sbom=false .",
        ),
        ("--cache-from $REGISTRY/a .", "--cache-from=type=registry,ref=mine/a ."),
        ('--output TYPE=image,"name=$REGISTRY/a" .', "--output=type=image,name=mine/a ."),
        ("--secret id=t,env=TOKEN --label 'a=b,\"c' .", '--secret=id=t,env=TOKEN --label=a=b,"c .'),
    ],
)
def test_a_command_is_written_anew(typed: str, written: str) -> None:
    line = read_line(f"docker buildx build {typed}").expanded({"REGISTRY": SCOPE.registry})

    words = rewrite(line, SCOPE).arguments

    assert " ".join(words) == written.replace("mine/", f"{SCOPE.registry}/")
    # What was written is read as it was meant, and written in the same way again.
    again = rewrite(read_line("docker buildx build ."), SCOPE)
    assert rewrite(replace(again, arguments=words), SCOPE).arguments == words


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--cache-to", "type=local,dest=a,dest=b", "dest is there 2 times"),
        ("--attest", "type=sbom,x\x1fy=1", "no field is called 'x\\x1fy'"),
        ("--label", "a=b\x85c", "U+0085"),
        ("--tag", f"{SCOPE.registry}/a\u2028b", "U+2028"),
        ("--build-arg", "A=\ud800", "U+D800"),
        ("--push", "maybe", "neither true nor false"),
        ("--push", "tRuE", "neither true nor false"),
    ],
)
def test_what_cannot_be_written_in_one_way_is_refused(option: str, value: str, said: str) -> None:
    with pytest.raises(NotAllowedError) as caught:
        BUILD[option].rewrite(value, SCOPE)
    assert said in str(caught.value)


@pytest.mark.parametrize("value", ["a" * 200_000, "type=image," + "a=b," * 50_000, ""])
@pytest.mark.parametrize("option", BUILD)
def test_no_value_is_too_long_to_be_judged(option: str, value: str) -> None:
    with contextlib.suppress(NotAllowedError):
        BUILD[option].rewrite(value, SCOPE)


@pytest.mark.parametrize("words", ["-- --push", "-- -f x.hcl", "--", "app -- -q"])
def test_behind_two_hyphens_nothing_becomes_an_option_of_a_bake(words: str) -> None:
    line = read_line(f"docker buildx bake {words}")

    if words == "--":
        rewrite(line, SCOPE)
    else:
        with pytest.raises(SubmissionError, match="not the name of a target"):
            rewrite(line, SCOPE)


def test_options_are_taken_out_with_their_values() -> None:
    line = read_line("docker build -t a --push --tag=b --progress plain --label c=d .")

    assert without(line, ("--tag", "--progress")) == ("--push", "--label", "c=d", ".")
