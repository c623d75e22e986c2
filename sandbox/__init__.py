"""BuildKit Lab's private builder, and what its builds leave behind.

These names are the package's public face; lessons and ``checker`` use no others.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sandbox.comparison import Comparison, Pair, compare
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
from sandbox.history import Record
from sandbox.llb import Llb
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
    Transfer,
    Vertex,
    VertexKind,
)
from sandbox.sandbox import RunResult, Sandbox
from sandbox.summary import CacheShare, Summary
from sandbox.trace import read_trace

if TYPE_CHECKING:
    from sandbox.notebook import load_ipython_extension, unload_ipython_extension
    from sandbox.views import (
        Picture,
        comparison_picture,
        llb_graph,
        stage_graph,
        summary_picture,
        timeline,
    )

__all__ = [
    "Build",
    "BuildError",
    "BuildTimeout",
    "CacheShare",
    "CommandError",
    "Comparison",
    "Edge",
    "EdgeKind",
    "EngineError",
    "HostError",
    "Instruction",
    "Interval",
    "Limits",
    "Llb",
    "NotRunning",
    "Pair",
    "ParseError",
    "Picture",
    "Record",
    "RunResult",
    "Sandbox",
    "SandboxError",
    "SetupError",
    "Stage",
    "StageGraph",
    "State",
    "Summary",
    "Trace",
    "Transfer",
    "UsageError",
    "Vertex",
    "VertexKind",
    "compare",
    "comparison_picture",
    "llb_graph",
    "load_ipython_extension",
    "read_dockerfile",
    "read_trace",
    "stage_graph",
    "summary_picture",
    "timeline",
    "unload_ipython_extension",
]

_LATER = {
    "Picture": "sandbox.views",
    "comparison_picture": "sandbox.views",
    "llb_graph": "sandbox.views",
    "load_ipython_extension": "sandbox.notebook",
    "stage_graph": "sandbox.views",
    "summary_picture": "sandbox.views",
    "timeline": "sandbox.views",
    "unload_ipython_extension": "sandbox.notebook",
}


def __getattr__(name: str) -> Any:
    """What draws is imported when it is first asked for: command lines start without it."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)
