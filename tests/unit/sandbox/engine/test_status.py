"""What the engine's disk holds, also while a build takes a snapshot away from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox import EngineError
from sandbox.engine import rootless, status
from sandbox.engine.paths import Paths

GONE = {"message": "NotFound: snapshot abc-view does not exist: not found"}
MEASURED = {"LayersSize": 7, "BuildCache": [{"Size": 5}]}


def answer_in_turn(monkeypatch: pytest.MonkeyPatch, *answers: dict[str, Any]) -> list[str]:
    asked: list[str] = []

    def ask(_: Paths, path: str, **__: object) -> dict[str, Any]:
        asked.append(path)
        return answers[len(asked) - 1]

    monkeypatch.setattr(rootless, "ask", ask)
    return asked


def test_disk_is_measured_again_if_a_snapshot_goes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = answer_in_turn(monkeypatch, GONE, GONE, MEASURED)

    assert status._disk_use(Paths(tmp_path, tmp_path)) == MEASURED
    assert len(asked) == 3


def test_a_disk_that_cannot_be_measured_is_no_empty_disk(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answer_in_turn(monkeypatch, *[GONE] * status.DISK_TRIES)

    with pytest.raises(EngineError, match="snapshot abc-view does not exist") as raised:
        status._disk_use(Paths(tmp_path, tmp_path))

    assert "when no build runs" in raised.value.next_step
