"""A picture and its text twin, as one value that a notebook can show."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Picture:
    """What a view returns.

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
        """Writes the SVG, or the text when the name ends in ``.txt``, and returns the path.

        Raises:
            OSError: The file cannot be written.
        """
        path = Path(path)
        path.write_text(self.text if path.suffix == ".txt" else self.svg, encoding="utf-8")
        return path
