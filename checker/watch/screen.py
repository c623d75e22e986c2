"""Prints ``checker watch``: a block for each grading, and a status line below."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from checker.exercise import Exercise
from checker.report.text import print_first, print_grade, print_line
from checker.results import Grade

KEYS = "Each save is graded. Keys: h hint · a all checks · g grade · n next · q quit"


class WatchScreen:
    """Prints line after line, and redraws only the last one.

    Args:
        console: If it is not a terminal, a save and a verdict are lines of their own.
        has_keys: Whether there is a keyboard.
    """

    def __init__(self, console: Console, *, has_keys: bool) -> None:
        self._console = console
        self._has_keys = has_keys
        self._names = ""
        self._what = ""
        self._spinner = Spinner("dots")
        self._live = Live(self._spinner, console=console, transient=True)

    def open(self, exercise: Exercise, folder: Path) -> None:
        self._pause()
        self._names = ", ".join(exercise.submit)
        self._console.rule(Text(f"{exercise.slug} · {exercise.title}", style="bold"), align="left")
        self._line(f"The task: {folder / exercise.readme.name}")
        self._line(f"You edit {self._names} in {folder}")

    def saved(self) -> None:
        self._what = f"Saved at {datetime.now().astimezone():%H:%M:%S}: "
        if self._console.is_terminal:
            self.doing("grading …")
        else:
            self._line(f"{self._what}grading …")

    def doing(self, text: str) -> None:
        if self._console.is_terminal:
            self._spinner.update(text=Text(f"{self._what}{text}"))
            self._live.start()
            self._live.refresh()  # at once, not only when the spinner moves again

    def graded(self, grade: Grade, following: Exercise | None) -> None:
        self._pause()
        self._console.rule(style="dim")
        print_first(grade, self._console)
        if not grade.passed:
            return
        self._line(f"One possible solution: checker solution {grade.exercise[:2]}")
        if following is None:
            self._line("That was the last one: you have passed them all.", "bold green")
        else:
            how = "press n" if self._has_keys else "it follows"
            self._line(f"next: {following.slug} · {following.title} ({how})")

    def whole(self, grade: Grade) -> None:
        self._pause()
        self._console.rule(style="dim")
        print_grade(grade, self._console)
        self.rest()

    def tell(self, text: str) -> None:
        for line in text.splitlines():
            self._line(line)

    def rest(self) -> None:
        """Show the keys that the learner can press while no grading runs."""
        self._pause()
        self._what = ""
        how = KEYS if self._has_keys else "Each save is graded; Ctrl-C ends it."
        self._line(f"{how}", "dim")

    def close(self) -> None:
        self._pause()

    def _pause(self) -> None:
        self._live.stop()

    def _line(self, text: str, style: str = "") -> None:
        print_line(self._console, text, style)
