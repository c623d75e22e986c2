"""The kinds of check, by the name that exercise.toml uses.

A kind is a frozen dataclass. Its fields are the params of a check, and its ``measure`` looks
at what builds and images do; no kind looks at the text of a Dockerfile. A new kind is a class
in the module of its family and a line here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from checker.checks.advice import NoWarnings
from checker.checks.answers import Answers
from checker.checks.arguments import BuildArg
from checker.checks.attestations import ProvenanceCheck, SbomCheck
from checker.checks.build_secrets import SecretUnseen, SecretUsed, SshUsed
from checker.checks.cache_export import CacheMode, CacheSparesDownloads, ImportsCache
from checker.checks.caching import StaysCached
from checker.checks.images import Builds, Runs
from checker.checks.mounts import CacheMountReused, CacheMountShared, RerunIsFaster
from checker.checks.platforms import BinaryArch, NativeCompile, Platforms
from checker.checks.sizes import ContextSize, ImageSize
from checker.checks.stages import StageSkipped, StagesOverlap
from checker.checks.tags import Tags

if TYPE_CHECKING:
    from checker.results import Finding
    from checker.workbench.workbench import Workbench

__all__ = ["KINDS", "WARM", "Check"]


class Check(Protocol):
    """A kind of check with its params."""

    def measure(self, workbench: Workbench) -> Finding:
        """Make the builds and runs that the check needs, and return its finding."""
        ...


KINDS: Mapping[str, type[Check]] = {
    "builds": Builds,
    "runs": Runs,
    "stages_overlap": StagesOverlap,
    "stage_skipped": StageSkipped,
    "stays_cached": StaysCached,
    "cache_mount_reused": CacheMountReused,
    "cache_mount_shared": CacheMountShared,
    "rerun_is_faster": RerunIsFaster,
    "imports_cache": ImportsCache,
    "cache_spares_downloads": CacheSparesDownloads,
    "cache_mode": CacheMode,
    "build_arg": BuildArg,
    "context_size": ContextSize,
    "image_size": ImageSize,
    "no_warnings": NoWarnings,
    "platforms": Platforms,
    "native_compile": NativeCompile,
    "binary_arch": BinaryArch,
    "tags": Tags,
    "provenance": ProvenanceCheck,
    "sbom": SbomCheck,
    "answers": Answers,
    "secret_unseen": SecretUnseen,
    "secret_used": SecretUsed,
    "ssh_used": SshUsed,
}

WARM = frozenset(
    {
        *("builds", "runs", "stages_overlap", "stage_skipped", "stays_cached"),
        *("imports_cache", "cache_mode", "build_arg", "image_size", "no_warnings"),
        *("provenance", "sbom", "answers"),
    }
)
"""Kinds whose result does not depend on what earlier gradings left in the builder's cache,
because they look for values that are new in each grading. The other kinds count what a first
build does (its downloads, the context it receives), or give it a secret, and a secret is not
part of a cache key.
"""
