"""The SBOM scanner's side of BuildKit's protocol; Syft itself is played by a script."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.images.recipe import RECIPES

SCAN = RECIPES / "sbom-scanner" / "scan.sh"
SYFT = """#!/bin/sh
[ ! -e "${2#dir:}/broken" ] || exit 1
printf '{"spdxVersion": "SPDX-2.3", "words": "%s"}' "$*"
"""
Scan = Callable[..., dict[str, Any]]


@pytest.fixture
def scan(tmp_path: Path) -> Scan:
    """Runs the scanner and returns what it wrote, by file name."""
    (tmp_path / "bin").mkdir()
    syft = tmp_path / "bin" / "syft"
    syft.write_text(SYFT)
    syft.chmod(0o755)
    out = tmp_path / "out"
    out.mkdir()
    (tmp_path / "core" / "sbom").mkdir(parents=True)

    def run(**more: str) -> dict[str, Any]:
        env = {
            "PATH": f"{tmp_path / 'bin'}:{os.defpath}",
            "BUILDKIT_SCAN_SOURCE": str(tmp_path / "core" / "sbom"),
            "BUILDKIT_SCAN_DESTINATION": f"{out}/",
            **more,
        }
        subprocess.run(["sh", str(SCAN)], env=env, check=True)
        return {file.name: json.loads(file.read_text()) for file in out.iterdir()}

    return run


def test_one_statement_about_the_final_file_system(scan: Scan, tmp_path: Path) -> None:
    found = scan()
    assert set(found) == {"sbom.spdx.json"}
    statement = found["sbom.spdx.json"]
    assert statement["_type"] == "https://in-toto.io/Statement/v0.1"
    assert statement["predicateType"] == "https://spdx.dev/Document"
    assert statement["predicate"]["spdxVersion"] == "SPDX-2.3"
    words = statement["predicate"]["words"]
    assert f"dir:{tmp_path}/core/sbom --base-path {tmp_path}/core/sbom" in words
    assert "--source-name sbom" in words


@pytest.mark.parametrize("extras", ["", "/nowhere/at/all"])
def test_no_extras(scan: Scan, extras: str) -> None:
    assert set(scan(BUILDKIT_SCAN_SOURCE_EXTRAS=extras)) == {"sbom.spdx.json"}


def test_stages_and_contexts_as_well(scan: Scan, tmp_path: Path) -> None:
    for name in ("sbom-build", "sbom-context"):
        (tmp_path / "extras" / name).mkdir(parents=True)
    found = scan(BUILDKIT_SCAN_SOURCE_EXTRAS=f"{tmp_path}/extras/")
    assert set(found) == {"sbom.spdx.json", "sbom-build.spdx.json", "sbom-context.spdx.json"}
    words = found["sbom-build.spdx.json"]["predicate"]["words"]
    assert "--source-name sbom-build" in words


def test_a_scan_that_fails_fails_the_build(scan: Scan, tmp_path: Path) -> None:
    (tmp_path / "core" / "sbom" / "broken").touch()
    with pytest.raises(subprocess.CalledProcessError):
        scan()


@pytest.mark.parametrize("missing", ["BUILDKIT_SCAN_SOURCE", "BUILDKIT_SCAN_DESTINATION"])
def test_outside_of_a_build_it_says_what_is_missing(missing: str) -> None:
    env = {"PATH": os.defpath, "BUILDKIT_SCAN_SOURCE": "/tmp", "BUILDKIT_SCAN_DESTINATION": "/tmp"}
    del env[missing]
    done = subprocess.run(["sh", str(SCAN)], env=env, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert missing in done.stderr
