"""BuildKit Lab's private builder, and what its builds leave behind.

These names are the package's public face; lessons and ``checker`` use no others.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sandbox.dockerfile import read_dockerfile
from sandbox.engine.limits import Limits
from sandbox.errors import (
    BuildError,
    BuildTimeout,
    CommandError,
    EngineError,
    HostError,
    NotRunning,
    ParseError,
    SandboxError,
    SetupError,
    UsageError,
)
from sandbox.model import (
    Build,
    Edge,
    EdgeKind,
    Instruction,
    Interval,
    Stage,
    StageGraph,
    State,
    Trace,
    Vertex,
    VertexKind,
)
from sandbox.sandbox import RunResult, Sandbox
from sandbox.trace import read_trace

if TYPE_CHECKING:
    from sandbox.notebook import load_ipython_extension, unload_ipython_extension
    from sandbox.views import Picture, stage_graph, timeline

__all__ = [
    "Build",
    "BuildError",
    "BuildTimeout",
    "CommandError",
    "Edge",
    "EdgeKind",
    "EngineError",
    "HostError",
    "Instruction",
    "Interval",
    "Limits",
    "NotRunning",
    "ParseError",
    "Picture",
    "RunResult",
    "Sandbox",
    "SandboxError",
    "SetupError",
    "Stage",
    "StageGraph",
    "State",
    "Trace",
    "UsageError",
    "Vertex",
    "VertexKind",
    "load_ipython_extension",
    "read_dockerfile",
    "read_trace",
    "stage_graph",
    "timeline",
    "unload_ipython_extension",
]

_LATER = {
    "Picture": "sandbox.views",
    "load_ipython_extension": "sandbox.notebook",
    "stage_graph": "sandbox.views",
    "timeline": "sandbox.views",
    "unload_ipython_extension": "sandbox.notebook",
}


def __getattr__(name: str) -> Any:
    """What draws is imported when it is first asked for: command lines start without it."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)
