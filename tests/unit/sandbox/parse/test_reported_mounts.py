"""Cache mounts of a RUN, as BuildKit reports the instruction."""

from __future__ import annotations

import pytest

from sandbox.parse.reported_mounts import read_cache_mounts


@pytest.mark.parametrize(
    ("instruction", "mounts"),
    [
        ("RUN --mount=type=cache,target=/c/,sharing=locked x", [("/c", True)]),
        ("RUN --network=none --mount=type=cache,id=u,dst=/d x --mount=type=cache", [("u", False)]),
        ("ONBUILD RUN --mount=type=cache,target=/c x", [("/c", False)]),
        ("RUN --mount=type=cache,target=/c,sharing=private x", []),
        ("RUN --mount=type=cache,target=$DIR x", []),
        ("RUN --mount=type=bind,from=a,target=/a x", []),
        ('RUN --mount=type=cache,target="/c x', []),
        ("COPY --link a b", []),
        ("RUN x", []),
    ],
)
def test_mounts(instruction: str, mounts: list[tuple[str, bool]]) -> None:
    found = read_cache_mounts(instruction)
    assert [(mount.name, mount.is_locked) for mount in found] == mounts


def test_another_owner_or_base_is_another_directory() -> None:
    parts = ("", ",uid=1", ",from=a", ",mode=0700")
    keys = {read_cache_mounts(f"RUN --mount=type=cache,id=c{part} x")[0].key for part in parts}
    assert len(keys) == 4
