"""``checker grade`` on the engine: what is told, what is left behind, what disturbs what."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from checker import exercises_folder
from sandbox import Sandbox

CHECKER = str(Path(sys.executable).with_name("checker"))
HERE = "--isolation=never"
"""Grades on the session's engine, so that the tests see what is left there."""
EXERCISES = exercises_folder({})
SOLUTION = EXERCISES / "01-parallel-stages" / "solution"

ENDLESS = "FROM lab/busybox\nRUN echo hello\nRUN sleep 600\n"
EXERCISE = """\
format_version = 1
title = "Sample"
lesson = "00-start"
concepts = []
timeout_s = {timeout_s}
submit = ["Dockerfile"]
[[checks]]
id = "builds"
kind = "builds"
title = "It builds"
points = 10
hint = "Read the message."
[[checks]]
id = "greets"
kind = "runs"
title = "It greets"
points = 10
hint = "Run it."
params = {{ contains = ["hello"] }}
"""


@pytest.fixture
def grade(tmp_path: Path) -> Callable[[str], subprocess.CompletedProcess[str]]:
    """Grades a Dockerfile's text on a small exercise, as ``--json``."""

    def run(dockerfile: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            lay_out(tmp_path, dockerfile),
            capture_output=True,
            text=True,
            env=environment(tmp_path),
            timeout=60,
            check=False,
        )

    return run


def lay_out(folder: Path, dockerfile: str, *, timeout_s: int = 3) -> Sequence[str]:
    """An exercise and a submission; the command that grades it."""
    exercise = folder / "exercises" / "07-sample"
    (exercise / "context").mkdir(parents=True, exist_ok=True)
    (exercise / "exercise.toml").write_text(EXERCISE.format(timeout_s=timeout_s))
    (folder / "Dockerfile").write_text(dockerfile)
    (folder / "temporary").mkdir(exist_ok=True)
    return [CHECKER, "grade", "07", str(folder / "Dockerfile"), "--json", HERE]


def environment(folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "BUILDKIT_LAB_EXERCISES": str(folder / "exercises"),
        "TMPDIR": str(folder / "temporary"),
    }


def tags(sandbox: Sandbox) -> list[str]:
    """Tags of gradings that are in the engine now."""
    listed = sandbox.docker("image", "ls", "--format", "{{.Repository}}").stdout.split()
    return [name for name in listed if name.startswith("checker-")]


def start(
    argv: Sequence[str], env: dict[str, str], *, session: bool = False
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        argv,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=session,
    )


def wait_for_build(sandbox: Sandbox, process: subprocess.Popen[str]) -> None:
    """Until a vertex of the grading's newest build has started."""
    before = set(sandbox.paths.builds.glob("*/trace.rawjson"))
    while process.poll() is None:
        new = set(sandbox.paths.builds.glob("*/trace.rawjson")) - before
        if any("RUN" in path.read_text() for path in new):
            return
        time.sleep(0.02)
    pytest.fail(f"the grading ended before it built: {process.communicate()}")


@pytest.mark.parametrize(
    ("dockerfile", "said", "anchor"),
    [
        ("FROM lab/busybox\nRUNN true\n", ">>> RUNN true", "overview"),
        ("FROM lab/busybox\nRUN echo oh no; false\n", ">>> RUN echo oh no; false", None),
        ("FROM lab/busybox\nCOPY nothing /\n", ">>> COPY nothing /", "copy"),
        ("FROM lab/busybox\nRUN --mount=type=cash true\n", ">>> RUN --mount", "run---mount"),
        ("FROM lab/busybox\nCOPY --form=a b /\n", ">>> COPY --form=a", "copy"),
        ("FROM lab/no-such-image\n", ">>> FROM lab/no-such-image", "from"),
        ("# nothing but words\n", "no instructions", "format"),
    ],
)
def test_a_build_error_is_told_in_buildkit_s_words_with_the_line_marked(
    sandbox: Sandbox,
    grade: Callable[[str], subprocess.CompletedProcess[str]],
    dockerfile: str,
    said: str,
    anchor: str | None,
) -> None:
    done = grade(dockerfile)

    report = json.loads(done.stdout)
    assert (done.returncode, report["verdict"]) == (1, "build_error")
    first = report["checks"][0]
    assert said in first["message"]
    page = f"https://docs.docker.com/reference/dockerfile/#{anchor}" if anchor else None
    assert first["evidence"]["read_on"] == page
    assert (f"Read on: {page}" in first["message"]) is (anchor is not None)
    assert report["checks"][1]["status"] == "skipped"


def test_a_build_that_never_ends_is_a_timeout_that_names_its_vertex(
    sandbox: Sandbox, tmp_path: Path, grade: Callable[[str], subprocess.CompletedProcess[str]]
) -> None:
    done = grade("FROM lab/busybox\nRUN sleep 600\n")

    report = json.loads(done.stdout)
    assert (done.returncode, report["verdict"]) == (1, "timeout")
    assert "RUN sleep 600" in report["checks"][0]["message"]
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.parametrize(
    ("command", "verdict", "said"),
    [
        ('["sleep", "600"]', "timeout", "still running"),
        ('["no-such-program"]', "failed", "no-such-program"),
    ],
)
def test_a_container_that_does_not_end_or_start_is_told(
    sandbox: Sandbox,
    grade: Callable[[str], subprocess.CompletedProcess[str]],
    command: str,
    verdict: str,
    said: str,
) -> None:
    done = grade(f"FROM lab/busybox\nCMD {command}\n")

    report = json.loads(done.stdout)
    assert (done.returncode, report["verdict"], report["points"]) == (1, verdict, 10)
    assert said in report["checks"][1]["message"]
    assert sandbox.docker("ps", "--all", "--quiet").stdout == ""


def test_the_starter_as_it_was_given_is_graded_and_is_no_attempt(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    lay_out(tmp_path, "")
    exercise = tmp_path / "exercises" / "07-sample"
    (exercise / "Dockerfile").write_text("FROM lab/busybox\n")
    (exercise / "solution").mkdir()
    (exercise / "solution" / "Dockerfile").write_text("FROM lab/busybox AS solved\n")
    (exercise / "solution" / "NOTES.md").write_text("# One possibility\n")

    def checker(*args: str) -> subprocess.CompletedProcess[str]:
        env = {**environment(tmp_path), "BUILDKIT_LAB_WORK": str(tmp_path / "work")}
        return subprocess.run(
            [CHECKER, *args], capture_output=True, text=True, env=env, timeout=60, check=False
        )

    checker("start", "07")
    graded = checker("grade", "07")
    before = [checker("list"), checker("solution", "07")]
    with (tmp_path / "work" / "07-sample" / "Dockerfile").open("a") as mine:
        mine.write("RUN true\n")
    checker("grade", "07")
    after = [checker("list"), checker("solution", "07")]

    assert (graded.returncode, "10 of 20 points" in graded.stdout) == (1, True)
    assert [done.returncode for done in (*before, *after)] == [0, 2, 0, 0]
    assert " started " in before[0].stdout
    assert "tried, 10 of 20" in after[0].stdout


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_in_the_middle_leaves_nothing(
    sandbox: Sandbox, tmp_path: Path, how: signal.Signals
) -> None:
    argv = lay_out(tmp_path, ENDLESS, timeout_s=60)
    temporary = tmp_path / "temporary"
    process = start(argv, environment(tmp_path))
    wait_for_build(sandbox, process)
    process.send_signal(how)
    out, error = process.communicate(timeout=30)

    assert process.returncode == 130
    assert out == ""
    assert "Interrupted" in error
    assert list(temporary.glob("checker-*")) == []
    assert tags(sandbox) == []


def test_a_terminal_that_closes_tells_twice_and_all_and_nothing_is_left(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    argv = lay_out(tmp_path, ENDLESS, timeout_s=60)
    temporary = tmp_path / "temporary"
    process = start(argv, environment(tmp_path), session=True)
    wait_for_build(sandbox, process)
    for stream in (process.stdout, process.stderr):
        assert stream is not None
        stream.close()  # as a terminal that is gone: what is printed reaches nobody
    while process.poll() is None:
        os.killpg(process.pid, signal.SIGHUP)
        time.sleep(0.1)

    assert list(temporary.glob("checker-*")) == []
    assert tags(sandbox) == []


@pytest.mark.parametrize("is_temporary_folder_the_same", [True, False])
def test_what_a_killed_grading_left_the_next_one_takes_away(
    sandbox: Sandbox, tmp_path: Path, is_temporary_folder_the_same: bool
) -> None:
    argv = lay_out(tmp_path, "FROM lab/busybox\nCMD sleep 600\n")
    temporary = tmp_path / "temporary"
    process = start(argv, environment(tmp_path))
    while not sandbox.docker("ps", "--quiet").stdout and process.poll() is None:
        time.sleep(0.02)
    process.kill()
    process.communicate(timeout=30)
    left = [*temporary.iterdir(), *tags(sandbox)]
    where = environment(tmp_path)
    if not is_temporary_folder_the_same:
        where["TMPDIR"] = str(tmp_path)
    subprocess.run(
        lay_out(tmp_path, "FROM lab/busybox\nCMD echo hello\n"),
        env=where,
        capture_output=True,
        timeout=60,
        check=True,
    )

    assert len(left) == 2
    assert (list(temporary.iterdir()) == []) is is_temporary_folder_the_same
    assert tags(sandbox) == []
    assert sandbox.docker("ps", "--all", "--quiet").stdout == ""


def test_what_was_lent_to_a_grading_is_taken_back(sandbox: Sandbox, tmp_path: Path) -> None:
    for number in ("09", "11"):
        (folder,) = exercises_folder({}).glob(f"{number}-*")
        argv = [CHECKER, "grade", number, str(folder / "solution"), "--json", HERE]
        env = {**os.environ, "TMPDIR": str(tmp_path)}
        done = subprocess.run(
            argv, env=env, capture_output=True, text=True, timeout=120, check=False
        )
        assert json.loads(done.stdout)["verdict"] == "passed"

    lent = (sandbox.paths.lent_tokens, sandbox.paths.lent_branches)
    assert [list(folder.iterdir()) for folder in lent] == [[], []]
    assert list(sandbox.paths.run.glob("agent-*")) == []
    heads = sandbox.paths.git / "team/recipes.git/refs/heads"
    assert [path.name for path in heads.iterdir()] == ["main"]
    assert list(tmp_path.iterdir()) == []


def test_what_a_grading_pushed_is_gone_also_after_a_kill(sandbox: Sandbox, tmp_path: Path) -> None:
    def pushed() -> list[str]:
        return [one for one in sandbox.pushed.first_parts() if one.startswith("checker-")]

    def in_engine() -> str:
        return sandbox.docker("image", "ls", "--format={{.Repository}}").stdout

    solution = str(exercises_folder({}) / "12-inline-cache" / "solution")
    argv = [CHECKER, "grade", "12", solution, HERE]
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    process = start(argv, env)
    while not pushed() and process.poll() is None:
        time.sleep(0.02)
    process.kill()
    process.communicate(timeout=30)
    left = pushed()
    # With another folder for what is temporary, so that nothing but the registry leads to it.
    (tmp_path / "other").mkdir()
    done = subprocess.run(
        argv,
        env={**env, "TMPDIR": str(tmp_path / "other")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    assert len(left) == 1
    assert pushed() == []
    assert "/checker-" not in in_engine()


def traces(sandbox: Sandbox) -> set[str]:
    """The names of all images, and the records of builds, that a sandbox has."""
    names = sandbox.docker("image", "ls", "--all", "--format={{.Repository}}:{{.Tag}}").stdout
    return {*names.split(), *(record.name for record in sandbox.paths.builds.iterdir())}


def test_work_of_strangers_is_graded_in_sandboxes_of_its_own(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """Two at once; nothing of them is in the sandbox that is there, and no clone is left."""
    dockerfile = "FROM lab/busybox\nRUN echo spoiled > /etc/motd\nCMD echo hello\n"
    argv = lay_out(tmp_path, dockerfile, timeout_s=60)[:-1]
    env = {**environment(tmp_path), "BUILDKIT_LAB_EXERCISES": str(EXERCISES)}
    before = traces(sandbox)
    processes = [
        start(argv, environment(tmp_path)),
        start([CHECKER, "grade", "01", str(SOLUTION), "--json"], env),
    ]
    reports = [json.loads(process.communicate(timeout=120)[0]) for process in processes]

    assert [report["verdict"] for report in reports] == ["passed", "passed"]
    # Other tests' images may go meanwhile, when their gradings' leftovers are removed.
    assert traces(sandbox) <= before
    assert [path.name for path in sandbox.paths.clones.iterdir()] == ["in-use"]
    assert list((tmp_path / "temporary").iterdir()) == []


def test_two_gradings_of_one_exercise_at_once_do_not_disturb_each_other(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    gradings = [
        start([CHECKER, "grade", "01", str(SOLUTION), "--json", HERE], env) for _ in range(2)
    ]
    reports = [json.loads(process.communicate(timeout=60)[0]) for process in gradings]

    assert [(r["verdict"], r["points"]) for r in reports] == [("passed", 100)] * 2
    assert list(tmp_path.iterdir()) == []
    assert tags(sandbox) == []


def test_an_engine_killed_in_the_middle_is_started_again_and_the_grade_is_right(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    dockerfile = "FROM lab/busybox\nRUN sleep 2\nCMD echo hello\n"
    argv = lay_out(tmp_path, dockerfile, timeout_s=60)
    process = start(argv, environment(tmp_path))
    wait_for_build(sandbox, process)
    os.kill(sandbox.state.pid, signal.SIGKILL)
    out, error = process.communicate(timeout=120)

    report = json.loads(out)
    assert (process.returncode, report["verdict"], report["points"]) == (0, "passed", 20), error
    assert list((tmp_path / "temporary").iterdir()) == []
    assert tags(sandbox) == []


@pytest.mark.parametrize("letters", ["\u00fcn\u00ef", "a,b c"])
def test_a_temporary_folder_of_any_name(sandbox: Sandbox, tmp_path: Path, letters: str) -> None:
    """With secrets: the cache is exported into it, then."""
    sandbox.warm(["lab/node"])
    folder = tmp_path / letters
    folder.mkdir()
    argv = [CHECKER, "grade", "09", str(EXERCISES / "09-npm-token" / "solution"), "--json", HERE]
    env = {**os.environ, "TMPDIR": str(folder)}
    done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False, timeout=120)
    assert json.loads(done.stdout)["verdict"] == "passed", done.stdout + done.stderr
    assert list(folder.iterdir()) == []
