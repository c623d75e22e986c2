"""What the lab costs over the bare docker commands: ``make bench``.

stdout is the report, a line as soon as it is measured; stderr is progress and errors. With
``--json`` stdout is one object at the end, and the lines go to stderr. The engine is the
bench's own. Exit codes: 0 measured (goals missed or not), 1 a command failed, 2 usage.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import clones
import figures
import own_cost
from report import Figure, as_object

from sandbox import Sandbox, SandboxError
from sandbox.engine.paths import Paths

MEASUREMENTS: Mapping[str, Callable[[figures.Bench], Iterator[Figure]]] = {
    "up": figures.up,
    "idle": figures.idle,
    "startup": figures.startup,
    "build": figures.build,
    "watched": figures.watched,
    "grade": own_cost.grade,
    "lesson": own_cost.lesson,
    "solutions": own_cost.solutions,
    "clone": clones.clone,
    "isolation": clones.isolation,
    "jobs": clones.jobs,
    "left": clones.left,
}
ONE_SOLUTION = {slug: partial(own_cost.solutions, slugs=(slug,)) for slug in own_cost.SLUGS}


Measurements = Mapping[str, Callable[[figures.Bench], Iterator[Figure]]]


def main() -> None:
    """Run the command line."""
    parser = parser_of(__doc__)
    measure(parser, parser.parse_args(), {**MEASUREMENTS, **ONE_SOLUTION}, tuple(MEASUREMENTS))


def parser_of(doc: str) -> argparse.ArgumentParser:
    """The options that every bench has."""
    parser = argparse.ArgumentParser(description=doc.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="what to measure, by default all")
    parser.add_argument("--pairs", type=int, default=5, help="runs of each figure (5)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def measure(
    parser: argparse.ArgumentParser,
    options: argparse.Namespace,
    known: Measurements,
    default: Sequence[str],
) -> None:
    """Measure what the options name in a sandbox of the bench's own, and print it.

    Args:
        parser: Tells of a wrong option.
        options: The options of ``parser_of``.
        known: Every measurement, by name.
        default: The names of those that are made if none is named.
    """
    if unknown := [name for name in options.names if name not in known]:
        parser.error(f"no figure {', '.join(unknown)}; there are: {', '.join(known)}")
    if options.pairs < 1:
        parser.error("--pairs takes a number from 1")
    # Told to end, it ends its engine first.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    found = []
    try:
        with _own_sandbox() as lab:
            bench = figures.Bench(lab, options.pairs, _tell)
            for name in options.names or default:
                for figure in known[name](bench):
                    found.append(figure)
                    _tell("")
                    shown_on = sys.stderr if options.json else sys.stdout
                    print(figure.as_row(), file=shown_on, flush=True)
    except SandboxError as error:
        sys.exit(f"bench: {error.report()}")
    if options.json:
        print(json.dumps(as_object(found, options.pairs), indent=1))


@contextlib.contextmanager
def _own_sandbox() -> Iterator[Sandbox]:
    with tempfile.TemporaryDirectory(prefix="lab-bench-", ignore_cleanup_errors=True) as folder:
        home, cache = Path(folder) / "home", Paths.default().cache
        # Commands and kernels find it by these.
        os.environ.update(BUILDKIT_LAB_HOME=str(home), BUILDKIT_LAB_CACHE=str(cache))
        lab = Sandbox(home, cache, tell=_tell)
        try:
            lab.up()
            yield lab
        finally:
            lab.reset()


def _tell(line: str) -> None:
    """Show on a terminal what is being done, in the place of what was shown before."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
