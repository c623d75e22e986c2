"""A layer's archive, entry by entry, with nothing left out."""

from __future__ import annotations

import io
import tarfile

import pytest

from sandbox.errors import ImageError
from sandbox.oci import FileKind
from sandbox.oci.forms import plain
from sandbox.oci.layer import Section, walk
from sandbox.oci.tape import Tape

from .conftest import tar

LONG = "/".join(["a-folder-with-a-long-name"] * 8) + "/file"


def sections(data: bytes, needle: bytes | None = None) -> list[Section]:
    return list(walk(Tape(io.BytesIO(data), plain(needle) if needle else ()), "layer 1"))


def paths(data: bytes) -> list[str]:
    return [s.entry.path for s in sections(data) if s.entry and s.is_content]


@pytest.mark.parametrize("format", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_long_names_in_every_format(format: int) -> None:
    assert paths(tar({LONG: b"x", "b": b"y"}, format=format)) == [f"/{LONG}", "/b"]


@pytest.mark.parametrize("format", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_long_targets(format: int) -> None:
    (link,) = [s.entry for s in sections(tar({"l": LONG}, format=format)) if s.is_content]
    assert link is not None
    assert (link.kind, link.target, link.size_bytes) == (FileKind.SYMLINK, LONG, 0)


def test_names_are_absolute_whatever_they_look_like() -> None:
    assert paths(tar({"./a": b"", "/b": b"", "c/": None, "d/../e": b""})) == [
        "/a",
        "/b",
        "/c",
        "/e",
    ]


def test_a_name_that_is_no_utf_8_can_be_printed() -> None:
    (path,) = paths(
        tar({b"caf\xe9".decode("utf-8", "surrogateescape"): b"x"}, format=tarfile.GNU_FORMAT)
    )
    assert path == "/caf\N{REPLACEMENT CHARACTER}"


def test_sections_cover_every_byte_in_order() -> None:
    data = tar({LONG: b"x" * 700, "b": None, "c": b""})
    for place in range(0, len(data) - 4, 97):
        marked = data[:place] + b"\1\2\3\4" + data[place + 4 :]
        try:
            found = [s for s in sections(marked, b"\1\2\3\4") if s.hits]
        except ImageError:
            continue  # it hit a header's checksum
        assert [s.hits[0].offset for s in found] == [place]


def test_what_lies_behind_the_end_of_the_archive_is_found() -> None:
    data = tar({"a": b"x"}) + b"hidden"
    *_, last = sections(data, b"hidden")
    assert last.entry is None
    assert len(last.hits) == 1
    assert last.hits[0].offset == len(data) - 6


@pytest.mark.parametrize("kept", [100, 512, 600, 512 + 699])
def test_an_archive_that_is_cut_off(kept: int) -> None:
    with pytest.raises(ImageError, match="layer 1 is cut off") as caught:
        sections(tar({"a": b"x" * 700})[:kept])
    assert caught.value.next_step


@pytest.mark.parametrize("data", [b"not an archive" * 100, b"\xff" * 512])
def test_what_is_no_archive(data: bytes) -> None:
    with pytest.raises(ImageError, match="layer 1 is not a tar archive"):
        sections(data)


def test_a_header_of_absurd_size_is_not_read_into_memory() -> None:
    member = tarfile.TarInfo("x")
    member.type, member.size = tarfile.XHDTYPE, 1 << 30
    with pytest.raises(ImageError, match="header of 1073741824 bytes"):
        sections(member.tobuf(tarfile.GNU_FORMAT))
