"""The work beside the starter: what changed, and what cannot be seen."""

from __future__ import annotations

from checker.classroom.starter_diff import MOST_LINES, MOST_SHOWN, FileDiff, compare_files


def told(diff: FileDiff) -> list[str]:
    return [line.sign + "".join(text for text, _ in line.parts) for line in diff.lines]


def test_lines_that_were_added_removed_and_kept() -> None:
    (diff,) = compare_files(
        {"Dockerfile": "FROM a\nRUN two\nRUN three"}, {"Dockerfile": "FROM a\nRUN one\n"}
    )

    assert told(diff) == [" FROM a", "-RUN one", "+RUN two", "+RUN three"]
    assert (diff.added, diff.removed, diff.note) == (2, 1, "")
    assert [line.number for line in diff.lines] == [1, 2, 2, 3]


def test_white_space_at_line_ends_does_not_count() -> None:
    (diff,) = compare_files({"a": "FROM a \r\nRUN b\r\n"}, {"a": "FROM a\nRUN b\n"})

    assert diff.note == "Equal to the starter."
    assert (diff.added, diff.removed) == (0, 0)


def test_what_cannot_be_seen_is_shown_and_told_from_what_was_typed() -> None:
    (diff,) = compare_files({"a\u202e\n": "\u202ex\\u202e\x1b\u2028\x0c\ny"}, {})

    assert diff.name == "a\\u202e\\n"
    assert diff.lines[0].parts == (
        ("\\u202e", True), ("x\\u202e", False), ("\\x1b\\u2028\\x0c", True),
    )  # fmt: skip
    assert len(diff.lines) == 2, "only a line feed ends a line"
    assert diff.note == "The starter has no such file."


def test_a_long_file_is_cut_and_not_compared() -> None:
    (diff,) = compare_files({"a": "x\n" * (MOST_LINES + 5)}, {"a": "x\n"})

    assert len(diff.lines) == MOST_LINES
    assert "Too long" in diff.note
    assert f"of {MOST_LINES + 5} lines" in diff.note
    (wide,) = compare_files({"a": "y" * 5_000}, {"a": "x\n"})
    assert told(wide)[1].endswith("… 3000 characters more")


def test_a_big_file_makes_no_big_page() -> None:
    (diff,) = compare_files({"a": ("\x1bx" * 500 + "\n") * 999}, {"a": "x\n"})

    parts = [part for line in diff.lines for part, _ in line.parts]
    assert MOST_SHOWN // 2 <= len(parts) <= MOST_SHOWN
    assert "Too long to be compared" in diff.note
    assert "of 999 lines" in diff.note
