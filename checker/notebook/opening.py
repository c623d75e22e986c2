"""Opens an exercise's editor in a notebook; elsewhere prints what to type."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checker.course.catalogue import exercises_folder, find_exercise
from checker.exercise import Exercise
from checker.learner.attempts import Attempts
from checker.learner.standing import find_next, find_standings
from checker.learner.workspace import Workspace
from checker.notebook.draft import Draft

if TYPE_CHECKING:
    from checker.notebook.widget import EditorWidget


def editor(name: str) -> None:
    """Show an editor for the files of an exercise, with buttons to check them.

    The exercise is started or updated first, if necessary. Outside a notebook, the path and the
    commands to type are printed instead.

    Args:
        name: An exercise: its slug, or its number, such as 01.

    Raises:
        UsageError: There is no such exercise, or one of its files is not a text file.
    """
    folder = exercises_folder()
    exercise, workspace = find_exercise(name, folder), Workspace.of_course(folder)
    if not _has_kernel():
        draft = Draft(exercise, workspace)
        told = Attempts(workspace).update(exercise)
        draft.load()
        sys.stdout.write(_in_words(draft, told))
        return
    # Only the editor needs these, and they take half a second to load.
    from IPython.display import display  # noqa: PLC0415

    from checker.notebook.widget import VIEW, EditorWidget  # noqa: PLC0415

    widget = EditorWidget()
    words = _lay_out(widget, exercise, workspace)
    # A front end without widgets shows the plain text.
    bundle: dict[str, Any] = {VIEW: widget.view(), "text/plain": words}
    display(bundle, raw=True)  # type: ignore[no-untyped-call]


def _lay_out(widget: EditorWidget, exercise: Exercise, workspace: Workspace) -> str:
    """Put an exercise into an editor, in the place of the one before; returns the same in words."""
    from checker.notebook.desk import Desk, Shown  # noqa: PLC0415
    from checker.notebook.task import task_html  # noqa: PLC0415

    attempts, draft = Attempts(workspace), Draft(exercise, workspace)
    told = attempts.update(exercise)
    texts = draft.load()
    widget.lay_out(
        title=f"{exercise.slug[:2]} · {exercise.title}",
        path=str(_place(draft)),
        texts={name: texts[name] for name in draft.names},
        others=draft.others(),
        task=task_html(draft.task),
    )
    widget.bind(Desk(draft, attempts, widget, go_on=lambda: _go_on(widget, exercise, workspace)))
    if told:
        widget.show(Shown("idle", told))
    return _in_words(draft, told)


def _go_on(widget: EditorWidget, exercise: Exercise, workspace: Workspace) -> None:
    standings = find_standings(exercise.folder.parent, workspace)
    following = find_next(standings, after=exercise.slug)
    if following is None:
        widget.tell("That was the last one", "You have passed all exercises.")
    else:
        _lay_out(widget, following.exercise, workspace)


def _place(draft: Draft) -> Path:
    """The path of the one file, or the folder of several."""
    return draft.path(draft.names[0]) if len(draft.names) == 1 else draft.folder


def _in_words(draft: Draft, told: str) -> str:
    number = draft.exercise.slug[:2]
    lines = [
        f"{draft.exercise.slug} · {draft.exercise.title}",
        *([told] if told else []),
        f"The task: {draft.task}",
        f"Edit {' and '.join(draft.names)} in any editor: {_place(draft)}",
        f"then: checker grade {number}; for a hint: checker hint {number}",
    ]
    return "\n".join(lines) + "\n"


def _has_kernel() -> bool:
    """Whether this process is a notebook's kernel."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None
