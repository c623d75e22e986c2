"""What a workbench remembers between the checks of one grading."""

from __future__ import annotations

from typing import Any

from sandbox import ImageNotFound


def test_images_that_were_read_are_known_to_the_next_check(lab: Any) -> None:
    asked: list[tuple[str, list[str]]] = []

    def pushed_image(reference: str, *, known: Any) -> str:
        name = reference.rpartition("/")[2]
        asked.append((name, list(known)))
        if name == "none":
            raise ImageNotFound("no such image", next_step="push it")
        return f"image of {name}"

    lab.builder.pushed_image = pushed_image

    found = [lab.bench.pushed(name) for name in ("app:1", "none", "app:2")]
    assert found == ["image of app:1", None, "image of app:2"]
    assert asked == [("app:1", []), ("none", ["image of app:1"]), ("app:2", ["image of app:1"])]
