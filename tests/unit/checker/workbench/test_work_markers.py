"""Finding work by what it printed."""

from __future__ import annotations

import hashlib
from typing import Any

from checker.workbench.work_markers import common_s, find_work, work_text
from sandbox import Trace

NONCE = "0123abcd"


def test_work_is_found_with_its_own_times(make: Any) -> None:
    work = hashlib.sha256(b"data 0123abcd").hexdigest()[:16]
    log = f"hello\nbegin data {work} 10.50\nmore\nend data {work} 11.75\n"
    vertex = make.vertex("RUN sh data.sh", log=log)

    (found,) = find_work(Trace((make.vertex("RUN true"), vertex)), "data", NONCE)

    assert found.vertex is vertex
    assert (found.begin_s, found.end_s, found.duration_s) == (10.5, 11.75, 1.25)


def test_another_nonce_another_name_or_a_printed_script_is_not_that_work(make: Any) -> None:
    stale = work_text("data", "ffff0000")
    other = work_text("assets", NONCE)
    log = (
        f"begin data {stale} 1.00\nend data {stale} 2.00\n"
        f"begin assets {other} 1.00\nend assets {other} 2.00\n"
        'echo "begin data $work $(uptime_s)"\n'
    )

    assert find_work(Trace((make.vertex("RUN cat data.sh", log=log),)), "data", NONCE) == ()


def test_work_that_never_ended_has_no_end(make: Any) -> None:
    vertex = make.vertex("RUN sh data.sh", log=f"begin data {work_text('data', NONCE)} 3.00\n")

    (found,) = find_work(Trace((vertex,)), "data", NONCE)

    assert found.end_s is None
    assert found.duration_s == 0.0


def test_two_runs_in_one_vertex_are_two(make: Any) -> None:
    work = work_text("data", NONCE)
    once = f"begin data {work} 1.00\nend data {work} 2.00\n"
    vertex = make.vertex("RUN sh data.sh && sh data.sh", log=once + once)

    assert len(find_work(Trace((vertex,)), "data", NONCE)) == 2


def test_common_time_of_several_sets_of_spans() -> None:
    # [0,4] and [1,2]+[3,6] share [1,2] and [3,4]; with [1.5,3.5] that leaves 0.5 + 0.5.
    assert common_s([[(0.0, 4.0)], [(1.0, 2.0), (3.0, 6.0)]]) == 2.0
    assert common_s([[(0.0, 4.0)], [(1.0, 2.0), (3.0, 6.0)], [(1.5, 3.5)]]) == 1.0
    assert common_s([[(0.0, 1.0)], [(1.0, 2.0)]]) == 0.0
