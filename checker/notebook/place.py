"""Opens an exercise's editor where there is a notebook, and says what to type elsewhere."""

from __future__ import annotations

import sys
from typing import Any

from checker.catalogue import exercises_folder, find_exercise
from checker.notebook.draft import Draft
from checker.workspace import Workspace


def editor(name: str) -> None:
    """Show the file of an exercise, to be edited and checked here.

    The exercise is started where it was not. Where nothing can show an editor, the file's path
    and the commands to type are told instead.

    Args:
        name: An exercise: its slug, or its number, such as 01.

    Raises:
        UsageError: There is no such exercise, or its file is no text.
    """
    folder = exercises_folder()
    exercise, workspace = find_exercise(name, folder), Workspace.of_course(folder)
    draft = Draft(exercise, workspace)
    text = draft.load()
    if not _has_kernel():
        sys.stdout.write(_in_words(draft))
        return
    # None of it is needed by the commands, and it takes half a second.
    from IPython.display import display  # noqa: PLC0415

    from checker.examiner import grade_path  # noqa: PLC0415
    from checker.notebook.desk import Desk  # noqa: PLC0415
    from checker.notebook.widget import VIEW, EditorWidget  # noqa: PLC0415

    widget = EditorWidget(
        title=f"{exercise.slug[:2]} · {exercise.title} · {draft.name}",
        path=str(draft.path),
        text=text,
    )
    widget.bind(Desk(draft, workspace, widget, grade_path))
    # A front end without widgets shows the words.
    bundle: dict[str, Any] = {VIEW: widget.view(), "text/plain": _in_words(draft)}
    display(bundle, raw=True)  # type: ignore[no-untyped-call]


def _in_words(draft: Draft) -> str:
    number = draft.exercise.slug[:2]
    return (
        f"{draft.exercise.slug} · {draft.exercise.title}\n"
        f"The task: {draft.exercise.readme}\n"
        f"Edit this file in any editor: {draft.path}\n"
        f"then: checker grade {number}; for a hint: checker hint {number}\n"
    )


def _has_kernel() -> bool:
    """Whether this is a notebook's kernel, as against a terminal and a plain Python."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None
