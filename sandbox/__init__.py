"""BuildKit Lab's private builder, and the results of its builds.

These names are the package's public face; lessons and ``checker`` use no others. Each is
imported from its module on first use, so that a command loads only the modules it needs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.build.bake import print_bake
    from sandbox.build.container import RunResult
    from sandbox.build.history import Record
    from sandbox.cancellation import Cancelled, CancelToken, finish_cleanup
    from sandbox.engine.inside.cache_store import CacheEntry
    from sandbox.engine.limits import Limits
    from sandbox.engine.package_files import Pace
    from sandbox.errors import (
        BuildError,
        BuildTimeout,
        CommandError,
        EngineError,
        HostError,
        ImageError,
        ImageNotFound,
        NotRunning,
        ParseError,
        SandboxError,
        SetupError,
        UsageError,
    )
    from sandbox.model.build import Build
    from sandbox.model.comparison import Comparison, Pair, compare
    from sandbox.model.downloads import Download, Downloads
    from sandbox.model.explanation import Explanation
    from sandbox.model.llb import Llb
    from sandbox.model.prediction import PredictionOutcome
    from sandbox.model.stage_graph import Edge, EdgeKind, Instruction, Stage, StageGraph
    from sandbox.model.strain import Strain
    from sandbox.model.summary import CacheShare, Summary
    from sandbox.model.trace import Trace
    from sandbox.model.vertex import Interval, State, Transfer, Vertex, VertexKind
    from sandbox.notebook import load_ipython_extension, unload_ipython_extension
    from sandbox.notebook.explorer import Explorer, explore
    from sandbox.notebook.promise import as_told
    from sandbox.notebook.quiz import Prediction, predict
    from sandbox.oci import (
        Attestation,
        Change,
        FileChange,
        Image,
        ImageFiles,
        Layer,
        LayerFiles,
        Occurrence,
        Place,
        PlatformImage,
        Provenance,
        Sbom,
        Trait,
        forms_in,
        open_archive,
        open_layout,
        read_image,
    )
    from sandbox.parse import flags, shell_words
    from sandbox.parse.dockerfile import read_dockerfile
    from sandbox.parse.rawjson import read_trace
    from sandbox.sandbox import Sandbox
    from sandbox.services.actions import Actions, ActionsJob
    from sandbox.services.emulation import Emulation
    from sandbox.services.git import GitServer
    from sandbox.services.packages import Packages
    from sandbox.services.pushed import Pushed
    from sandbox.services.ssh_agent import SshAgent
    from sandbox.views import (
        Picture,
        browser_css,
        comparison_picture,
        image_layers,
        llb_graph,
        stage_graph,
        summary_picture,
        timeline,
    )

__all__ = [
    "Actions",
    "ActionsJob",
    "Attestation",
    "Build",
    "BuildError",
    "BuildTimeout",
    "CacheEntry",
    "CacheShare",
    "CancelToken",
    "Cancelled",
    "Change",
    "CommandError",
    "Comparison",
    "Download",
    "Downloads",
    "Edge",
    "EdgeKind",
    "Emulation",
    "EngineError",
    "Explanation",
    "Explorer",
    "FileChange",
    "GitServer",
    "HostError",
    "Image",
    "ImageError",
    "ImageFiles",
    "ImageNotFound",
    "Instruction",
    "Interval",
    "Layer",
    "LayerFiles",
    "Limits",
    "Llb",
    "NotRunning",
    "Occurrence",
    "Pace",
    "Packages",
    "Pair",
    "ParseError",
    "Picture",
    "Place",
    "PlatformImage",
    "Prediction",
    "PredictionOutcome",
    "Provenance",
    "Pushed",
    "Record",
    "RunResult",
    "Sandbox",
    "SandboxError",
    "Sbom",
    "SetupError",
    "SshAgent",
    "Stage",
    "StageGraph",
    "State",
    "Strain",
    "Summary",
    "Trace",
    "Trait",
    "Transfer",
    "UsageError",
    "Vertex",
    "VertexKind",
    "as_told",
    "browser_css",
    "compare",
    "comparison_picture",
    "explore",
    "finish_cleanup",
    "flags",
    "forms_in",
    "image_layers",
    "llb_graph",
    "load_ipython_extension",
    "open_archive",
    "open_layout",
    "predict",
    "print_bake",
    "read_dockerfile",
    "read_image",
    "read_trace",
    "shell_words",
    "stage_graph",
    "summary_picture",
    "timeline",
    "unload_ipython_extension",
]

_MODULES = {
    "Actions": "sandbox.services.actions",
    "ActionsJob": "sandbox.services.actions",
    "Attestation": "sandbox.oci",
    "Build": "sandbox.model.build",
    "BuildError": "sandbox.errors",
    "BuildTimeout": "sandbox.errors",
    "CacheEntry": "sandbox.engine.inside.cache_store",
    "CacheShare": "sandbox.model.summary",
    "CancelToken": "sandbox.cancellation",
    "Cancelled": "sandbox.cancellation",
    "Change": "sandbox.oci",
    "CommandError": "sandbox.errors",
    "Comparison": "sandbox.model.comparison",
    "Download": "sandbox.model.downloads",
    "Downloads": "sandbox.model.downloads",
    "Edge": "sandbox.model.stage_graph",
    "EdgeKind": "sandbox.model.stage_graph",
    "Emulation": "sandbox.services.emulation",
    "EngineError": "sandbox.errors",
    "Explanation": "sandbox.model.explanation",
    "Explorer": "sandbox.notebook.explorer",
    "FileChange": "sandbox.oci",
    "GitServer": "sandbox.services.git",
    "HostError": "sandbox.errors",
    "Image": "sandbox.oci",
    "ImageError": "sandbox.errors",
    "ImageFiles": "sandbox.oci",
    "ImageNotFound": "sandbox.errors",
    "Instruction": "sandbox.model.stage_graph",
    "Interval": "sandbox.model.vertex",
    "Layer": "sandbox.oci",
    "LayerFiles": "sandbox.oci",
    "Limits": "sandbox.engine.limits",
    "Llb": "sandbox.model.llb",
    "NotRunning": "sandbox.errors",
    "Occurrence": "sandbox.oci",
    "Pace": "sandbox.engine.package_files",
    "Packages": "sandbox.services.packages",
    "Pair": "sandbox.model.comparison",
    "ParseError": "sandbox.errors",
    "Picture": "sandbox.views",
    "Place": "sandbox.oci",
    "PlatformImage": "sandbox.oci",
    "Prediction": "sandbox.notebook.quiz",
    "PredictionOutcome": "sandbox.model.prediction",
    "Provenance": "sandbox.oci",
    "Pushed": "sandbox.services.pushed",
    "Record": "sandbox.build.history",
    "RunResult": "sandbox.build.container",
    "Sandbox": "sandbox.sandbox",
    "SandboxError": "sandbox.errors",
    "Sbom": "sandbox.oci",
    "Trait": "sandbox.oci",
    "SetupError": "sandbox.errors",
    "SshAgent": "sandbox.services.ssh_agent",
    "Stage": "sandbox.model.stage_graph",
    "StageGraph": "sandbox.model.stage_graph",
    "State": "sandbox.model.vertex",
    "Strain": "sandbox.model.strain",
    "Summary": "sandbox.model.summary",
    "Trace": "sandbox.model.trace",
    "Transfer": "sandbox.model.vertex",
    "UsageError": "sandbox.errors",
    "Vertex": "sandbox.model.vertex",
    "VertexKind": "sandbox.model.vertex",
    "as_told": "sandbox.notebook.promise",
    "browser_css": "sandbox.views",
    "compare": "sandbox.model.comparison",
    "comparison_picture": "sandbox.views",
    "explore": "sandbox.notebook.explorer",
    "finish_cleanup": "sandbox.cancellation",
    "forms_in": "sandbox.oci",
    "image_layers": "sandbox.views",
    "llb_graph": "sandbox.views",
    "load_ipython_extension": "sandbox.notebook",
    "open_archive": "sandbox.oci",
    "open_layout": "sandbox.oci",
    "predict": "sandbox.notebook.quiz",
    "print_bake": "sandbox.build.bake",
    "read_dockerfile": "sandbox.parse.dockerfile",
    "read_image": "sandbox.oci",
    "read_trace": "sandbox.parse.rawjson",
    "stage_graph": "sandbox.views",
    "summary_picture": "sandbox.views",
    "timeline": "sandbox.views",
    "unload_ipython_extension": "sandbox.notebook",
}
"""Name → the module that defines it."""
_PUBLIC_MODULES = {"flags": "sandbox.parse.flags", "shell_words": "sandbox.parse.shell_words"}
"""Name → the module that the name stands for."""


def __getattr__(name: str) -> Any:
    if name in _PUBLIC_MODULES:
        return import_module(_PUBLIC_MODULES[name])
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
