"""What each layer does to the ones below it."""

from __future__ import annotations

from sandbox.oci import Change, FileKind, ImageFiles, Layer
from sandbox.oci.layer import Entry
from sandbox.oci.stack import lay


def file(path: str, size_bytes: int = 10) -> Entry:
    return Entry(path, FileKind.FILE, size_bytes, 0o644, (0, 0), None)


def folder(path: str, mode: int = 0o755) -> Entry:
    return Entry(path, FileKind.FOLDER, 0, mode, (0, 0), None)


def laid(*layers: list[Entry]) -> ImageFiles:
    return lay(
        [
            (Layer(number, f"sha256:{number:064}", "", 0), 512, entries)
            for number, entries in enumerate(layers, start=1)
        ]
    )


def told(files: ImageFiles, number: int) -> list[tuple[str, Change, int]]:
    return [(c.path, c.change, c.size_bytes) for c in files.layer(number).changes]


def test_added_changed_removed() -> None:
    files = laid([file("/a", 1), file("/b", 2)], [file("/a", 3), file("/.wh.b", 0), file("/c", 4)])
    assert told(files, 1) == [("/a", Change.ADDED, 1), ("/b", Change.ADDED, 2)]
    assert told(files, 2) == [
        ("/a", Change.CHANGED, 3),
        ("/b", Change.REMOVED, 2),
        ("/c", Change.ADDED, 4),
    ]
    assert [c.superseded_by for c in files.layer(1).changes] == [2, 2]
    assert (files.layer(1).wasted_bytes, files.layer(2).wasted_bytes) == (3, 0)
    assert [(w.path, w.size_bytes, w.layers, w.gone_in) for w in files.wasted] == [
        ("/b", 2, (1,), 2),
        ("/a", 1, (1,), 2),
    ]


def test_wasted_twice() -> None:
    files = laid([file("/a", 5)], [file("/a", 6)], [file("/a", 7)], [file("/.wh.a", 0)])
    assert files.wasted_bytes == 18
    assert [(w.size_bytes, w.layers, w.gone_in) for w in files.wasted] == [(18, (1, 2, 3), 4)]
    assert [layer.wasted_bytes for layer in files.layers] == [5, 6, 7, 0]
    # What was removed are the bytes that were seen last, not all that were ever there.
    assert told(files, 4) == [("/a", Change.REMOVED, 7)]


def test_a_removed_folder_is_one_removal_with_all_its_bytes() -> None:
    files = laid(
        [folder("/d"), file("/d/x", 1), folder("/d/e"), file("/d/e/y", 2)], [file("/.wh.d", 0)]
    )
    assert told(files, 2) == [("/d", Change.REMOVED, 3)]
    assert files.layer(2).removed[0].kind is FileKind.FOLDER
    assert files.wasted_bytes == 3


def test_an_opaque_folder_hides_what_is_below_and_nothing_beside_it() -> None:
    lower = [folder("/d"), file("/d/x", 1), file("/d/y", 2), folder("/e"), file("/e/z", 4)]
    # The whiteout comes last: it hides only what lower layers have, wherever it stands.
    files = laid(lower, [folder("/d"), file("/d/y", 3), file("/d/.wh..wh..opq", 0)])
    assert told(files, 2) == [("/d/x", Change.REMOVED, 1), ("/d/y", Change.CHANGED, 3)]
    assert files.wasted_bytes == 3
    assert {c.path: c.superseded_by for c in files.layer(1).changes} == {
        "/d": None,
        "/d/x": 2,
        "/d/y": 2,
        "/e": None,
        "/e/z": None,
    }


def test_removed_and_put_back_in_the_same_layer() -> None:
    files = laid(
        [folder("/d"), file("/d/x", 1), file("/d/y", 2)],
        [file("/.wh.d", 0), folder("/d"), file("/d/x", 3)],
    )
    assert told(files, 2) == [
        ("/d", Change.CHANGED, 0),
        ("/d/x", Change.CHANGED, 3),
        ("/d/y", Change.REMOVED, 2),
    ]


def test_a_folder_that_is_only_listed_again_is_no_change() -> None:
    files = laid([folder("/d"), folder("/e")], [folder("/d"), file("/d/x"), folder("/e", 0o700)])
    assert [(c.path, c.change) for c in files.layer(2).changes] == [
        ("/d/x", Change.ADDED),
        ("/e", Change.CHANGED),
    ]


def test_a_file_in_place_of_a_folder_hides_all_of_it() -> None:
    files = laid([folder("/d"), file("/d/x", 8)], [file("/d", 1)])
    assert told(files, 2) == [("/d", Change.CHANGED, 1)]
    assert files.wasted_bytes == 8


def test_a_whiteout_of_what_was_never_there() -> None:
    files = laid([file("/a")], [file("/.wh.b", 0)])
    assert told(files, 2) == [("/b", Change.REMOVED, 0)]
    assert files.wasted_bytes == 0


def test_what_a_hard_link_still_shows_is_not_wasted() -> None:
    link = Entry("/b", FileKind.HARDLINK, 0, 0o644, (0, 0), "/a")
    lower = [file("/a", 9), link]
    kept = laid(lower, [file("/.wh.a", 0)])
    assert [(c.superseded_by, c.kept_by) for c in kept.layer(1).changes] == [
        (2, "/b"),
        (None, None),
    ]
    assert kept.wasted_bytes == 0
    assert laid(lower, [file("/.wh.a", 0)], [file("/.wh.b", 0)]).wasted_bytes == 9


def test_added_after_it_was_removed() -> None:
    files = laid([file("/a", 1)], [file("/.wh.a", 0)], [file("/a", 2)])
    assert told(files, 3) == [("/a", Change.ADDED, 2)]
    assert files.layer(1).changes[0].superseded_by == 2
