"""Checks of which stages run at the same time, and which never run."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checker.results import Finding
from checker.workbench.build_failures import reason
from checker.workbench.work_markers import WorkRun, common_s

if TYPE_CHECKING:
    from checker.workbench.workbench import Workbench


@dataclass(frozen=True, slots=True)
class StagesOverlap:
    """``stages_overlap``: scripts run at the same time, each in a vertex of its own.

    Two clocks must agree: the times that the scripts print at their begin and end, which a sleep
    beside the script does not change, and BuildKit's times of their vertices.

    Args:
        works: Names of marked scripts; all of them must run at the same time.
        share: The share of the shortest script's duration that must overlap.
    """

    works: tuple[str, ...]
    share: float = 0.25

    def __post_init__(self) -> None:
        if len(self.works) < 2:
            raise ValueError("works must name at least two scripts")
        if not 0 < self.share < 1:
            raise ValueError(f"share is {self.share:g}; it must lie between 0 and 1")

    def measure(self, workbench: Workbench) -> Finding:
        build = workbench.builds.require()
        found: list[WorkRun] = []
        for name in self.works:
            runs = workbench.find_work(build, name)
            if len(runs) != 1 or runs[0].end_s is None:
                return Finding(False, _not_once(name, runs), {"work": name, "runs": len(runs)})
            found.append(runs[0])
        start_s = min(work.begin_s for work in found)
        work_s = common_s([(w.begin_s, w.begin_s + w.duration_s)] for w in found)
        vertex_s = common_s(
            [(i.start.timestamp(), i.end.timestamp()) for i in w.vertex.intervals] for w in found
        )
        overlap_s = min(work_s, vertex_s)
        wanted_s = self.share * min(work.duration_s for work in found)
        apart = len({work.vertex.digest for work in found}) == len(found)
        spans = [
            {
                "work": work.name,
                "vertex": work.vertex.name,
                "start_s": round(work.begin_s - start_s, 2),
                "end_s": round(work.begin_s - start_s + work.duration_s, 2),
            }
            for work in found
        ]
        ran = ", ".join(
            f"{s['work']} {s['start_s']:.1f}\N{EN DASH}{s['end_s']:.1f} s" for s in spans
        )
        fact = f"Ran: {ran}: {work_s:.1f} s overlapped."
        if vertex_s < work_s:
            fact += f" Of the instructions that ran them, {vertex_s:.1f} s overlapped."
        evidence = {
            "overlap_s": round(overlap_s, 3),
            "wanted_s": round(wanted_s, 3),
            "spans": spans,
        }
        if not apart:
            message = (
                f"Ran: {ran}, in one vertex: {found[0].vertex.name}.\n"
                "Wanted: each in a vertex of its own, so that BuildKit can run them in parallel."
            )
            return Finding(False, message, evidence)
        if overlap_s < wanted_s:
            return Finding(False, f"{fact}\nWanted: at least {wanted_s:.1f} s.", evidence)
        return Finding(True, fact, evidence)


@dataclass(frozen=True, slots=True)
class StageSkipped:
    """``stage_skipped``: the default target does not run a script, another target does.

    The check also puts a fault into ``fault_file``: the default target must still build, and the
    other target must fail. It must fail, too, when one of the ``cases`` fails, which shows that the
    script really ran there: whoever prints the script's lines cannot know which case that is.

    Args:
        work: Name of the marked script.
        target: The stage that must run the script.
        fault_file: A file of the context that the script reads.
        fault_text: The content of ``fault_file`` with which the script fails.
        cases: Shell scripts that the script runs, as files of the context; one of them, another one
            in each grading, is replaced by a script that fails.
    """

    work: str
    target: str
    fault_file: str
    fault_text: str
    cases: tuple[str, ...] = ()

    def measure(self, workbench: Workbench) -> Finding:
        runs = workbench.find_work(workbench.builds.require(), self.work)
        if runs:
            took_s = sum(work.duration_s for work in runs)
            return self._failed(
                f"The default build ran {self.work} ({took_s:.1f} s) in {runs[0].vertex.name}.",
                f"the default build does not run {self.work}",
            )
        asked = workbench.builds.get(target=self.target)
        runs = workbench.find_work(asked, self.work)
        if not asked.ok:
            return self._failed(
                f"`--target {self.target}` ended with exit code {asked.exit_code}:\n"
                f"{reason(asked)}",
                f"it runs {self.work} and builds",
            )
        if not runs:
            return self._failed(
                f"`--target {self.target}` built, and {self.work} never ran in it.",
                f"it runs {self.work}",
            )
        if not_seen := self._fault_that_is_not_seen(workbench):
            return not_seen
        took_s = sum(work.duration_s for work in runs)
        return Finding(
            True,
            f"The default build never ran {self.work}; `--target {self.target}` did, in "
            f"{took_s:.1f} s, and failed once {self.fault_file} was faulty.",
            {"work": self.work, "target": self.target, "took_s": round(took_s, 3)},
        )

    def _fault_that_is_not_seen(self, workbench: Workbench) -> Finding | None:
        """The finding if the target builds in spite of a fault, or the default one does not."""
        fault = workbench.values.expand(self.fault_text)
        with workbench.context.edited(self.fault_file, lambda _: fault):
            faulty = workbench.builds.get(target=self.target)
            default = workbench.builds.get()
        if faulty.ok:
            return self._failed(
                f"With {self.fault_file} made faulty, `--target {self.target}` still built.",
                f"a fault that {self.work} finds makes it fail",
            )
        if not default.ok or workbench.find_work(default, self.work):
            return self._failed(
                f"With {self.fault_file} made faulty, the default build failed too.",
                f"only `--target {self.target}` runs {self.work}",
            )
        if not self.cases:
            return None
        case, fails = secrets.choice(self.cases), f'test {secrets.token_hex(8)} = ""\n'
        with workbench.context.edited(case, lambda _: fails):
            faulty = workbench.builds.get(target=self.target)
        if not faulty.ok:
            return None
        return self._failed(
            f"With {case} replaced by a case that fails, `--target {self.target}` still built.",
            f"{self.work} runs there, with the cases that the context has",
        )

    def _failed(self, fact: str, wanted: str) -> Finding:
        return Finding(
            False, f"{fact}\nWanted: {wanted}.", {"work": self.work, "target": self.target}
        )


def _not_once(name: str, runs: Sequence[WorkRun]) -> str:
    if not runs:
        return (
            f"{name} never ran, or its output was thrown away.\n"
            "Wanted: it runs once, and its output stays in the build's log."
        )
    if len(runs) > 1:
        where = ", ".join(work.vertex.name for work in runs)
        return f"{name} ran {len(runs)} times: {where}.\nWanted: it runs once."
    return f"{name} began in {runs[0].vertex.name} and never ended.\nWanted: it ends."
