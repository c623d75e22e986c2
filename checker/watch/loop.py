"""Grades on every save, until the learner ends the watch.

One loop looks for keys and for saves, twenty times a second; a grading runs in its own thread. A
save is acknowledged as soon as it begins, and cancels the grading under way. The next grading
starts when that one has cleaned up, and the save is over.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from checker.errors import CheckerError
from checker.exercise import Exercise
from checker.learner.attempts import Attempts, GradedWork
from checker.listeners import Listeners
from checker.results import Grade
from checker.watch.background import Grading
from checker.watch.file_watcher import Saves, Seen
from checker.watch.keyboard import Keys, keyboard
from sandbox import CancelToken, SandboxError

POLL_S = 0.05
"""The longest time until a save is noticed."""


class WatchDisplay(Protocol):
    """Shows the watch. ``doing`` is called from the grading's thread."""

    def open(self, exercise: Exercise, folder: Path) -> None: ...

    def saved(self) -> None: ...

    def doing(self, text: str) -> None: ...

    def graded(self, grade: Grade, following: Exercise | None) -> None: ...

    def whole(self, grade: Grade) -> None: ...

    def tell(self, text: str) -> None: ...

    def rest(self) -> None: ...

    def close(self) -> None: ...


class Watch:
    """Watches one exercise at a time.

    Args:
        exercise: The first exercise. The watch first starts or updates it, if necessary.
        attempts: Grades and records.
        screen: Shows saves, results, and what the learner can do next.
        find_next: Finds the next exercise after a slug that is not passed yet; None: all are
            passed.
        goes_on: Go on to the next exercise without a key, because there is no keyboard.
        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        exercise: Exercise,
        attempts: Attempts,
        screen: WatchDisplay,
        *,
        find_next: Callable[[str], Exercise | None],
        goes_on: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._attempts = attempts
        self._screen = screen
        self._find_next = find_next
        self._goes_on = goes_on
        self._clock = clock
        self._grading: Grading | None = None
        self._is_due = False
        self._last: Grade | None = None
        self._keys: Mapping[str, Callable[[], None]] = {
            "a": self._show_whole,
            "g": self._grade_again,
            "h": self._hint,
            "n": self._go_on,
        }
        self._open(exercise)

    def step(self, key: str | None) -> bool:
        """React to a key, a save or the end of a grading; False if the learner ends the watch."""
        if key == "q":
            return False
        if key is not None:
            self._keys.get(key, self._show_keys)()
        match self._saves.look():
            case Seen.SAVING:
                self._cancel()
                self._screen.saved()
            case Seen.SAVED:
                self._is_due = True
        if self._grading is not None and self._grading.is_over:
            self._finish(self._grading)
        if self._grading is None and self._is_due:
            self._begin()
        return True

    def close(self) -> None:
        """Cancel the running grading; returns when the grading has ended and cleaned up."""
        try:
            if self._grading is not None:
                self._grading.cancel()
                self._grading.result()
        finally:  # last, because writing to a closed terminal fails
            self._screen.close()

    def _open(self, exercise: Exercise) -> None:
        self._exercise, self._last = exercise, None
        self._folder = self._attempts.workspace.folder(exercise)
        updated = self._attempts.update(exercise)
        self._attempts.workspace.start(exercise)
        self._saves = Saves(self._folder, exercise.submit, clock=self._clock)
        self._screen.open(exercise, self._folder)
        if updated:
            self._screen.tell(updated)
        # An untouched starter is not graded: it fails by design, and the task says what to do.
        self._is_due = not self._attempts.is_untouched(exercise)
        if not self._is_due:
            self._screen.tell("Waiting for your first save; g grades the starter as it is.")
            self._screen.rest()

    def _begin(self) -> None:
        self._is_due = False
        exercise, folder = self._exercise, self._folder

        def grade(cancel_token: CancelToken) -> GradedWork:
            def say(text: str) -> None:
                if not cancel_token.is_cancelled:  # a newer save has taken its place
                    self._screen.doing(text)

            return self._attempts.grade(
                exercise, folder, Listeners(say, say), use_cache=True, cancel_token=cancel_token
            )

        self._screen.doing("grading …")
        self._grading = Grading(grade)

    def _finish(self, grading: Grading) -> None:
        self._grading = None
        try:
            graded = grading.result()
        except (CheckerError, SandboxError) as error:  # such as a folder that is gone
            self._screen.tell(error.report())
            self._screen.rest()
            return
        if graded is None:
            return
        grade = self._last = graded.grade
        unkept = self._attempts.record(graded)
        following = self._find_next(self._exercise.slug) if grade.passed else None
        self._screen.graded(grade, following)
        if unkept:
            self._screen.tell(unkept)
        if following is not None and self._goes_on:
            self._open(following)
        else:
            self._screen.rest()

    def _cancel(self) -> None:
        self._is_due = False
        if self._grading is not None:
            self._grading.cancel()

    def _grade_again(self) -> None:
        self._cancel()
        self._is_due = True

    def _show_keys(self) -> None:
        # While a grading runs, its status line stays last; the keys follow its verdict.
        if self._grading is None:
            self._screen.rest()

    def _show_whole(self) -> None:
        if self._last is None:
            self._screen.tell("Nothing has been graded yet: save a file, or press g.")
        else:
            self._screen.whole(self._last)

    def _hint(self) -> None:
        try:
            hints = self._attempts.next_hints(self._exercise)
        except CheckerError as error:  # the exercise's author made a mistake
            self._screen.tell(error.report())
            return
        self._screen.tell(f"Hint {len(hints.shown)} of {hints.count}\n{hints.shown[-1]}")
        if unkept := self._attempts.record_hints(self._exercise, hints):
            self._screen.tell(unkept)

    def _go_on(self) -> None:
        if self._last is None or not self._last.passed:
            self._screen.tell(
                "n goes on once the exercise is passed. To leave it for now: q, then "
                "`checker watch` and the number of another one."
            )
        elif (following := self._find_next(self._exercise.slug)) is None:
            self._screen.tell("There is no next one: you have passed them all.")
        else:
            self._cancel()
            self._open(following)


def run(watch: Watch, keys: Keys) -> None:
    """Watch until ``q`` or an interrupt, then clean up; an interrupt is raised again."""
    try:
        while watch.step(keys.read(POLL_S)):
            pass
    finally:
        watch.close()


def run_in_terminal(make: Callable[[], Watch]) -> None:
    """Watch with the keys of this process's terminal, which is restored afterwards."""
    with keyboard() as keys:
        run(make(), keys)
