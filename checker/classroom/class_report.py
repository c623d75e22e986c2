"""What a run has done, as text: every submission without a grade is listed by name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from checker.classroom.class_run import ClassResult

NOT_COMPLETE = 1
"""Exit code: something that was handed in could not be placed."""
BLANKS = 3
"""Exit code: the book has blanks, by trouble that is no student's."""
INVALID_EXERCISE = 4


def exit_code_of(result: ClassResult, unplaced: Sequence[tuple[str, str]]) -> int:
    """0 if everything that was handed in has a grade, whatever the grade."""
    if result.blanks or result.aside:
        return BLANKS
    if result.invalid:
        return INVALID_EXERCISE
    return NOT_COMPLETE if unplaced else 0


def as_text(
    result: ClassResult, unplaced: Sequence[tuple[str, str]], folder: Path, *, stale: int
) -> str:
    """The report, the next step last."""
    lines = [f"{len(result.graded)} graded, {len(result.known)} had a grade already"]
    for moved in result.moved:
        entry = moved.entry
        if moved.before != moved.after:
            counted = (
                f" (the teacher's {entry.override.points} points count)" if entry.override else ""
            )
            lines.append(
                f"  {entry.shown_label} {entry.slug}: {moved.before} → {moved.after}{counted}"
            )
    if result.moved:
        same = sum(one.before == one.after for one in result.moved)
        lines.append(f"{same} of {len(result.moved)} that were graded again kept their points")
    lines += _listed("not placed", [f"{place}: {why}" for place, why in unplaced])
    lines += _listed(
        "blank, by trouble of the sandbox or the machine",
        [f"{one.shown_label} {one.slug}: {why}" for one, why in result.blanks],
    )
    lines += _listed(
        "set aside", [f"{one.shown_label} {one.slug}: {why}" for one, why in result.aside]
    )
    lines += _listed(
        "exercise invalid", [f"{slug}: {why}" for slug, why in sorted(result.invalid.items())]
    )
    if stale:
        lines.append(
            f"{stale} {'grade is' if stale == 1 else 'grades are'} from before a change of the "
            f"exercise or the checker: checker class regrade --changed --book {folder}"
        )
    lines.append(f"next: {_next_step(result, unplaced, folder)}")
    return "\n".join(lines)


def _listed(title: str, items: Sequence[str]) -> list[str]:
    return [f"{title}:", *(f"  {item}" for item in items)] if items else []


def _next_step(result: ClassResult, unplaced: Sequence[tuple[str, str]], folder: Path) -> str:
    if result.blanks:
        return "`sandbox doctor`, then the same command: it grades what is missing"
    if result.aside:
        return (
            "look at what was set aside, then `checker class regrade` or "
            "`checker class override` with that student and exercise"
        )
    if result.invalid:
        return "correct the exercise (`checker lint` says how), then the same command"
    if unplaced:
        return "rename what could not be placed, or name the layout, then the same command"
    return f"open {folder / 'index.html'}"
