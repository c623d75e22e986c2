"""The images and caches that builds pushed to the sandbox's registry, and how to remove them."""

from __future__ import annotations

from collections.abc import Collection

from sandbox.engine import registry
from sandbox.engine.paths import Paths
from sandbox.errors import UsageError
from sandbox.images.recipe import catalog


class Pushed:
    """The names in the sandbox's registry, grouped by the part before the first slash.

    Args:
        paths: The sandbox's folders.
    """

    def __init__(self, paths: Paths) -> None:
        self._folder = paths.registry

    def first_parts(self) -> tuple[str, ...]:
        """The parts before the first slash of all names, including those of base images."""
        return registry.first_parts(self._folder)

    def references(self, first_part: str) -> tuple[str, ...]:
        """All images and exported caches ``FIRST_PART/…``, each as ``FIRST_PART/NAME:TAG``.

        Args:
            first_part: As for ``forget``.

        Raises:
            UsageError: ``first_part`` cannot be the first part of a name.
        """
        return registry.references(self._folder, first_part)

    def keep(self, first_part: str, names: Collection[str]) -> None:
        """Remove all tags of ``FIRST_PART/…``, except for some images.

        Args:
            first_part: As for ``forget``.
            names: The images to keep, each as ``FIRST_PART/NAME:TAG``.

        Raises:
            UsageError: As for ``forget``.
        """
        _refuse_base(first_part)
        registry.keep(self._folder, first_part, names)

    def forget(self, first_part: str) -> None:
        """Remove all images and exported caches named ``FIRST_PART/…``, if there are any.

        The names are removed at once, whether or not the sandbox runs. The sandbox's next start
        frees their disk space. Nothing may be pushed under such a name meanwhile.

        Args:
            first_part: The whole part before the first slash.

        Raises:
            UsageError: ``first_part`` cannot be the first part of a name, or base images use it.
        """
        _refuse_base(first_part)
        registry.forget(self._folder, first_part)


def _refuse_base(first_part: str) -> None:
    base = {name.partition("/")[0] for one in catalog().values() for name in one.names}
    if first_part in base:
        raise UsageError(
            f"The names of base images begin with {first_part}/, so they are not removed.",
            next_step="use another first part for the names of your own images",
        )
