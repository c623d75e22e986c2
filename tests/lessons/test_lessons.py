"""Every lesson runs from its first cell to its last, and every topic of the course in one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.notebook.execute import CellRun

pytestmark = pytest.mark.timeout(600)


@dataclass(frozen=True)
class Proof:
    """Where a row of the course's outline is run for real.

    Args:
        lesson: The notebook.
        cells: What runs it, with words that its source must hold and words that it must print.
        check: The hidden cell that asserts that it happened.
    """

    lesson: str
    cells: dict[str, tuple[str, str]]
    check: str


ROWS = {
    "S1 the legacy builder, one after the other": Proof(
        "01-dag-builds",
        {
            "legacy-build": ("DOCKER_BUILDKIT=0 docker build --no-cache", "Step 1/"),
            "buildkit-build": ("docker build --no-cache", "At the same time:"),
            "two-numbers": ("overlap_s", "times as long"),
        },
        "check-two",
    ),
    "S1 a stage that is not needed is not run": Proof(
        "01-dag-builds",
        {
            "skip-build": ("tests.Dockerfile", "tests    skipped"),
            "skip-legacy": ("DOCKER_BUILDKIT=0", "tests passed"),
            "target-build": ("--target tests", "photos   skipped"),
        },
        "check-skip",
    ),
    "S1 the critical path": Proof(
        "01-dag-builds",
        {
            "critical-path": ("critical_path()", "RUN sleep"),
            "critical-numbers": ("real_s", "faster pages"),
        },
        "check-critical",
    ),
    "S2 is it on?": Proof(
        "01-dag-builds",
        {
            "legacy-first-lines": ("legacy.stdout", "Sending build context"),
            "buildkit-first-line": ("!docker build", "[+] Building"),
            "buildkit-log": ("!docker build", "#1 [internal] load build definition"),
        },
        "check-on",
    ),
    "S3 the syntax line names an image": Proof(
        "01-dag-builds",
        {
            "note-dockerfile": ("note/Dockerfile", "# syntax=docker/dockerfile:1.7"),
            "note-build": ("docker buildx build", "docker/dockerfile:1.7"),
            "note-pulls": ("docker/dockerfile", "resolve image config"),
            "note-run": ("docker run", "stands in the Dockerfile itself"),
        },
        "check-syntax",
    ),
    "S3 what happens without it": Proof(
        "01-dag-builds",
        {
            "without-build": ("sed 1d", "stage-0"),
            "old-build": ("DOCKER_BUILDKIT=0", "exit code 1"),
            "missing-build": ("1.99", "not found"),
        },
        "check-syntax",
    ),
    "S3 what it makes possible": Proof(
        "01-dag-builds",
        {
            "greeting-own-build": ("BUILDKIT_SYNTAX", "lesson/frontend"),
            "own-numbers": ("own_greeting.log", "Greetings from the front end"),
        },
        "check-own",
    ),
    "S7 a build secret, as a file": Proof(
        "03-secrets",
        {
            "secret-dockerfile": ("cat", "--mount=type=secret,id=npmrc,target=/root/.npmrc npm ci"),
            "secret-build": ("--secret id=npmrc,src=", "FINISHED"),
            "secret-find": ("find(clean)", "nowhere\nnowhere"),
            "secret-history": ("docker history", "0 lines of the history hold the token"),
        },
        "check-lent",
    ),
    "S7 a build secret, from and as a variable": Proof(
        "03-secrets",
        {
            "variable-dockerfile": ("diff", "--mount=type=secret,id=npm-token,env=NPM_TOKEN"),
            "variable-build": ("--secret id=npm-token,env=NPM_TOKEN", "FINISHED"),
            "variable-find": ("find(lab.image", "nowhere\nfrom Holm to Vannes"),
        },
        "check-variable",
    ),
    "S7 the two ids must match": Proof(
        "03-secrets",
        {
            "wrong-log": ("wrong_id.log", "401 Unauthorized"),
            "required-build": ("required=true", "secret npmrc: not found"),
        },
        "check-ids",
    ),
    "S7 a secret is no part of the cache's key": Proof(
        "03-secrets",
        {
            "changed-build": ("--secret id=npmrc,src=", "CACHED"),
            "filter-build": ("--no-cache-filter install", "The build failed"),
        },
        "check-changed",
    ),
    "S7 a log is a leak": Proof(
        "03-secrets",
        {
            "spill-build": ("--secret id=npmrc,src=", "FINISHED"),
            "spill-log": ("history logs", "/app/npmrc.backup"),
        },
        "check-spill",
    ),
    "S7 what leaks without it": Proof(
        "03-secrets",
        {
            "copy-find": ("find(lab.image", "and it is in the image all the same"),
            "copy-unpack": ("docker image save", "_authToken="),
            "stages-arg-find": ("find(lab.image", "attestation predicate"),
            "stages-copy-find": ("open_layout", "nowhere\nbuild cache"),
        },
        "check-stages",
    ),
    "S8 a private clone through the agent": Proof(
        "03-secrets",
        {
            "closed-log": ("closed.log", "Permission denied (publickey)"),
            "clone-dockerfile": ("known_hosts", "RUN --mount=type=ssh git clone git@"),
            "clone-build": ("--ssh default=$SSH_AUTH_SOCK", "FINISHED"),
            "clone-run": ("docker run", "patience"),
            "clone-find": (".find(", "nothing of the key"),
            "add-run": ("docker run", "water, salt. Knead"),
        },
        "check-clone",
    ),
    "S16 a secret in ARG or ENV, found": Proof(
        "03-secrets",
        {
            "arg-build": ("--build-arg NPM_TOKEN={token}", "SecretsUsedInArgOrEnv"),
            "arg-find": ("find(lab.image", "history["),
            "arg-history": ("docker history --no-trunc", "NPM_TOKEN=npm_"),
            "env-find": ("find(lab.image", "config.Env["),
        },
        "check-arg",
    ),
    "S16 --build-arg NODE_ENV=staging": Proof(
        "06-build-arguments",
        {
            "undeclared-build": ("--build-arg NODE_ENV=staging", "FINISHED"),
            "undeclared-run": ("docker run", "payment  = real"),
            "staging-build": ("--build-arg NODE_ENV=staging", "settings/staging.ini"),
            "environment-build": ("docker buildx build --build-arg NODE_ENV \\", "FINISHED"),
            "environment-run": ("docker run", "currency = pebbles"),
            "empty-build": ("--build-arg NODE_ENV= ", "FINISHED"),
        },
        "check-values",
    ),
    "S16 where an argument can be read": Proof(
        "06-build-arguments",
        {
            "scopes-build": ("--build-arg NODE_ENV=staging", "FINISHED"),
            "scopes-log": ("scopes.log", "4  child      BASE ''  NODE_ENV 'staging'"),
            "misplaced-build": ("--build-arg VARIANT=full", 'failed to parse stage name "base-"'),
            "full-build": ("--build-arg VARIANT=full", "base-small  skipped"),
        },
        "check-variants",
    ),
    "S16 ARG is build time, ENV lives in the image": Proof(
        "06-build-arguments",
        {
            "argument-run": ("docker run", "running as ''"),
            "fixed-run": ("docker run", "built for  'production'"),
            "both-run": ("--env NODE_ENV=development", "running as 'development'"),
        },
        "check-runtime",
    ),
    "S16 which argument costs the cache": Proof(
        "06-build-arguments",
        {
            "early-compared": ("compare(", "2 of 4 instructions cached"),
            "late-compared": ("compare(", "4 of 4 instructions cached"),
            "proxy-build": ("--build-arg HTTP_PROXY=", "CACHED"),
        },
        "check-known",
    ),
    "S16 a secret in ARG stays in the metadata": Proof(
        "06-build-arguments",
        {
            "review-check": ("--check", "SecretsUsedInArgOrEnv"),
            "token-build": ("--build-arg API_TOKEN={token}", "FINISHED"),
            "token-history": ("docker history", "ARG API_TOKEN=tok-"),
            "token-find": (".find(token.encode())", "history["),
            "attested-find": (".find(token.encode())", "attestation predicate"),
            "secret-find": (".find(token.encode())", "places in the image 0, in the record 0"),
        },
        "check-token",
    ),
    "S17 two attestations, and where they lie": Proof(
        "07-provenance",
        {
            "both-build": ("--provenance=true --sbom=true", "generating sbom using"),
            "raw-index": ("imagetools inspect --raw", "attestation-manifest"),
            "raw-carrier": ("imagetools inspect --raw", "in-toto.io/predicate-type"),
            "default-attestations": ("attestation.provenance.mode", "slsa.dev/provenance/v0.2 min"),
        },
        "check-attestations",
    ),
    "S17 provenance, min and max, in both versions": Proof(
        "07-provenance",
        {
            "min-build": ("--provenance=mode=min", "Made slim"),
            "min-provenance": ("{{ json .Provenance.SLSA }}", '"entryPoint": "Dockerfile"'),
            "max-build": ("--provenance=mode=max", "Made slim"),
            "version-dependencies": ("resolvedDependencies", "pkg:docker/lab/go@latest"),
            "dockerfile-inside": ('provenance("max").source', "RUN go build -o /clock ."),
        },
        "check-sizes",
    ),
    "S17 what provenance must not contain": Proof(
        "07-provenance",
        {
            "leak-found": ("find(token.encode())", "args.build-arg:API_TOKEN"),
            "leak-history": ("history inspect attachment", "in the record: True"),
            "mended-found": ('leaks("mended")', "found in 0 places"),
        },
        "check-leak",
    ),
    "S17 the SBOM read back": Proof(
        "07-provenance",
        {
            "packages": (".found_by", "go module information: /clock"),
            "which-images": ('"libssl3t64"', "libssl3t64 3"),
            "blind": ('has("small", "chime")', "chime in small: not found"),
        },
        "check-sbom",
    ),
    "S17 who built this": Proof(
        "07-provenance",
        {
            "green-build": ("{lab.git.url}#main", "load git source"),
            "labels": ("image.version", "red    main"),
            "who-table": ("found.context.digest", "blue   nobody has said anything"),
            "dirty-told": ("told.revision", "knows all materials: False"),
        },
        "check-who",
    ),
    "S17 what SLSA asks": Proof(
        "07-provenance",
        {
            "forged-told": ("builder_id", "built by https://builds.example.com/very/trusted"),
            "pin-materials": (".materials", "lab/busybox"),
        },
        "check-slsa",
    ),
    "S17 where attestations do not fit": Proof(
        "07-provenance",
        {
            "load-build": ("--load", "Made slim"),
            "archive-build": ("type=docker", "does not support exporting manifest lists"),
            "local-files": ("ls -l", "sbom.spdx.json"),
        },
        "check-places",
    ),
}


def printed(cell: Any) -> str:
    texts = []
    for output in cell.outputs:
        texts.append(output.get("text", ""))
        texts.append(output.get("data", {}).get("text/plain", ""))
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", "".join(texts))


Executed = Callable[[str], tuple[Any, tuple[CellRun, ...]]]


def test_runs_from_first_to_last(executed: Executed, lesson_name: str) -> None:
    notebook, runs = executed(lesson_name)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [run.cell_id for run in runs] == [cell.id for cell in code]
    assert all(cell.execution_count for cell in code)
    # Whatever is drawn can be read as well.
    for cell in code:
        for output in cell.outputs:
            data = output.get("data", {})
            assert "image/svg+xml" not in data or data["text/plain"].strip(), cell.id


@pytest.mark.parametrize("row", ROWS)
def test_every_row_is_run(executed: Executed, row: str) -> None:
    proof = ROWS[row]
    notebook, _ = executed(proof.lesson)
    cells = {cell.id: cell for cell in notebook.cells if cell.cell_type == "code"}
    for cell_id, (source, output) in proof.cells.items():
        assert cell_id in cells, f"{row}: {proof.lesson} has lost its cell {cell_id}"
        assert source in cells[cell_id].source, cell_id
        assert output in printed(cells[cell_id]), cell_id
    assert "check" in cells[proof.check].metadata.tags
    order = [cell.id for cell in notebook.cells]
    assert all(order.index(cell_id) < order.index(proof.check) for cell_id in proof.cells)


def test_the_table_has_all_rows_of_the_lessons_there_are() -> None:
    assert {row.split()[0] for row in ROWS} == {f"S{number}" for number in range(1, 19)}
