"""Real builds: what goes in, what comes out, and that both are the engine's own."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest

from sandbox import BuildError, CommandError, Sandbox, process
from sandbox.build import container, recorder
from sandbox.images.recipe import catalog

INDEX = "application/vnd.oci.image.index.v1+json"


def write(folder: Path, *lines: str) -> Path:
    (folder / "Dockerfile").write_text("\n".join((*lines, "")))
    return folder


def test_a_foreign_platform_is_emulated(sandbox: Sandbox, tmp_path: Path) -> None:
    made = sandbox.build(
        write(tmp_path, "FROM lab/busybox", "RUN uname -m && sh -c 'echo argv0 is $0'"),
        platforms=["linux/amd64", "linux/arm64"],
        no_cache=True,
    )
    lines = made.log.splitlines()
    assert {"x86_64", "aarch64"} <= set(lines)
    assert "argv0 is sh" in lines


@pytest.mark.parametrize("tag", [":1", ":1.7", ":1.3-labs", ""])
def test_a_syntax_line_works_offline(sandbox: Sandbox, tmp_path: Path, tag: str) -> None:
    made = sandbox.build(
        write(
            tmp_path,
            f"# syntax=docker/dockerfile{tag}",
            "FROM lab/busybox",
            "RUN <<EOF",
            "echo from a heredoc",
            "EOF",
        ),
        no_cache=True,
    )
    assert "from a heredoc" in made.log


def test_behind_a_syntax_line_an_error_keeps_its_place(sandbox: Sandbox, tmp_path: Path) -> None:
    lines = ["# syntax=docker/dockerfile:1.7", "FROM lab/busybox", "RUN true", "RUM echo"]
    with pytest.raises(BuildError, match="unknown instruction: RUM") as caught:
        sandbox.build(write(tmp_path, *lines))
    assert "Dockerfile:4" in caught.value.build.message
    assert "4 | >>> RUM echo" in caught.value.build.message


def test_every_syntax_tag_is_served(sandbox: Sandbox) -> None:
    recipe = catalog()["docker/dockerfile"]
    sandbox.warm([recipe.name])
    with urllib.request.urlopen(f"http://{sandbox.registry}/v2/{recipe.name}/tags/list") as answer:
        assert set(json.load(answer)["tags"]) == {*recipe.tags, recipe.key}


def test_options_reach_buildx(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("hunter2")
    write(
        tmp_path,
        "FROM lab/busybox AS first",
        "ARG GREETING",
        "RUN echo greeting is $GREETING",
        "RUN --mount=type=secret,id=token wc -c < /run/secrets/token",
        "FROM first AS second",
        "RUN echo never asked for",
    )
    options = {
        "target": "first",
        "build_args": {"GREETING": "hello"},
        "tags": ["one:1", "two:2"],
        "secrets": [f"id=token,src={tmp_path / 'token'}"],
        "labels": {"org.example.kind": "test"},
    }
    made = sandbox.build(tmp_path, no_cache=True, **options)
    assert "greeting is hello" in made.log
    assert "7" in made.log.split()
    assert "never asked for" not in made.log
    assert made.target == "first"
    images = json.loads(sandbox.docker("image", "inspect", "one:1", "two:2").stdout)
    assert {image["Id"] for image in images} == {made.image_digest}
    assert images[0]["Config"]["Labels"]["org.example.kind"] == "test"
    ran = [vertex for vertex in made.trace.vertexes if "RUN" in vertex.name]
    assert not [vertex for vertex in ran if vertex.cached]
    again = sandbox.build(tmp_path, **options)
    assert {vertex.cached for vertex in again.trace.vertexes if "RUN" in vertex.name} == {True}


def test_the_command_is_the_one_that_a_person_types(sandbox: Sandbox, tmp_path: Path) -> None:
    write(tmp_path, "FROM lab/busybox AS only", "ARG WORD", "RUN echo the word is $WORD")
    made = sandbox.build(
        tmp_path, target="only", tags=["typed"], build_args={"WORD": "two words"}, no_cache=True
    )
    assert made.command[:3] == ("docker", "buildx", "build")
    assert not [word for word in made.command if "rawjson" in word or "metadata" in word]
    again = sandbox.build_line(made.command)
    assert "the word is two words" in again.log
    assert again.command == made.command
    assert again.target == "only"


def test_a_plain_build_is_a_plain_command(sandbox: Sandbox, tmp_path: Path) -> None:
    made = sandbox.build(write(tmp_path, "FROM lab/busybox"))
    assert made.command == ("docker", "buildx", "build", str(tmp_path))


def test_a_line_is_run_where_it_was_typed(sandbox: Sandbox, tmp_path: Path) -> None:
    write(tmp_path, "FROM lab/busybox", "COPY here /", "RUN cat /here")
    (tmp_path / "here").write_text("in this folder\n")
    made = sandbox.build_line(["docker", "build", "--no-cache", "."], cwd=tmp_path)
    assert "in this folder" in made.log
    assert made.command == ("docker", "build", "--no-cache", ".")


def test_the_digest_is_the_registrys(sandbox: Sandbox, tmp_path: Path) -> None:
    name = f"{sandbox.registry}/test/digest:1"
    made = sandbox.build(write(tmp_path, "FROM lab/busybox", "RUN date"), tags=[name], push=True)
    request = urllib.request.Request(
        f"http://{sandbox.registry}/v2/test/digest/manifests/1", headers={"Accept": INDEX}
    )
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["Docker-Content-Digest"] == made.image_digest


def test_the_registry_is_the_mirror_of_docker_io(sandbox: Sandbox, tmp_path: Path) -> None:
    base = f"{sandbox.registry}/mirrored/base:1"
    sandbox.build(write(tmp_path, "FROM lab/busybox", "RUN echo > /m"), tags=[base], push=True)
    sandbox.build(write(tmp_path, "FROM mirrored/base:1", "RUN test -f /m"))
    sandbox.build(write(tmp_path, f"FROM {base}", "RUN test -f /m"))


def test_the_legacy_builder_works_too(sandbox: Sandbox, tmp_path: Path) -> None:
    write(tmp_path, "FROM lab/busybox", "RUN echo one at a time")
    sandbox.warm(["lab/busybox"])
    env = {**sandbox.environment(), "DOCKER_BUILDKIT": "0"}
    done = process.run([str(sandbox.paths.bin / "docker"), "build", str(tmp_path)], env=env)
    assert "Step 2/2" in done.stdout
    assert "one at a time" in done.stdout


def test_run_shows_what_a_container_did(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.build(
        write(tmp_path, "FROM lab/busybox", 'CMD ["sh", "-c", "echo out; echo err >&2; exit 3"]'),
        tags=["talks"],
    )
    result = sandbox.run("talks")
    assert (result.exit_code, result.stdout, result.stderr) == (3, "out\n", "err\n")
    assert not result.timed_out
    assert sandbox.run("talks", "echo", "other").stdout == "other\n"
    with pytest.raises(CommandError, match="could not be run"):
        sandbox.run("talks", "no-such-program")
    with pytest.raises(CommandError):
        sandbox.run("no-such-image")


def test_run_has_no_network_and_no_patience(sandbox: Sandbox) -> None:
    sandbox.warm(["lab/busybox"])
    result = sandbox.run("lab/busybox", "ip", "-o", "link")
    assert [line.split()[1] for line in result.stdout.splitlines()] == ["lo:"]
    slow = sandbox.run("lab/busybox", "sh", "-c", "trap '' INT TERM; sleep 600", timeout_s=1)
    assert slow.timed_out
    assert slow.exit_code is None
    assert sandbox.docker("ps", "--all", "--quiet").stdout == ""


def test_run_ends_what_prints_without_end(sandbox: Sandbox, tmp_path: Path) -> None:
    write(tmp_path, "FROM lab/busybox", "VOLUME /data", 'CMD ["sh", "-c", "trap : INT; yes"]')
    sandbox.build(tmp_path, tags=["floods"])
    volumes = sandbox.docker("volume", "ls", "--quiet").stdout
    flood = sandbox.run("floods", timeout_s=1)
    assert flood.timed_out
    assert flood.stdout.startswith("y\ny\n")
    assert flood.stdout.endswith("are not kept]\n")
    assert len(flood.stdout) < 2 * container.KEEP_BYTES
    assert flood.duration_s < process.CANCEL_GRACE_S  # nobody waited for it to heed a signal
    assert sandbox.docker("ps", "--all", "--quiet").stdout == ""
    assert sandbox.docker("volume", "ls", "--quiet").stdout == volumes


def test_builds_leave_records_and_old_ones_go(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "KEPT_BUILDS", 3)
    write(tmp_path, "FROM lab/busybox")
    made = [sandbox.build(tmp_path) for _ in range(5)]
    assert [build.log_path.exists() for build in made] == [False, False, True, True, True]
    assert made[-1].log_path.read_text().startswith("{")
