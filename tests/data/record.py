"""Records the traces in this folder again, through a docker client of your choice.

    python tests/data/record.py DOCKER [NAME ...]

DOCKER is a docker client whose engine can resolve ``lab/sbom-scanner``, ``lab/git``,
``lab/debian``, and ``lab/busybox`` for linux/amd64 and linux/arm64, and whose engine asks the
registry at ``$REGISTRY`` before Docker Hub: a shell of ``sandbox shell`` has all that. Every trace
is what ``docker buildx build --progress=rawjson`` writes to stderr, byte for byte. Times differ
from run to run: the figures in the tests that read a trace have to be worked out again after it was
recorded again.
"""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent / "traces"
ALL = ["--platform", "linux/amd64,linux/arm64"]
# Pushed to the registry before it is recorded how a build downloads it.
BASE = "FROM lab/busybox\nRUN seq 100000 > /numbers\nRUN seq 1000 > /few\n"
LOST_CACHE = ["--cache-from", "type=registry,ref=localhost:1/lab/no-such-cache"]
LOST_EXPORT = ["--cache-to", "type=registry,ref=localhost:1/lab/no-such-cache,ignore-error=true"]
NAMED = [
    "--build-context=tool=docker-image://lab/git",
    "--build-context=lab/nothing=docker-image://lab/busybox",
]

# Name, Dockerfile, further flags, and for a build that is to be cancelled the text
# in its own output after which it gets its SIGINT.
RECORDINGS = [
    ("parallel", "parallel", ["--no-cache"], None),
    ("cached", "parallel", [], None),
    ("failing", "failing", ["--no-cache"], None),
    ("platforms", "platforms", ["--no-cache", *ALL], None),
    ("cancelled", "cancelled", ["--no-cache"], "goes on"),
    ("warnings", "warnings", ["--no-cache"], None),
    ("lost-cache", "warnings", [*LOST_CACHE], None),
    ("scanned", "scanned", ["--no-cache", *ALL, "--sbom=generator=lab/sbom-scanner"], None),
    ("onbuild", "onbuild", ["--no-cache"], None),
    ("twins", "twins", ["--no-cache"], None),
    ("locked", "locked", ["--no-cache"], None),
    ("images", "images", ["--no-cache", *NAMED], None),
    ("lost-export", "warnings", ["--no-cache", *LOST_EXPORT], None),
    # The last two, because they empty the build cache first.
    ("imported", "imported", ["--no-cache-filter=sums"], None),
    ("downloads", "downloads", [], None),
]


def record(docker: str, name: str, dockerfile: str, flags: list[str], until: str | None) -> int:
    """Records one build and returns its exit code."""
    with tempfile.TemporaryDirectory() as context:
        # Contexts are told apart by their content, so it is the same in every recording.
        Path(context, "hello.txt").write_text("hello\n")
        argv = [docker, "buildx", "build", "--progress=rawjson", *flags]
        argv += [
            "-t",
            f"lab/recorded-{name}",
            "-f",
            str(HERE / f"{dockerfile}.Dockerfile"),
            context,
        ]
        process = subprocess.Popen(argv, stderr=subprocess.PIPE)
        assert process.stderr is not None
        # Log data is base64: what the text looks like depends on where it starts.
        cores = [] if until is None else _base64_cores(until)
        with (HERE / f"{name}.jsonl").open("wb") as file:
            for line in process.stderr:
                file.write(line)
                if any(core in line for core in cores):
                    process.send_signal(signal.SIGINT)
                    cores = []
        return process.wait()


def publish_base(docker: str) -> None:
    """Leaves ``lab/recorded-base`` in the registry and nowhere else."""
    name = f"{os.environ['REGISTRY']}/lab/recorded-base"
    build = [docker, "buildx", "build", "--quiet", "--push", "--tag", name, "-"]
    subprocess.run(build, check=True, input=BASE.encode())
    subprocess.run([docker, "image", "rm", "--force", name], check=True)
    subprocess.run([docker, "buildx", "prune", "--all", "--force"], check=True)


def publish_cache(docker: str) -> str:
    """Leaves the cache of ``imported`` in the registry and nowhere else; its name."""
    name = f"{os.environ['REGISTRY']}/lab/recorded-cache"
    export = f"--cache-to=type=registry,ref={name},mode=max"
    # No image: the engine would keep its layers, and have nothing to fetch.
    build = [docker, "buildx", "build", "--output=type=cacheonly", export, "-"]
    subprocess.run(build, check=True, input=(HERE / "imported.Dockerfile").read_bytes())
    subprocess.run([docker, "buildx", "prune", "--all", "--force"], check=True)
    return name


def _base64_cores(text: str) -> list[bytes]:
    """The middle of the text's base64, for each of the three places where it may start."""
    return [base64.b64encode(b"x" * shift + text.encode())[4:-4] for shift in range(3)]


def versions(docker: str) -> str:
    """Names the versions that made the traces."""
    engine = [docker, "version", "--format", "Engine {{.Server.Version}}"]
    texts = [
        subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()
        for argv in (engine, [docker, "buildx", "version"], [docker, "buildx", "inspect"])
    ]
    buildkit = [line for line in texts[2].splitlines() if line.startswith("BuildKit")]
    return "\n".join([texts[0], texts[1], *buildkit]) + "\n"


def main() -> None:
    docker, *names = sys.argv[1:]
    for name, dockerfile, flags, until in RECORDINGS:
        if not names or name in names:
            if name == "downloads":
                publish_base(docker)
            cache = [f"--cache-from={publish_cache(docker)}"] if name == "imported" else []
            code = record(docker, name, dockerfile, [*flags, *cache], until)
            sys.stdout.write(f"{name}: exit code {code}\n")
    (HERE / "versions.txt").write_text(versions(docker))


if __name__ == "__main__":
    main()
