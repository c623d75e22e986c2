"""What BuildKit states about an image, decoded; the same facts from both versions of SLSA."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.errors import ImageError
from sandbox.oci import Material, Package, Provenance
from sandbox.oci.attestation import decode
from sandbox.oci.provenance import SLSA_02, SLSA_1
from sandbox.oci.sbom import SPDX

BUSYBOX = Material(
    "pkg:docker/lab/busybox@latest?platform=linux%2Famd64",
    "sha256:479da1e742812e89dfcc6dde99a0caea0f420db3c07d8ee88b6d8b5f1ec1b136",
)


def provenance(raw: bytes) -> Provenance:
    _, found, _ = decode(raw, "attestation")
    assert found is not None
    return found


@pytest.mark.parametrize("version", ["v0.2", "v1"])
def test_provenance_max(version: str, recorded: Callable[[str], bytes]) -> None:
    found = provenance(recorded(f"provenance-{version}"))
    assert (found.version, found.mode, found.steps) == (version, "max", 4)
    assert (found.frontend, found.entry_point, found.target) == (
        "dockerfile.v0",
        "Dockerfile",
        "final",
    )
    assert found.build_args == (("FLAVOUR", "vanilla"),)
    assert found.materials == (BUSYBOX,)
    assert found.platform == "linux/amd64"
    assert found.source is not None
    assert found.source.startswith("FROM lab/busybox AS build\nARG FLAVOUR\n")
    assert found.started is not None
    assert found.finished is not None
    assert 0 < (found.finished - found.started).total_seconds() < 60


@pytest.mark.parametrize("version", ["v0.2", "v1"])
def test_provenance_min_has_no_arguments_and_no_source(
    version: str, recorded: Callable[[str], bytes]
) -> None:
    found = provenance(recorded(f"provenance-min-{version}"))
    assert (found.version, found.mode, found.steps) == (version, "min", 0)
    assert (found.build_args, found.source, found.target) == ((), None, None)
    assert found.materials == (BUSYBOX,)


def test_sbom() -> None:
    statement = {
        "predicateType": "https://spdx.dev/Document",
        "predicate": {
            "spdxVersion": "SPDX-2.3",
            "name": "sbom",
            "creationInfo": {"creators": ["Tool: a"], "created": "2024-05-06T07:08:09Z"},
            "packages": [
                {"name": "busybox", "versionInfo": "1.37", "licenseDeclared": "GPL-2.0-only"},
                {"name": "musl", "licenseConcluded": "NOASSERTION"},
            ],
            "files": [{}, {}],
        },
    }
    _, found_provenance, sbom = decode(json.dumps(statement).encode(), "attestation")
    assert found_provenance is None
    assert sbom is not None
    assert (sbom.version, sbom.name, sbom.creators) == ("SPDX-2.3", "sbom", ("Tool: a",))
    assert sbom.packages == (
        Package("busybox", "1.37", "GPL-2.0-only"),
        Package("musl", "", None),
    )
    assert sbom.file_count == 2


def test_an_sbom_as_syft_writes_it(recorded: Callable[[str], bytes]) -> None:
    _, _, sbom = decode(recorded("sbom-syft-1.18.1"), "attestation")
    assert sbom is not None
    assert sbom.creators[1:] == ("Tool: syft-1.18.1", "Tool: buildkit-v0.0.0+unknown")
    found = {package.name: package for package in sbom.packages}
    # The file system itself, which Syft lists as a package of the scan's name, is none.
    assert sorted(found) == ["lab.example/hello", "left-pad", "stdlib", "tinybits"]
    assert found["left-pad"] == Package(
        name="left-pad",
        version="1.3.0",
        license="WTFPL",
        purl="pkg:npm/left-pad@1.3.0",
        found_by="acquired package info from installed node module manifest file: "
        "/app/node_modules/left-pad/package.json",
    )
    assert [found[name].kind for name in sorted(found)] == ["golang", "npm", "golang", "pypi"]
    assert found["stdlib"].purl == "pkg:golang/stdlib@1.27.3"


@pytest.mark.parametrize(
    ("concluded", "declared", "license"),
    [
        ("MIT", "Apache-2.0", "MIT"),
        ("NOASSERTION", "Apache-2.0", "Apache-2.0"),
        ("NONE", "NOASSERTION", None),
        (None, "", None),
    ],
)
def test_a_license_that_only_one_of_two_knows(
    concluded: str | None, declared: str, license: str | None
) -> None:
    package = {"name": "a", "licenseConcluded": concluded, "licenseDeclared": declared}
    statement = {"predicateType": SPDX, "predicate": {"packages": [package]}}
    _, _, sbom = decode(json.dumps(statement).encode(), "attestation")
    assert sbom is not None
    assert [found.license for found in sbom.packages] == [license]


def test_a_package_without_a_purl_is_of_no_kind() -> None:
    assert Package("a", "1", None).kind == ""


@pytest.mark.parametrize("version", ["v0.2", "v1"])
def test_provenance_of_a_commit(version: str, recorded: Callable[[str], bytes]) -> None:
    found = provenance(recorded(f"provenance-git-{version}"))
    assert found.context == Material(
        "git@git.lab:team/recipes.git#v1", "sha1:43094a032e1b49f9c0460ef1c09b2da88727a336"
    )
    assert found.entry_point == "Dockerfile"
    assert found.context in found.materials
    assert found.is_complete
    assert found.secrets == ("GIT_AUTH_HEADER", "GIT_AUTH_TOKEN")
    assert found.builder_id == "https://ci.lab/kitchen"
    # Nobody but BuildKit had a part in it.
    assert (found.repository, found.revision) == (None, None)


@pytest.mark.parametrize("version", ["v0.2", "v1"])
def test_provenance_of_a_folder(version: str, recorded: Callable[[str], bytes]) -> None:
    found = provenance(recorded(f"provenance-min-{version}"))
    assert found.context is None
    assert not found.is_complete
    assert found.secrets == ()


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        (SLSA_02, ("metadata", "https://mobyproject.org/buildkit@v1#metadata")),
        (SLSA_1, ("runDetails", "metadata", "buildkit_metadata")),
    ],
)
def test_what_a_client_says_of_its_folder(kind: str, path: tuple[str, ...]) -> None:
    predicate: dict[str, Any] = {"vcs": {"source": "git@git.lab:a.git", "revision": "12ab"}}
    for name in reversed(path):
        predicate = {name: predicate}
    found = provenance(json.dumps({"predicateType": kind, "predicate": predicate}).encode())
    assert (found.repository, found.revision) == ("git@git.lab:a.git", "12ab")
    assert found.context is None


@pytest.mark.parametrize(
    "kind", ["https://slsa.dev/provenance/v0.2", "https://slsa.dev/provenance/v1"]
)
@pytest.mark.parametrize("predicate", [None, [], "x", {"metadata": 1, "runDetails": []}])
def test_a_predicate_of_an_odd_shape_is_an_empty_one(kind: str, predicate: Any) -> None:
    raw = json.dumps({"predicateType": kind, "predicate": predicate}).encode()
    assert provenance(raw).materials == ()


def test_any_other_predicate_is_left_as_it_is() -> None:
    assert decode(b'{"predicateType": "https://example.com/x"}', "") == (
        "https://example.com/x",
        None,
        None,
    )


def test_a_statement_that_is_not_json() -> None:
    with pytest.raises(ImageError, match="attestation 1 is not JSON"):
        decode(b"x", "attestation 1")
