"""Records in ``failures.json`` what BuildKit and docker say about builds that fail.

    python tests/data/record_failures.py [NAME ...]

It uses the sandbox of ``BUILDKIT_LAB_HOME``, and replaces the failures that are named; all of them
if none is. Identifiers and ports differ from run to run, and no test looks at them.
"""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from sandbox import Sandbox

RECORDED = Path(__file__).parent / "failures.json"
BASE = "FROM lab/busybox\n"
BUILD = "FROM lab/busybox AS build\nRUN echo 1 > /l\n"
"""A stage that makes a file, for the stage behind it."""
CACHE = "type=registry,ref=localhost:1/cache"
ECHO = f"{BASE}RUN echo\n"


@dataclass(frozen=True)
class Input:
    """A build that fails: its Dockerfile (None: no such file), options and files."""

    dockerfile: str | None
    options: tuple[str, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    context: tuple[str, ...] = (".",)
    env: dict[str, str | None] = field(default_factory=dict)
    emulated: bool = True
    kind: str = "build"


def copies(line: str, *files: str, ignores: str = "") -> Input:
    """One line that copies, in a context that has these files."""
    ignore = {".dockerignore": ignores} if ignores else {}
    return Input(f"{BASE}{line}\n", files=dict.fromkeys(files, "text\n") | ignore)


def second(line: str) -> Input:
    """One line of a stage behind the stage ``build``."""
    return Input(f"{BUILD}{BASE}{line}\n")


def runs(line: str, script: str = "") -> Input:
    """One line that runs, and the text of the executable ``/go.sh``."""
    copy = "COPY --chmod=755 go.sh /go.sh\n" if script else ""
    return Input(f"{BASE}{copy}{line}\n", files={"go.sh": script} if script else {})


def bakes(bake_file: str | None, *words: str) -> Input:
    """A bake with words behind it; None: without a file."""
    files = {"docker-bake.hcl": bake_file} if bake_file is not None else {}
    return Input(BASE, context=words, files=files, kind="bake")


def options(*words: str, dockerfile: str = ECHO, **env: str | None) -> Input:
    """Options of the command."""
    return Input(dockerfile, words, env=dict(env))


INPUTS = {
    # files
    "no-file": copies("COPY b.txt .", "a.txt"),
    "no-file-in-folder": copies("COPY src/b.txt .", "src/a.txt"),
    "no-file-of-several": copies("COPY a.txt \\\n  b.txt /x/", "a.txt"),
    "file-elsewhere": copies("COPY a.txt /x/", "src/a.txt"),
    "file-in-capitals": copies("COPY README.TXT /x/", "readme.txt"),
    "file-ignored": copies("COPY b.txt .", "a.txt", "b.txt", ignores="*.txt\n"),
    "file-outside": copies("COPY ../b.txt /x/", "a.txt"),
    "file-of-mount": copies("RUN --mount=type=bind,source=b.txt,target=/b cat /b", "a.txt"),
    "file-of-undeclared": copies("COPY app-${V}.txt .", "app-1.txt"),
    "file-of-valueless": copies("ARG V\nCOPY app-${V}.txt .", "app-1.txt"),
    "file-of-global": Input(
        f"ARG V=1\n{BASE}COPY app-${{V}}.txt .\n", files={"app-1.txt": "text\n"}
    ),
    "file-of-named-context": Input(
        f"{BASE}COPY --from=more /b.txt /\n", ("--build-context=more=sub",), {"sub/a.txt": "text\n"}
    ),
    "stage-no-file": second("COPY --from=build /m /m"),
    "stage-no-folder": second("COPY --from=build /c/*.txt /x/"),
    "stage-arch": second("COPY --from=build /lib/${TARGETARCH}/l /l"),
    "stage-cache-mount": Input(
        "FROM lab/busybox AS build\nWORKDIR /app\n"
        "RUN --mount=type=cache,target=out echo 1 > out/l\n"
        f"{BASE}COPY --from=build /app/out/l /l\n"
    ),
    "stage-workdir": Input(
        f"FROM lab/busybox AS build\nWORKDIR /app\nRUN echo 1 > l\n{BASE}COPY --from=build l /l\n"
    ),
    "image-no-file": copies("COPY --from=lab/debian /nothere /l"),
    "copy-no-dashes": second("COPY from=build /l /l"),
    "copy-one-dash": second("COPY -from=build /l /l"),
    # stages, images, platforms
    "stage-misspelt": second("COPY --from=bild /l /l"),
    "stage-of-mount-misspelt": second("RUN --mount=from=bulid,target=/x ls /x"),
    "stage-of-from-misspelt": Input(f"{BUILD}FROM biuld\nRUN ls\n"),
    "stage-unknown": second("COPY --from=tests /l /l"),
    "stage-number": second("COPY --from=7 /l /l"),
    "image-for-copy": second("COPY --from=busybox /bin/sh /sh"),
    "target-misspelt": options("--target=biuld", dockerfile=BUILD),
    "target-number": options("--target=0", dockerfile=BASE),
    "image-of-hub": Input("FROM ubuntu:24.04\n"),
    "image-misspelt": Input("FROM lab/bussybox\n"),
    "image-tag": Input("FROM lab/busybox:9\n"),
    "image-digest": Input(f"FROM lab/busybox@sha256:{'0' * 64}\n"),
    "image-never-pushed": Input("FROM localhost:5007/none\n"),
    "image-of-other-registry": Input("FROM registry.example.com/x/y\n"),
    "front-end-tag": Input(f"# syntax=docker/dockerfile:0\n{BASE}"),
    "front-end-misspelt": Input(f"# syntax=docker/dockerfil:1\n{BASE}"),
    "platform-misspelt": options("--platform=linux/arm65"),
    "platform-of-several": options("--platform=linux/amd64,linux/riscv64"),
    "platform-of-from": Input("FROM --platform=linux/arm65 lab/busybox\nRUN echo\n"),
    # commands
    "command-fails": runs("RUN echo oops && exit 3"),
    "mount-no-dashes": runs("RUN mount=type=cache,target=/c echo hi > /c/x"),
    "mount-one-dash": runs("RUN -mount=type=cache,target=/c echo hi > /c/x"),
    "mount-blank": runs("RUN mount type=cache,target=/c echo hi > /c/x"),
    "script-no-interpreter": runs('RUN ["/go.sh"]', script="echo hi\n"),
    "script-windows": runs('RUN ["/go.sh"]', script="#!/bin/sh\r\necho hi\r\n"),
    "script-not-executable": Input(
        f'{BASE}COPY go.sh /\nRUN ["/go.sh"]\n', files={"go.sh": "#!/bin/sh\n"}
    ),
    "program-missing": runs('RUN ["/nogo.sh"]'),
    "program-not-found": runs("RUN apt-get update"),
    "shell-missing": Input("FROM scratch\nRUN echo hi\n"),
    "platform-not-emulated": Input(
        "FROM lab/busybox\nRUN echo foreign\n", ("--platform=linux/arm64",), emulated=False
    ),
    "no-internet": runs("RUN wget -T 2 http://example.com/x"),
    "no-secret": runs("RUN --mount=type=secret,id=x cat /run/secrets/x"),
    # Dockerfiles that are refused
    "instruction-misspelt": Input(f"{BASE}COPPY a b\n"),
    "empty": Input(""),
    "no-from": Input("RUN echo hi\n"),
    "base-empty": Input("ARG B\nFROM ${B}\n"),
    "base-half-empty": Input("FROM lab/${B}\n"),
    "base-in-capitals": Input("FROM lab/busybox AS two\nFROM TWO\nRUN echo\n"),
    # the command, and what it leads to
    "no-dockerfile": Input(None, files={"app.Dockerfile": BASE}),
    "file-option-misspelt": options("--file=Dockerfil"),
    "file-option-no-folder": options("--file=docker/Dockerfile"),
    "no-context": Input(BASE, context=("ap",), files={"app/x": ""}),
    "two-contexts": Input(BASE, context=(".", "x")),
    "option-misspelt": options("--tga", "x"),
    "tag-in-capitals": options("--tag=Site"),
    "tag-missing": options("--push"),
    "push-to-hub": options("--push", "--tag=site"),
    "cache-registry-not-there": options(f"--cache-to={CACHE}"),
    "cache-no-ref": options("--cache-to=type=registry"),
    "cache-no-folder": options("--cache-to=type=local"),
    "cache-type-misspelt": options("--cache-to=type=registr,ref=x"),
    "output-misspelt": options("--output=type=imge"),
    "output-no-place": options("--output=type=local"),
    "secret-no-file": options("--secret=id=x,src=nofile"),
    "secret-not-given": Input(f"{BASE}RUN --mount=type=secret,id=x,required=true true\n"),
    "ssh-no-agent": options("--ssh=default", SSH_AUTH_SOCK=None),
    "ssh-no-key": options("--ssh=default=nokey"),
    "ssh-not-given": Input(f"{BASE}RUN --mount=type=ssh,required=true true\n"),
    "builder-unknown": options("--builder=nobody"),
    "named-context-no-folder": options("--build-context=more=nofolder"),
    "bake-file": bakes('target "app" {\n  tags = [nope]\n}\n', "app"),
    "bake-target-misspelt": bakes('target "app" {}\n', "ap"),
    "bake-no-file": bakes(None),
    "bake-option-misspelt": bakes('target "app" {}\n', "--pusch", "app"),
    "address-unknown": copies("ADD http://example.com/x /x"),
}


def record(lab: Sandbox, one: Input) -> dict[str, object]:
    """Make the build, and return all that a test needs to know of it."""
    command = ("docker", "buildx", one.kind, *one.options, *one.context)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        lay_out(folder, one.dockerfile, one.files)
        build = lab.build_line(command, cwd=folder, env=one.env, check=False)
    assert not build.ok, command
    return {
        "command": command,
        "dockerfile": one.dockerfile,
        "files": one.files,
        "message": build.message,
        "plain": build.trace.plain,
        "failed": [
            {"name": v.name, "instruction": v.instruction, "error": v.error, "log": v.log}
            for v in build.trace.vertexes
            if v.error is not None
        ],
    }


def lay_out(folder: Path, dockerfile: str | None, files: dict[str, str]) -> None:
    """Write the files of a context."""
    if dockerfile is not None:
        (folder / "Dockerfile").write_text(dockerfile)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def main(names: list[str]) -> None:
    lab = Sandbox()
    lab.up()
    recorded = json.loads(RECORDED.read_text()) if names else {}
    for name in names or INPUTS:
        if INPUTS[name].emulated:
            recorded[name] = record(lab, INPUTS[name])
        else:
            with lab.emulation.switched_off():
                recorded[name] = record(lab, INPUTS[name])
    RECORDED.write_text(json.dumps(recorded, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
