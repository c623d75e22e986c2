"""Checks that a build after an edit reuses the right results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from checker.checks.amounts import tail, together
from checker.checks.edits import RANDOM, Reruns, check_line, never_ran, with_line
from checker.checks.images import RUN_TIMEOUT_S
from checker.results import Finding

if TYPE_CHECKING:
    from checker.workbench.workbench import Workbench
    from sandbox import Build


@dataclass(frozen=True, slots=True)
class StaysCached:
    """``stays_cached``: after an edit of one file, some scripts are cached and others run again.

    Args:
        edit: The file of the context to which a random line is added.
        keeps: Marked scripts that must not run again.
        reruns: Marked scripts that must run again: they show that the build saw the edit.
        line: The line to add; ``{random}`` stands for the random part.
        shows: Texts that the new image's own command must print, with ``{random}`` and the
            placeholders of ``runs``: they show that the edit is in the image.
    """

    edit: str
    keeps: tuple[str, ...]
    reruns: tuple[str, ...]
    line: str = "{random}"
    shows: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.keeps and not self.reruns:
            raise ValueError("keeps and reruns are empty; name at least one script in either")
        check_line(self.line)

    def measure(self, workbench: Workbench) -> Finding:
        first = workbench.builds.require()
        idle = never_ran(workbench, first, (*self.keeps, *self.reruns))
        if idle is not None:
            return Finding(
                False,
                f"{idle} never ran in the first build, or its output was thrown away.\n"
                "Wanted: it runs there, and its output stays in the build's log, by which the "
                "checker sees whether it runs again.",
                {"work": idle},
            )
        with with_line(workbench, self.edit, self.line) as new:
            after = workbench.builds.require()
            finding = self._judge(workbench, first, after)
            if not finding.passed or not self.shows:
                return finding
            printed = workbench.run(timeout_s=RUN_TIMEOUT_S).stdout
        shows = [workbench.values.expand(text.replace(RANDOM, new)) for text in self.shows]
        absent = [text for text in shows if text not in printed]
        if absent:
            message = (
                f"{finding.message}\nThe container of that build printed: "
                f"{tail(printed) or 'nothing'}\nWanted, but missing: {'; '.join(absent)}"
            )
            return Finding(False, message, {**finding.evidence, "missing": absent})
        message = f"{finding.message} The container of that build shows what is new."
        return Finding(True, message, finding.evidence)

    def _judge(self, workbench: Workbench, first: Build, after: Build) -> Finding:
        """Compare the scripts that ran after the edit with the scripts that should have run."""
        reruns = Reruns.of(workbench, first, after, self.keeps, self.reruns)
        facts = [
            f"{name} ran again ({reruns.ran_s[name]:.1f} s)"
            if name in reruns.ran_s
            else f"{name} was reused"
            for name in (*self.keeps, *self.reruns)
        ]
        fact = f"After an edit of {self.edit}: {', '.join(facts)}."
        evidence = {
            "edit": self.edit,
            "ran_again_s": reruns.rounded_s,
            "duration_s": round(after.duration_s, 3),
        }
        if reruns.wasted:
            return Finding(False, f"{fact}\nWanted: {together(reruns.wasted)} reused.", evidence)
        if reruns.missed:
            return Finding(False, f"{fact}\nWanted: {together(reruns.missed)} run again.", evidence)
        return Finding(True, fact, evidence)
