"""What is said of an image for several platforms, and of a build without an emulator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from checker.checks.platforms import BinaryArch, NativeCompile, Platforms
from checker.checks.tags import Tags
from sandbox import ImageNotFound, RunResult
from tests.unit.checker.checks.test_elf import head

AMD, ARM = "linux/amd64", "linux/arm64"
PROGRAMS = {AMD: head(62), ARM: head(183)}


def one(
    platform: str,
    *,
    says: str | None = None,
    program: bytes | None = None,
    files: Mapping[str, bytes] | None = None,
    **starts: Any,
) -> Any:
    system, architecture = (says or platform).split("/")
    content = {"/bin/app": program or PROGRAMS[platform], **(files or {})}
    config = {"entrypoint": (), "cmd": (), "env": (), "working_dir": "", **starts}
    return SimpleNamespace(
        platform=platform,
        manifest=SimpleNamespace(digest=f"sha256:{platform}"),
        config=SimpleNamespace(os=system, architecture=architecture, **config),
        read=lambda path, most_bytes: content.get(path),
    )


def image(*platforms: Any, digest: str = "sha256:1", text: bytes = b"c0ffee") -> Any:
    return SimpleNamespace(
        platforms=platforms,
        absent=(),
        digest=digest,
        find=lambda needle: [needle] if needle in text else [],
    )


def push(lab: Any, **images: Any) -> None:
    def pushed_image(reference: str, *, known: Any) -> Any:
        name = reference.rpartition("/")[2]
        if name not in images:
            raise ImageNotFound("no such image", next_step="push it")
        return images[name]

    lab.builder.pushed_image = pushed_image


def test_an_image_for_each_wanted_platform_passes(lab: Any) -> None:
    push(lab, app=image(one(ARM), one(AMD)))

    finding = Platforms((AMD, ARM), "app").measure(lab.bench)

    assert finding.passed
    assert "2 platforms: linux/arm64, linux/amd64" in finding.message


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([one(AMD)], "1 platform: linux/amd64."),
        ([one(AMD), one(AMD)], "2 platforms: linux/amd64, linux/amd64."),
        ([one(AMD), one(ARM), one(ARM)], "3 platforms"),
        ([one(AMD), one(ARM, says=AMD)], "the config of that image says linux/amd64"),
        ([], "0 platforms: none"),
    ],
)
def test_other_platforms_than_the_wanted_ones_fail(
    lab: Any, found: Sequence[Any], said: str
) -> None:
    push(lab, app=image(*found))

    finding = Platforms((AMD, ARM), "app").measure(lab.bench)

    assert not finding.passed
    assert said in finding.message


@pytest.mark.parametrize(
    "about",
    [
        {"files": {"/bin/sh": PROGRAMS[AMD]}},
        {"files": {"/bin/busybox": PROGRAMS[AMD]}},
        {"program": PROGRAMS[AMD], "cmd": ("app", "--now")},
        {"program": PROGRAMS[AMD], "entrypoint": ("/bin/app",), "cmd": ("sh",)},
        {"program": PROGRAMS[AMD], "cmd": ("./app",), "working_dir": "/bin"},
        {"files": {"/opt/x": PROGRAMS[AMD]}, "cmd": ("x",), "env": ("A=b", "PATH=/bin:/opt")},
    ],
)
def test_an_image_that_holds_another_machines_programs_fails(
    lab: Any, about: Mapping[str, Any]
) -> None:
    push(lab, app=image(one(AMD), one(ARM, **about)))

    finding = Platforms((AMD, ARM), "app").measure(lab.bench)

    assert not finding.passed
    assert "The image for linux/arm64 holds programs for amd64: /" in finding.message


@pytest.mark.parametrize(
    "about",
    [
        {"files": {"/bin/sh": PROGRAMS[ARM]}, "cmd": ("sh",)},
        {"files": {"/bin/greet": b"#!/bin/sh"}, "cmd": ("greet",)},
        {"program": PROGRAMS[AMD], "cmd": ("another",)},
    ],
)
def test_an_image_without_such_programs_passes(lab: Any, about: Mapping[str, Any]) -> None:
    push(lab, app=image(one(AMD), one(ARM, **about)))

    assert Platforms((AMD, ARM), "app").measure(lab.bench).passed


def test_a_program_in_the_base_of_another_machine_fails(lab: Any) -> None:
    push(lab, app=image(one(AMD), one(ARM, files={"/bin/sh": PROGRAMS[AMD]})))

    finding = BinaryArch("/bin/app", (AMD, ARM), image="app").measure(lab.bench)

    assert not finding.passed
    assert "holds programs for amd64: /bin/sh" in finding.message


def test_more_platforms_fail_only_where_none_but_the_wanted_ones_may_be(lab: Any) -> None:
    push(lab, app=image(one(AMD), one(ARM)))

    assert not Platforms((AMD,), "app").measure(lab.bench).passed
    assert Platforms((AMD,), "app", others=True).measure(lab.bench).passed


def test_what_was_not_pushed_fails(lab: Any) -> None:
    push(lab)

    for check in (
        Platforms((AMD,), "app:{variable:VERSION}"),
        BinaryArch("/bin/app", (AMD,), image="app:{variable:VERSION}"),
        Tags(("app:{variable:VERSION}",)),
    ):
        finding = check.measure(lab.bench)
        assert not finding.passed
        assert "no $REGISTRY/app:8c1f in the registry" in finding.message


class Emulation:
    """Knows when it was off."""

    platform = ARM

    def __init__(self) -> None:
        self.is_on = True

    @contextmanager
    def switched_off(self) -> Iterator[None]:
        self.is_on = False
        yield
        self.is_on = True


NATIVE = NativeCompile("list.csv", platforms=(AMD, ARM))


def run_on(lab: Any, make: Any, platform: str, builds_on: str | None, **about: Any) -> Emulation:
    emulation = Emulation()
    lab.builder.emulation = emulation

    def answer(ask: Any) -> Any:
        assert not emulation.is_on
        assert lab.builder.turns == ["alone"]
        vertex = make.vertex("RUN go build", **about)
        ran = replace(vertex, platform=platform, build_platform=builds_on)
        failed = int(about.get("error") is not None)
        return make.build(ran, exit_code=failed, message="ERROR: exit code: 255" * failed)

    lab.builder.answer = answer
    return emulation


def test_a_build_that_needs_no_emulator_passes_and_leaves_emulation_on(lab: Any, make: Any) -> None:
    emulation = run_on(lab, make, ARM, AMD)

    finding = NATIVE.measure(lab.bench)

    assert finding.passed
    assert emulation.is_on
    assert lab.builder.asks[0].option("--platform") == f"{AMD},{ARM}"
    assert lab.builder.asks[0].files["list.csv"] != "one\n"
    assert finding.evidence["runs"][0]["ran_on"] == AMD


def test_a_run_of_the_other_platform_fails_and_is_named(lab: Any, make: Any) -> None:
    run_on(lab, make, ARM, None, error="exit code: 255", log="/bin/sh: exec format error\n")

    finding = NATIVE.measure(lab.bench)

    assert not finding.passed
    assert "RUN go build\nThat RUN is on linux/arm64" in finding.message


def test_an_emulated_run_that_comes_from_the_cache_fails(lab: Any, make: Any) -> None:
    run_on(lab, make, ARM, None, cached=True)

    finding = NATIVE.measure(lab.bench)

    assert not finding.passed
    assert "ran under emulation in an earlier build" in finding.message


def test_a_build_that_fails_for_another_reason_says_which(lab: Any, make: Any) -> None:
    run_on(lab, make, ARM, AMD, error="exit code: 2")

    finding = NATIVE.measure(lab.bench)

    assert not finding.passed
    assert "ERROR: exit code: 255" in finding.message
    assert "exec format error" not in finding.message


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (PROGRAMS[AMD], "is a program for amd64"),
        (b"#!/bin/sh", "is not an ELF program"),
        (head(183, interpreter="/lib/ld.so"), "needs /lib/ld.so"),
    ],
)
def test_a_program_that_is_not_one_for_the_platform_fails(
    lab: Any, program: bytes, said: str
) -> None:
    push(lab, app=image(one(AMD), one(ARM, program=program)))

    finding = BinaryArch("/bin/app", (AMD, ARM), image="app").measure(lab.bench)

    assert not finding.passed
    assert said in finding.message
    assert "Wanted" in finding.message


def test_a_file_or_a_platform_that_is_not_there_fails(lab: Any) -> None:
    push(lab, app=image(one(AMD)))

    assert not BinaryArch("/bin/app", (ARM,), image="app").measure(lab.bench).passed
    assert not BinaryArch("/bin/other", (AMD,), image="app").measure(lab.bench).passed


def test_a_program_for_each_platform_is_run_on_each_when_something_is_to_be_printed(
    lab: Any,
) -> None:
    push(lab, app=image(one(AMD), one(ARM)))
    ran = []

    def run(reference: str, *args: str, timeout_s: float, platform: str) -> RunResult:
        ran.append(platform)
        return RunResult(0, "c0ffee\n", "", 0.1, timed_out=False)

    lab.builder.run = run

    check = BinaryArch("/bin/app", (AMD, ARM), image="app", prints=("{nonce}",))
    assert check.measure(lab.bench).passed
    assert ran == [AMD, ARM]
    other = BinaryArch("/bin/app", (AMD, ARM), image="app", prints=("tea",))
    assert not other.measure(lab.bench).passed


def test_names_that_lead_to_one_image_pass(lab: Any) -> None:
    push(lab, **{"app:1": image(), "app:2": image()})

    finding = Tags(("app:1", "app:2"), holds="{nonce}").measure(lab.bench)

    assert finding.passed
    assert "2 names lead to one image" in finding.message


def test_a_name_that_leads_to_another_image_fails(lab: Any) -> None:
    push(lab, **{"app:1": image(), "app:2": image(digest="sha256:2")})

    finding = Tags(("app:1", "app:2")).measure(lab.bench)

    assert not finding.passed
    assert "$REGISTRY/app:2 sha256:2" in finding.message


def test_names_of_an_image_of_another_build_fail(lab: Any) -> None:
    push(lab, app=image(text=b"other"))

    finding = Tags(("app",), holds="{nonce}").measure(lab.bench)

    assert not finding.passed
    assert "this build did not make it" in finding.message


@pytest.mark.parametrize(
    "bad",
    [
        lambda: Platforms((), "app"),
        lambda: BinaryArch("/bin/app", ()),
        lambda: BinaryArch("app", (AMD,)),
        lambda: NativeCompile("a", line="x"),
        lambda: NativeCompile("a", platforms=(ARM,)),
        lambda: Tags(()),
    ],
)
def test_params_that_say_nothing_are_refused(bad: Any) -> None:
    with pytest.raises(ValueError, match=r"empty|must|no \{random\}"):
        bad()
