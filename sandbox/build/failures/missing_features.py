"""Explains why a Dockerfile front end was not found, or lacks a feature."""

from __future__ import annotations

import re

from sandbox.build.failures.evidence import Advice, Evidence

FRONT_ENDS = ("docker/dockerfile", "docker/dockerfile-upstream")
FEATURES = (
    "The sandbox has the front end of its BuildKit 0.25: docker/dockerfile up to 1.19, and labs up "
    "to 1.6, with heredocs, --link and --exclude, and without COPY --parents, RUN --device and "
    "RUN --security."
)
_NO_FEATURE = re.compile(r"unknown flag: --(?:parents|security)\b|device feature is only supported")


def explain_missing_feature(evidence: Evidence) -> Advice | None:
    """Advice for an instruction that needs a newer front end; None for other failures."""
    if _NO_FEATURE.search(evidence.said) is None:
        return None
    return Advice("write the instruction without it", FEATURES)
