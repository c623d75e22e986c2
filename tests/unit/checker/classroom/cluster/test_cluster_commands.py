"""``checker class`` with machines, as it is typed; all of it ends before a machine is there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from checker import cli

WITHOUT = """
import sys
for name in ("dask", "distributed", "cryptography"):
    sys.modules[name] = None
from checker.cli import run
sys.exit(run(sys.argv[1:]))
"""


def run(capsys: pytest.CaptureFixture[str], *args: object) -> tuple[int, str, str]:
    code = cli.run(["class", *map(str, args)])
    return code, *capsys.readouterr()


def test_without_the_extra_the_checker_works_and_a_cluster_says_what_to_install(
    tmp_path: Path,
) -> None:
    (tmp_path / "handed-in").mkdir()
    line = ["class", str(tmp_path / "handed-in"), f"--book={tmp_path / 'book'}"]

    def run_without(*args: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-c", WITHOUT, *args]
        return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=120)

    assert run_without(*line).returncode == 0
    for args in ((*line, "--cluster=local:1"), ("class", "certificates", str(tmp_path / "c"))):
        done = run_without(*args)
        assert done.returncode == 2, done.stderr
        assert "pip install 'buildkit-lab[cluster]'" in done.stderr


def test_certificates_are_made_and_the_next_command_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, "certificates", tmp_path / "certs")

    assert code == 0
    assert "next: dask scheduler --protocol tls" in out
    assert (tmp_path / "certs" / "key.pem").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--scheduler", "tcp://lab1:8786"], "leaves this machine without TLS"),
        (["--scheduler", "tls://lab1:8786"], "--certificates DIR"),
        (["--cluster", "local:2", "--jobs", "2"], "--jobs is for this machine alone"),
        (["--cluster", "local:2", "--hosts", "x"], "exclude each other"),
        (["--cluster", "many"], "write it as local:2"),
    ],
)
def test_wrong_options_end_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    (tmp_path / "handed-in").mkdir()

    code, _, err = run(capsys, tmp_path / "handed-in", "--book", tmp_path / "book", *options)

    assert code == 2
    assert message in err


def test_a_worker_refuses_an_address_without_tls(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "worker", "tcp://lab1:8786")

    assert code == 2
    assert "leaves this machine without TLS" in err
