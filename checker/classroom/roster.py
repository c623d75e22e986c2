"""The roster of a class: a CSV with any columns, of which some are understood."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checker.errors import UsageError
from checker.plain_text import plain_line

_ID_COLUMNS = (
    "student_id",
    "id",
    "sis_user_id",
    "idnumber",
    "id_number",
    "sis_login_id",
    "login",
    "username",
    "user_name",
    "user",
    "github",
    "participant",
    "participant_id",
    "identifier",
    "student",
    "email",
    "e_mail",
    "email_address",
    "mail",
)
"""Headers of columns that identify a person, the best first."""
_NAME_COLUMNS = ("name", "full_name", "fullname", "student_name", "display_name")
_FIRST_NAMES = ("first_name", "firstname", "given_name")
_LAST_NAMES = ("last_name", "lastname", "surname", "family_name")
_ROLES = ("role", "roles")
_SECTIONS = ("section", "group", "class", "groups", "sections")
_TUTORS = (
    "tutor",
    "tutors",
    "ta",
    "teacher",
    "teachers",
    "instructor",
    "instructors",
    "assistant",
    "staff",
    "lecturer",
    "professor",
    "teaching_assistant",
    "non_editing_teacher",
    "editing_teacher",
    "observer",
    "designer",
)
_MOST_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class Person:
    """One line of the roster.

    Args:
        id: The best of the ids; leading zeros stay.
        aliases: All ids and names, as they are compared with the names of submissions.
        name: The name; empty if there is none.
        section: The section; empty if there is none.
        is_tutor: Whether the role is a tutor's: left out of averages, and of equal work.
        cells: All cells of the line, by header.
    """

    id: str
    aliases: frozenset[str]
    name: str
    section: str
    is_tutor: bool
    cells: Mapping[str, str]


class Roster:
    """The people of a class.

    Args:
        columns: All headers, as they are in the file.
        rows: The cells of each line, by header.

    Raises:
        UsageError: No column identifies people, or two lines have the same id.
    """

    def __init__(self, columns: Iterable[str], rows: Iterable[Mapping[str, str]]) -> None:
        self.columns = tuple(columns)
        self.rows = tuple(dict(row) for row in rows)
        known = {_header(column): column for column in reversed(self.columns)}
        self._ids = [known[name] for name in _ID_COLUMNS if name in known]
        self._names = [known[name] for name in _NAME_COLUMNS if name in known]
        self._parts = [
            next((known[name] for name in names if name in known), None)
            for names in (_FIRST_NAMES, _LAST_NAMES)
        ]
        self._role = next((known[name] for name in _ROLES if name in known), None)
        self._section = next((known[name] for name in _SECTIONS if name in known), None)
        if not self._ids and not self._names:
            headers = ", ".join(plain_line(column) for column in self.columns) or "none"
            raise UsageError(
                f"The roster has no column that identifies people; its headers are: {headers}.",
                next_step="call one column id, username, email or name",
            )
        people = [self._person(row) for row in self.rows]
        self.people = tuple(person for person in people if person.id)
        seen: set[str] = set()
        for person in self.people:
            if person.id in seen:
                raise UsageError(
                    f"The roster has two lines with the id {plain_line(person.id)}.",
                    next_step="remove one of the lines",
                )
            seen.add(person.id)

    @classmethod
    def read(cls, path: Path) -> Roster:
        """Read a CSV in UTF-8, with ``,``, ``;`` or a tab between cells.

        Raises:
            UsageError: There is no such file, or it is no roster.
        """
        try:
            with path.open("rb") as file:
                text = file.read(_MOST_BYTES).decode("utf-8-sig")
        except OSError as error:
            raise UsageError(
                f"The roster {path} cannot be read: {error.strerror}.",
                next_step="name a CSV file",
            ) from error
        except UnicodeDecodeError as error:
            raise UsageError(
                f"The roster {path} is not in UTF-8.", next_step="save it as CSV in UTF-8"
            ) from error
        head = text.partition("\n")[0]
        delimiter = max(",;\t", key=head.count)
        try:
            lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        except csv.Error as error:
            raise UsageError(
                f"The roster {path} is not a CSV file: {error}.", next_step="save it as CSV"
            ) from error
        columns = lines[0] if lines else []
        cells = [line for line in lines[1:] if any(cell.strip() for cell in line)]
        return cls(columns, [_row(columns, line) for line in cells])

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Roster:
        """The roster that ``as_data`` described."""
        return cls(data["columns"], data["rows"])

    def as_data(self) -> dict[str, Any]:
        """Columns and rows as values that JSON can hold."""
        return {"columns": list(self.columns), "rows": list(self.rows)}

    def find(self, *names: str) -> Person | None:
        """The one person whom one of these names means; an exact id comes first."""
        for name in names:
            for person in self.people:
                if name and person.id == name:
                    return person
        for name in names:
            found = [person for person in self.people if same_name(name) in person.aliases]
            if name and len(found) == 1:
                return found[0]
        return None

    def _person(self, row: Mapping[str, str]) -> Person:
        ids = [row[column].strip() for column in self._ids if row[column].strip()]
        names = [row[column].strip() for column in self._names if row[column].strip()]
        first, last = (row[part].strip() if part else "" for part in self._parts)
        if first or last:
            names.append(f"{first} {last}".strip())
        forms = [*ids, *names, f"{last}{first}", f"{last}, {first}", *map(_before_at, ids)]
        role = row[self._role] if self._role else ""
        return Person(
            id=(ids or names or [""])[0],
            aliases=frozenset(same_name(form) for form in forms if form.strip(", ")),
            name=(names or [""])[0],
            section=row[self._section].strip() if self._section else "",
            is_tutor=_header(role) in _TUTORS,
            cells=row,
        )


def _row(columns: list[str], line: list[str]) -> dict[str, str]:
    return {column: line[n] if n < len(line) else "" for n, column in enumerate(columns)}


def _before_at(text: str) -> str:
    return text.partition("@")[0]


def _header(text: str) -> str:
    return "_".join(text.replace("-", " ").replace("_", " ").casefold().split())


def identifying_columns(headers: Sequence[str]) -> tuple[int, ...]:
    """The places of the columns that say who a line is about; the first one if none is known."""
    known = (*_ID_COLUMNS, *_NAME_COLUMNS)
    found = [place for place, header in enumerate(headers) if _header(header) in known]
    return tuple(found) or (0,)


def same_name(name: str) -> str:
    """The name as it is compared: capitals, blanks and the form of Unicode do not matter."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())
