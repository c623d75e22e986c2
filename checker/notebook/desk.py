"""The actions of the editor's buttons; ``checker.notebook.widget`` draws the buttons."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from rich.console import Console

from checker.errors import CheckerError
from checker.learner.attempts import Attempts, GradedWork
from checker.learner.workspace import WRITABLE, refusal
from checker.listeners import Listeners
from checker.notebook.draft import ChangedOnDiskError, Draft, Texts
from checker.report import print_grade
from checker.results import Grade, Verdict
from sandbox import (
    Build,
    Cancelled,
    CancelToken,
    HostError,
    Picture,
    SandboxError,
    stage_graph,
)


@dataclass(frozen=True, slots=True)
class Shown:
    """The part of the editor below the text: state, results and picture.

    Args:
        phase: ``idle``, ``busy``, ``passed``, ``failed``, ``error``, ``conflict`` or ``armed``
            (a second press of Reset resets).
        headline: One line, or empty.
        report: Plain text of several lines.
        picture: The stage graph of the graded build, None if there is none.
    """

    phase: str
    headline: str = ""
    report: str = ""
    picture: Picture | None = None


class DeskDisplay(Protocol):
    """Shows an editor. ``show`` may be called from any thread."""

    def show(self, shown: Shown) -> None: ...

    def tell(self, title: str, text: str, *, is_last: bool = False) -> None:
        """Show a text in Markdown beside the verdict, in the place of the text before.

        Args:
            title: One line.
            text: In Markdown.
            is_last: Whether it has the last hint: from now on the solution is offered.
        """

    def load(self, texts: Texts) -> None: ...


_DONE = "Solution shows one possible solution, Next opens the next exercise"
_NOT_YET = "change the files and press Check; Hint shows one hint more each time"


def in_thread(work: Callable[[], None]) -> None:
    """Run work in a thread, so that the kernel can run other cells meanwhile."""
    threading.Thread(target=work, name="checker", daemon=True).start()


class Desk:
    """One exercise's files on the screen, and the buttons below them.

    Args:
        draft: The files.
        attempts: Grades submissions, and records attempts and hints.
        screen: Shows the editor.
        background: Starts long work and returns at once.
        go_on: Opens the next exercise.
    """

    def __init__(
        self,
        draft: Draft,
        attempts: Attempts,
        screen: DeskDisplay,
        *,
        background: Callable[[Callable[[], None]], None] = in_thread,
        go_on: Callable[[], None] = lambda: None,
    ) -> None:
        self._draft = draft
        self._exercise = draft.exercise
        self._attempts = attempts
        self._screen = screen
        self._background = background
        self._cancel_token = CancelToken()
        self._is_busy = False
        self._is_armed = False
        self._actions: Mapping[str, Callable[[Texts], None]] = {
            "check": self._check,
            "hint": self._hint,
            "solution": self._solution,
            "next": lambda _: go_on(),
            "reset": self._reset,
            "keep-mine": self._keep_mine,
            "take-file": self._take_file,
        }

    def act(self, action: str, texts: Texts) -> None:
        """Run the action of a button.

        Args:
            action: ``check``, ``cancel``, ``hint``, ``solution``, ``next``, ``reset``,
                ``keep-mine`` or ``take-file``.
            texts: The texts in the editor when the learner pressed the button.
        """
        if action == "cancel" and self._is_busy:
            self._screen.show(Shown("busy", "Cancelling …"))
            self._cancel_token.cancel()
            return
        if self._is_busy or action not in self._actions:
            return
        was_armed, self._is_armed = self._is_armed, False
        if action == "reset" and not was_armed:
            self._is_armed = True
            self._screen.show(
                Shown("armed", "Reset to the starter? Press Reset again; your work is kept.")
            )
            return
        shown = _told(lambda: self._actions[action](texts))
        if shown is not None:
            self._screen.show(shown)

    def _check(self, texts: Texts) -> None:
        self._draft.save(texts)
        self._cancel_token, self._is_busy = CancelToken(), True
        self._screen.show(Shown("busy", "Checking …"))
        self._background(self._grade)

    def _say(self, line: str) -> None:
        if not self._cancel_token.is_cancelled:
            self._screen.show(Shown("busy", f"Checking … {line}"))

    def _grade(self) -> None:
        try:
            shown = self._graded()
        except Cancelled:
            shown = Shown("idle", "Cancelled; nothing was left behind.", "next: Check")
        self._is_busy = False
        self._screen.show(shown)

    def _graded(self) -> Shown:
        seen: list[Build] = []
        done: list[GradedWork] = []

        def grade() -> None:
            graded = self._attempts.grade(
                self._exercise,
                self._draft.folder,
                Listeners(self._say, self._say),
                on_build=seen.append,
                cancel_token=self._cancel_token,
            )
            done.append(graded)

        if (fault := _told(grade)) is not None:
            return fault
        (graded,) = done
        return _and(_shown_grade(graded.grade, seen), self._attempts.record(graded))

    def _hint(self, _: Texts) -> None:
        hints = self._attempts.next_hints(self._exercise)
        more = (
            "Hint shows the next one"
            if hints.left
            else "that was the last one; after a Check, Solution shows a way"
        )
        told = "\n\n".join((*hints.shown, f"next: {more}"))
        unkept = self._attempts.record_hints(self._exercise, hints)
        text = f"{told}\n{unkept}" if unkept else told
        title = f"Hint {len(hints.shown)} of {hints.count}"
        self._screen.tell(title, text, is_last=not hints.left)

    def _solution(self, _: Texts) -> None:
        if self._attempts.workspace.attempts(self._exercise):
            self._screen.tell("One possible solution", self._exercise.solution_markdown())
        else:
            self._screen.tell("No attempt yet", "next: change the files and press Check")

    def _reset(self, texts: Texts) -> None:
        starter, kept = self._draft.reset(texts)
        self._screen.load(starter)
        self._screen.show(Shown("idle", "This is the starter again.", _kept(kept)))

    def _keep_mine(self, texts: Texts) -> None:
        kept = self._draft.save_over(texts)
        report = f"{_kept(kept)}\nnext: Check"
        self._screen.show(Shown("idle", "What is saved is now what the editor shows.", report))

    def _take_file(self, texts: Texts) -> None:
        loaded, kept = self._draft.load_over(texts)
        self._screen.load(loaded)
        report = f"{_kept(kept)}\nnext: Check"
        self._screen.show(Shown("idle", "The editor now shows what is saved.", report))


def _told(action: Callable[[], None]) -> Shown | None:
    """Run an action; None if it succeeded, else the error to show to the learner."""
    try:
        action()
    except ChangedOnDiskError as error:
        return Shown("conflict", error.message, f"next: {error.next_step}")
    except (CheckerError, SandboxError) as error:
        headline, _, rest = error.report().partition("\n")
        return Shown("error", headline, rest)
    except OSError as error:
        return Shown("error", refusal(error), f"next: {WRITABLE}")
    except Exception as error:  # otherwise the button would seem to do nothing
        told = f"The checker failed: {type(error).__name__}: {error}"
        return Shown("error", told, "next: try again; if it fails again, report this line")
    return None


def _and(shown: Shown, unkept: str) -> Shown:
    """The same with a text added below the report; unchanged if the text is empty."""
    return replace(shown, report=f"{shown.report}\n{unkept}") if unkept else shown


def _shown_grade(grade: Grade, builds: list[Build]) -> Shown:
    text = io.StringIO()
    print_grade(grade, Console(file=text, highlight=False, force_jupyter=False, color_system=None))
    # The editor shows the title above the text, and the verdict as the headline.
    _, *checks, verdict, next_step = text.getvalue().splitlines()
    # In place of commands of a terminal, the editor's buttons.
    if grade.verdict is not Verdict.INFRASTRUCTURE:
        next_step = f"next: {_DONE if grade.passed else _NOT_YET}"
    report = "\n".join([*(line.removeprefix("  ") for line in checks), next_step])
    return Shown("passed" if grade.passed else "failed", verdict, report, _graph(builds))


def _graph(builds: list[Build]) -> Picture | None:
    """The stage graph of the first build: the default target, before any check's edit."""
    if not builds or builds[0].graph is None:
        return None
    try:
        return stage_graph(builds[0].graph, builds[0])
    except HostError:  # Graphviz is missing: show the report alone
        return None


def _kept(path: Path | None) -> str:
    return f"The other version is kept in {path}" if path else "There was no other version."
