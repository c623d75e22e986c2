"""Images and caches that builds pushed to the sandbox's registry, and their removal."""

from __future__ import annotations

from sandbox.engine import registry
from sandbox.engine.paths import Paths
from sandbox.errors import UsageError
from sandbox.images.recipe import catalog


class Pushed:
    """The names in the sandbox's registry, grouped by the part before their first slash.

    Args:
        paths: The sandbox's folders.
    """

    def __init__(self, paths: Paths) -> None:
        self._folder = paths.registry

    def first_parts(self) -> tuple[str, ...]:
        """The parts before the first slash of all names, those of base images included."""
        return registry.first_parts(self._folder)

    def forget(self, first_part: str) -> None:
        """Remove all images and exported caches named ``FIRST_PART/…``, if there are any.

        The names are gone at once, whether or not the sandbox runs; the next start frees their
        space on the disk. Nothing may be pushed under these names meanwhile.

        Args:
            first_part: The part of a name before the first slash.

        Raises:
            UsageError: This cannot be a part of a name, or base images have such names.
        """
        base = {name.partition("/")[0] for one in catalog().values() for name in one.names}
        if first_part in base:
            raise UsageError(
                f"Base images are called {first_part}/…, and stay.",
                next_step="give your own images a first part of their own",
            )
        registry.forget(self._folder, first_part)
