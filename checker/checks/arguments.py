"""What a build makes of the arguments that it is given."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checker.checks.images import RUN_TIMEOUT_S, tail
from checker.result import Finding

if TYPE_CHECKING:
    from checker.bench import Bench


@dataclass(frozen=True, slots=True)
class BuildArg:
    """``build_arg``: an argument given with ``--build-arg`` does what it is there for.

    Args:
        name: Of the argument.
        contains: Texts that a container of the image must print; ``{value}`` stands for the
            argument's value, and all that ``runs`` knows may be used.
        value: What is given; None: something random, new in each grading.
        default: What holds when nothing is given: then the container prints ``contains`` with
            this value. None: that is not looked at.
        keeps: Marked scripts that a build without the argument runs, and one with it reuses.
    """

    name: str
    contains: tuple[str, ...] = ()
    value: str | None = None
    default: str | None = None
    keeps: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.contains and not self.keeps:
            raise ValueError("contains and keeps are empty, so nothing would be looked at")

    def measure(self, bench: Bench) -> Finding:
        plain = bench.built()
        for name in self.keeps:
            if not bench.find_work(plain, name):
                return Finding(
                    False,
                    f"{name} never ran in the build without --build-arg, or what it printed was "
                    "thrown away.\nWanted: it runs there, so that the next build can reuse it.",
                    {"work": name},
                )
        if self.default is not None:
            without = self._shown(bench, "Without --build-arg", (), self.default)
            if not without.passed:
                return without
        value = secrets.token_hex(4) if self.value is None else self.value
        given = f"With --build-arg {self.name}={value}"
        options = (f"--build-arg={self.name}={value}",)
        build = bench.build(options=options)
        if not build.ok:
            message = f"{given} the build ended with exit code {build.exit_code}:\n{build.message}"
            return Finding(
                False,
                f"{message.strip()}\nWanted: it builds.",
                {"argument": self.name, "value": value, "exit_code": build.exit_code},
            )
        again = {name: bench.find_work(build, name) for name in self.keeps}
        took_s = {name: sum(w.duration_s for w in runs) for name, runs in again.items() if runs}
        if took_s:
            ran = ", ".join(f"{name} ran again ({took_s[name]:.1f} s)" for name in took_s)
            return Finding(
                False,
                f"{given} {ran}.\nWanted: {' and '.join(took_s)} reused.",
                {"argument": self.name, "value": value, "ran_again_s": took_s},
            )
        reused = f" {' and '.join(self.keeps)} came from the cache." if self.keeps else ""
        if not self.contains:
            return Finding(True, f"{given}{reused}", {"argument": self.name, "value": value})
        shown = self._shown(bench, given, options, value)
        return Finding(shown.passed, f"{shown.message}{reused}", shown.evidence)

    def _shown(self, bench: Bench, when: str, options: tuple[str, ...], value: str) -> Finding:
        """What a container of the image prints, against what it is to print."""
        result = bench.run(options=options, timeout_s=RUN_TIMEOUT_S)
        wanted = [bench.expand(text.replace("{value}", value)) for text in self.contains]
        missing = [text for text in wanted if text not in result.stdout]
        evidence = {
            "argument": self.name,
            "value": value,
            "exit_code": result.exit_code,
            "stdout": tail(result.stdout),
            "missing": missing,
        }
        if result.exit_code != 0 or result.timed_out or missing:
            ended = "" if result.exit_code == 0 else f"ended with exit code {result.exit_code} and "
            printed = tail(result.stdout) or tail(result.stderr) or "nothing"
            message = (
                f"{when} the container {ended}printed: {printed}\n"
                f"Wanted: {'; '.join(missing or wanted)}."
            )
            return Finding(False, message, evidence)
        return Finding(True, f"{when} the container printed {'; '.join(wanted)}.", evidence)
