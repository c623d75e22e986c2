"""The states and arrows of ``style`` as CSS and JavaScript, for the live view and the editor."""

from __future__ import annotations

import json

from sandbox.model.stage_graph import EdgeKind
from sandbox.model.vertex import State
from sandbox.views.style import DARK_LOOKS, LOOKS, SIGNS, Look

_PARTS = ":is(.bkl, .bkc)"
_DARK = f'[data-jp-theme-light="false"] {_PARTS}, .vscode-dark {_PARTS}'


def browser_css() -> str:
    """Variables for the colours of both themes, and the look of every ``data-state``.

    For each state there are three colours, such as ``--bkl-ran`` for lines, ``--bkl-ran-fill`` and
    ``--bkl-ran-text``. Inside an element with a state, ``--bkl-state`` is the line colour of that
    state.
    """
    return "\n".join(
        [
            f"{_PARTS} {{ {_colours(LOOKS)} }}",
            f"{_DARK} {{ {_colours(DARK_LOOKS)} }}",
            *(f'{_PARTS} [data-state="{state}"] {{ {_properties(state)} }}' for state in State),
        ]
    )


def browser_constants() -> str:
    """Constants for the scripts: the words of states, their signs, and the names of arrows."""
    constants = {
        "STATE": {state.name: state.value for state in State},
        "SIGNS": {state.value: SIGNS[state].path for state in State},
        "ARROWS": {kind.name.lower(): kind.value for kind in EdgeKind},
    }
    return "\n".join(f"const {name} = {json.dumps(value)};" for name, value in constants.items())


def _colours(looks: dict[State, Look]) -> str:
    return " ".join(
        f"{_variable(state)}: {look.line}; {_variable(state)}-fill: {look.fill}; "
        f"{_variable(state)}-text: {look.text};"
        for state, look in looks.items()
    )


def _properties(state: State) -> str:
    look, sign, name = LOOKS[state], SIGNS[state], _variable(state)
    return (
        f"--bkl-state: var({name}); --bkl-fill: var({name}-fill); "
        f"--bkl-text: var({name}-text); --bkl-width: {look.line_px:g}px; "
        f"--bkl-dash: {look.dash or 'none'}; --bkl-sign-width: {sign.line_px:g}px; "
        f"--bkl-sign-fill: {f'var({name})' if sign.is_filled else 'none'};"
    )


def _variable(state: State) -> str:
    return f"--bkl-{state.name.lower()}"
