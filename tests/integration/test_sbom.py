"""SBOMs as the engine makes them with the lab's scanner: offline, valid, and with what is there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from sandbox import Sandbox, Sbom

GO_MOD = "module lab.example/hello\n\ngo 1.24\n"
MAIN_GO = 'package main\n\nfunc main() { println("hello") }\n'
METADATA = "Metadata-Version: 2.1\nName: tinybits\nVersion: 1.2\nLicense: MIT\n"
LOCK = {
    "name": "app",
    "lockfileVersion": 3,
    "packages": {"node_modules/only-locked": {"version": "9.9.9"}},
}
DOCKERFILE = """\
FROM --platform=$BUILDPLATFORM lab/go AS build
WORKDIR /src
COPY go.mod main.go ./
ARG TARGETARCH
RUN GOARCH=$TARGETARCH go build -o /hello

FROM lab/busybox AS mixed
COPY --from=build /hello /usr/bin/hello
COPY package.json /app/node_modules/left-pad/package.json
COPY package-lock.json /app/package-lock.json
COPY METADATA /usr/lib/python3/dist-packages/tinybits-1.2.dist-info/METADATA

FROM lab/debian AS debian
"""


@pytest.fixture
def context(tmp_path: Path) -> Path:
    files = {
        "Dockerfile": DOCKERFILE,
        "go.mod": GO_MOD,
        "main.go": MAIN_GO,
        "package.json": '{"name": "left-pad", "version": "1.3.0", "license": "WTFPL"}',
        "package-lock.json": json.dumps(LOCK),
        "METADATA": METADATA,
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def sboms(sandbox: Sandbox, name: str) -> dict[str, list[Sbom]]:
    """Of every platform."""
    return {
        platform.platform: [a.sbom for a in platform.attestations if a.sbom is not None]
        for platform in sandbox.image(name).platforms
    }


def test_packages_of_every_kind_on_both_platforms(sandbox: Sandbox, context: Path) -> None:
    platforms = ["linux/amd64", "linux/arm64"]
    name = f"{sandbox.registry}/sbom-test/mixed:1"
    line = f"--target=mixed --platform={','.join(platforms)} --provenance=true --sbom=true --push"
    sandbox.build_line(["docker", "buildx", "build", *line.split(), f"--tag={name}", str(context)])
    found = sboms(sandbox, name)
    assert list(found) == platforms
    for (sbom,) in found.values():
        assert sbom.version == "SPDX-2.3"
        assert any(tool.startswith("Tool: syft-") for tool in sbom.creators)
        packages = {package.name: package for package in sbom.packages}
        assert {"lab.example/hello", "stdlib", "left-pad", "tinybits", "busybox"} <= set(packages)
        assert (packages["left-pad"].kind, packages["left-pad"].version) == ("npm", "1.3.0")
        assert (packages["tinybits"].kind, packages["tinybits"].license) == ("pypi", "MIT")
        assert packages["stdlib"].kind == "golang"
        assert "/usr/bin/hello" in packages["lab.example/hello"].found_by
        # What is written down somewhere is not thereby installed.
        assert "only-locked" not in packages
    # Each about its own image: the program is another one.
    statements = [a for a in sandbox.image(name).attestations if a.sbom is not None]
    checksums = [
        {file["fileName"]: file["checksums"] for file in spdx(a.statement)["files"]}
        for a in statements
    ]
    assert checksums[0]["usr/bin/hello"] != checksums[1]["usr/bin/hello"]
    assert [a.subject for a in statements] == [
        platform.manifest.digest for platform in sandbox.image(name).platforms
    ]


def test_it_is_valid_spdx(sandbox: Sandbox, context: Path, tmp_path: Path) -> None:
    name = f"{sandbox.registry}/sbom-test/valid:1"
    scanner = {"type": "sbom", "generator": "lab/sbom-scanner"}
    sandbox.build(context, target="mixed", tags=[name], push=True, attest=scanner)
    (statement,) = [a.statement for a in sandbox.image(name).attestations if a.sbom is not None]
    file = tmp_path / "sbom.spdx.json"
    file.write_text(json.dumps(spdx(statement)))
    document = parse_file(str(file))
    assert [message.validation_message for message in validate_full_spdx_document(document)] == []
    assert "left-pad" in {package.name for package in document.packages}


def test_debian_packages_are_named_with_license_or_not(sandbox: Sandbox, context: Path) -> None:
    name = f"{sandbox.registry}/sbom-test/debian:1"
    sandbox.build(context, target="debian", tags=[name], push=True, sbom=True)
    ((sbom,),) = sboms(sandbox, name).values()
    packages = {package.name: package for package in sbom.packages}
    installed = sandbox.run("lab/debian", "dpkg-query", "-W", "-f", "${Package} ${Version}\\n")
    expected = dict(line.split() for line in installed.stdout.splitlines())
    assert {name: packages[name].version for name in expected} == expected
    assert {packages[name].kind for name in expected} == {"deb"}


def test_stages_that_ask_for_it_are_scanned_as_well(sandbox: Sandbox, context: Path) -> None:
    name = f"{sandbox.registry}/sbom-test/stages:1"
    (context / "Dockerfile").write_text(
        "ARG BUILDKIT_SBOM_SCAN_CONTEXT=true\n"
        "FROM lab/debian AS tools\nARG BUILDKIT_SBOM_SCAN_STAGE=true\nRUN echo 1 > /x\n"
        "FROM scratch\nCOPY --from=tools /x /x\n"
    )
    sandbox.build(context, tags=[name], push=True, sbom=True)
    (found,) = sboms(sandbox, name).values()
    by_name = {sbom.name: {package.name for package in sbom.packages} for sbom in found}
    assert set(by_name) == {"sbom", "sbom-context", "sbom-tools"}
    assert by_name["sbom"] == set()
    assert "dpkg" in by_name["sbom-tools"]


def test_no_sbom_unless_asked_for(sandbox: Sandbox, context: Path) -> None:
    name = f"{sandbox.registry}/sbom-test/none:1"
    sandbox.build(context, target="mixed", tags=[name], push=True, sbom=False)
    assert list(sboms(sandbox, name).values()) == [[]]


@pytest.mark.parametrize("reference", ["lab/sbom-scanner", "docker/buildkit-syft-scanner:stable-1"])
def test_the_scanner_says_whose_it_is(sandbox: Sandbox, reference: str) -> None:
    sandbox.warm(["lab/sbom-scanner"])
    labels = sandbox.image(reference).platform().config.labels
    assert labels["org.opencontainers.image.title"] == "lab/sbom-scanner"
    assert "packed by BuildKit Lab" in labels["org.opencontainers.image.description"]
    assert "not by Docker" in labels["org.opencontainers.image.description"]


def spdx(statement: str) -> dict[str, list[dict[str, str]]]:
    predicate: dict[str, list[dict[str, str]]] = json.loads(statement)["predicate"]
    return predicate
