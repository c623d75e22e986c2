"""A picture and its text twin, as one value that a notebook can show."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture with a title, as a view returns it.

    Args:
        title: A few words.
        svg: A whole SVG document with ids of its own, so that several may share a page.
        text: The same in plain text, for terminals and screen readers.
    """

    title: str
    svg: str
    text: str

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"image/svg+xml": self.svg, "text/plain": self.text}

    def __str__(self) -> str:
        return self.text

    def save(self, path: Path | str) -> Path:
        """Write the SVG, or the text when the name ends in ``.txt``, and return the path.

        Raises:
            OSError: The file cannot be written.
        """
        path = Path(path)
        path.write_text(self.text if path.suffix == ".txt" else self.svg, encoding="utf-8")
        return path
