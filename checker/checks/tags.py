"""The names of an image in the registry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from checker.checks.images import not_pushed
from checker.results import Finding

if TYPE_CHECKING:
    from checker.workbench.workbench import Workbench

_SHOWN_CHARACTERS = 19


@dataclass(frozen=True, slots=True)
class Tags:
    """``tags``: all names are in the registry and lead to the same image.

    Args:
        names: Without ``$REGISTRY/``, as ``app:1.0``; placeholders as in ``runs``.
        holds: A text that the image must hold, such as ``{nonce}``: it shows that this build
            made the image.
    """

    names: tuple[str, ...]
    holds: str = ""

    def __post_init__(self) -> None:
        if not self.names:
            raise ValueError("names is empty; it must hold at least one")

    def measure(self, workbench: Workbench) -> Finding:
        workbench.builds.require()
        images = {}
        for name in map(workbench.values.expand, self.names):
            image = workbench.pushed(name)
            if image is None:
                return not_pushed(name)
            images[name] = image
        digests = {name: image.digest for name, image in images.items()}
        evidence = {"digests": digests}
        listed = "\n".join(f"  $REGISTRY/{n} {d[:_SHOWN_CHARACTERS]}…" for n, d in digests.items())
        if len(set(digests.values())) > 1:
            message = f"The names lead to different images:\n{listed}\nWanted: all lead to one."
            return Finding(False, message, evidence)
        name, image = next(iter(images.items()))
        if self.holds and not image.find(workbench.values.expand(self.holds).encode()):
            message = (
                f"$REGISTRY/{name} was pushed, but this build did not make it: the image lacks "
                "the build's random text.\nWanted: the names lead to this build's image."
            )
            return Finding(False, message, evidence)
        number = f"{len(digests)} names lead" if len(digests) > 1 else "The name leads"
        return Finding(True, f"{number} to one image:\n{listed}", evidence)
