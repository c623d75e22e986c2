"""The error for a failed build, with advice on what to do."""

from __future__ import annotations

from sandbox.errors import BuildError
from sandbox.images import not_found
from sandbox.model.build import Build

DISK_FULL = "no space left on device"


def failure(made: Build) -> BuildError:
    """The error for a Build that did not succeed, with advice that fits its message."""
    errors = [line for line in made.message.splitlines() if line.startswith("ERROR: ")]
    # docker explains in its first line why it rejects a command line.
    printed = [line for line in made.trace.plain if line.strip()]
    first = printed[0] if printed else f"exit code {made.exit_code}"
    said = errors[-1].removeprefix("ERROR: ") if errors else first
    said = said.removeprefix("failed to build: ").removeprefix("failed to solve: ")
    return BuildError(
        f"The build failed: {said}", build=made, next_step=hint(made) or _advice(said)
    )


def hint(made: Build) -> str | None:
    """The next step after a failure that BuildKit explains poorly; None for other failures."""
    # The kernel's messages are in the log of the vertex that failed.
    logs = [vertex.log.lower() for vertex in made.trace.vertexes if vertex.error]
    if any("exec format error" in log for log in logs):
        return (
            "an exec format error: the program is for another platform, and no emulator for it "
            "is registered; `docker run --privileged --rm tonistiigi/binfmt --install all` adds one"
        )
    if any(DISK_FULL in text for text in (*logs, made.message.lower())):
        return (
            "the disk is full: free some space, or clear the sandbox's own build cache with "
            "`docker buildx prune --force`; `sandbox status` says how much is left"
        )
    return not_found.advise(made.message)


ADVICE = (
    ("failed to read dockerfile", "write a Dockerfile into the context, or name one with --file"),
    ("file with no instructions", "the Dockerfile is empty: begin it with FROM"),
    ("the Dockerfile cannot be empty", "begin the Dockerfile with FROM"),
    ("dockerfile parse error", "fix the line that is marked with >>>"),
    ("unknown instruction", "fix the line that is marked with >>>"),
    ("failed to resolve source metadata", "`sandbox images` lists the images there are; others "
     "need `sandbox up --online`"),
    ("failed to calculate checksum", "copy a path that the context has, and that .dockerignore "
     "does not leave out"),
    ("target stage", "name a stage that the Dockerfile has after --target"),
    ("unknown flag", "`docker buildx build --help` lists the options"),
    ("did not complete successfully", "read what the command printed, above, and fix that line"),
)  # fmt: skip


def _advice(said: str) -> str:
    for part, next_step in ADVICE:
        if part in said:
            return next_step
    return "read BuildKit's message above; it marks the line with >>>"
