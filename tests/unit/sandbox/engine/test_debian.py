from __future__ import annotations

from pathlib import Path

import pytest

from sandbox import HostError, SandboxError, SetupError
from sandbox.engine import debian
from sandbox.engine.debian import Tree, content_key

TREE = Tree("forky", ("busybox-static", "dash"), architecture="arm64")


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """A program of mmdebstrap's name, first on PATH; it notes its words in ``words``."""
    program = folder / "mmdebstrap"
    program.write_text(f'#!/bin/sh\necho "$@" >> {folder}/words\nfor last; do :; done\n{script}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_a_tarball_is_there_when_it_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "Fetched 9,812 kB in 2s (4,906 kB/s)\\nGet:1 x\\nFetched 1.5 MB in 0s (43.5 MB/s)"
    install(tmp_path, monkeypatch, f'echo whole > "$last"; printf "{said}\\n" >&2')
    size = debian.fetch(TREE, tmp_path / "deep" / "a.tar", tell=pytest.fail)
    assert size == 11_312_000
    assert [file.name for file in (tmp_path / "deep").iterdir()] == ["a.tar"]
    words = (tmp_path / "words").read_text().split()
    assert {"--include=busybox-static,dash", "--architectures=arm64", "forky"} <= set(words)


@pytest.mark.parametrize(
    ("said", "kind", "step"),
    [
        ("E: Failed to fetch x  Temporary failure resolving 'y'", SetupError, "connect"),
        ("E: Failed to fetch x  Connection timed out", SetupError, "connect"),
        ("tar: a: Cannot write: No space left on device", HostError, "free about 3 GB"),
        ("tar: a: Wrote only 6144 of 10240 bytes", HostError, "free about 3 GB"),
        ("E: unable to locate package", SetupError, "sandbox doctor"),
        ("", SetupError, "sandbox doctor"),
    ],
)
def test_a_failure_says_what_to_do_and_leaves_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    said: str,
    kind: type[SandboxError],
    step: str,
) -> None:
    install(tmp_path, monkeypatch, f'echo half > "$last"; echo "{said}" >&2; exit 25')
    with pytest.raises(kind) as caught:
        debian.fetch(TREE, tmp_path / "deep" / "a.tar", tell=pytest.fail)
    assert type(caught.value) is kind
    assert step in caught.value.next_step
    assert caught.value.exit_code == 25
    assert list((tmp_path / "deep").iterdir()) == []


@pytest.mark.parametrize(
    ("said", "size"),
    [
        ("", 0),
        ("Fetched 955 B in 0s (43.5 MB/s)", 955),
        ("Fetched 2 GB in 9s (43.5 MB/s)\n", 2_000_000_000),
        ("I: Fetched 955 kB in 0s (43.5 MB/s)", 0),
    ],
)
def test_what_apt_says_that_it_fetched(said: str, size: int) -> None:
    assert debian.fetched_bytes(said) == size


def test_what_to_run_when_the_network_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, 'echo "Could not resolve x" >&2; exit 25')
    with pytest.raises(SetupError) as caught:
        debian.fetch(TREE, tmp_path / "a.tar", tell=pytest.fail, again="`sandbox warm lab/x`")
    assert caught.value.next_step.endswith("and run `sandbox warm lab/x`")


def test_an_expired_release_is_said_and_signatures_are_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = (
        'case "$*" in *Check-Valid-Until*) echo whole > "$last"; exit 0 ;; esac\n'
        'echo "E: Release file for x is expired (invalid since 1d)" >&2; exit 25'
    )
    install(tmp_path, monkeypatch, script)
    told: list[str] = []
    debian.fetch(TREE, tmp_path / "a.tar", tell=told.append)
    assert "has expired" in told[0]
    first, second = (tmp_path / "words").read_text().splitlines()
    assert second.replace(f"{debian.IGNORE_EXPIRY} ", "") == first


def test_remains_of_a_killed_process_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.tar.partial-999999").touch()
    (tmp_path / "deep" / "b.tar.partial-999999").touch()
    install(tmp_path, monkeypatch, 'echo whole > "$last"')
    debian.fetch(TREE, tmp_path / "deep" / "a.tar", tell=pytest.fail)
    found = sorted(file.name for file in (tmp_path / "deep").iterdir())
    assert found == ["a.tar", "b.tar.partial-999999"]


def test_a_key_changes_with_each_part_and_its_place() -> None:
    keys = {content_key(parts) for parts in (["ab"], ["a", "b"], ["b", "a"], ["a", "b", ""])}
    assert len(keys) == 4
    assert content_key(["a", "b"]) == content_key(("a", "b"))
