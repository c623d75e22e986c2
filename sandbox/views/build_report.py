"""A whole build in text: its command, its outcome, its graph, timeline and figures."""

from __future__ import annotations

import shlex

from sandbox.model.build import Build
from sandbox.views.stage_graph_picture import stage_graph_text
from sandbox.views.timeline_text import timeline_text
from sandbox.wording import seconds


def build_report(build: Build) -> str:
    """Everything about a build, for a terminal."""
    ended = "succeeded" if build.ok else f"ended with exit code {build.exit_code}"
    origin = (
        f"raw lines: {build.log_path}"
        if build.log_path is not None
        else "The command is put together from BuildKit's record, which has no tags, outputs and "
        "folders of --build-context."
    )
    head = [
        f"$ {shlex.join(build.command)}",
        f"{build.started:%Y-%m-%d %H:%M:%S} UTC, {ended}. BuildKit took "
        f"{seconds(build.trace.real_s)}, the whole command {seconds(build.duration_s)}.",
        *([f"image: {build.image_digest}"] if build.image_digest else []),
        origin,
    ]
    graph = (
        stage_graph_text(build.graph, build)
        if build.graph is not None
        else "Stage graph. The Dockerfile of this build was not kept.\n"
    )
    why = build.explanation.report() + "\n" if build.explanation is not None else ""
    parts = ["\n".join(head) + "\n", why, build.message and f"{build.message}\n", graph]
    parts += [timeline_text(build), f"Summary.\n\n{build.summary()}\n"]
    return "\n".join(part for part in parts if part)
