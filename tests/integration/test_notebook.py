"""The notebook extension in a shell of IPython, against the real engine."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

from sandbox import Sandbox
from sandbox.engine import binfmt, debian
from sandbox.errors import SandboxError, SetupError
from sandbox.images import image_cache
from sandbox.images.base_images import BaseImages
from sandbox.images.recipe import catalog
from sandbox.notebook.session import CommandInterrupted

DOCKERFILE = """\
FROM lab/busybox AS one
RUN echo said-by-one > /one
FROM lab/busybox AS two
RUN sleep 0.1
FROM lab/busybox
COPY --from=one /one /one
CMD ["cat", "/one"]
"""


@dataclass(frozen=True)
class Seen:
    """What a cell printed, and what it displayed as pictures."""

    stdout: str
    stderr: str
    outputs: list[Any]


@dataclass(frozen=True)
class Notebook:
    """A shell with the extension, in a folder of its own."""

    shell: Any  # its methods have no types
    folder: Path

    def run(self, source: str) -> Seen:
        """Run a cell that must succeed; what it printed and displayed."""
        with capture_output() as captured:
            result = self.shell.run_cell(source)
        result.raise_error()
        # A shell in a terminal writes its prompt before a result, also when there is none to show.
        return Seen(captured.stdout.replace("Out[0]: ", ""), captured.stderr, captured.outputs)

    def fail(self, source: str) -> tuple[BaseException, str]:
        """Run a cell that must fail; its exception, and all that the reader sees."""
        with capture_output() as captured:
            result = self.shell.run_cell(source)
        assert result.error_in_exec is not None
        return result.error_in_exec, captured.stdout + captured.stderr

    def value(self, name: str) -> Any:
        return self.shell.user_ns[name]

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)


def environment() -> dict[str, str]:
    """Without what pytest itself changes while a test runs."""
    return {name: os.environ[name] for name in os.environ if name != "PYTEST_CURRENT_TEST"}


@pytest.fixture
def notebook(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Notebook]:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    shell: Any = InteractiveShell.instance(
        config=Config(HistoryManager={"enabled": False}, InteractiveShell={"colors": "nocolor"})
    )
    before = environment()
    try:
        shell.run_cell("%load_ext sandbox").raise_error()
        yield Notebook(shell, tmp_path)
        shell.run_cell("%unload_ext sandbox").raise_error()
        assert environment() == before
    finally:
        InteractiveShell.clear_instance()


def test_a_build_is_a_value_and_two_pictures(notebook: Notebook) -> None:
    notebook.shell.user_ns["tag"] = "lab-nb:one"
    seen = notebook.run("b = %docker buildx build --tag {tag} .")
    build = notebook.value("b")
    assert build.ok
    assert build.command == ("docker", "buildx", "build", "--tag", "lab-nb:one", ".")
    assert build.stage_state("two") == "skipped"
    assert "[+] Building" in seen.stdout
    assert "FINISHED" in seen.stdout
    kinds = [set(output.data) for output in seen.outputs]
    assert kinds == [{"image/svg+xml", "text/plain"}] * 2
    assert seen.outputs[0].data["text/plain"].startswith("Stage graph.")
    assert seen.outputs[1].data["text/plain"].startswith("Timeline.")
    # And the same picture again for who asks for it, in another cell.
    assert len(notebook.run("b").outputs) == 2
    assert "said-by-one" in notebook.run("!docker run --rm lab-nb:one").stdout


def test_a_build_is_shown_once(notebook: Notebook) -> None:
    assert len(notebook.run("%docker buildx build .").outputs) == 2
    assert len(notebook.run("b = %docker buildx build .\nb").outputs) == 2


def test_a_cell_of_several_lines(notebook: Notebook) -> None:
    notebook.write("other.Dockerfile", DOCKERFILE.replace("said-by", "other-by"))
    notebook.run(
        "%%docker made\n# a note\ndocker buildx build \\\n  -f other.Dockerfile \\\n"
        "  --target one ."
    )
    build = notebook.value("made")
    assert build.ok
    assert build.target == "one"
    assert build.stage_state("stage-2") == "skipped"


def test_a_typed_build_goes_where_the_learner_chose(sandbox: Sandbox, notebook: Notebook) -> None:
    word = secrets.token_hex(8)
    notebook.write("Dockerfile", f"FROM lab/busybox\nRUN echo {word}\n")
    try:
        notebook.run("%docker buildx create --name theirs --use")
        notebook.run("b = %docker buildx build .")
        assert notebook.value("b").ok
        # Its own builder's log names what ran there.
        assert word in sandbox.docker("logs", "buildx_buildkit_theirs0").stdout
    finally:
        sandbox.docker("buildx", "rm", "--force", "theirs", check=False)
        sandbox.docker("buildx", "use", "default")


def test_a_notebook_begins_with_the_sandbox_as_it_was_started(
    sandbox: Sandbox, notebook: Notebook
) -> None:
    sandbox.docker("buildx", "create", "--name", "earlier", "--use")
    try:
        sandbox.emulation.off()
        usual = sandbox.packages.pace
        sandbox.packages.set_pace(bandwidth_bytes_s=1e3)
        notebook.run("%unload_ext sandbox\n%load_ext sandbox")
        assert sandbox.emulation.is_on
        assert sandbox.packages.pace == usual
        # How far apart they stand depends on what else is said.
        words = sandbox.docker("buildx", "inspect").stdout.split()
        assert words[:2] == ["Name:", "default"]
    finally:
        sandbox.emulation.on()
        sandbox.docker("buildx", "rm", "earlier")


def test_what_runs_for_another_platform_is_explained(sandbox: Sandbox, notebook: Notebook) -> None:
    notebook.write("Dockerfile", "FROM lab/busybox\nRUN uname -m\n")
    platform = binfmt.foreign().docker
    with sandbox.emulation.switched_off():
        seen = notebook.run(f"b = %docker buildx build --no-cache --platform linux/{platform} .")
    assert not notebook.value("b").ok
    told = seen.outputs[0].data["text/plain"]
    assert "Likely cause: An exec format error: the shell of this stage is for another" in told
    assert "tonistiigi/binfmt --install all" in told


def test_a_failed_build_is_shown_and_returned(notebook: Notebook) -> None:
    notebook.write("bad.Dockerfile", "FROM lab/busybox AS bad\nRUN echo alas && exit 3\n")
    seen = notebook.run("b = %docker buildx build -f bad.Dockerfile .")
    assert not notebook.value("b").ok
    why, graph, *_ = (output.data["text/plain"] for output in seen.outputs)
    assert why.startswith("The build failed in line 2 of bad.Dockerfile.\n")
    assert "2 | >>> RUN echo alas && exit 3\n" in why
    assert "exit code: 3" in why
    assert "  Printed: alas\n" in why
    assert "failed" in graph
    assert "FAILED [2/2] RUN echo alas" in seen.stdout
    assert "Traceback" not in seen.stdout + seen.stderr


def test_a_bake_prints_and_has_its_base_images_made(notebook: Notebook) -> None:
    (notebook.folder / "docker-bake.hcl").write_text(
        'target "default" {\n'
        '  dockerfile-inline = "FROM lab/python\\nRUN python --version"\n'
        f'  tags = ["baked:{secrets.token_hex(4)}"]\n'
        "}\n"
    )
    printed = notebook.run("plan = %docker buildx bake --print")
    assert '"dockerfile-inline"' in printed.stdout
    assert printed.outputs == []
    seen = notebook.run("baked = %docker buildx bake --no-cache")
    assert notebook.value("baked").exit_code == 0, seen.stdout
    assert "Python 3." in seen.stdout


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("buildx build --nonsense .", "unknown flag: --nonsense"),
        ("buildx build -f nowhere .", "open nowhere: no such file"),
        ("buildx build nowhere", 'path "nowhere" not found'),
    ],
)
def test_buildx_says_itself_what_is_wrong(notebook: Notebook, line: str, said: str) -> None:
    seen = notebook.run(f"b = %docker {line}")
    assert not notebook.value("b").ok
    (why,) = seen.outputs
    assert said in why.data["text/plain"]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("--call=targets", "one"),
        ("--call=outline --target one", "one"),
        ("--check", "no warnings found"),
    ],
)
def test_questions_are_asked_not_built(notebook: Notebook, call: str, said: str) -> None:
    seen = notebook.run(f"answer = %docker buildx build {call} .")
    assert said in seen.stdout
    assert "load build definition" not in seen.stdout
    assert notebook.value("answer").exit_code == 0
    assert seen.outputs == []


def test_a_question_that_fails_says_why(notebook: Notebook) -> None:
    seen = notebook.run("%docker buildx build --call=outline --target nowhere .")
    assert "nowhere" in seen.stdout
    assert "exit code 1" in seen.stdout


def test_other_commands_print(notebook: Notebook) -> None:
    seen = notebook.run("%docker buildx build --tag lab-nb:run .\n%docker run --rm lab-nb:run")
    assert seen.stdout.count("said-by-one\n") == 1
    seen = notebook.run("r = %docker run --rm lab-nb:run sh -c 'echo out; echo err >&2; exit 4'")
    # Two pipes have no order between them.
    assert sorted(seen.stdout.splitlines()) == ["err", "exit code 4", "out"]
    assert seen.stdout.endswith("exit code 4\n")
    assert notebook.value("r").exit_code == 4
    seen = notebook.run("%docker images --format '{{.Repository}}:{{.Tag}}'")
    assert "lab-nb:run" in seen.stdout.splitlines()
    assert sorted(notebook.run("r").stdout.splitlines()) == ["err", "out"]


def test_plain_progress_is_what_was_asked_for(notebook: Notebook) -> None:
    seen = notebook.run("%docker buildx build --progress=plain .")
    assert "#1 [internal] load build definition" in seen.stdout
    assert seen.outputs == []


def test_the_legacy_builder(notebook: Notebook) -> None:
    # No trace of the image before: the base is made for the legacy builder as well.
    notebook.run("%docker rmi --force lab/busybox")
    seen = notebook.run("old = %docker DOCKER_BUILDKIT=0 build --no-cache .")
    assert notebook.value("old").exit_code == 0
    assert notebook.value("old").stdout.startswith("Sending build context to Docker daemon")
    assert "Step 1/7" in seen.stdout
    assert "sleep 0.1" in seen.stdout, "the legacy builder runs what nobody needs"
    assert "Sending build context" in notebook.run("!DOCKER_BUILDKIT=0 docker build .").stdout


def test_a_terminal_shows_what_buildkit_shows(notebook: Notebook) -> None:
    assert "[+] Building" in notebook.run("!docker build .").stdout


def test_the_commands_of_the_lab_are_on_path(notebook: Notebook, sandbox: Sandbox) -> None:
    notebook.run("where = !command -v docker; echo $REGISTRY")
    assert list(notebook.value("where")) == [str(sandbox.paths.bin / "docker"), sandbox.registry]
    assert shutil.which("sandbox")
    assert shutil.which("checker")


def test_a_sandbox_that_was_taken_down_is_started_again(
    notebook: Notebook, sandbox: Sandbox
) -> None:
    assert sandbox.down()
    seen = notebook.run("made = %docker buildx build --tag $REGISTRY/lab-nb:up --push .")
    assert notebook.value("made").ok
    assert notebook.value("made").command[4] == f"{sandbox.registry}/lab-nb:up"
    assert len(seen.outputs) == 2


def test_secrets_in_front_hold_for_one_command(notebook: Notebook) -> None:
    notebook.write(
        "s.Dockerfile",
        'FROM lab/busybox\nRUN --mount=type=secret,id=t,env=T test "$T" = s3cret && echo same\n',
    )
    notebook.run("%%docker b\nNB_T=s3cret docker build --secret id=t,env=NB_T -f s.Dockerfile .")
    assert notebook.value("b").ok
    assert "NB_T" not in os.environ


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("%docker images | cat", "begin the line with `!`"),
        ("%docker build {missing}", "{missing} has no value"),
        ("%docker run 'x", "close every quote"),
        ("%%docker buildx build\n.", "not a valid name for the result"),
    ],
)
def test_wrong_input_is_one_error_with_a_next_step(
    notebook: Notebook, line: str, said: str
) -> None:
    error, text = notebook.fail(line)
    assert isinstance(error, SandboxError)
    assert said in text
    assert "next: " in text
    assert "Traceback" not in text


def test_a_base_image_that_cannot_be_had(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without a network the error says which image, how large it is, and what fetches it."""

    def no_network(*_: object, again: str, **__: object) -> int:
        raise SetupError("No network.", next_step=f"connect it and run {again}")

    with monkeypatch.context() as patch:
        patch.setattr(image_cache, "layout", lambda _, recipe: tmp_path / "cache" / recipe.key)
        patch.setattr(BaseImages, "_has_image", lambda *_: False)
        patch.setattr(debian, "fetch", no_network)
        error, text = notebook.fail("b = %docker buildx build .")
    assert isinstance(error, SetupError)
    assert "The base image lab/busybox is not on this machine yet" in text
    assert f"about {catalog()['lab/busybox'].size_mb} MB" in text
    assert "next: connect it and run `sandbox warm lab/busybox`" in text
    assert "Traceback" not in text
    assert "b" not in notebook.shell.user_ns, "nothing was built"
    assert notebook.run("b = %docker buildx build .").outputs


def running(marker: str) -> list[psutil.Process]:
    """Processes of this machine, the sandbox's among them, with a word on their command line."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        if process.info["status"] != psutil.STATUS_ZOMBIE and any(
            marker in word for word in process.info["cmdline"] or ()
        ):
            found.append(process)
    return found


def wait_until(what: Callable[[], bool], timeout_s: float = 30) -> None:
    end = time.monotonic() + timeout_s
    while not what():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.05)


@pytest.mark.parametrize(
    "command",
    [
        "%docker buildx build --no-cache -f endless.Dockerfile .",
        "%docker DOCKER_BUILDKIT=0 build --no-cache -f endless.Dockerfile .",
        "%docker run --rm lab/busybox sleep {seconds}",
    ],
    ids=["buildkit", "legacy", "run"],
)
def test_an_interrupt_ends_everything(notebook: Notebook, command: str) -> None:
    seconds = f"{1000 + time.time_ns() % 10**6}"  # found again among all processes
    notebook.shell.user_ns["seconds"] = seconds
    notebook.write("endless.Dockerfile", f"FROM lab/busybox\nRUN sleep {seconds}\n")

    def at_work() -> bool:
        """Whether the program itself runs, which is not yet so when docker was asked for it."""
        return any(p.info["cmdline"] == ["sleep", seconds] for p in running(seconds))

    def interrupt() -> None:
        wait_until(at_work)
        os.kill(os.getpid(), signal.SIGINT)

    stopper = threading.Thread(target=interrupt)
    stopper.start()
    error, text = notebook.fail(command)
    stopper.join()
    assert isinstance(error, CommandInterrupted)
    assert "Interrupted: the command was cancelled." in text
    assert "Traceback" not in text
    wait_until(lambda: not running(seconds))
    wait_until(lambda: notebook.run("%docker ps --all --quiet").stdout == "")
    # And the sandbox is as good as before.
    notebook.run("b = %docker buildx build .")
    assert notebook.value("b").ok
