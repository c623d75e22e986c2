"""Workers on other hosts, with a program in place of ssh."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from checker.classroom.cluster.addresses import SshHost
from checker.classroom.cluster.certificates import Certificates
from checker.classroom.cluster.ssh_hosts import workers_on


class EndsFirst(subprocess.Popen[str]):
    """A process that has ended before anything is written to it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.wait()


def test_a_worker_that_ends_before_it_gets_its_certificates_ends_no_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ssh = tmp_path / "ssh"
    ssh.write_text("#!/bin/sh\nexit 127\n")
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(subprocess, "Popen", EndsFirst)
    host = SshHost("lab1", 1, "absent")
    with workers_on([host], "tls://x", Certificates.make(), lambda _: None):
        pass
