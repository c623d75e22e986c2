"""The argv of a build, from a command and what the checker adds to it."""

from __future__ import annotations

import pytest

from checker.command.command_line import read_line
from checker.workbench.build_command import BuildAdditions, compose, names_output

PLAIN = "docker buildx build ."
PUSHES = "docker buildx build --push -t here/app --label a=b ."
BAKES = "docker buildx bake --file=plan.json"
NO_IMAGE = "--output=type=cacheonly"


@pytest.mark.parametrize(
    ("line", "request_", "argv"),
    [
        (PLAIN, BuildAdditions(), f"{PLAIN} {NO_IMAGE}"),
        (PLAIN, BuildAdditions(tag="mine:0"), f"{PLAIN} --tag=mine:0"),
        (PLAIN, BuildAdditions("test"), f"{PLAIN} {NO_IMAGE} --target=test"),
        (PLAIN, BuildAdditions(options=("--a", "--b=c")), f"{PLAIN} --a --b=c {NO_IMAGE}"),
        (PLAIN, BuildAdditions(builder="empty"), f"{PLAIN} {NO_IMAGE} --builder=empty"),
        (PLAIN, BuildAdditions(without_cache=True), f"{PLAIN} {NO_IMAGE} --no-cache"),
        (
            f"{PLAIN} --no-cache-filter=a",
            BuildAdditions(options=("--no-cache",)),
            f"{PLAIN} --no-cache {NO_IMAGE}",
        ),
        (
            PLAIN,
            BuildAdditions(cache_folder="../cache"),
            f"{PLAIN} {NO_IMAGE} --cache-to=type=local,dest=../cache,mode=max",
        ),
        (
            PLAIN,
            BuildAdditions(full_provenance=True),
            f"docker buildx build --attest=type=provenance,mode=max . {NO_IMAGE}",
        ),
        (
            PLAIN,
            BuildAdditions(
                "test",
                ("--sbom=false",),
                "empty",
                tag="mine:0",
                without_cache=True,
                full_provenance=True,
                cache_folder="../cache",
            ),
            "docker buildx build --attest=type=provenance,mode=max . --sbom=false --tag=mine:0 "
            "--no-cache --cache-to=type=local,dest=../cache,mode=max --target=test --builder=empty",
        ),
        (PUSHES, BuildAdditions(), PUSHES),
        (PUSHES, BuildAdditions("test"), f"{PUSHES} --target=test"),
        (f"{PUSHES} --load", BuildAdditions(), PUSHES),
        (f"{PUSHES} --load", BuildAdditions(builder="empty"), f"{PUSHES} --load --builder=empty"),
        (
            PUSHES,
            BuildAdditions(tag="mine:0"),
            "docker buildx build --label a=b . --tag=mine:0",
        ),
        (
            f"{PUSHES} --sbom true --cache-to=type=inline --cache-from here/app",
            BuildAdditions(only_run=True),
            f"docker buildx build --label a=b . --cache-from here/app {NO_IMAGE}",
        ),
        (BAKES, BuildAdditions(), BAKES),
        (BAKES, BuildAdditions(only_run=True), BAKES),
        (BAKES, BuildAdditions("app", without_cache=True), f"{BAKES} --no-cache app"),
    ],
)
def test_what_is_added_and_where(line: str, request_: BuildAdditions, argv: str) -> None:
    assert compose(read_line(line), request_) == tuple(argv.split())


@pytest.mark.parametrize(
    ("line", "names"),
    [
        (PLAIN, False),
        ("docker buildx build --load .", True),
        ("docker buildx build -o type=cacheonly .", True),
        ("docker buildx build -t app .", True),
        ("docker buildx build --push .", True),
        ("docker buildx build --target push .", False),
        (BAKES, True),
        ("docker buildx imagetools inspect app", True),
    ],
)
def test_which_commands_name_their_output(line: str, names: bool) -> None:
    assert names_output(read_line(line)) is names
