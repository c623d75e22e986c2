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
        several: Whether more than one option could be chosen.
    """

    question: str
    options: tuple[str, ...]
    predicted: tuple[str, ...] | None
    happened: tuple[str, ...]
    is_late: bool = False
    several: bool = True

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
        text = "As predicted." if self.right else self._difference(self.predicted)
        return f"{text} It was chosen after the build had begun." if self.is_late else text

    def _difference(self, predicted: tuple[str, ...]) -> str:
        # Where one option excludes the others, a wrong choice is not right for the rest of them.
        if not self.several:
            return (
                f"Not as predicted: you said {_quoted(predicted)}, it was {_quoted(self.happened)}."
            )
        hits = sum((name in predicted) is (name in self.happened) for name in self.options)
        return f"{hits} of {len(self.options)} options as predicted."

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


def _quoted(names: tuple[str, ...]) -> str:
    return " and ".join(f'"{printable(name)}"' for name in names) or "none of them"
