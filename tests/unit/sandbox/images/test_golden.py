"""Which golden homes are kept."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from sandbox.engine.paths import Paths
from sandbox.images import golden


def test_homes_of_other_versions_go_when_they_were_not_used_for_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def make(_: Paths, target: Path, __: object) -> None:
        made.append(target)
        target.mkdir()

    monkeypatch.setattr(golden, "_make", make)
    paths = Paths(tmp_path / "home", tmp_path / "cache")
    for name, age_s in (("used", golden.KEPT_S - 60), ("unused", golden.KEPT_S + 60)):
        (paths.golden / name / "data").mkdir(parents=True)
        os.utime(paths.golden / name, (time.time() - age_s,) * 2)

    mine = golden.ensure(paths, tell=print)
    os.utime(mine, (0, 0))

    assert golden.ensure(paths, tell=print) == mine
    assert made == [mine]
    assert {home.name for home in paths.golden.iterdir() if home.is_dir()} == {mine.name, "used"}
    assert time.time() - mine.stat().st_mtime < 3600
