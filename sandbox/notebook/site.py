"""The executed course as static HTML: ``python -m sandbox.notebook.site [LESSON …]``.

Lessons are executed in a copy of the course and in a new engine, which is removed afterwards. So
the pages show what a newcomer sees, and neither the checkout nor the learner's sandbox changes. If
a cell fails, no site is written.

stderr has the progress, stdout the path of the site. Exit codes: 0 done, 1 a cell failed, 2 wrong
usage, 3 no sandbox, 130 interrupted.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook
from pygments.lexers import get_lexer_for_filename
from pygments.util import ClassNotFound

from sandbox.engine import lock
from sandbox.engine.paths import Paths
from sandbox.errors import UsageError
from sandbox.notebook.execute import (
    CellProgress,
    execute,
    read,
    reported,
)
from sandbox.notebook.page import Link, PagePlace, to_html
from sandbox.sandbox import Sandbox

COURSE = "BuildKit Lab"
INDEX = "index.html"
_FIRST_HEADING = re.compile(r"^# (.+)$", re.MULTILINE)
_GOALS = re.compile(r"^- .+$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson for the site.

    Args:
        path: The notebook's path in the course. The lesson's files are in the folder of the same
            name.
        notebook: The notebook, with outputs once it was executed.
    """

    path: Path
    notebook: NotebookNode

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def page(self) -> str:
        return f"{self.name}.html"

    @property
    def files_page(self) -> str:
        return f"{self.name}.files.html"

    @property
    def heading(self) -> str:
        """The notebook's first heading, as ``06 · Build arguments``."""
        found = _FIRST_HEADING.search(self.notebook.cells[0].source)
        return found[1] if found else self.name

    @property
    def goals(self) -> tuple[str, ...]:
        """The goals of the lesson: the list items in the notebook's first cell."""
        return tuple(_GOALS.findall(self.notebook.cells[0].source))

    def texts(self) -> dict[str, str]:
        """Path → content of the lesson's text files."""
        folder = self.path.with_suffix("")
        found = {}
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            with contextlib.suppress(UnicodeDecodeError):
                found[file.relative_to(folder).as_posix()] = file.read_text(encoding="utf-8")
        return found


def choose(course: Path, wanted: Sequence[str]) -> tuple[Lesson, ...]:
    """The lessons of a course.

    Args:
        course: The folder with the notebooks.
        wanted: Beginnings of lesson names; empty: all lessons.

    Raises:
        UsageError: The course has no lesson, or none whose name begins with one of the words.
    """
    paths = sorted(course.glob("*.ipynb"))
    strange = [word for word in wanted if not any(p.stem.startswith(word) for p in paths)]
    if strange or not paths:
        what = f"no lesson {strange[0]!r}" if strange else "no lesson"
        raise UsageError(
            f"There is {what} in {course}.",
            next_step=f"the lessons are {', '.join(p.stem for p in paths)}"
            if paths
            else "give the folder with the notebooks by --course",
        )
    chosen = (p for p in paths if not wanted or any(p.stem.startswith(word) for word in wanted))
    return tuple(Lesson(path, read(path)) for path in chosen)


def run(lessons: Sequence[Lesson], course: Path, env: Mapping[str, str]) -> None:
    """Execute lessons beside a copy of the course, and store the outputs in their notebooks.

    Args:
        lessons: The lessons to execute.
        course: The folder to copy.
        env: The environment of the kernels. The learner's work folder is set to one beside the
            copy.

    Raises:
        NotebookError: A cell failed.
    """
    with tempfile.TemporaryDirectory(prefix="lab-course-") as folder:
        copy, work = Path(folder) / "lessons", Path(folder) / "work"
        shutil.copytree(course, copy, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
        work.mkdir()
        for lesson in lessons:
            sys.stderr.write(f"{lesson.name}\n")
            progress = CellProgress(lesson.notebook)
            kernel_env = {**env, "BUILDKIT_LAB_WORK": str(work)}
            execute(lesson.notebook, work, on_cell=progress.on_cell, env=kernel_env)


def write(lessons: Sequence[Lesson], folder: Path) -> None:
    """Write the site. The old content of ``folder`` is replaced once the new site is complete.

    Raises:
        UsageError: The folder cannot be written, or has content that is not a site.
    """
    if folder.exists() and not (folder / INDEX).is_file() and any(folder.iterdir()):
        raise UsageError(
            f"{folder} has files that are not a site, and writing the site would remove them.",
            next_step="give another folder with --output",
        )
    pages = _pages(lessons)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f"{folder.name}-", dir=folder.parent) as partial:
            made = Path(partial) / "site"
            made.mkdir()
            for name, html in pages.items():
                (made / name).write_text(html, encoding="utf-8")
            if folder.exists():
                folder.rename(Path(partial) / "before")
            made.rename(folder)
    except OSError as error:
        raise UsageError(
            f"The site cannot be written to {folder}: {error.strerror}.",
            next_step="give another folder with --output, or free space there",
        ) from error


def _pages(lessons: Sequence[Lesson]) -> dict[str, str]:
    pages = {INDEX: to_html(_index(lessons), COURSE)}
    links = [Link(lesson.page, lesson.heading) for lesson in lessons]
    for lesson, before, after in zip(lessons, [None, *links], [*links[1:], None], strict=False):
        texts = lesson.texts()
        files = lesson.files_page if texts else None
        pages[lesson.page] = to_html(
            lesson.notebook,
            f"{lesson.heading} · {COURSE}",
            place=PagePlace(INDEX, before, after, files),
            resolve=_Resolver(lessons, lesson).resolve,
        )
        if texts:
            title = f"Files of {lesson.heading}"
            back = PagePlace(INDEX, Link(lesson.page, lesson.heading))
            pages[lesson.files_page] = to_html(_listing(title, texts), title, place=back)
    return pages


class _Resolver:
    """Maps the links of a lesson to pages of the site."""

    def __init__(self, lessons: Sequence[Lesson], lesson: Lesson) -> None:
        self._pages = {one.path.name: one.page for one in lessons}
        self._lesson = lesson

    def resolve(self, href: str) -> str | None:
        """The target of a link in the site.

        Links to other hosts and within the page stay as they are. None: the site does not have the
        target.
        """
        if "://" in href or href.startswith("#"):
            return href
        path, hash_sign, anchor = href.partition("#")
        if path in self._pages:
            return f"{self._pages[path]}{hash_sign}{anchor}"
        folder, _, file = unquote(path).partition("/")
        if folder == self._lesson.name and file in self._lesson.texts():
            return f"{self._lesson.files_page}#{quote(file)}"
        return None


def _index(lessons: Sequence[Lesson]) -> NotebookNode:
    entries = [
        f"## [{lesson.heading}]({lesson.page})\n\n" + "\n".join(lesson.goals) for lesson in lessons
    ]
    about = (
        "Lessons on container builds with BuildKit, as they ran: each build, picture and number on "
        "these pages comes from a real run in the lab's own builder. To run them yourself and "
        "change what you like, `make lab` in a checkout opens them in JupyterLab."
    )
    return _notebook(f"# {COURSE}\n\n{about}", *entries)


def _listing(title: str, texts: Mapping[str, str]) -> NotebookNode:
    return _notebook(f"# {title}", *(_file(path, text) for path, text in texts.items()))


def _file(path: str, text: str) -> str:
    # The fence must be longer than any row of backquotes in the file.
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 3)
    return f"## {path}\n\n{fence}{_language(path)}\n{text.rstrip()}\n{fence}"


def _language(path: str) -> str:
    """Pygments' name for the language of a file."""
    if path.endswith("Dockerfile"):
        return "dockerfile"
    try:
        return get_lexer_for_filename(path).aliases[0]
    except ClassNotFound:
        return "text"


def _notebook(*texts: str) -> NotebookNode:
    cells = [new_markdown_cell(text) for text in texts]  # type: ignore[no-untyped-call]
    return new_notebook(cells=cells)  # type: ignore[no-untyped-call,no-any-return]


@contextlib.contextmanager
def own_engine(*, every_image: bool) -> Iterator[Mapping[str, str]]:
    """Start a new engine beside the learner's, and remove it after the block.

    Yields the environment in which a kernel uses this engine.

    Args:
        every_image: Make all base images now, and not on first use.

    Raises:
        SandboxError: The engine could not be started.
    """
    usual = Paths.default()
    # Always the same home, so that each call removes the leftovers of a killed one.
    home = usual.home.with_name(f"{usual.home.name}-site")
    claim = home.with_name(f"{home.name}.lock")
    with lock.held(claim, tell=_tell):
        lab = Sandbox(home, usual.cache, tell=_tell)
        lab.reset()
        try:
            lab.warm() if every_image else lab.up()
            yield {**os.environ, "BUILDKIT_LAB_HOME": str(home), "BUILDKIT_LAB_VIEW": "text"}
        finally:
            lab.reset()
            claim.unlink()


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.notebook.site")
    parser.add_argument(
        "lessons", nargs="*", metavar="LESSON", help="beginnings of lesson names; default: all"
    )
    parser.add_argument(
        "--course", type=Path, default=Path("lessons"), help="the folder with the notebooks"
    )
    parser.add_argument(
        "--output", type=Path, default=Path("build/site"), help="the folder for the site"
    )
    options = parser.parse_args(argv)

    def work() -> None:
        lessons = choose(options.course, options.lessons)
        with own_engine(every_image=not options.lessons) as env:
            run(lessons, options.course, env)
        write(lessons, options.output)
        sys.stdout.write(f"{options.output / INDEX}\n")

    return reported(work)


if __name__ == "__main__":
    sys.exit(main())
