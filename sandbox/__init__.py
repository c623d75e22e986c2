"""BuildKit Lab's private builder, and what its builds leave behind.

These names are the package's public face; lessons and ``checker`` use no others.
"""

from __future__ import annotations

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
    "read_dockerfile",
    "read_trace",
]
