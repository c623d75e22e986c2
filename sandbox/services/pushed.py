"""What builds have pushed to the sandbox's registry, to be taken away again."""

from __future__ import annotations

from sandbox.engine import registry
from sandbox.engine.paths import Paths
from sandbox.errors import UsageError
from sandbox.images.recipe import catalog


class Pushed:
    """The names in the sandbox's registry, by what stands before their first slash.

    Args:
        paths: The sandbox's folders.
    """

    def __init__(self, paths: Paths) -> None:
        self._folder = paths.registry

    def first_parts(self) -> tuple[str, ...]:
        """What stands before the first slash of all names, those of base images among them."""
        return registry.first_parts(self._folder)

    def forget(self, first_part: str) -> None:
        """Take away all images and exported caches named ``FIRST_PART/…``; fine without any.

        The names are gone at once, whether or not the sandbox runs; the room that they took on
        the disk is there again after its next start. Nothing may be pushed there meanwhile.

        Args:
            first_part: What stands before the first slash, whole.

        Raises:
            UsageError: It is no such part of a name, or base images have it in theirs.
        """
        base = {name.partition("/")[0] for one in catalog().values() for name in one.names}
        if first_part in base:
            raise UsageError(
                f"Base images are called {first_part}/…, and stay.",
                next_step="give your own images a first part of their own",
            )
        registry.forget(self._folder, first_part)
