"""Count what the tests prove, by kind, so that a change of the suite can be held against the last.

    python tests/proofs.py [CHECKOUT ...]

Prints a table with a column for each checkout, by default this one alone. Nothing is run: pytest
collects. Kinds go by the beginnings of tests' ids, so a test that is renamed counts as another
test of its folder until it is named here.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

KINDS = {
    "tests/exercises/test_exercises.py::test_it_grades_as": "exercises: claims graded",
    "tests/exercises/test_exercises.py::test_a_cheat_does_not": "exercises: cheats graded",
    "tests/exercises/": "exercises: other tests",
    "tests/lessons/test_lessons.py::test_runs_from_first_to_last": "lessons run cold, to the end",
    "tests/lessons/test_lessons.py::test_every_row_is_run": "rows of the lessons' table",
    "tests/lessons/test_robustness.py::test_runs_again": "lessons cut off, then run warm",
    "tests/lessons/": "lessons: other tests",
    "tests/hostile/": "hostile",
    "tests/integration/test_site.py": "site",
    "tests/browser/test_site.py": "site",
    "tests/browser/": "browser",
    "tests/integration/": "integration",
    "tests/unit/": "unit",
    "tests/bench/": "bench",
}


def count(checkout: Path) -> Counter[str]:
    """How many tests of each kind pytest collects there."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"],
        cwd=checkout,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(checkout), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"pytest could not collect in {checkout}:\n{done.stdout}{done.stderr}")
    return Counter(_kind(line) for line in done.stdout.splitlines() if "::" in line)


def _kind(test: str) -> str:
    return next(kind for start, kind in KINDS.items() if test.startswith(start))


def main() -> None:
    """The table, on stdout."""
    checkouts = [Path(name).resolve() for name in sys.argv[1:]] or [Path(__file__).parents[1]]
    counts = [count(checkout) for checkout in checkouts]
    print(f"{'':32}" + "".join(f"{checkout.name:>12}" for checkout in checkouts))
    for kind in dict.fromkeys(KINDS.values()):
        if any(counted[kind] for counted in counts):
            print(f"{kind:32}" + "".join(f"{counted[kind]:12}" for counted in counts))
    print(f"{'together':32}" + "".join(f"{counted.total():12}" for counted in counts))


if __name__ == "__main__":
    main()
