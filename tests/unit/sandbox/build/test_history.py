"""Records of builds as buildx prints them, and answers that it should never give."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sandbox.build.history import find_failed, list_records, reopen
from sandbox.build.metadata import note
from sandbox.errors import ParseError, UsageError
from sandbox.model.build import Build
from sandbox.model.vertex import State
from sandbox.process import Completed

DATA = Path(__file__).parents[3] / "data" / "traces"
ID = "vwj5i5ok8j5pbka6zmmxg8pte"
LISTED = {
    "cached_steps": 1,
    "completed_at": "2026-11-23T08:25:10.335462998Z",
    "completed_steps": 12,
    "created_at": "2026-11-23T08:25:08.120807795Z",
    "name": "app (web)",
    "ref": f"default/default/{ID}",
    "status": "Completed",
    "total_steps": 12,
}
INSPECTED = {
    "Name": "app (web)",
    "Ref": ID,
    "Context": "/lessons/app",
    "Dockerfile": "Dockerfile",
    "Duration": 2214655203,
    "Status": "completed",
    "Attachments": [
        {"Digest": "sha256:index", "Type": "application/vnd.oci.image.index.v1+json"},
        {"Digest": "sha256:slsa", "Type": "https://slsa.dev/provenance/v0.2"},
        {"Digest": "sha256:amd64", "Type": "application/vnd.oci.image.manifest.v1+json"},
    ],
}
INFOS = "https://mobyproject.org/buildkit@v1#metadata"


class FakeDocker:
    """Answers as buildx does, from values that a test may change."""

    def __init__(self, trace: str = "parallel", dockerfile: str | None = "parallel") -> None:
        self.listed: list[dict[str, Any]] = [LISTED]
        self.inspected: dict[str, Any] = dict(INSPECTED)
        self.lines = (DATA / f"{trace}.jsonl").read_text()
        self.provenance = ""
        if dockerfile is not None:
            text = (DATA / f"{dockerfile}.Dockerfile").read_bytes()
            infos = [{"filename": "Dockerfile", "data": base64.b64encode(text).decode()}]
            self.provenance = json.dumps({"metadata": {INFOS: {"source": {"infos": infos}}}})

    def __call__(self, *args: str, check: bool = True, cwd: Path | None = None) -> Completed:
        assert args[:2] == ("buildx", "history")
        code, out, err = 0, "", ""
        if args[2] == "ls":
            out = "".join(f"{json.dumps(item)}\n" for item in self.listed)
        elif args[2:4] == ("inspect", "attachment"):
            code, out = (0, self.provenance) if self.provenance else (1, "")
        elif args[2] == "inspect":
            assert cwd is not None
            out = json.dumps(self.inspected)
        else:
            assert args[2] == "logs"
            err = self.lines
        assert check or args[3] == "attachment"
        return Completed(args, code, out, err, 0.0)


def test_records_the_latest_first() -> None:
    docker = FakeDocker()
    earlier = LISTED | {"ref": "default/default/old", "created_at": "2026-11-23T07:00:00Z"}
    running = LISTED | {"ref": "b/n/new", "created_at": "2026-11-23T09:00:00Z", "status": "Running"}
    del running["completed_at"]
    docker.listed = [earlier, LISTED, running]
    records = list_records(docker)
    assert [record.id for record in records] == ["new", ID, "old"]
    assert records[0].duration_s is None
    assert records[0].status == "running"
    # 08.120807795..10.335462998, to the microsecond
    assert records[1].duration_s == pytest.approx(2.214655, abs=1e-6)
    assert records[1].started == datetime(2026, 11, 23, 8, 25, 8, 120807, tzinfo=UTC)
    assert (records[1].vertexes, records[1].cached) == (12, 1)


def test_no_record_at_all() -> None:
    docker = FakeDocker()
    docker.listed = []
    assert list_records(docker) == ()


def test_a_build_comes_back(recorded: Callable[[str], Build], tmp_path: Path) -> None:
    build, live = reopen(FakeDocker(), tmp_path, ID), recorded("parallel")
    assert build.ok
    assert build.graph == live.graph
    assert {v.digest: v for v in build.trace.vertexes} == {v.digest: v for v in live.trace.vertexes}
    assert build.log == live.log
    assert build.image_digest == "sha256:index"
    assert build.duration_s == pytest.approx(2.214655203)
    assert build.command == ("docker", "buildx", "build", "/lessons/app")
    assert build.log_path is None


def test_vertexes_come_in_the_order_in_which_they_began(tmp_path: Path) -> None:
    vertexes = reopen(FakeDocker("failing"), tmp_path, ID).trace.vertexes
    starts = [vertex.intervals[0].start for vertex in vertexes if vertex.intervals]
    assert starts == sorted(starts)
    # What never began comes last.
    assert [vertex.state for vertex in vertexes[-2:]] == [State.SKIPPED, State.SKIPPED]


def test_the_command_is_put_together_from_what_was_asked_for(tmp_path: Path) -> None:
    docker = FakeDocker()
    docker.inspected |= {
        "Dockerfile": "deploy/Dockerfile",
        "Context": "app",
        "Target": "web",
        "BuildArgs": [{"Name": "A", "Value": "b c"}, {"Name": "EMPTY"}],
        "NamedContexts": [
            {"Name": "base", "Value": "docker-image://lab/go"},
            {"Name": "tool", "Value": "local:tool"},  # the record has no path of it
        ],
        "Labels": [{"Name": "l", "Value": "v"}],
        "Platform": ["linux/amd64", "linux/arm64"],
        "Config": {"NoCache": True, "NoCacheFilter": ["web"]},
    }
    build = reopen(docker, tmp_path, ID)
    words = "--file deploy/Dockerfile --target web --build-arg A=b\\c --build-arg EMPTY="
    words += " --build-context base=docker-image://lab/go"
    words += " --label l=v --platform linux/amd64,linux/arm64 --no-cache --no-cache-filter web"
    expected = tuple(word.replace("\\", " ") for word in words.split())
    assert build.command == ("docker", "buildx", "build", *expected, str(tmp_path / "app"))
    assert build.target == "web"


@pytest.mark.parametrize("context", ["-", "https://example.com/repo.git#main", "git@host:repo"])
def test_a_context_that_is_no_folder_stays_as_it_is(context: str, tmp_path: Path) -> None:
    docker = FakeDocker()
    docker.inspected["Context"] = context
    assert reopen(docker, tmp_path, ID).command[-1] == context


def test_a_build_that_failed(tmp_path: Path) -> None:
    docker = FakeDocker("failing", None)
    sources = base64.b64encode(b"Dockerfile:5\n>>> RUN false\n\n").decode()
    docker.inspected |= {"Status": "failed", "Error": {"Message": "exit 7", "Sources": sources}}
    docker.inspected["Attachments"] = None
    build = reopen(docker, tmp_path, ID)
    assert (build.exit_code, build.image_digest, build.graph) == (1, None, None)
    assert build.message == (
        "Dockerfile:5\n>>> RUN false\nERROR: failed to build: failed to solve: exit 7"
    )


def test_what_buildkit_does_not_keep_comes_from_the_labs_own_note(
    recorded: Callable[[str], Build], tmp_path: Path
) -> None:
    raw_path = tmp_path / "1" / "trace.rawjson"
    raw_path.parent.mkdir()
    raw_path.write_bytes((DATA / "failing.jsonl").read_bytes())
    typed = ("docker", "build", "--tag", "mine", ".")
    live = replace(recorded("failing"), command=typed, log_path=raw_path)
    note(live)
    build = reopen(FakeDocker("failing", None), tmp_path, ID)
    assert build.command == typed
    assert build.graph == live.graph
    assert build.log_path == raw_path


def test_a_cancelled_build_has_the_exit_code_of_one(tmp_path: Path) -> None:
    docker = FakeDocker("cancelled", None)
    docker.inspected |= {"Status": "canceled", "Error": {"Message": "context canceled"}}
    assert reopen(docker, tmp_path, ID).exit_code == 130


def test_provenance_of_slsa_v1_and_an_image_without_index(tmp_path: Path) -> None:
    docker = FakeDocker()
    v02 = json.loads(docker.provenance)["metadata"][INFOS]
    docker.provenance = json.dumps({"runDetails": {"metadata": {"buildkit_metadata": v02}}})
    docker.inspected["Attachments"] = INSPECTED["Attachments"][1:]
    build = reopen(docker, tmp_path, ID)
    assert build.graph is not None
    assert build.image_digest == "sha256:amd64"


def test_an_only_stage_has_the_name_that_the_dockerfile_gives_it(tmp_path: Path) -> None:
    docker = FakeDocker("parallel", None)
    docker.lines = docker.lines.replace("[web 1/2]", "[1/2]").replace("[web 2/2]", "[2/2]")
    text = base64.b64encode(b"FROM lab/busybox AS alone\nRUN x\n").decode()
    docker.provenance = json.dumps({"source": {"infos": [{"data": "?"}, {"data": text}]}})
    assert "alone" in reopen(docker, tmp_path, ID).trace.stages


def test_named_contexts_of_the_record_replace_what_the_dockerfile_says(tmp_path: Path) -> None:
    docker = FakeDocker("parallel", None)
    text = base64.b64encode(b"FROM lab/busybox AS a\nFROM lab/x\nRUN y\n").decode()
    docker.provenance = json.dumps({"source": {"infos": [{"data": text}]}})
    docker.inspected["NamedContexts"] = [
        {"Name": "a", "Value": "docker-image://lab/debian"},
        {"Name": "lab/x", "Value": "local:lab/x"},
    ]
    graph = reopen(docker, tmp_path, ID).graph
    assert graph is not None
    assert [stage.base for stage in graph.stages] == ["lab/debian", "local:lab/x"]


def test_the_beginning_of_an_id_is_enough(tmp_path: Path) -> None:
    docker = FakeDocker()
    docker.listed = [LISTED, LISTED | {"ref": "b/n/vwxyz"}]
    assert reopen(docker, tmp_path, "vwj").ok
    assert reopen(docker, tmp_path, "vwxyz").ok


@pytest.mark.parametrize(
    ("id", "message", "next_step"),
    [
        ("nosuchid", "no record of a build 'nosuchid'", "sandbox history"),
        ("v", "no record of a build 'v'", "sandbox history"),
        ("vw0", "2 builds", "vw0a, vw0b"),
        ("running", "still running", "ask again"),
    ],
)
def test_an_id_that_leads_nowhere(id: str, message: str, next_step: str, tmp_path: Path) -> None:
    docker = FakeDocker()
    docker.listed = [LISTED, LISTED | {"ref": "b/n/vw0a"}, LISTED | {"ref": "b/n/vw0b"}]
    docker.listed.append({k: v for k, v in LISTED.items() if k != "completed_at"})
    docker.listed[-1]["ref"] = "b/n/running"
    with pytest.raises(UsageError, match=message) as caught:
        reopen(docker, tmp_path, id)
    assert next_step in caught.value.next_step


@pytest.mark.parametrize("line", ["x", "[]", "{}", json.dumps(LISTED | {"created_at": "soon"})])
def test_a_listing_that_cannot_be_read(line: str) -> None:
    def docker(*args: str, check: bool = True, cwd: Path | None = None) -> Completed:
        return Completed(args, 0, f"{line}\n", "", 0.0)

    with pytest.raises(ParseError, match="could not be read"):
        list_records(docker)


@pytest.mark.parametrize("broken", [{"Duration": "long"}, {"BuildArgs": [{"Value": "x"}]}])
def test_a_record_that_cannot_be_read(broken: dict[str, Any], tmp_path: Path) -> None:
    docker = FakeDocker()
    docker.inspected |= broken
    with pytest.raises(ParseError, match="could not be read"):
        reopen(docker, tmp_path, ID)


FAILED = {"ref": "default/default/failed", "status": "Error", "created_at": "2026-11-23T08:25:09Z"}
BEGUN = datetime(2026, 11, 23, 8, 25, tzinfo=UTC)


def failing() -> FakeDocker:
    docker = FakeDocker("failing", None)
    docker.listed = [LISTED, LISTED | FAILED]
    error = base64.b64encode(b"   2 | >>> COPY b.txt .\n").decode()
    said = 'failed to calculate checksum of ref x: "/b.txt": not found'
    docker.inspected |= {"Status": "error", "Error": {"Message": said, "Sources": error}}
    return docker


def test_a_failure_comes_back_with_its_explanation(tmp_path: Path) -> None:
    build = find_failed(failing(), tmp_path, BEGUN)
    assert build is not None
    assert build.explanation is not None
    assert build.explanation.line == 2
    assert build.explanation.cause == "b.txt is not in the build context."


def test_of_two_failures_neither_is_taken_for_the_last_command_s(tmp_path: Path) -> None:
    docker = failing()
    docker.listed.append(LISTED | FAILED | {"ref": "default/default/other"})
    assert find_failed(docker, tmp_path, BEGUN) is None


def test_an_earlier_failure_does_not_count(tmp_path: Path) -> None:
    assert find_failed(failing(), tmp_path, BEGUN.replace(minute=26)) is None


def test_a_build_that_was_cancelled_needs_no_explanation(tmp_path: Path) -> None:
    docker = failing()
    docker.inspected["Status"] = "canceled"
    build = find_failed(docker, tmp_path, BEGUN)
    assert build is not None
    assert build.explanation is None
