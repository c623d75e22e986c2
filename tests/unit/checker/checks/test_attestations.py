"""What is said of the attestations of an image, platform by platform."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from checker.checks.attestations import ProvenanceCheck, SbomCheck
from checker.course.toml_table import read
from checker.errors import ExerciseError
from sandbox import ImageNotFound

AMD, ARM = "linux/amd64", "linux/arm64"
MOST = ProvenanceCheck("app", (AMD, ARM), arguments=("VERSION",), hides=("{secret:TOKEN}",))
LISTED = SbomCheck("app", (AMD, ARM), ("list 1.0-{nonce}", "busybox"))


def told(**changes: Any) -> Any:
    """A provenance of this grading's build."""
    facts = {"mode": "max", "steps": 9, "version": "v0.2", "build_args": (("VERSION", "8c1f"),)}
    return SimpleNamespace(**{**facts, "materials": (), **changes})


def packages(*texts: str) -> Any:
    pairs = (text.split(" ") for text in texts)
    return SimpleNamespace(
        packages=tuple(SimpleNamespace(name=name, version=version) for name, version in pairs)
    )


def one(platform: str, *facts: Any, about: str | None = None) -> Any:
    """A platform's image, and attestations that say of themselves that they are about it."""
    digest = f"sha256:{platform}"
    attestations = tuple(
        SimpleNamespace(
            provenance=fact if hasattr(fact, "mode") else None,
            sbom=fact if hasattr(fact, "packages") else None,
            statement=f'"sha256": "{about or platform}"',
        )
        for fact in facts
    )
    manifest = SimpleNamespace(digest=digest)
    return SimpleNamespace(platform=platform, manifest=manifest, attestations=attestations)


def push(lab: Any, *platforms: Any, leaks: Sequence[Any] = ()) -> None:
    def pushed_image(_: str, *, known: Any) -> Any:
        if not platforms:
            raise ImageNotFound("no such image", next_step="push it")
        return SimpleNamespace(platforms=platforms, digest="sha256:1", find=lambda _: leaks)

    lab.builder.pushed_image = pushed_image


def test_provenance_of_each_platform_passes(lab: Any) -> None:
    push(lab, one(AMD, packages(), told()), one(ARM, told(version="v1")))

    finding = MOST.measure(lab.bench)

    assert finding.passed
    assert "linux/amd64: mode=max, 9 steps; linux/arm64: mode=max" in finding.message
    assert finding.evidence[ARM]["build_args"] == {"VERSION": "8c1f"}


@pytest.mark.parametrize(
    ("platforms", "said"),
    [
        ([], "no $REGISTRY/app in"),
        ([one(AMD, told())], "no image for linux/arm64; what was pushed is for linux/amd64"),
        ([one(AMD, told()), one(ARM)], "For linux/arm64 $REGISTRY/app has no provenance"),
        ([one(AMD, told()), one(ARM, packages("a 1"))], "has no provenance"),
        ([one(AMD, told()), one(ARM, told(), about=AMD)], "For linux/arm64"),
        ([one(AMD, told()), one(ARM, told(mode="min", steps=0))], "mode=min, which lists 0 steps"),
        ([one(AMD, told(build_args=()))], "another build: it does not list VERSION"),
        ([one(AMD, told(build_args=(("VERSION", "1.0"),)))], "it lists VERSION=1.0"),
    ],
)
def test_provenance_that_is_not_there_or_tells_too_little_fails(
    lab: Any, platforms: Sequence[Any], said: str
) -> None:
    push(lab, *platforms)

    finding = MOST.measure(lab.bench)

    assert not finding.passed
    assert said in finding.message
    assert "Wanted: " in finding.message


def test_min_is_too_much_where_it_is_max(lab: Any) -> None:
    push(lab, one(AMD, told()), one(ARM, told()))

    finding = replace(MOST, mode="min", arguments=()).measure(lab.bench)

    assert not finding.passed
    assert "mode=max, which lists 9 steps" in finding.message


def test_a_value_in_a_name_of_what_was_pushed_is_told_without_the_value(lab: Any) -> None:
    push(lab, one(AMD, told()), one(ARM, told()))
    prefix = lab.bench.values.registry.partition("/")[2]
    lab.builder.pushed.names = [f"{prefix}/app:latest", f"{prefix}/cache/5ec4e7:latest"]

    finding = MOST.measure(lab.bench)

    assert not finding.passed
    assert finding.message.startswith(
        "The value of TOKEN is part of a name in the registry: $REGISTRY/cache/…:latest."
    )
    assert "5ec4e7" not in str(finding)


def test_a_value_that_can_be_read_is_told_with_its_place_and_not_itself(lab: Any) -> None:
    place = SimpleNamespace(value="attestation")
    leak = SimpleNamespace(place=place, key="args.build-arg:TOKEN", path=None)
    push(lab, one(AMD, told()), one(ARM, told()), leaks=[leak])

    finding = MOST.measure(lab.bench)

    assert not finding.passed
    assert "TOKEN can be read in $REGISTRY/app: attestation, args.build-arg:TOKEN" in (
        finding.message
    )
    assert "5ec4e7" not in finding.message


def test_packages_of_each_platform_pass_in_any_of_its_lists(lab: Any) -> None:
    amd = one(AMD, packages("list 1.0-c0ffee"), packages("busybox 1.38"))
    push(lab, amd, one(ARM, told(), packages("busybox 1.37", "list 1.0-c0ffee")))

    finding = LISTED.measure(lab.bench)

    assert finding.passed
    assert "linux/amd64: 2 packages; linux/arm64: 2 packages" in finding.message


@pytest.mark.parametrize(
    ("arm", "said"),
    [
        (None, "no image for linux/arm64"),
        (one(ARM, told()), "For linux/arm64 $REGISTRY/app has no SBOM"),
        (one(ARM, packages("busybox 1"), about=AMD), "has no SBOM"),
        (one(ARM, packages()), "lists 0 packages (none), and not list 1.0-c0ffee, busybox"),
        (one(ARM, packages("busybox 1", "list 1.0")), "(busybox 1, list 1.0), and not list 1.0-c0"),
    ],
)
def test_a_list_that_is_not_there_or_is_another_build_s_fails(
    lab: Any, arm: Any, said: str
) -> None:
    amd = one(AMD, packages("list 1.0-c0ffee", "busybox 1"))
    push(lab, amd, *([arm] if arm else []))

    finding = LISTED.measure(lab.bench)

    assert not finding.passed
    assert said in finding.message


def test_where_nothing_is_named_each_image_that_is_there_needs_a_list_of_anything(lab: Any) -> None:
    any_list = SbomCheck("app:{nonce}")

    push(lab, one(AMD, packages("list 1.0")))
    finding = any_list.measure(lab.bench)
    assert finding.passed
    assert finding.message == "SBOM for linux/amd64: 1 packages."

    push(lab, one(AMD, packages("list 1.0")), one(ARM, packages()))
    finding = any_list.measure(lab.bench)
    assert not finding.passed
    assert "lists 0 packages (none).\nWanted: an SBOM for linux/amd64 and linux/arm64." in (
        finding.message
    )


def test_what_was_not_pushed_has_no_list(lab: Any) -> None:
    push(lab)

    assert not LISTED.measure(lab.bench).passed


@pytest.mark.parametrize(
    ("kind", "params", "said"),
    [
        (ProvenanceCheck, {"image": "a", "platforms": []}, "platforms is empty"),
        (ProvenanceCheck, {"image": "a", "platforms": [AMD], "mode": "all"}, "there are: min, max"),
        (
            ProvenanceCheck,
            {"image": "a", "platforms": [AMD], "mode": "min", "arguments": ["X"]},
            "need mode max",
        ),
    ],
)
def test_params_that_mean_nothing_are_refused(kind: Any, params: Any, said: str) -> None:
    with pytest.raises(ExerciseError, match="params") as caught:
        read(kind, params, where="params")
    assert said in caught.value.message
