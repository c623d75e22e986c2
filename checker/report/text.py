"""Prints a grade for people: the finding of each check, then the next step."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from checker.results import CheckResult, Grade, Status, Verdict

_WORDS = {
    Status.PASSED: ("passed", "green"),
    Status.FAILED: ("FAILED", "red"),
    Status.SKIPPED: ("skipped", "yellow"),
    Status.ERROR: ("ERROR", "magenta"),
}
_WIDTH = max(len(word) for word, _ in _WORDS.values())


def stdout() -> Console:
    """Where a report goes; in a notebook, too, it is plain text."""
    return Console(highlight=False, force_jupyter=False)


def print_grade(grade: Grade, console: Console) -> None:
    """Print a grade; the last line says what to do next."""
    print_line(console, f"{grade.exercise} · {grade.title}", "bold")
    for check in grade.checks:
        _print_check(check, console)
    _print_verdict(grade, console)
    print_line(console, f"next: {_next_step(grade)}")


def print_first(grade: Grade, console: Console) -> None:
    """Print the first check that was not passed, then the verdict."""
    for check in grade.checks:
        if check.status in (Status.FAILED, Status.ERROR):
            _print_check(check, console)
            break
    _print_verdict(grade, console)


def _print_verdict(grade: Grade, console: Console) -> None:
    colour = "green" if grade.passed else "red"
    said = grade.verdict.value.replace("_", " ")
    print_line(
        console,
        f"{said}: {grade.points} of {grade.max_points} points, {grade.duration_s:.1f} s",
        f"bold {colour}",
    )


def print_grades(grades: Sequence[Grade], console: Console) -> None:
    """Print one line for each grade, and their sum."""
    for grade in grades:
        failed = [check.title for check in grade.checks if check.status is not Status.PASSED]
        said = grade.verdict.value.replace("_", " ")
        head = f"{grade.exercise:<32} {said:<18} {grade.points:>3}/{grade.max_points:<3}"
        colour = "green" if grade.passed else "red"
        print_line(
            console, f"{head} {grade.duration_s:5.1f} s  {'; '.join(failed[:1])}".rstrip(), colour
        )
    passed, most = sum(g.passed for g in grades), sum(g.max_points for g in grades)
    points = sum(g.points for g in grades)
    print_line(
        console, f"{passed} of {len(grades)} exercises passed, {points} of {most} points", "bold"
    )
    if passed < len(grades):
        print_line(console, "next: `checker grade` on a single one says what was measured")


def _print_check(check: CheckResult, console: Console) -> None:
    word, colour = _WORDS[check.status]
    head = Text("  ")
    head.append(f"{word:<{_WIDTH}}", style=colour)
    head.append(f"  {check.points:>3}/{check.max_points:<3} {check.title}")
    console.print(head, soft_wrap=True)
    for line in check.message.splitlines():
        print_line(console, f"  {'':<{_WIDTH}}  {line}")
    # BuildKit's error may have brought its own next step, which says more than the hint.
    if check.hint and "\nNext: " not in check.message:
        print_line(console, f"  {'':<{_WIDTH}}  Look here: {check.hint}")


def _next_step(grade: Grade) -> str:
    number = grade.exercise[:2]
    if grade.passed:
        return f"compare with one possible solution: checker solution {number}"
    if grade.verdict is Verdict.INFRASTRUCTURE:
        return "this was not your fault: run `sandbox doctor`, then grade again"
    return f"change your work and grade again; for a hint: checker hint {number}"


def print_line(console: Console, text: str, style: str = "") -> None:
    """Print one line unwrapped; the terminal wraps it."""
    # Control characters that a learner's build printed must not reach the terminal.
    plain = text.expandtabs()
    clean = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in plain)
    console.print(Text(clean, style=style), soft_wrap=True)
