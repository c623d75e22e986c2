"""The command line from outside, on a course of its own, without an engine.

Commands run in this process, which costs a twentieth of a new one; a process of its own has what is
about its beginning, its streams and its end.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from checker import Exercise, cli

EXERCISES = Path(__file__).parents[3] / "exercises"
SLUG = "01-parallel-stages"
CHECKER = Path(sys.executable).with_name("checker")


@dataclass
class Course:
    """A folder with exercises and work, and a command line that knows no other."""

    root: Path

    @property
    def work(self) -> Path:
        return self.root / "work"

    def environment(self, **changed: str) -> dict[str, str]:
        """An empty cache and no program to fill it: an engine cannot be had here."""
        return {
            "PATH": "/nowhere",
            "HOME": str(self.root),
            "LANG": "C.UTF-8",
            "COLUMNS": "200",
            "BUILDKIT_LAB_EXERCISES": str(self.root / "exercises"),
            "BUILDKIT_LAB_HOME": str(self.root / "home"),
            "BUILDKIT_LAB_CACHE": str(self.root / "cache"),
            **changed,
        }

    def run(
        self, *args: str, stdin: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """``checker ARGS`` in this process."""
        streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2)]
        with pytest.MonkeyPatch.context() as patch:
            for name in os.environ:
                patch.delenv(name)
            for name, value in self.environment(**environment).items():
                patch.setenv(name, value)
            patch.setattr(sys, "stdin", io.StringIO(stdin))
            patch.setattr(sys, "stdout", streams[0])
            patch.setattr(sys, "stderr", streams[1])
            exit_code = cli.run(args)
        for stream in streams:
            stream.seek(0)
        return subprocess.CompletedProcess(args, exit_code, *(stream.read() for stream in streams))

    def start(
        self, *args: str, stdin: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """``checker ARGS`` as its own process, to its end."""
        return subprocess.run(
            [str(CHECKER), *args],
            input=stdin,
            capture_output=True,
            text=True,
            env=self.environment(**environment),
            timeout=30,
            check=False,
        )


@pytest.fixture
def course(make_exercise: Callable[..., Exercise]) -> Course:
    exercise = make_exercise(slug="07-sample")
    (exercise.folder / "solution").mkdir()
    (exercise.folder / "solution" / "Dockerfile").write_text("FROM lab/busybox AS solved\n")
    (exercise.folder / "solution" / "NOTES.md").write_text("# One possibility\n")
    (exercise.folder / "hints.md").write_text("## 1\n\nfirst\n\n## 2\n\nsecond\n\n## 3\n\nthird\n")
    make_exercise(slug="08-other")
    return Course(exercise.folder.parent.parent)


def test_list_shows_exercises_and_progress(course: Course) -> None:
    course.run("start", "07")
    course.work.joinpath("07-sample", "Dockerfile").write_text("")
    assert "07-sample" in course.run("list").stdout
    assert re.search(r"07-sample +started", course.run("list").stdout)
    course.run("grade", "07")

    listed = course.run("list")

    assert listed.returncode == 0
    assert re.search(r"07-sample +tried, 0 of 10", listed.stdout)
    assert re.search(r"08-other +not started", listed.stdout)


def test_list_survives_an_exercise_that_is_wrong(course: Course) -> None:
    (course.root / "exercises" / "08-other" / "exercise.toml").write_text("titel = 1\n")

    listed = course.run("list")

    assert listed.returncode == 0
    assert re.search(r"08-other +invalid +.*unknown key 'titel'", listed.stdout)
    assert "07-sample" in listed.stdout


def test_start_twice_keeps_the_work(course: Course) -> None:
    first = course.run("start", "07")
    course.work.joinpath("07-sample", "Dockerfile").write_text("FROM mine\n")
    second = course.run("start", "07")

    assert (first.returncode, second.returncode) == (0, 0)
    assert "Already there" in second.stdout
    assert second.stdout.splitlines()[-1] == (
        "next: checker watch 07-sample, or checker grade 07-sample"
    )
    assert course.work.joinpath("07-sample", "Dockerfile").read_text() == "FROM mine\n"


def test_hints_come_one_more_each_time(course: Course) -> None:
    shown = [course.run("hint", "07").stdout for _ in range(4)]

    assert [sum(word in out for word in ("first", "second", "third")) for out in shown] == [
        1,
        2,
        3,
        3,
    ]
    assert shown[0].splitlines()[-1] == "next: 2 more: checker hint 07"
    assert shown[2].splitlines()[-1] == "next: checker solution 07"


@pytest.mark.parametrize(
    ("args", "stdin", "exit_code", "is_reset"),
    [
        (["reset", "07", "--yes"], "", 0, True),
        (["reset", "07"], "y\n", 0, True),
        (["reset", "07"], "n\n", 0, False),
        (["reset", "07"], "", 2, False),
    ],
)
def test_reset_asks_and_keeps_a_backup(
    course: Course, args: Sequence[str], stdin: str, exit_code: int, is_reset: bool
) -> None:
    course.run("start", "07")
    mine = course.work / "07-sample" / "Dockerfile"
    mine.write_text("FROM mine\n")

    done = course.run(*args, stdin=stdin)

    assert done.returncode == exit_code
    assert (mine.read_text() == "FROM mine\n") is not is_reset
    kept = [p.read_text() for p in course.work.glob(".checker/07-sample/backups/*/Dockerfile")]
    assert kept == (["FROM mine\n"] if is_reset else [])


def test_the_solution_is_shown_after_an_attempt_or_with_peek(course: Course) -> None:
    refused = course.run("solution", "07")
    peeked = course.run("solution", "07", "--peek")
    course.run("start", "07")
    course.work.joinpath("07-sample", "Dockerfile").write_text("\n")
    course.run("grade", "07")
    shown = course.run("solution", "07")

    assert (refused.returncode, peeked.returncode, shown.returncode) == (2, 0, 0)
    assert "--peek" in refused.stderr
    assert "solved" not in refused.stdout + refused.stderr
    assert "AS solved" in peeked.stdout
    assert peeked.stdout == shown.stdout


def test_another_exercise_s_work_is_graded_and_no_attempt(course: Course) -> None:
    course.run("start", "07")
    (course.work / "07-sample" / "Dockerfile").write_text("\n")

    done = course.run("grade", "08", str(course.work / "07-sample"))

    assert done.returncode == 1
    assert re.search(r"08-other +not started", course.run("list").stdout)


def test_an_invalid_submission_is_graded_without_an_engine(course: Course) -> None:
    course.run("start", "07")
    course.work.joinpath("07-sample", "Dockerfile").unlink()

    text = course.run("grade", "07")
    report = json.loads(course.run("grade", "07", "--json").stdout)

    assert text.returncode == 1
    assert "Dockerfile is missing." in text.stdout
    assert report["verdict"] == "invalid_submission"
    assert report["checks"][0]["message"].startswith("Dockerfile is missing.")


def test_a_terminal_without_unicode_gets_its_report(course: Course) -> None:
    course.run("start", "07")
    (course.work / "07-sample" / "Dockerfile").unlink()

    done = course.start("grade", "07", PYTHONIOENCODING="ascii")

    assert done.returncode == 1
    assert done.stdout.startswith("07-sample ? A test's exercise")


def test_no_engine_is_infrastructure_also_in_json_and_no_attempt(course: Course) -> None:
    course.run("start", "07")

    done = course.start("grade", "07", "--json")

    assert done.returncode == 3
    report = json.loads(done.stdout)
    assert (report["verdict"], report["points"]) == ("infrastructure", 0)
    assert report["checks"][0]["status"] == "error"
    assert report["checks"][0]["evidence"]["next_step"]
    assert course.run("solution", "07").returncode == 2


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["grade", "07"], "checker start 07-sample"),
        (["grade", "07", "elsewhere"], "There is nothing at elsewhere"),
        (["grade", "sampel"], "07-sample"),
        (["start", "99"], "There is no exercise '99'"),
        (["lint"], "--all"),
        (["lint", "07", "99"], "There is no exercise '99'"),
        (["grade"], "checker grade 01"),
        (["grade", "07", ".", "--all"], "--all takes one folder"),
        (["grade", "--all"], "SLUG"),
        (["new", "wrong"], "checker new 01-wrong"),
        (["lint", "07", "--all"], "--all"),
        (["grade", "07", "--jsn"], "--json"),
    ],
)
def test_usage_errors_say_what_to_do_on_stderr(
    course: Course, args: Sequence[str], said: str
) -> None:
    done = course.run(*args)

    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr


def test_a_work_folder_that_cannot_be_written_costs_no_grade(course: Course) -> None:
    course.run("start", "07")
    (course.work / "07-sample" / "Dockerfile").write_text("\n")
    shutil.rmtree(course.work / ".checker")
    # A file in the folder's place refuses root as well, whom a folder's mode would not stop.
    (course.work / ".checker").write_text("")

    graded = course.run("grade", "07", "--json")
    hinted = course.run("hint", "07")
    again = course.run("reset", "07", "--yes")

    assert graded.returncode == 1, "the exit code is the grade's"
    assert json.loads(graded.stdout)["verdict"] == "invalid_submission"
    assert (hinted.returncode, "first" in hinted.stdout) == (0, True)
    assert again.returncode == 3
    for done in (graded, hinted, again):
        assert "Traceback" not in done.stderr
        assert "BUILDKIT_LAB_WORK" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("name", ["Dockerfile", "NOTES.md"])
def test_a_solution_that_is_missing_is_its_author_s_fault(course: Course, name: str) -> None:
    (course.root / "exercises" / "07-sample" / "solution" / name).unlink()

    done = course.run("solution", "07", "--peek")

    assert done.returncode == 4
    assert f"07-sample/solution/{name} could not be read" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_course_that_is_not_there_is_a_usage_error(course: Course) -> None:
    done = course.run("list", BUILDKIT_LAB_EXERCISES=str(course.root / "nowhere"))

    assert done.returncode == 2
    assert "BUILDKIT_LAB_EXERCISES" in done.stderr


def test_an_invalid_exercise_has_its_own_exit_code(course: Course) -> None:
    toml = course.root / "exercises" / "07-sample" / "exercise.toml"
    toml.write_text(toml.read_text().replace("hint =", "hints ="))

    graded = course.start("grade", "07", ".")
    linted = course.start("lint", "--all")

    assert (graded.returncode, linted.returncode) == (4, 4)
    assert "unknown key 'hints'" in graded.stderr
    assert "allowed here: id, kind, title, points, hint, params" in graded.stderr
    assert "unknown key 'hints'" in linted.stdout
    assert "08-other: " in linted.stdout, "one wrong exercise does not hide the next"


def test_lint_without_an_engine_does_not_blame_the_exercise(course: Course) -> None:
    shutil.copytree(EXERCISES / SLUG, course.root / "exercises" / SLUG)
    other = "02-skip-what-is-not-needed"
    shutil.copytree(EXERCISES / other, course.root / "exercises" / other)

    done = course.run("lint", SLUG, other)

    assert done.returncode == 3
    assert done.stdout == "", "neither is called proven or faulty"
    assert done.stderr.count("could be graded") == 1
    assert "make setup" in done.stderr.splitlines()[-1]


def test_lint_as_json_is_one_object_with_every_fault(course: Course) -> None:
    (course.root / "exercises" / "08-other" / "exercise.toml").write_text("titel = 1\n")

    done = course.run("lint", "--all", "--json")

    report = json.loads(done.stdout)
    assert (done.returncode, report["version"], report["proven"]) == (4, 1, 0)
    assert [one["exercise"] for one in report["exercises"]] == ["07-sample", "08-other"]
    assert "README.md is missing" in report["exercises"][0]["faults"]
    assert "unknown key 'titel'" in report["exercises"][1]["faults"][0]


def test_grade_all_grades_what_was_started_and_remembers_it(course: Course) -> None:
    course.run("start", "07")
    (course.work / "07-sample" / "Dockerfile").write_text("\n")

    done = course.run("grade", "--all", "--json")
    text = course.run("grade", "--all")
    single = json.loads(course.run("grade", "07", "--json").stdout)

    report = json.loads(done.stdout)
    assert (done.returncode, text.returncode) == (1, 1)
    assert report.pop("grades") == [single]
    assert report == {"version": 1, "points": 0, "max_points": 10, "passed": 0, "exercises": 1}
    assert re.search(r"07-sample +invalid submission +0/10 +0\.0 s  It builds\n", text.stdout)
    assert "0 of 1 exercises passed, 0 of 10 points" in text.stdout
    assert re.search(r"07-sample +tried", course.run("list").stdout)


def test_grade_all_of_a_folder_ends_where_there_is_no_engine(course: Course) -> None:
    course.run("new", "09-smaller-image")
    done = course.run("grade", "--all", str(course.root / "exercises"), "--json")
    solutions = str(course.root / "exercises" / "SLUG" / "solution")
    only = course.run("grade", "--all", solutions, "--json")

    report = json.loads(done.stdout)
    assert (done.returncode, only.returncode) == (3, 3)
    assert [one["verdict"] for one in report["grades"]] == ["infrastructure"] * 2
    assert "1 exercises were not tried" in done.stderr
    assert "not tried" not in only.stderr


def test_new_lays_out_an_exercise_that_lint_takes_for_one(course: Course) -> None:
    made = course.run("new", "09-smaller-image")
    listed = course.run("list")
    again = course.run("new", "09-third")

    assert (made.returncode, again.returncode) == (0, 2)
    assert made.stdout.splitlines()[0] == f"Made {course.root / 'exercises' / '09-smaller-image'}"
    assert "next: checker lint 09" in made.stdout
    assert "09-smaller-image" in listed.stdout
    assert "taken by 09-smaller-image" in again.stderr


def test_schema_prints_what_lies_beside_the_exercises(course: Course) -> None:
    assert course.run("schema").stdout == (EXERCISES / "exercise.schema.json").read_text()


def test_commands_that_need_no_engine_do_not_load_one() -> None:
    code = "import sys, checker.cli; print([m for m in sys.modules if m.startswith('sandbox')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_help_costs_little_more_than_python_itself(course: Course) -> None:
    def seconds(argv: Sequence[str]) -> float:
        started = time.perf_counter()
        subprocess.run(argv, capture_output=True, check=True, env=dict(os.environ))
        return time.perf_counter() - started

    # A ratio in one run: an import of all typer needs is the yardstick, not the clock.
    typer_s = min(seconds([sys.executable, "-c", "import typer, rich.console"]) for _ in range(5))
    help_s = min(seconds([str(CHECKER), "--help"]) for _ in range(5))

    assert help_s < 4 * typer_s


def test_list_as_json_is_one_object(course: Course) -> None:
    report = json.loads(course.run("list", "--json").stdout)

    assert [one["slug"] for one in report["exercises"]] == ["07-sample", "08-other"]
    assert report["next"] == "07-sample"


def test_a_new_version_is_told_and_renewed_by_grade_and_start(course: Course) -> None:
    context = course.root / "exercises" / "07-sample" / "context"
    course.run("start", "07")
    mine = course.work / "07-sample"
    (mine / "Dockerfile").write_text("\n")
    for command, content in (("grade", "two\n"), ("start", "three\n")):
        (context / "list.csv").write_text(content)
        assert re.search(
            r"07-sample +started \*|07-sample +tried, .* \*", course.run("list").stdout
        )

        done = course.run(command, "07")

        assert "07-sample has changed since you started it. Renewed: list.csv." in done.stderr
        assert (mine / "list.csv").read_text() == content
        assert (mine / "Dockerfile").read_text() == "\n"
        assert "*" not in course.run("list").stdout


def test_there_is_nothing_to_watch_when_all_is_passed(course: Course) -> None:
    for slug in ("07-sample", "08-other"):
        own = course.work / ".checker" / slug
        own.mkdir(parents=True)
        line = {"at": "2026-01-01T00:00:00+00:00", "verdict": "passed", "points": 10}
        (own / "attempts.jsonl").write_text(json.dumps({**line, "max_points": 10}) + "\n")

    done = course.run("watch")

    assert done.returncode == 2
    assert "You have passed all exercises." in done.stderr


@pytest.mark.parametrize("command", ["start", "hint", "reset", "solution", "grade"])
def test_a_command_without_an_exercise_says_how_to_name_one(course: Course, command: str) -> None:
    done = course.run(command)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Which exercise?" in done.stderr
    assert f"next: name it, such as `checker {command} 01`" in done.stderr


def test_the_editor_is_for_notebooks(course: Course) -> None:
    done = course.run("edit", "05")
    assert done.returncode == 2
    assert "`edit` is a command for notebooks" in done.stderr
    assert "`checker watch 05` grades whenever your own editor saves" in done.stderr
    assert "│ edit " not in course.run("--help").stdout
