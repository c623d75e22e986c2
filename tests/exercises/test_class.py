"""``checker class`` on the engine: a platform's archive of four becomes a book of four grades."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from checker import exercises_folder, load
from sandbox import Sandbox

CHECKER = str(Path(sys.executable).with_name("checker"))
SLUG = "03-layer-order"


@pytest.mark.timeout(600)
def test_a_class_of_four_is_graded_right_and_only_once(sandbox: Sandbox, tmp_path: Path) -> None:
    exercise = load(exercises_folder({}) / SLUG)
    (name,) = exercise.submit
    near_misses = exercise.folder / "near-misses"
    handed_in = {
        "Ada_0101_assignsubmission_file_": exercise.folder / "solution" / name,
        "Bob_0102_assignsubmission_file_": exercise.folder / name,
        "Cyd_0103_assignsubmission_file_": near_misses / "program.Dockerfile",
        "Dan_0104_assignsubmission_file_": near_misses / "builds.Dockerfile",
    }
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        for folder, path in handed_in.items():
            archive.writestr(f"{folder}/{name}", path.read_bytes())
    book = tmp_path / "book"
    line = [CHECKER, "class", str(tmp_path / "class.zip"), f"--book={book}", f"--exercise={SLUG}"]

    first = subprocess.run([*line, "--jobs=2"], capture_output=True, text=True, check=False)

    assert first.returncode == 0, first.stdout + first.stderr
    assert "4 graded, 0 had a grade already" in first.stdout
    students = json.loads((book / "grades.json").read_text())["students"]
    grades = {one["student"]: one["grades"][0] for one in students}
    assert list(grades) == ["0101", "0102", "0103", "0104"]
    assert (grades["0101"]["verdict"], grades["0101"]["points"]) == ("passed", 100)
    assert grades["0102"]["verdict"] == "failed"
    failed = [one["id"] for one in grades["0103"]["grade"]["checks"] if one["status"] != "passed"]
    assert failed == ["program"]
    assert grades["0104"]["verdict"] == "build_error"
    assert not list((sandbox.paths.clones / "in-use").glob("*"))

    again = subprocess.run(line, capture_output=True, text=True, check=False)

    assert again.returncode == 0, again.stderr
    assert "0 graded, 4 had a grade already" in again.stdout
