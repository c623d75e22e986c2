"""The words for what became of a vertex, an image or a stage: all texts and pictures use these.

``State`` has the word of each state, and ``sandbox.views.style`` its colours and its sign.
"""

from __future__ import annotations

from sandbox.model.vertex import State, Vertex
from sandbox.wording import seconds

_FETCHED = "fetched"
ABSENT = "not there"
"""In a comparison, for a vertex that only the other build has."""


def state_word(state: State, *, is_image: bool = False) -> str:
    """The word of a state. An image is fetched where an instruction ran."""
    return _FETCHED if is_image and state is State.RAN else state.value


def outcome(state: State, duration_s: float | None = None, *, is_image: bool = False) -> str:
    """The word of a state, with seconds where the state has any: ``ran 1.70 s``, ``cached``.

    Args:
        duration_s: None when it is not known.
    """
    word = state_word(state, is_image=is_image)
    if duration_s is None or not state.has_seconds:
        return word
    return f"{word} {seconds(duration_s)}"


def outcome_of(vertex: Vertex) -> str:
    """What became of a vertex of a build that is over."""
    return outcome(vertex.state, vertex.duration_s or None, is_image=vertex.is_image)


def cached_part(cached: int, total: int) -> str:
    """How much of a stage came from the cache, if it was a part: ``1 of 4 cached``, or nothing."""
    return f"{cached} of {total} cached" if 0 < cached < total else ""
