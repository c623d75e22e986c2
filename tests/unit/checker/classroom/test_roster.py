"""A roster: any columns, ids as they are written, and who is meant by a name."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker import UsageError
from checker.classroom.roster import Roster


def read(folder: Path, text: str, encoding: str = "utf-8") -> Roster:
    path = folder / "roster.csv"
    path.write_bytes(text.encode(encoding))
    return Roster.read(path)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_any_columns_are_kept_and_some_understood(tmp_path: Path, delimiter: str) -> None:
    head = "ID,First name,Last name,Role,Section,Shoe size\n"
    text = f"{head}0012,Ada,Lovelace,,A,38\n0013,Bob,Ross,Tutor,B,\n"

    roster = read(tmp_path, "\ufeff" + text.replace(",", delimiter))

    ada, bob = roster.people
    assert (ada.id, ada.name, ada.section, ada.is_tutor) == ("0012", "Ada Lovelace", "A", False)
    assert bob.is_tutor
    assert ada.cells["Shoe size"] == "38"
    assert Roster.from_data(roster.as_data()).people == roster.people


def test_who_is_meant(tmp_path: Path) -> None:
    lines = ("ada,a.l@school,Ada Lovelace", "ADA,x@school,\u00c9ve", "bob,b@school,Bob")
    roster = read(tmp_path, "\n".join(["username,email,name", *lines]))
    ada, other, bob = roster.people

    assert roster.find("ada") is ada
    assert roster.find("ADA") is other
    assert roster.find("Ada") is None, "two people may be meant"
    assert roster.find("17", "Bob") is bob
    assert roster.find("lovelace  ada") is None
    assert roster.find("A.L@school") is ada
    assert roster.find("a.l") is ada
    assert roster.find("E\u0301VE") is other
    assert roster.find("") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("colour\nred\n", "no column that identifies people; its headers are: colour"),
        ("", "its headers are: none"),
        ("id\n1\n1\n", "two lines with the id 1"),
    ],
)
def test_a_roster_that_says_nothing_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read(tmp_path, text)


def test_another_encoding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not in UTF-8"):
        read(tmp_path, "id\n\u00e9\n", "latin-1")
