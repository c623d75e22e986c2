"""A prediction about a build, compared with what happened."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.wording import printable


@dataclass(frozen=True, slots=True, repr=False)
class PredictionOutcome:
    """A prediction and its result; ``str()`` gives a table.

    Args:
        question: The text of the question.
        options: The options, in the order in which they were offered.
        predicted: The chosen options; empty when no option was chosen, None when no choice was
            made.
        happened: The options that came true, in the same order.
        is_late: Whether the choice was made or changed after the build had begun.
    """

    question: str
    options: tuple[str, ...]
    predicted: tuple[str, ...] | None
    happened: tuple[str, ...]
    is_late: bool = False

    @property
    def right(self) -> bool | None:
        """Whether the prediction was right for every option; None when no choice was made.

        Results that were not among the options do not count.
        """
        if self.predicted is None:
            return None
        return set(self.predicted) == set(self.happened) & set(self.options)

    def headline(self) -> str:
        """The verdict in a sentence or two."""
        if self.predicted is None:
            return "No prediction was made; this is what happened."
        hits = sum((name in self.predicted) is (name in self.happened) for name in self.options)
        text = "As predicted." if self.right else f"{hits} of {len(self.options)} as predicted."
        return f"{text} It was chosen after the build had begun." if self.is_late else text

    def rows(self) -> tuple[tuple[str, bool | None, bool, str], ...]:
        """For each option: whether it was predicted, whether it happened, and a remark.

        Results that were not among the options have a row too.
        """
        others = tuple(name for name in self.happened if name not in self.options)
        rows = []
        for name in (*self.options, *others):
            predicted = None if self.predicted is None else name in self.predicted
            happened = name in self.happened
            remark = "not among the options" if name in others else ""
            if not remark and predicted is not None and predicted is not happened:
                remark = "not foreseen" if happened else "did not happen"
            rows.append((name, predicted, happened, remark))
        return tuple(rows)

    def __str__(self) -> str:
        lines = [("", "predicted", "happened", "")]
        lines += [
            (printable(name), _word(predicted), _word(happened), remark)
            for name, predicted, happened, remark in self.rows()
        ]
        widths = [max(len(line[column]) for line in lines) for column in range(4)]
        table = "\n".join(
            "  " + "  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip()
            for line in lines
        )
        return f"{printable(self.question)} {self.headline()}\n\n{table}\n"

    def __repr__(self) -> str:
        # Shown outside of notebooks.
        return str(self)


def _word(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"
