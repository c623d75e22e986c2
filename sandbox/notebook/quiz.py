"""Questions that a learner answers before a build, and that the build itself judges.

A prediction has no stored answer. A function by the lesson's author computes the answer from the
Build.
"""

from __future__ import annotations

import html
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sandbox.errors import UsageError
from sandbox.model.build import Build
from sandbox.model.prediction import PredictionOutcome
from sandbox.notebook.front_end import kernel_shell
from sandbox.wording import printable


def predict(
    question: str,
    *,
    options: Sequence[str],
    answer: Callable[[Build], str | Iterable[str]],
    several: bool = True,
) -> Prediction:
    """Ask a question about a build that has not run yet, and show the question.

    In a notebook the learner ticks the options. Elsewhere the question is printed, and ``choose``
    takes the answer. ``predict`` does not wait for an answer, so a notebook that runs unattended
    goes on without one. ::

        cached = predict("Which stages will be CACHED?", options=["deps", "app"],
                         answer=lambda build: [s for s in build.trace.stages
                                               if build.stage_state(s) == "cached"])
        build = %docker buildx build .
        cached.judge(build)

    Args:
        question: One line.
        options: The options in the order of display, without duplicates.
        answer: Returns the option or options that came true in a build; may be empty.
        several: Whether the learner may choose more than one option.

    Raises:
        UsageError: There are no options, or an option occurs twice.
    """
    prediction = Prediction(question, tuple(options), answer, several=several)
    if kernel_shell() is not None:
        prediction.replace(_OPEN.get(prediction.key))
        _OPEN[prediction.key] = prediction
    prediction.show()
    return prediction


class Prediction:
    """A question and the learner's answer to it, if there is one; see ``predict``."""

    def __init__(
        self,
        question: str,
        options: tuple[str, ...],
        answer: Callable[[Build], str | Iterable[str]],
        *,
        several: bool,
    ) -> None:
        if not options or len(set(options)) < len(options):
            raise UsageError(
                "A question needs options, and no option may occur twice.",
                next_step="give predict() a list of different options",
            )
        self.question = question
        self.options = options
        self._answer = answer
        self._several = several
        self._guess: tuple[str, ...] | None = None
        self._guessed: datetime | None = None
        self._boxes: Any = None
        self._shown_in: int | None = None
        self.key = (question, options, several)

    def replace(self, earlier: Prediction | None) -> None:
        """Take over the answer to the same question that has not been judged."""
        if earlier is not None:
            self._guess, self._guessed = earlier._guess, earlier._guessed

    @property
    def guess(self) -> tuple[str, ...] | None:
        """The chosen options, in the order of display; None: there is no answer yet."""
        return self._guess

    def choose(self, *options: str) -> None:
        """Answer the question, or change the answer. A call without options answers "none of them".

        Raises:
            UsageError: There is no such option, or the question needs exactly one option.
        """
        unknown = sorted(set(options) - set(self.options))
        if unknown or (len(options) != 1 and not self._several):
            what = f"There is no option {', '.join(unknown)}." if unknown else "Choose one option."
            raise UsageError(what, next_step=f"the options are {', '.join(self.options)}")
        self._take(options)

    def judge(self, build: Build) -> PredictionOutcome:
        """Compare the answer with this build. The boxes can no longer be changed."""
        if _OPEN.get(self.key) is self:
            del _OPEN[self.key]
        answer = self._answer(build)
        happened = {answer} if isinstance(answer, str) else set(answer)
        if self._boxes is not None:
            self._boxes.judged = True
        return PredictionOutcome(
            question=self.question,
            options=self.options,
            predicted=self._guess,
            happened=(
                *(name for name in self.options if name in happened),
                *sorted(happened - set(self.options)),
            ),
            is_late=self._guessed is not None and self._guessed > build.started,
            several=self._several,
        )

    def text(self) -> str:
        """The question, its options and the answer as plain text."""
        chosen = self._guess or ()
        marks = ("[x]", "[ ]") if self._several else ("(x)", "( )")
        lines = [
            f"  {marks[0] if name in chosen else marks[1]} {printable(name)}"
            for name in self.options
        ]
        example = f'.choose("{printable(self.options[0])}")'
        lines.append(f"Tick a box, or call {example} on what predict() returned.")
        return "\n".join([printable(self.question), *lines])

    def show(self) -> None:
        """Show the question: in a notebook as boxes, elsewhere as text."""
        shell = kernel_shell()
        if shell is None:
            sys.stdout.write(f"{self.text()}\n")
            return
        from IPython.display import display  # noqa: PLC0415  # not before there is a notebook

        self._shown_in = shell.execution_count
        if self._boxes is None:
            self._boxes = self._make_boxes()
        # Without the class, JupyterLab would take what stands between two $ for a formula.
        text = html.escape(printable(self.question))
        question = f'<p class="mathjax_ignore"><strong>{text}</strong></p>'
        # The plain text has the options too, for front ends without widgets.
        bundle = {"text/html": question, "text/plain": self.text()}
        display(bundle, raw=True)  # type: ignore[no-untyped-call]
        display(self._boxes)  # type: ignore[no-untyped-call]

    def _ipython_display_(self) -> None:
        """Show the question when a cell ends with this object, except in the cell that asked."""
        shell = kernel_shell()
        if shell is None or shell.execution_count != self._shown_in:
            self.show()

    def __repr__(self) -> str:
        return self.text()

    def _make_boxes(self) -> Any:
        # Imported here, because the import takes a fifth of a second and only notebooks need it.
        from sandbox.notebook.widget import QuestionWidget  # noqa: PLC0415

        guess = self._guess or ()
        boxes = QuestionWidget(
            question=printable(self.question),
            options=[printable(name) for name in self.options],
            several=self._several,
            chosen=[number for number, name in enumerate(self.options) if name in guess],
        )
        boxes.observe(
            lambda change: self._take(self.options[number] for number in change["new"]),
            names="chosen",
        )
        return boxes

    def _take(self, chosen: Iterable[str]) -> None:
        names = set(chosen)
        self._guess = tuple(name for name in self.options if name in names)
        self._guessed = datetime.now(UTC)


_OPEN: dict[tuple[str, tuple[str, ...], bool], Prediction] = {}
"""The questions of this kernel that no build has judged: a tick makes the cell of its question the
active one, so the next Shift+Enter asks the question again."""
