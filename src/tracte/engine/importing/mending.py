"""Cells of a file that somebody mended in the preview: kept beside the file, put in while it is read.

The file itself stays as it was sent. What is mended stays when the columns are chosen anew, and after the import the
change set says which cells were not taken as they stood.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tracte.engine.importing.reading import Row, Table
from tracte.engine.importing.rereading import read_again, separator
from tracte.engine.importing.transforms import plain

MAX_MENDED = 5_000  # cells of one import
MAX_CELL = 2_000
MAX_LINES = 1_000_000  # characters of the mended lines of one import


@dataclass(frozen=True)
class Mended:
    """What was mended in one file.

    :param cells: new texts by row number and header. :param values: new texts for a value wherever a column has it.
    :param lines: new texts of lines that could not be read, by row number.
    """

    cells: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    lines: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any] | None) -> "Mended":
        """What :meth:`as_json` wrote, or nothing."""
        raw = raw or {}
        cells = {int(row): dict(texts) for row, texts in raw.get("cells", {}).items()}
        values = {header: dict(texts) for header, texts in raw.get("values", {}).items()}
        return cls(cells, values, {int(row): str(text) for row, text in raw.get("lines", {}).items()})

    def as_json(self) -> dict[str, Any]:
        return {
            "cells": {str(row): dict(texts) for row, texts in self.cells.items()},
            "values": {header: dict(texts) for header, texts in self.values.items()},
            "lines": {str(row): text for row, text in self.lines.items()},
        }

    def __bool__(self) -> bool:
        return bool(self.cells or self.values or self.lines)

    @property
    def count(self) -> int:
        """How many cells, values and lines were mended."""
        return sum(map(len, self.cells.values())) + sum(map(len, self.values.values())) + len(self.lines)

    @property
    def size(self) -> int:
        """How many characters the mended lines have."""
        return sum(map(len, self.lines.values()))

    def with_cell(self, row: int, header: str, text: str) -> "Mended":
        """With one more cell."""
        mine = {**self.cells.get(row, {}), header: text[:MAX_CELL]}
        return replace(self, cells={**self.cells, row: mine})

    def with_value(self, header: str, old: str, new: str) -> "Mended":
        """With one more value of a column, in all rows."""
        mine = {**self.values.get(header, {}), old: new[:MAX_CELL]}
        return replace(self, values={**self.values, header: mine})

    def with_line(self, row: int, text: str) -> "Mended":
        """With the line of one more row; cells of it that were mended before are as the line says now."""
        cells = {number: texts for number, texts in self.cells.items() if number != row}
        return replace(self, cells=cells, lines={**self.lines, row: text})


class MendedTable:
    """A table with its mended cells in place."""

    def __init__(self, table: Table, mended: Mended) -> None:
        self.headers, self.notes, self.facts = table.headers, table.notes, table.facts
        self._table, self._cells, self._lines = table, mended.cells, mended.lines
        self.delimiter = separator(table)
        at = {name: place for place, name in enumerate(table.headers)}
        self._at = at
        self._values = [(at[name], texts) for name, texts in mended.values.items() if name in at]

    def rows(self, after: int = 0) -> Iterator[Row]:
        for row in self._table.rows(after):
            if row.number in self._lines:
                row = read_again(self._table, row.number, self._lines[row.number])
            if row.fault is None:
                self._mend(row)
            yield row

    def _mend(self, row: Row) -> None:
        for place, texts in self._values:
            old = (plain(row.cells[place]) or "").strip()
            if old in texts:
                row.cells[place] = texts[old]
        for header, text in self._cells.get(row.number, {}).items():
            if header in self._at:
                row.cells[self._at[header]] = text

    def count(self) -> int:
        return self._table.count()


def mended(table: Table, found: Mended) -> Table:
    """The table with what was mended, or the table itself."""
    return MendedTable(table, found) if found else table


@dataclass(frozen=True, slots=True)
class Unread:
    """A row that cannot be read, as it stands.

    :param why: what is wrong with it. :param whole: whether ``text`` is all of the line.
    :param separator: what stands between its cells; empty when it is no line of cells.
    :param cells: header and text of what it falls into; cells beyond the last column have no header.
    """

    why: str
    text: str
    whole: bool
    separator: str
    cells: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell to mend. :param text: as it stands now. :param same: rows whose column has the same text."""

    header: str
    text: str
    wrong: bool
    label: str = ""
    same: int = 1
    options: Sequence[tuple[str, str]] = ()
