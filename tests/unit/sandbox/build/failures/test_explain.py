"""What is said about each recorded failure; ``tests/data/record_failures.py`` has the inputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.build.failures.explain import explain, failure
from sandbox.model.build import Build
from sandbox.model.vertex import Vertex

Failed = Callable[[str], Build]
BASE_IMAGES = "Base images here: lab/busybox, lab/debian, lab/git, lab/go, lab/node, lab/python."
CAUSES = {
    # files
    "no-file": "b.txt is not in the build context; there: a.txt.",
    "no-file-in-folder": "src/b.txt is not in the build context; in src: a.txt.",
    "no-file-of-several": "b.txt is not in the build context; there: a.txt.",
    "file-elsewhere": "a.txt is not in the build context; there: src/. Did you mean src/a.txt?",
    "file-in-capitals": "README.TXT is not in the build context; there: readme.txt. "
    "Did you mean readme.txt?",
    "file-ignored": "b.txt is in the folder, but .dockerignore leaves it out of the build context.",
    "file-outside": "b.txt is not in the build context. `..` does not lead out of a build context: "
    "BuildKit looked for /b.txt in it.",
    "file-of-mount": "b.txt is not in the build context; there: a.txt.",
    "file-of-undeclared": "The stage does not declare V, so it is empty: BuildKit looked for "
    "/app-.txt.",
    "file-of-valueless": "Nothing gives V a value, so it is empty: BuildKit looked for /app-.txt.",
    "file-of-global": "The stage does not declare V, so it is empty: BuildKit looked for "
    "/app-.txt.",
    "file-of-named-context": "b.txt is not in the build context more; there: a.txt.",
    "stage-no-file": "The stage build has no /m.",
    "stage-no-folder": "The stage build has no /c.",
    "stage-arch": "The stage does not declare TARGETARCH, so it is empty: BuildKit looked for "
    "/lib/l.",
    "stage-cache-mount": "The stage build has no /app/out/l: /app/out is a cache mount of the RUN "
    "in line 3, and what lies in a mount is not in the image.",
    "stage-workdir": "The stage build has no /l. A source path without a slash begins at /, not "
    "in the WORKDIR of that stage (/app).",
    "image-no-file": "The image lab/debian has no /nothere.",
    "copy-no-dashes": "`from=build` was read as the name of a file: options begin with two dashes.",
    "copy-one-dash": "`-from=build` was read as the name of a file: options begin with two dashes.",
    # stages, images, platforms
    "stage-misspelt": "No stage is called bild, so BuildKit looked for an image of that name. "
    "The stages with a name are: build. Did you mean build?",
    "stage-of-mount-misspelt": "No stage is called bulid, so BuildKit looked for an image of that "
    "name. The stages with a name are: build. Did you mean build?",
    "stage-of-from-misspelt": "No stage is called biuld, so BuildKit looked for an image of that "
    "name. The stages with a name are: build. Did you mean build?",
    "stage-unknown": "No stage is called tests, so BuildKit looked for an image of that name. "
    "The stages with a name are: build.",
    "stage-number": "There is no stage 7: stages are counted from 0.",
    "image-for-copy": f"The lab has no Docker Hub. {BASE_IMAGES} Did you mean lab/busybox?",
    "target-misspelt": "There is no stage biuld. The stages with a name are: build. "
    "Did you mean build?",
    "target-number": "There is no stage 0. A target is named, not counted. No stage has a name.",
    "image-of-hub": f"The lab has no Docker Hub. {BASE_IMAGES} lab/debian may do in its place.",
    "image-misspelt": f"The lab has no image lab/bussybox. {BASE_IMAGES} Did you mean lab/busybox?",
    "image-tag": "The lab has lab/busybox with these tags: latest.",
    "image-digest": "The lab has lab/busybox, but not with this digest.",
    "image-never-pushed": "The registry has no image localhost:5007/none.",
    "image-of-other-registry": "The sandbox found no address for registry.example.com: without the "
    "internet it reaches its own registry and packages.lab only.",
    "front-end-tag": "The lab has docker/dockerfile with these tags: latest, 1, ",
    "front-end-misspelt": "The lab has no front end docker/dockerfil:1. "
    "Did you mean docker/dockerfile?",
    "platform-misspelt": "`--platform linux/arm65` names a platform that the base image does not "
    "have: lab/busybox is made for linux/amd64 and linux/arm64. Did you mean linux/arm64?",
    "platform-of-several": "`--platform linux/riscv64` names a platform that the base image does "
    "not have: lab/busybox is made for linux/amd64 and linux/arm64.",
    "platform-of-from": "`--platform linux/arm65` names a platform that the base image does not "
    "have: lab/busybox is made for linux/amd64 and linux/arm64. Did you mean linux/arm64?",
    # commands
    "command-fails": "",
    "mount-no-dashes": "`mount=type=cache,target=/c` is a part of the command here: an option of "
    "RUN begins with two dashes, so this RUN has no such option.",
    "mount-one-dash": "`mount=type=cache,target=/c` is a part of the command here: an option of "
    "RUN begins with two dashes, so this RUN has no such option.",
    "mount-blank": "`mount type=cache,target=/c` is a part of the command here: an option of RUN "
    "begins with two dashes, so this RUN has no such option.",
    "script-no-interpreter": "An exec format error: /go.sh is a script whose first line does not "
    "say what runs it (`#!/bin/sh`), or a file that is no program of this machine.",
    "script-windows": "/go.sh is there, but the program that its first line names (`#!`) is not. "
    "Lines that end as on Windows (CRLF) have the same effect.",
    "script-not-executable": "/go.sh is not executable.",
    "program-missing": "The image has no program /nogo.sh.",
    "program-not-found": "The image has no program apt-get.",
    "shell-missing": "The image has no shell, /bin/sh, which runs a RUN without brackets.",
    "platform-not-emulated": "An exec format error: the shell of this stage is for another "
    "platform, and no emulator for it is registered.",
    "no-internet": "The command found no address for example.com: a build in the sandbox has no "
    "internet.",
    "no-secret": "The build was given no secret x.",
    # Dockerfiles that are refused
    "instruction-misspelt": "",
    "empty": "The Dockerfile is empty.",
    "no-from": "An instruction stands above the first FROM, so it belongs to no stage.",
    "base-empty": "B has no value in this FROM.",
    "base-half-empty": "B has no value in this FROM.",
    "base-in-capitals": "TWO is no name of an image or a stage: both are written in lower case.",
    # the command, and what it leads to
    "no-dockerfile": "There is no file Dockerfile. Did you mean app.Dockerfile?",
    "file-option-misspelt": "There is no file Dockerfil. Did you mean Dockerfile?",
    "file-option-no-folder": "There is no docker, which --file names.",
    "no-context": "There is no folder ap. Did you mean app?",
    "two-contexts": "A build needs one context, the folder with the files to copy. This command "
    "has none, or more than one word that is not an option.",
    "option-misspelt": "--tga is not an option of this command. Did you mean --tag?",
    "tag-in-capitals": "Site is no name for an image: use lower-case letters, digits and . _ - "
    "with / between parts, and a tag after a colon.",
    "tag-missing": "An image is pushed under its name, and this one has none.",
    "push-to-hub": "A name without a registry in front of it belongs to Docker Hub, which builds "
    "in the sandbox cannot reach.",
    "cache-registry-not-there": "No registry or server answers at localhost:1.",
    "cache-no-ref": "A cache in a registry needs a name.",
    "cache-no-folder": "A cache in a folder needs the folder's name.",
    "cache-type-misspelt": "There is no cache of the type registr. Did you mean registry?",
    "output-misspelt": "There is no output of the type imge. Did you mean image?",
    "output-no-place": "The output type=local needs a place.",
    "secret-no-file": "The command names the file nofile for a secret, and there is no such file.",
    "secret-not-given": "The build was given no secret x.",
    "ssh-no-agent": "`--ssh default` lends the ssh-agent in $SSH_AUTH_SOCK, and there is none.",
    "ssh-no-key": "The command lends the key nokey for --ssh, and there is no such file.",
    "ssh-not-given": "The Dockerfile asks for the ssh key or agent default, and the command lends "
    "none.",
    "builder-unknown": "There is no builder nobody.",
    "named-context-no-folder": "The named context more is the folder nofolder, and there is no "
    "such folder.",
    "bake-file": "",
    "bake-target-misspelt": "The bake file has no target or group ap.",
    "bake-no-file": "There is no bake file in this folder.",
    "bake-option-misspelt": "--pusch is not an option of this command. Did you mean --push?",
    "address-unknown": "The sandbox found no address for example.com: without the internet it "
    "reaches its own registry and packages.lab only.",
}
NEXT_STEPS = {
    "no-file": "put the file into the folder that is the context",
    "file-ignored": "add the line `!b.txt` at its end",
    "file-of-valueless": "pass --build-arg V=VALUE",
    "stage-arch": "write `ARG TARGETARCH` into this stage, below its FROM",
    "stage-cache-mount": "copy the file out of /app/out",
    "stage-workdir": "perhaps /app/l",
    "copy-one-dash": "write `--from=build`",
    "image-of-hub": "`sandbox up --online`",
    "command-fails": "read what the command printed, and fix that line",
    "mount-no-dashes": "write `RUN --mount=type=cache,target=/c`",
    "mount-one-dash": "write `RUN --mount=type=cache,target=/c`",
    "mount-blank": "write `RUN --mount=type=cache,target=/c`",
    "script-no-interpreter": "begin the script with `#!/bin/sh`",
    "platform-not-emulated": "tonistiigi/binfmt --install all",
    "instruction-misspelt": "correct that line as the message says",
    "base-in-capitals": "write two",
    "push-to-hub": "--tag $REGISTRY/site",
    "cache-no-ref": "write type=registry,ref=$REGISTRY/NAME:cache",
}


def test_every_recorded_failure_is_explained(recorded_failures: frozenset[str]) -> None:
    assert recorded_failures == CAUSES.keys()


@pytest.mark.parametrize("name", CAUSES)
def test_the_likely_cause(failed: Failed, tmp_path: Path, name: str) -> None:
    cause = explain(failed(name), tmp_path).cause

    assert cause.startswith(CAUSES[name])
    assert cause == CAUSES[name] or name == "front-end-tag"


@pytest.mark.parametrize("name", NEXT_STEPS)
def test_the_next_step(failed: Failed, tmp_path: Path, name: str) -> None:
    assert NEXT_STEPS[name] in explain(failed(name), tmp_path).next_step


@pytest.mark.parametrize("name", CAUSES)
def test_only_a_line_that_is_marked_is_spoken_of(failed: Failed, tmp_path: Path, name: str) -> None:
    build = failed(name)
    explained = explain(build, tmp_path)

    if explained.line is None:
        assert ">>>" not in build.message
        assert " line " not in explained.report()
    else:
        file = "docker-bake.hcl" if name == "bake-file" else "the Dockerfile"
        assert f"in line {explained.line} of {file}: " in explained.report()
    assert (">>>" in explained.report()) is False


@pytest.mark.parametrize("name", ["image-misspelt", "image-tag", "stage-misspelt", "stage-arch"])
def test_what_the_internet_would_not_mend(failed: Failed, tmp_path: Path, name: str) -> None:
    report = explain(failed(name), tmp_path).report()

    assert "--online" not in report
    assert "dockerignore" not in report


def test_an_image_that_is_only_not_made_yet(failed: Failed) -> None:
    build = failed("image-misspelt")
    known = replace(build, message=build.message.replace("bussybox", "busybox"))

    assert explain(known, None).next_step == "`sandbox warm lab/busybox`, then build again"


def test_a_line_that_buildkit_does_not_mark(failed: Failed) -> None:
    by_vertex, by_name = failed("address-unknown"), failed("stage-of-mount-misspelt")

    assert explain(by_vertex, None).instruction == "ADD http://example.com/x /x"
    assert explain(by_name, None).line == 4


def test_files_that_may_have_changed_are_not_looked_at(failed: Failed) -> None:
    explained = explain(failed("no-file"), None)

    assert explained.cause == "b.txt is not in the build context."
    assert ".dockerignore" in explained.next_step


def test_a_dockerfile_from_stdin_has_no_context(failed: Failed, tmp_path: Path) -> None:
    from_stdin = replace(failed("no-file"), command=("docker", "build", "-"))

    assert "no folder with it" in explain(from_stdin, tmp_path).cause
    assert "docker build --file - . < Dockerfile" in explain(from_stdin, tmp_path).next_step


def test_a_link_shows_nothing_of_another_folder(failed: Failed, tmp_path: Path) -> None:
    context = tmp_path / "context"
    context.mkdir()
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "key").touch()
    (context / "src").symlink_to(tmp_path / "private")

    assert "key" not in explain(failed("no-file-in-folder"), context).cause


def test_a_long_list_is_cut(failed: Failed, tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"part-{number:02}").touch()

    assert "part-06, and 23 more." in explain(failed("no-file"), tmp_path).cause


@pytest.mark.parametrize("option", ["--platform=linux/arm64", "--platform=linux/arm64,linux/amd64"])
def test_a_script_or_a_program_of_a_platform_that_the_command_names(
    failed: Failed, option: str
) -> None:
    build = failed("script-no-interpreter")
    foreign = replace(build, command=("docker", "buildx", "build", option, "."))

    assert "tonistiigi/binfmt" not in explain(build, None).next_step
    assert "tonistiigi/binfmt" in explain(foreign, None).next_step


@pytest.mark.parametrize(
    "said",
    [
        'runc run failed: unable to start container process: exec: "/bin/sh": exec format error',
        'standard_init_linux.go:228: exec user process caused "exec format error"',
    ],
)
def test_other_versions_of_runc_say_it_in_other_words(failed: Failed, said: str) -> None:
    failing = failed("platform-not-emulated")
    vertexes = tuple(replace(vertex, log=said) for vertex in failing.trace.vertexes)
    other = replace(failing, trace=replace(failing.trace, vertexes=vertexes))

    assert explain(other, None) == replace(explain(failing, None), printed=said)


def test_a_full_disk(failed: Failed) -> None:
    failing = failed("command-fails")

    def printing(vertex: Vertex) -> Vertex:
        return replace(vertex, log="dd: writing '/large': No space left on device\n")

    vertexes = tuple(map(printing, failing.trace.vertexes))
    by_program = replace(failing, trace=replace(failing.trace, vertexes=vertexes))
    by_buildkit = replace(failing, message="ERROR: failed to solve: write: no space left on device")
    for full in (by_program, by_buildkit):
        assert explain(full, None).cause == "The disk is full."
        assert "docker buildx prune --force" in explain(full, None).next_step


def test_a_failure_of_no_known_kind(failed: Failed) -> None:
    unknown = replace(failed("empty"), message="ERROR: failed to build: a new fault")

    explained = explain(unknown, None)

    assert explained.cause == ""
    assert explained.next_step.startswith("the message names the fault")


def test_a_hostile_output_is_searched_in_no_time(failed: Failed) -> None:
    failing = failed("no-secret")
    vertexes = tuple(replace(v, log="/run/secrets/" * 500_000) for v in failing.trace.vertexes)
    hostile = replace(failing, trace=replace(failing.trace, vertexes=vertexes))

    assert explain(hostile, None).next_step.startswith("read what the command printed")


def test_the_error_in_python(failed: Failed, tmp_path: Path) -> None:
    build = failed("no-file")
    error = failure(build, explain(build, tmp_path))

    assert error.message.splitlines()[0] == (
        "The build failed in line 2 of the Dockerfile: COPY b.txt ."
    )
    assert error.message.splitlines()[1].startswith(
        "  BuildKit says: failed to compute cache key: failed to calculate checksum of ref "
    )
    assert error.report().splitlines()[2] == (
        "  likely cause: b.txt is not in the build context; there: a.txt."
    )
    assert error.report().splitlines()[-1].startswith("  next: write a path that is there")


def test_the_error_in_python_without_a_line(failed: Failed) -> None:
    build = failed("tag-missing")

    message = failure(build, explain(build, None)).message

    assert message == (
        "The build failed: tag is needed when pushing to registry\n"
        "  likely cause: An image is pushed under its name, and this one has none."
    )
