"""BuildKit's own warnings about a Dockerfile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from checker.results import Finding

if TYPE_CHECKING:
    from checker.workbench.workbench import Workbench

# A Dockerfile may silence its warnings with a line `# check=skip=…`. This build argument is
# built into BuildKit and overrides that line; instructions do not see it.
# Source: https://docs.docker.com/build/checks/
_UNSILENCED = "--build-arg=BUILDKIT_DOCKERFILE_CHECK=error=false"


@dataclass(frozen=True, slots=True)
class NoWarnings:
    """``no_warnings``: BuildKit's build checks report nothing, silenced warnings included.

    Args:
        target: The stage to build; None: the one that the command names.
    """

    target: str | None = None

    def measure(self, workbench: Workbench) -> Finding:
        # Without the option first: if that build fails, the build is at fault, not this check.
        plain = workbench.builds.require(target=self.target)
        full = workbench.builds.require(target=self.target, options=(_UNSILENCED,))
        shown, warnings = plain.trace.warnings, full.trace.warnings
        evidence = {
            "warnings": [
                {"rule": one.rule, "line": one.line, "message": one.message, "url": one.url}
                for one in warnings
            ]
        }
        if not warnings:
            return Finding(True, "BuildKit had no warnings.", evidence)
        number = f"{len(warnings)} warning{'' if len(warnings) == 1 else 's'}"
        silenced = len(warnings) - len(shown)
        parts = [
            f"BuildKit had {number}" + (f", {silenced} of them silenced:" * (silenced > 0) or ":")
        ]
        for one in warnings:
            where = "" if one.line is None else f"line {one.line}: "
            parts.append(f"  {where}{one.message}" + (f" ({one.rule})" if one.rule else ""))
            parts += [f"    read on: {one.url}"] if one.url else []
        parts.append("Wanted: none.")
        return Finding(False, "\n".join(parts), evidence)
