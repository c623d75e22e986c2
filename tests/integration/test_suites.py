"""The packages of the set-up, asked of a Debian release that this machine does not run."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

# Not for an engine, but for Debian's mirror: `make quick` needs no network.
pytestmark = pytest.mark.engine
SCRIPT = (Path(__file__).parents[2] / "sandbox" / "setup.sh").read_text()
PACKAGES = re.findall(r'packages="(?:\$packages )?([^"$]+)"', SCRIPT)
"""The lists of the script: for everybody, for the tests, and for Python."""


@pytest.mark.parametrize("suite", ["trixie"])
def test_every_package_of_the_set_up_is_in_debian(suite: str, tmp_path: Path) -> None:
    """apt resolves the names and what they depend on; nothing is downloaded but its lists."""
    names = " ".join(PACKAGES).split()
    assert {"mmdebstrap", "rootlesskit", "chromium", "python3-venv"} <= set(names)
    command = ["mmdebstrap", "--simulate", "--variant=apt", f"--include={','.join(names)}"]
    done = subprocess.run(
        [*command, suite, str(tmp_path / "tree.tar")],
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
