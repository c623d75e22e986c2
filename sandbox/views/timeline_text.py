"""The timeline in words and numbers, for terminals and screen readers."""

from __future__ import annotations

from itertools import combinations

from sandbox.model.build import Build
from sandbox.model.lanes import MOST_LANES
from sandbox.model.trace import Trace
from sandbox.model.vertex import State, VertexKind
from sandbox.views.timeline_lanes import DrawnLane, Lanes, cut
from sandbox.wording import brief, printable, seconds, short

_BAR_LETTERS = 40
_MOST_STAGES_COMPARED = 12
_MOST_OVERLAPS = 5
_INSTRUCTION_LETTERS = 70


def timeline_text(shown: Build | Trace) -> str:
    """When each stage ran, the critical path, and the stages that ran at the same time.

    The numbers of a line come first and its bar last, so that screen readers can skip the bar.
    """
    lanes = cut(shown)
    parts = [f"Timeline. {measures(lanes)}", _lane_lines(lanes)]
    if lanes.real_s > 0:
        parts.append(_critical_lines(lanes))
    trace = shown.trace if isinstance(shown, Build) else shown
    parts += [_overlap_lines(trace), _waiting_lines(trace), _failure_lines(trace)]
    return "\n\n".join(part for part in parts if part) + "\n"


def measures(lanes: Lanes) -> str:
    """Real and accumulated time in a sentence."""
    if not any(lane.bars for lane in lanes.lanes):
        return "Nothing was at work."
    return (
        f"{seconds(lanes.real_s)} real time, {seconds(lanes.accumulated_s)} accumulated: "
        f"{lanes.at_once:.1f} vertices at work at once, on average."
    )


def more_lanes(lanes: Lanes, shown: int) -> str:
    """A sentence on lanes that are not drawn; empty when all lanes are drawn."""
    left_out = lanes.lanes[shown:]
    if not left_out:
        return ""
    busy_s = sum(lane.busy_s for lane in left_out)
    return f"{len(left_out)} more, {seconds(busy_s)} of work, are left out."


def _lane_lines(lanes: Lanes) -> str:
    rows = [_cells(lane, lanes.real_s) for lane in lanes.lanes[:MOST_LANES]]
    if not rows:
        return ""
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = []
    for row in rows:
        name, state, when, busy = (
            cell.ljust(width) for cell, width in zip(row[:4], widths, strict=True)
        )
        lines.append(f"  {name}  {state}  {when}  {busy}  {row[4]}".rstrip())
    more = more_lanes(lanes, MOST_LANES)
    return "\n".join(lines + ([f"  {more}"] if more else []))


def _cells(lane: DrawnLane, real_s: float) -> tuple[str, str, str, str, str]:
    name = f"{lane.label} {lane.platform}" if lane.platform else lane.label
    state = lane.state.value if lane.state is not None else ""
    if not lane.bars:
        return name, state, "", "", ""
    start_s, end_s = lane.bars[0].start_s, max(bar.end_s for bar in lane.bars)
    when = f"{start_s:.2f} to {end_s:.2f} s"
    took = "" if lane.state is State.CACHED else seconds(lane.busy_s)
    return name, state, when, took, _bar(lane, real_s)


def _bar(lane: DrawnLane, real_s: float) -> str:
    letters = [" "] * _BAR_LETTERS
    for bar in lane.bars:
        scale = _BAR_LETTERS / real_s if real_s > 0 else 0.0
        first = min(int(bar.start_s * scale), _BAR_LETTERS - 1)
        last = min(max(first + 1, round(bar.end_s * scale)), _BAR_LETTERS)
        letter = "░" if bar.state is State.WAITING else "█"
        letters[first:last] = letter * (last - first)
    return "".join(letters).rstrip()


def _critical_lines(lanes: Lanes) -> str:
    total_s = sum(vertex.duration_s + vertex.waited_s for vertex in lanes.critical)
    lines = [f"Critical path, {seconds(total_s)}; only a shorter one makes the build shorter:"]
    for vertex in lanes.critical:
        instruction = brief(vertex.instruction)
        if len(instruction) > _INSTRUCTION_LETTERS:
            instruction = instruction[: _INSTRUCTION_LETTERS - 1].rstrip() + "…"
        # A base image's vertex has the name of any stage with this base.
        own = vertex.stage is not None and vertex.kind is not VertexKind.SOURCE
        where = f"{vertex.stage}: " if own else ""
        took_s = vertex.duration_s + vertex.waited_s
        lines.append(f"  {seconds(took_s):>7}  {where}{instruction}")
    return "\n".join(lines)


def _waiting_lines(trace: Trace) -> str:
    waited = [vertex for vertex in trace.vertexes if vertex.waited]
    if not waited:
        return ""
    lines = [
        f"  {seconds(vertex.waited_s):>7}  {vertex.stage}: "
        + ", ".join(printable(mount.name) for mount in vertex.cache_mounts)
        for vertex in waited
    ]
    return "\n".join(["Waiting for a cache mount that one RUN at a time may use:", *lines])


def _failure_lines(trace: Trace) -> str:
    failed = trace.failed_transfers
    lines = [f"  {short(vertex.instruction)}: {printable(vertex.error or '')}" for vertex in failed]
    return "\n".join(["Failed:", *lines]) if lines else ""


def _overlap_lines(trace: Trace) -> str:
    # Every pair of the busiest stages: all pairs of a thousand stages would be half a million.
    stages = sorted(trace.stages, key=trace.busy_s, reverse=True)[:_MOST_STAGES_COMPARED]
    pairs = [(trace.overlap_s(a, b), a, b) for a, b in combinations(stages, 2)]
    pairs = sorted((pair for pair in pairs if pair[0] > 0), reverse=True)[:_MOST_OVERLAPS]
    if not pairs:
        return ""
    lines = [f"  {seconds(overlap_s):>7}  {a} and {b}" for overlap_s, a, b in pairs]
    return "\n".join(["At the same time:", *lines])
