"""The private repository: who may clone it in a build, and what a build leaves of the key."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import BuildError, Image, Sandbox, SshAgent, process
from sandbox.engine import rootless

CLONE = "RUN --mount=type=ssh git clone git@git.lab:team/recipes.git /recipes"
NEWEST = "0175bdd720c36bfb19c05dba923e3c4b8cf011e4"
TAGGED = "43094a032e1b49f9c0460ef1c09b2da88727a336"


@pytest.fixture
def context(sandbox: Sandbox, tmp_path: Path) -> Path:
    """A Dockerfile that clones, and the server's line for known_hosts beside it."""
    (tmp_path / "known_hosts").write_text(sandbox.git.known_hosts)
    write(tmp_path, "COPY known_hosts /root/.ssh/", CLONE, "RUN git -C /recipes log --format=%H")
    return tmp_path


@pytest.fixture
def agent(sandbox: Sandbox) -> Iterator[SshAgent]:
    with sandbox.git.agent() as started:
        yield started


def write(folder: Path, *lines: str) -> None:
    (folder / "Dockerfile").write_text("\n".join(("FROM lab/git", *lines, "")))


def new_key(file: Path) -> Path:
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(file)]
    subprocess.run(words, check=True)
    return file


def test_clones_with_the_agent(sandbox: Sandbox, context: Path, agent: SshAgent) -> None:
    made = sandbox.build(context, ssh=f"default={agent.socket}", tags=["cloned"], no_cache=True)
    assert NEWEST in made.log
    image = sandbox.image("cloned")
    assert image.find(b"patience")
    assert found_of_key(sandbox, image) == ()


def found_of_key(sandbox: Sandbox, image: Image) -> tuple[object, ...]:
    """Where a line of the private key is, as it is in its file."""
    line = sandbox.git.key.read_text().splitlines()[2]
    assert len(line) > 60
    return image.find(line.encode())


def test_the_key_would_have_been_found(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "id_ed25519").write_bytes(sandbox.git.key.read_bytes())
    write(tmp_path, "COPY id_ed25519 /root/.ssh/", "RUN rm /root/.ssh/id_ed25519")
    sandbox.build(tmp_path, tags=["leaking"])
    (found,) = found_of_key(sandbox, sandbox.image("leaking"))
    assert "/root/.ssh/id_ed25519" in str(found)


def test_without_ssh_there_is_no_clone(sandbox: Sandbox, context: Path) -> None:
    made = sandbox.build(context, no_cache=True, check=False)
    assert "Permission denied (publickey)" in made.log


@pytest.mark.usefixtures("agent")
def test_an_agent_is_of_no_use_to_a_run_without_the_mount(sandbox: Sandbox, context: Path) -> None:
    write(context, "COPY known_hosts /root/.ssh/", CLONE.replace("--mount=type=ssh ", ""))
    made = sandbox.build(context, ssh="default", no_cache=True, check=False)
    assert "Permission denied (publickey)" in made.log


@pytest.mark.parametrize(
    "url",
    [
        "ssh://git@git.lab/team/recipes.git",
        "git@git.lab:/team/recipes.git",
        "ssh://git@git.lab/~/team/recipes.git",
    ],
)
def test_other_ways_to_write_the_address(
    sandbox: Sandbox, context: Path, agent: SshAgent, url: str
) -> None:
    clone = CLONE.replace(sandbox.git.url, url)
    assert url in clone
    write(context, "COPY known_hosts /root/.ssh/", clone, f"ADD {url} /added/", "RUN ls /added")
    made = sandbox.build(context, ssh=f"default={agent.socket}", no_cache=True)
    assert "bread.txt" in made.log


def branches(sandbox: Sandbox) -> list[str]:
    repository = "/lab/git/team/recipes.git"
    argv = ("git", "-C", repository, "branch", "--format=%(refname:short)")
    return rootless.inside(sandbox.state, argv).stdout.split()


def test_a_branch_for_a_while(sandbox: Sandbox, context: Path, agent: SshAgent) -> None:
    clone = CLONE.replace("clone", "clone --branch today")
    write(context, "COPY known_hosts /root/.ssh/", clone, "RUN cat /recipes/*.txt")
    with sandbox.git.branch("today", "special.txt", "Fish, 8c1f"):
        made = sandbox.build(context, ssh=f"default={agent.socket}", no_cache=True)
        write(context, f"ADD {sandbox.git.url}#today /x", "RUN cat /x/*.txt")
        engine = sandbox.build(context, ssh=f"default={agent.socket}", no_cache=True)
    for build in (made, engine):
        assert "Fish, 8c1f" in build.log
        assert "Soup" in build.log
    assert branches(sandbox) == ["main"]


def test_a_branch_of_a_process_that_was_killed_goes_with_the_next_one(sandbox: Sandbox) -> None:
    killed = """
import os, signal
from sandbox import Sandbox
with Sandbox().git.branch("killed", "special.txt", "Fish"):
    os.kill(os.getpid(), signal.SIGKILL)
"""
    env = {**os.environ, "BUILDKIT_LAB_HOME": str(sandbox.paths.home)}
    subprocess.run([sys.executable, "-c", killed], env=env, check=False)
    assert branches(sandbox) == ["killed", "main"]
    with sandbox.git.branch("next", "special.txt", "Fish"):
        assert branches(sandbox) == ["main", "next"]
    assert branches(sandbox) == ["main"]


def test_an_agent_without_a_key_does_not_open(sandbox: Sandbox, context: Path) -> None:
    before, environ = os.environ.get("SSH_AUTH_SOCK"), dict(os.environ)
    with sandbox.git.agent(empty=True, environ=environ) as agent:
        assert environ["SSH_AUTH_SOCK"] == str(agent.socket)
        assert os.environ.get("SSH_AUTH_SOCK") == before
        made = sandbox.build(context, ssh=f"default={agent.socket}", no_cache=True, check=False)
    assert "Permission denied (publickey)" in made.log


def test_a_foreign_key_does_not_open(sandbox: Sandbox, context: Path, tmp_path: Path) -> None:
    with SshAgent(sandbox.paths.run, new_key(tmp_path / "foreign")) as agent:
        made = sandbox.build(context, ssh=f"default={agent.socket}", no_cache=True, check=False)
    assert "Permission denied (publickey)" in made.log


def test_another_server_is_not_taken_for_this_one(
    sandbox: Sandbox, context: Path, tmp_path: Path, agent: SshAgent
) -> None:
    new_key(tmp_path / "other")
    (context / "known_hosts").write_text(f"git.lab {(tmp_path / 'other.pub').read_text()}")
    made = sandbox.build(context, ssh=f"default={agent.socket}", no_cache=True, check=False)
    assert "Host key verification failed" in made.log


def test_keyscan_finds_the_line_that_is_told(sandbox: Sandbox, tmp_path: Path) -> None:
    write(tmp_path, "RUN ssh-keyscan -t ed25519 git.lab > /found", "RUN cat /found")
    assert sandbox.git.known_hosts.strip() in sandbox.build(tmp_path, no_cache=True).log


def test_nothing_else_can_be_done_there(sandbox: Sandbox, context: Path, agent: SshAgent) -> None:
    """No shell, no other user, no port, nothing of the sandbox's home, no push."""
    tries = (
        "ssh git@git.lab id",
        "ssh git@git.lab",
        "ssh root@git.lab id",
        "ssh -N -o ExitOnForwardFailure=yes -R 9999:localhost:1 git@git.lab",
        "git clone git@git.lab:/lab/ssh",
        "git clone git@git.lab:../ssh",
        "git clone git@git.lab:/lab/run/inside",
        "git clone git@git.lab://lab/ssh",
        "git clone git@git.lab://lab/run/inside",
        "git -C /recipes -c user.name=x -c user.email=y commit --allow-empty -m x && "
        "git -C /recipes push",
    )
    lines = [f"RUN --mount=type=ssh ! ({attempt})" for attempt in tries]
    write(context, "COPY known_hosts /root/.ssh/", CLONE, *lines)
    assert sandbox.build(context, ssh=f"default={agent.socket}", no_cache=True).ok
    head = rootless.inside(
        sandbox.state, ("git", "-C", "/lab/git/team/recipes.git", "rev-parse", "main")
    )
    assert head.stdout.strip() == NEWEST


def test_the_engine_itself_clones(sandbox: Sandbox, tmp_path: Path, agent: SshAgent) -> None:
    """For ADD, and for a build whose context is the repository."""
    url = sandbox.git.url
    write(tmp_path, f"ADD {url} /new", f"ADD {url}#v1 /old", "RUN tail -n 1 /new/bread.txt /old/*")
    made = sandbox.build(tmp_path, ssh=f"default={agent.socket}", no_cache=True)
    assert "salt, patience" in made.log
    assert "water, salt. Knead" in made.log
    for reference in (url, f"{url}#v1", f"{url}#{TAGGED}"):
        argv = ("docker", "buildx", "build", "--ssh", "default", "--tag", "recipes", reference)
        assert sandbox.build_line(argv).ok
        assert "Soup" in sandbox.run("recipes").stdout


def test_the_engine_itself_is_not_let_in_without_a_key(sandbox: Sandbox, tmp_path: Path) -> None:
    write(tmp_path, f"ADD {sandbox.git.url} /recipes")
    with pytest.raises(BuildError, match="unset ssh forward key"):
        sandbox.build(tmp_path, no_cache=True)


def test_keys_are_the_owners_alone(sandbox: Sandbox) -> None:
    key = sandbox.git.key
    for file in (key, sandbox.paths.git / "host_key"):
        assert file.stat().st_mode & 0o777 == 0o600
    assert key.parent.stat().st_mode & 0o777 == 0o700
    assert key.stat().st_uid == os.getuid()


def test_down_and_up_and_down(sandbox: Sandbox, cache: Path, tmp_path: Path) -> None:
    """The same keys and the same commits after a restart, whatever the reason for it; a reset
    leaves nothing of either."""
    home = sandbox.paths.home.with_name("with-git")
    home.mkdir(mode=0o700)  # whoever logs in has nothing to look for in there
    umask = os.umask(0o077)
    other = Sandbox(home, cache)
    try:
        other.up()
        key, line = other.git.key.read_text(), other.git.known_hosts
        assert key != sandbox.git.key.read_text()
        with other.git.agent() as agent:
            assert clones(other, tmp_path, agent)
            assert other.down()
            assert agent.socket is None
            other.up()
            assert (other.git.key.read_text(), other.git.known_hosts) == (key, line)
            agent.start()
            assert clones(other, tmp_path, agent)
            kill_services(other)
            other.up()
            assert clones(other, tmp_path, agent)
            shutil.rmtree(other.paths.git / "team")
            assert clones(other, tmp_path, agent)
            assert (other.git.key.read_text(), other.git.known_hosts) == (key, line)
    finally:
        os.umask(umask)
        other.reset()
    assert not home.exists()


def kill_services(lab: Sandbox) -> None:
    engine = lab.state.process
    assert engine is not None
    (services,) = [c for c in engine.children(recursive=True) if "inside" in c.cmdline()[-1:]]
    services.kill()
    while process.runs(services):
        time.sleep(process.POLL_S)


def clones(lab: Sandbox, folder: Path, agent: SshAgent) -> bool:
    (folder / "known_hosts").write_text(lab.git.known_hosts)
    write(folder, "COPY known_hosts /root/.ssh/", CLONE, "RUN git -C /recipes rev-parse HEAD")
    made = lab.build(folder, ssh=f"default={agent.socket}", no_cache=True)
    return NEWEST in made.log
