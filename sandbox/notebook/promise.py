"""What a lesson's text says, compared with what happened on this machine."""

from __future__ import annotations

import contextlib
import sys
import traceback
from collections.abc import Iterator

from sandbox.errors import SandboxError


class NotAsTold(SandboxError):
    """Something happened that the text of a lesson does not say."""


@contextlib.contextmanager
def as_told(sentence: str) -> Iterator[None]:
    """Compare with the text what the section's cells did; the block asserts it. ::

        with as_told("all stages ran, and the second build is faster"):
            assert first.ok
            assert again.duration_s < first.duration_s

    Prints the sentence if all assertions hold.

    Args:
        sentence: What the text says, beginning with a small letter and without a full stop.

    Raises:
        NotAsTold: An assertion does not hold; the error says which one, in the assertion's words.
    """
    try:
        yield
    except AssertionError as error:
        raise NotAsTold(
            f"✗ Not as the text says: {sentence}.\n  This does not hold: {_words(error)}",
            next_step="run this section's cells again, each of them once and in their order; "
            "if it stays so, restart the kernel and run all cells",
        ) from error
    sys.stdout.write(f"✓ As the text says: {sentence}.\n")


def _words(error: AssertionError) -> str:
    """The assertion's own message, or else its source."""
    if error.args and str(error.args[0]):
        return str(error.args[0])
    last = traceback.extract_tb(error.__traceback__)[-1]
    return (last.line or "an assertion of this cell").removeprefix("assert ")
