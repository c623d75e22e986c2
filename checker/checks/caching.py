"""What a second build need not do again."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checker.checks.images import RUN_TIMEOUT_S, tail
from checker.result import Finding

if TYPE_CHECKING:
    from checker.bench import Bench
    from sandbox import Build


@dataclass(frozen=True, slots=True)
class StaysCached:
    """``stays_cached``: after an edit of one file, some work is reused and other is done again.

    Args:
        edit: The file of the context that gets a random line more.
        keeps: Marked scripts that must not run again.
        reruns: Marked scripts that must: they show that the edit was noticed.
        line: The line; ``{random}`` stands for the random part, for files with a grammar.
        shows: Texts that the edited image's own command must then print, ``{random}`` and all
            that ``runs`` knows put in: they show that the edit has reached the image.
    """

    edit: str
    keeps: tuple[str, ...]
    reruns: tuple[str, ...]
    line: str = "{random}"
    shows: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.keeps and not self.reruns:
            raise ValueError("keeps and reruns are empty, one must name at least one script")
        if "{random}" not in self.line:
            raise ValueError("line has no {random}, so every grading would make the same edit")

    def measure(self, bench: Bench) -> Finding:
        before = bench.built()
        for name in (*self.keeps, *self.reruns):
            if not bench.find_work(before, name):
                return Finding(
                    False,
                    f"{name} never ran in the first build, or what it printed was thrown away.\n"
                    "Wanted: it runs in the first build, so that a second one can reuse it.",
                    {"work": name},
                )
        new = secrets.token_hex(8)
        line = self.line.replace("{random}", new)
        with bench.context.edited(self.edit, lambda text: f"{text.rstrip()}\n{line}\n"):
            after = bench.built()
            finding = self._judge(bench, after)
            if not finding.passed or not self.shows:
                return finding
            printed = bench.run(timeout_s=RUN_TIMEOUT_S).stdout
        shows = [bench.expand(text.replace("{random}", new)) for text in self.shows]
        absent = [text for text in shows if text not in printed]
        if absent:
            message = (
                f"{finding.message}\nThe container of that build printed: "
                f"{tail(printed) or 'nothing'}\nWanted, and not there: {'; '.join(absent)}"
            )
            return Finding(False, message, {**finding.evidence, "missing": absent})
        message = f"{finding.message} The container of that build shows what is new."
        return Finding(True, message, finding.evidence)

    def _judge(self, bench: Bench, after: Build) -> Finding:
        """What ran in the build after the edit, against what was to."""
        again = {name: bench.find_work(after, name) for name in (*self.keeps, *self.reruns)}
        took_s = {name: sum(w.duration_s for w in runs) for name, runs in again.items() if runs}
        facts = [
            f"{name} ran again ({took_s[name]:.1f} s)" if name in took_s else f"{name} was reused"
            for name in again
        ]
        fact = f"After an edit of {self.edit}: {', '.join(facts)}."
        evidence = {
            "edit": self.edit,
            "ran_again_s": {name: round(seconds, 3) for name, seconds in took_s.items()},
            "duration_s": round(after.duration_s, 3),
        }
        wasted = [name for name in self.keeps if name in took_s]
        missed = [name for name in self.reruns if name not in took_s]
        if wasted:
            return Finding(False, f"{fact}\nWanted: {_and(wasted)} reused.", evidence)
        if missed:
            return Finding(False, f"{fact}\nWanted: {_and(missed)} run again.", evidence)
        return Finding(True, fact, evidence)


def _and(names: list[str]) -> str:
    return " and ".join(names)
