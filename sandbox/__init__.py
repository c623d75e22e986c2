"""BuildKit Lab's private builder, and what its builds leave behind.

These names are the package's public face; lessons and ``checker`` use no others.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

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
from sandbox.images.recipe import base_images
from sandbox.model.comparison import Comparison, Pair, compare
from sandbox.model.downloads import Download, Downloads
from sandbox.model.llb import Llb
from sandbox.model.prediction import PredictionOutcome
from sandbox.model.summary import CacheShare, Summary
from sandbox.model.values import (
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

if TYPE_CHECKING:
    from sandbox.notebook import load_ipython_extension, unload_ipython_extension
    from sandbox.notebook.explorer import Explorer, explore
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
        forms_in,
        open_archive,
        open_layout,
        read_image,
    )
    from sandbox.views import (
        Picture,
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
    "Summary",
    "Trace",
    "Transfer",
    "UsageError",
    "Vertex",
    "VertexKind",
    "base_images",
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

_LATER = {
    "Attestation": "sandbox.oci",
    "Change": "sandbox.oci",
    "Explorer": "sandbox.notebook.explorer",
    "FileChange": "sandbox.oci",
    "Occurrence": "sandbox.oci",
    "Image": "sandbox.oci",
    "ImageFiles": "sandbox.oci",
    "Layer": "sandbox.oci",
    "LayerFiles": "sandbox.oci",
    "Picture": "sandbox.views",
    "Place": "sandbox.oci",
    "PlatformImage": "sandbox.oci",
    "Prediction": "sandbox.notebook.quiz",
    "Provenance": "sandbox.oci",
    "Sbom": "sandbox.oci",
    "comparison_picture": "sandbox.views",
    "explore": "sandbox.notebook.explorer",
    "forms_in": "sandbox.oci",
    "image_layers": "sandbox.views",
    "llb_graph": "sandbox.views",
    "load_ipython_extension": "sandbox.notebook",
    "open_archive": "sandbox.oci",
    "open_layout": "sandbox.oci",
    "predict": "sandbox.notebook.quiz",
    "read_image": "sandbox.oci",
    "stage_graph": "sandbox.views",
    "summary_picture": "sandbox.views",
    "timeline": "sandbox.views",
    "unload_ipython_extension": "sandbox.notebook",
}


def __getattr__(name: str) -> Any:
    """What draws, and what reads images, is imported when asked for: commands start without it."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)
