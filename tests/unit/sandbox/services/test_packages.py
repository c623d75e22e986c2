from __future__ import annotations

import math
from pathlib import Path

import pytest

from sandbox import NotRunning, Pace, Packages, UsageError
from sandbox.engine import package_files
from sandbox.engine.network import SERVICES
from sandbox.engine.paths import Paths


@pytest.fixture
def handle(tmp_path: Path) -> Packages:
    paths = Paths(tmp_path / "h", tmp_path / "c")
    paths.create()
    package_files.configure(paths)
    return Packages(paths)


def test_addresses_are_of_the_sandboxs_network(handle: Packages) -> None:
    assert handle.url.removeprefix("http://") in SERVICES
    assert set(handle.indexes) == {"debian", "go", "npm", "pypi"}
    assert handle.indexes["npm"] == "http://packages.lab/npm"


def test_what_is_not_given_stays(handle: Packages) -> None:
    assert handle.set_pace(latency_s=0.1) == Pace(package_files.USUAL.bandwidth_bytes_s, 0.1)
    assert handle.set_pace(bandwidth_bytes_s=math.inf) == Pace(math.inf, 0.1) == handle.pace


def test_another_pace_for_a_while(handle: Packages) -> None:
    with handle.paced(bandwidth_bytes_s=1e6) as outer:
        assert handle.pace == outer == Pace(1e6, package_files.USUAL.latency_s)
        with handle.paced(latency_s=1) as inner:
            assert handle.pace == inner == Pace(1e6, 1)
        assert handle.pace == outer
    assert handle.pace == package_files.USUAL


def test_the_pace_is_restored_when_the_block_fails(handle: Packages) -> None:
    with pytest.raises(ZeroDivisionError), handle.paced(latency_s=1):
        _ = 1 / 0
    assert handle.pace == package_files.USUAL


def test_what_is_no_pace_changes_nothing(handle: Packages) -> None:
    with pytest.raises(UsageError), handle.paced(bandwidth_bytes_s=0):
        pytest.fail("the block must not run")
    assert handle.pace == package_files.USUAL


def test_the_token_is_that_of_the_sandbox(handle: Packages, tmp_path: Path) -> None:
    assert handle.token == (tmp_path / "h/packages.token").read_text().strip()
    with pytest.raises(NotRunning):
        _ = Packages(Paths(tmp_path / "other", tmp_path / "c")).token
