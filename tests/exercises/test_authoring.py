"""What authors and teachers run on the engine: a new exercise, `lint`, and all grades at once."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from checker import exercises_folder
from sandbox import Sandbox

CHECKER = str(Path(sys.executable).with_name("checker"))


@pytest.fixture
def environment(sandbox: Sandbox, tmp_path: Path) -> dict[str, str]:
    """A course of one new exercise, ``21-new``, and temporary folders of its own."""
    for name in ("exercises", "temporary"):
        (tmp_path / name).mkdir()
    env = {
        **os.environ,
        "BUILDKIT_LAB_EXERCISES": str(tmp_path / "exercises"),
        "TMPDIR": str(tmp_path / "temporary"),
    }
    subprocess.run([CHECKER, "new", "21-new"], env=env, check=True, stdout=subprocess.DEVNULL)
    return env


def test_a_new_exercise_is_proven_and_one_that_is_wrong_says_where(
    environment: dict[str, str], tmp_path: Path
) -> None:
    def lint() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [CHECKER, "lint", "21"], env=environment, capture_output=True, text=True, check=False
        )

    whole = lint()
    folder = tmp_path / "exercises" / "21-new"
    waits = (folder / "near-misses" / "dictionary-reused.Dockerfile").read_text()
    (folder / "alternatives" / "own-stage.Dockerfile").write_text(f"# Wrong.\n{waits}RUN true\n")
    wrong = lint()

    assert whole.returncode == 0, whole.stdout + whole.stderr
    assert whole.stdout.startswith("21-new: proven (7 claims, ")
    assert wrong.returncode == 4
    head, fault = wrong.stdout.splitlines()
    assert head.startswith("21-new: 1 fault (7 claims, ")
    assert fault.startswith("  alternatives/own-stage must pass, and fails dictionary-reused; ")
    assert "dictionary ran again" in fault
    assert list((tmp_path / "temporary").iterdir()) == []


def test_an_interrupt_of_lint_ends_all_that_is_under_way_and_leaves_nothing(
    sandbox: Sandbox, environment: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "exercises" / "21-new"
    for name in ("Dockerfile", "solution/Dockerfile"):
        with (folder / name).open("a") as file:
            file.write("RUN sleep 600\n")
    temporary = tmp_path / "temporary"

    process = subprocess.Popen(
        [CHECKER, "lint", "21", "--jobs", "2"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while len(list(temporary.glob("checker-*"))) < 2 and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=60)

    assert (process.returncode, out) == (130, "")
    assert "Interrupted" in error
    assert "Traceback" not in error
    assert list(temporary.iterdir()) == []
    listed = sandbox.docker("image", "ls", "--format", "{{.Repository}}").stdout.split()
    assert not [name for name in listed if name.startswith("checker-")]


@pytest.mark.parametrize(("where", "exit_code"), [("SLUG/solution", 0), ("SLUG", 1)])
def test_grade_all_tells_every_grade_and_whether_all_pass(
    sandbox: Sandbox, tmp_path: Path, where: str, exit_code: int
) -> None:
    """On two exercises; what each one's starter and solution get is among its claims."""
    course = tmp_path / "exercises"
    slugs = ["02-skip-what-is-not-needed", "03-layer-order"]
    for slug in slugs:
        shutil.copytree(exercises_folder({}) / slug, course / slug)

    done = subprocess.run(
        [CHECKER, "grade", "--all", str(course / where), "--json"],
        env={**os.environ, "BUILDKIT_LAB_EXERCISES": str(course)},
        capture_output=True,
        text=True,
        check=False,
    )

    report = json.loads(done.stdout)
    assert done.returncode == exit_code, done.stderr
    assert [one["exercise"] for one in report["grades"]] == slugs
    assert report["passed"] == (0 if exit_code else 2)
