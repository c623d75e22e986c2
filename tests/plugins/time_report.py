"""Reports the time of a run by part of the suite, at the end of the run and as JSON.

``build/durations.json`` has the seconds. Later runs read a copy of this file,
``tests/durations.json``, to begin with long groups and to compare the parts' shares of the time.
Shares do not depend on the machine's speed.
"""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.plugins.side_by_side import FLOOR, MEASURED, read_groups

GROWTH = 1.2
"""The report names a part if its share has grown by more than this factor."""
SMALL = 0.02
"""Smaller shares are not compared, because they vary too much by chance."""
TRIED_AGAIN = "tried again"
"""The name of a property that a test records: the work that it had to repeat alone."""
SPECIAL = {
    "tests/exercises/test_exercises.py::test_it_grades": "exercises: claims",
    "tests/exercises/test_exercises.py::test_a_cheat": "exercises: cheats",
    "tests/exercises/": "exercises: other",
    "tests/integration/test_site.py": "site",
    "tests/browser/test_site.py": "site",
}
"""The parts that are not a folder of ``tests``, by the beginnings of their tests' ids."""


def part_of(nodeid: str) -> str:
    """The part of the suite that a test belongs to."""
    for start, part in SPECIAL.items():
        if nodeid.startswith(start):
            return part
    return nodeid.split("/")[1]


@dataclass
class Part:
    """The time that the tests of one part took.

    Args:
        tests: The ids of the tests that ran.
        worker_s: The sum of their durations, including fixtures.
        began: When the first test began, in seconds since the epoch.
        ended: When the last test ended, in seconds since the epoch.
    """

    tests: set[str] = field(default_factory=set)
    worker_s: float = 0.0
    began: float = float("inf")
    ended: float = 0.0

    def add(self, report: pytest.TestReport) -> None:
        self.tests.add(report.nodeid)
        self.worker_s += report.duration
        self.began = min(self.began, report.start)
        self.ended = max(self.ended, report.stop)


class TimeReport:
    """Adds up the reports of all workers, in the process that started the workers."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._began = time.time()
        self._parts: dict[str, Part] = defaultdict(Part)
        self._tests: dict[str, float] = defaultdict(float)
        self._again: list[object] = []
        self._waited_s: list[float] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._parts[part_of(report.nodeid)].add(report)
        self._tests[report.nodeid] += report.duration
        if report.when == "call":
            self._again += [what for name, what in report.user_properties if name == TRIED_AGAIN]

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        output = getattr(node, "workeroutput", {})  # a killed worker has no output
        self._waited_s.append(output.get("waited_s", 0.0))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if len(self._parts) < 2:  # a run of a few tests needs no report
            return
        measured = self._measured()
        write = terminalreporter.write_line
        terminalreporter.section("where the time went")
        write(f"{'part':20} {'tests':>6} {'worker s':>9} {'share':>6} {'wall s':>8}")
        for name, part in measured["parts"].items():
            write(
                f"{name:20} {part['tests']:6} {part['worker_s']:9.1f} {part['share']:6.1%} "
                f"{part['wall_s']:8.1f}"
            )
        write(
            f"{'together':20} {sum(part['tests'] for part in measured['parts'].values()):6} "
            f"{measured['worker_s']:9.1f} {'':6} {measured['wall_s']:8.1f}"
        )
        if self._waited_s:
            waited = " + ".join(f"{one:.1f}" for one in self._waited_s)
            write(f"Workers waited {waited} s for their turn on a quiet machine.")
        for what in self._again:
            write(f"Tried again, alone: {what}")
        for line in find_growth(measured):
            write(line, yellow=True)
        kept = self._config.rootpath / "build" / "durations.json"
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(json.dumps(measured, indent=2) + "\n")

    def _measured(self) -> dict[str, Any]:
        total_s = sum(part.worker_s for part in self._parts.values()) or 1.0
        by_time = sorted(self._parts.items(), key=lambda one: -one[1].worker_s)
        names = read_groups()
        groups: Counter[str] = Counter()
        for test, took_s in self._tests.items():
            groups[names[test]] += took_s
        return {
            "wall_s": round(time.time() - self._began, 1),
            "worker_s": round(total_s, 1),
            "parts": {
                name: {
                    "tests": len(part.tests),
                    "worker_s": round(part.worker_s, 1),
                    "share": round(part.worker_s / total_s, 4),
                    "wall_s": round(part.ended - part.began, 1),
                }
                for name, part in by_time
            },
            "groups": {name: round(took_s / total_s, 5) for name, took_s in groups.most_common()},
        }


def find_growth(measured: dict[str, Any]) -> list[str]:
    """One line for each part whose share has grown; no lines unless all parts have run."""
    if not MEASURED.exists():
        return []
    before = json.loads(MEASURED.read_text())["parts"]
    if before.keys() - measured["parts"].keys():
        return []
    return [
        f"{name} took {part['share']:.1%} of all worker seconds; in tests/durations.json "
        f"{before[name]['share']:.1%}. Find out why, or copy build/durations.json there."
        for name, part in measured["parts"].items()
        if name in before and part["share"] > max(before[name]["share"] * GROWTH, SMALL)
    ]


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(TimeReport(config))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In a worker: tell the reporting process how long this worker has waited."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["waited_s"] = session.config.stash[FLOOR].waited_s
