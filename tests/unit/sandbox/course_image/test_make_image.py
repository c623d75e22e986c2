"""What is pure about the build of the image: its options, requirements and labels."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sandbox.course_image.make_image import ROOT, labels, options, requirements, wheel_options

TEXTS = {"a.b": "c"}
PARTIAL = Path("/x/partial")


def test_a_tar_for_docker_load_has_labels_and_no_attestations() -> None:
    made = options(Path("/x/course.tar"), PARTIAL, TEXTS, ["one:1", "two:2"], "gzip")
    assert made[-1] == "--output=type=docker,dest=/x/partial,compression=gzip"
    assert {"--label=a.b=c", "--tag=one:1", "--tag=two:2", "--provenance=false"} <= set(made)


def test_an_oci_layout_has_annotations_and_attestations() -> None:
    made = options(Path("/x/course.oci.tar"), PARTIAL, TEXTS, ["one:1", "two:2"], "gzip")
    assert made[-1].startswith("--output=type=oci,dest=/x/partial,")
    assert made[-1].endswith(',"name=one:1,two:2"')
    assert {"--annotation=a.b=c", "--sbom=true", "--provenance=mode=max"} <= set(made)


def test_requirements_are_those_of_the_project_and_of_its_installation() -> None:
    lines = requirements((ROOT / "pyproject.toml").read_text()).splitlines()
    assert {"jupyterlab>=4", "hatchling", "editables"} <= set(lines)


def test_wheels_are_chosen_for_the_image() -> None:
    chosen = wheel_options("aarch64")
    assert "--platform=manylinux2014_aarch64" in chosen
    assert not [one for one in chosen if "x86_64" in one]


def test_labels_are_those_of_the_oci() -> None:
    made = labels("1.2", datetime(2026, 1, 2, tzinfo=UTC))
    assert made["org.opencontainers.image.version"] == "1.2"
    assert made["org.opencontainers.image.created"] == "2026-01-02T00:00:00Z"
