"""What a class costs, and what more jobs and machines gain: ``make bench-class``.

As ``bench.py``, whose options it has. ``--size`` is the number of students; growth is measured up
to that size, and the book has the grades of ten times as many students.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from bench import measure, parser_of
from class_figures import MEASUREMENTS, ClassBench
from figures import Bench
from report import Figure

SIZE = 30


def main() -> None:
    """Run the command line."""
    parser = parser_of(__doc__)
    parser.add_argument("--size", type=int, default=SIZE, help=f"students of a class ({SIZE})")
    options = parser.parse_args()
    if options.size < 1:
        parser.error("--size takes a number from 1")
    known = {name: partial(_of_class, name, options.size) for name in MEASUREMENTS}
    measure(parser, options, known, tuple(known))


def _of_class(name: str, size: int, bench: Bench) -> Iterator[Figure]:
    return MEASUREMENTS[name](ClassBench(bench, size))


if __name__ == "__main__":
    main()
