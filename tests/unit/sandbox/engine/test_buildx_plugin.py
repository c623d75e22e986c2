from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from sandbox.engine import buildx_plugin

SAID = {"SchemaVersion": "0.1.0", "Vendor": "it's a \\n vendor"}


@pytest.fixture
def buildx(tmp_path: Path) -> Path:
    """A program in place of buildx; it notes each start."""
    said = tmp_path / "said.json"
    said.write_text(json.dumps(SAID))
    program = tmp_path / "a folder" / "docker-buildx"
    program.parent.mkdir()
    program.write_text(
        f"#!/bin/sh\necho x >> '{tmp_path}/starts'\n"
        f'[ "$1" = docker-cli-plugin-metadata ] && exec cat "{said}"\n'
        'printf "%s|" $$ "$@"\nexit 7\n'
    )
    program.chmod(0o755)
    return program


def test_metadata_is_told_without_a_start(buildx: Path, tmp_path: Path) -> None:
    buildx_plugin.install(tmp_path / "plugins", buildx)
    argv = [str(tmp_path / "plugins" / "docker-buildx"), buildx_plugin.METADATA]

    told = [subprocess.run(argv, check=True, capture_output=True).stdout for _ in range(2)]

    assert [json.loads(one) for one in told] == [SAID, SAID]
    assert (tmp_path / "starts").read_text() == "x\n"


def test_everything_else_becomes_buildx(buildx: Path, tmp_path: Path) -> None:
    buildx_plugin.install(tmp_path / "plugins", buildx)
    argv = [str(tmp_path / "plugins" / "docker-buildx"), "buildx", "a b", ""]

    started = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    printed, _ = started.communicate()

    assert started.returncode == 7
    assert printed == f"{started.pid}|buildx|a b||"  # the same process: signals reach it


def test_another_version_of_the_engine_replaces_it(buildx: Path, tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir()
    (old / "docker-buildx").symlink_to(buildx)
    buildx_plugin.install(old, buildx)
    other = buildx.with_name("other")
    buildx.rename(other)
    buildx_plugin.install(old, other)
    buildx_plugin.install(old, other)

    assert str(other) in (old / "docker-buildx").read_text()
    assert (tmp_path / "starts").read_text() == "x\nx\n"
