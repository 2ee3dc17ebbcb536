"""Spreadsheets: XLSX and ODS. What a file declares about itself is checked before anything is unpacked.

A spreadsheet is a zip of XML: a few kilobytes can claim gigabytes. The declared sizes, the area the cells span and the
text they refer to are measured by a streaming pass in little memory; only then is the sheet read.
"""

import re
import zipfile
from array import array
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from xml.parsers import expat

from python_calamine import CalamineError, CalamineWorkbook

from tracte.engine.importing.reading import (
    MAX_COLUMNS,
    Cell,
    Note,
    Row,
    UnreadableFile,
    fitted,
    named_headers,
)
from tracte.engine.uploads import MAX_UNPACKED, Unfit, measure

MAX_CELLS = 2_000_000  # the rectangle the cells span
MAX_TEXT = 48 * 1024 * 1024  # characters in all cells together
ADVICE = "Save the sheet as CSV and import that: CSV has no such limit."


class SheetTable:
    """One sheet. Dates, numbers and yes/no come as such."""

    def __init__(self, path: Path, *, sheet: str | None = None, header_row: int = 1) -> None:
        check_archive(path)
        try:
            book = CalamineWorkbook.from_path(str(path))
            names = book.sheet_names
            if not names:
                raise UnreadableFile(f"{path.name} has no sheet.")
            if sheet is not None and sheet not in names:
                raise UnreadableFile(f"{path.name} has no sheet {sheet!r}; it has {', '.join(names)}.")
            name = sheet or names[0]
            found = book.get_sheet_by_name(name)
        except (CalamineError, ValueError, OSError) as error:
            raise UnreadableFile(f"{path.name} is not a spreadsheet that can be read: {error}.") from error
        self.path, self.header_row = path, header_row
        self.facts = {"sheet": name, "sheets": ", ".join(names)}
        self._sheet, self._height = found, (found.end or (0, 0))[0] + 1
        self.headers, self.notes, self._from = self._header()
        if not self.headers:
            raise UnreadableFile(f"{path.name}: the sheet {name} is empty.")

    def _header(self) -> tuple[list[str], list[Note], int]:
        """Names, notes and how many rows stand before the first row of data."""
        first = islice(self._sheet.iter_rows(), max(self.header_row, 1) - 1, None)
        if self.header_row == 0:
            return [str(place) for place in range(1, len(next(first, [])) + 1)], [], 0
        for number, cells in enumerate(first, self.header_row):
            if any(map(_filled, cells)):
                while not _filled(cells[-1]):
                    cells.pop()
                return *named_headers([_value(cell) for cell in cells], number), number
        raise UnreadableFile(f"{self.path.name} has no row {self.header_row} to take the headers from; set header_row.")

    def rows(self, after: int = 0) -> Iterator[Row]:
        width, start = len(self.headers), max(self._from, after)
        for number, raw in enumerate(islice(self._sheet.iter_rows(), start, None), start + 1):
            cells = [_value(cell) for cell in raw]
            if any(map(_filled, cells)):
                size = sum(len(cell) if isinstance(cell, str) else 8 for cell in cells)
                yield fitted(Row(number, cells, size=size), width, 0)

    def count(self) -> int:
        return max(self._height - self._from, 0)


def _filled(cell: Any) -> bool:
    return cell not in ("", None)


def _value(cell: Any) -> Cell:
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return int(cell)
    if isinstance(cell, timedelta | time):
        return str(cell)
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date()
    return cell if isinstance(cell, str | int | float | bool | date) else str(cell)


# -- checks before unpacking -----------------------------------------------------------------------------------------
def check_archive(path: Path) -> None:
    """Refuse what would not fit in memory, reading in small pieces.

    :raises UnreadableFile: with what to do instead.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            measure(path, archive)
            names = set(archive.namelist())
            if "content.xml" in names:
                _check_ods(path, archive)
            elif "xl/workbook.xml" in names:
                _check_xlsx(path, archive, names)
            else:
                raise UnreadableFile(f"{path.name} is not a spreadsheet (.xlsx or .ods).")
    except Unfit as error:
        raise UnreadableFile(str(error)) from error
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        expat.ExpatError,
        EOFError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise UnreadableFile(f"{path.name} is damaged and cannot be read: {error}.") from error


class _Meter:
    """Counts while XML streams by; refuses document types, which can expand without end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.cells = self.text = 0

    def feed(
        self, archive: zipfile.ZipFile, member: str, start: Callable[..., None], **handlers: Callable[..., None]
    ) -> None:
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = start
        parser.EndElementHandler = handlers.get("end")
        parser.CharacterDataHandler = handlers.get("data")
        read = 0
        with archive.open(member) as file:
            while block := file.read(256 * 1024):
                read += len(block)
                if read > MAX_UNPACKED:  # the directory of the zip lied
                    raise UnreadableFile(f"{self.path.name} unpacks to more than it says. {ADVICE}")
                parser.Parse(block, False)
            parser.Parse(b"", True)

    def _doctype(self, *_: Any) -> None:
        raise UnreadableFile(f"{self.path.name} holds a document type, which no spreadsheet needs. It was not opened.")

    def check(self) -> None:
        if self.cells > MAX_CELLS or self.text > MAX_TEXT:
            raise UnreadableFile(f"{self.path.name} spans more than {MAX_CELLS:,} cells or too much text. {ADVICE}")


_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})\Z")


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _shared_lengths(meter: _Meter, archive: zipfile.ZipFile, names: set[str]) -> "array[int]":
    lengths: array[int] = array("L")
    member = "xl/sharedStrings.xml"
    if member not in names:
        return lengths

    def start(name: str, _: Any) -> None:
        if name.endswith("}si") or name == "si":
            lengths.append(0)

    def data(text: str) -> None:
        if lengths:
            lengths[-1] += len(text)

    meter.feed(archive, member, start, data=data)
    return lengths


def _check_xlsx(path: Path, archive: zipfile.ZipFile, names: set[str]) -> None:
    shared = _shared_lengths(_Meter(path), archive, names)
    for member in sorted(names):
        if member.startswith("xl/worksheets/") and member.endswith(".xml"):
            _measure_sheet(_Meter(path), archive, member, shared)


def _measure_sheet(meter: _Meter, archive: zipfile.ZipFile, member: str, shared: "array[int]") -> None:
    span = {"low": 1 << 30, "high": 0, "wide": 0, "seen": 0}
    state = {"shared": False, "value": False}
    held: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition("}")[2]
        if name == "c":
            state["shared"] = attributes.get("t") == "s"
            span["seen"] += 1
            place = _PLACE.match(attributes.get("r", ""))
            if place:
                row = int(place[2])
                span["low"], span["high"] = min(span["low"], row), max(span["high"], row)
                span["wide"] = max(span["wide"], _column_number(place[1]))
        elif name in ("v", "t"):
            state["value"] = True
            held.clear()

    def data(text: str) -> None:
        if state["value"]:
            held.append(text)

    def end(name: str) -> None:
        if state["value"] and name.rpartition("}")[2] in ("v", "t"):
            state["value"] = False
            text = "".join(held)
            if state["shared"] and text.isdecimal() and len(text) < 10 and int(text) < len(shared):
                meter.text += shared[int(text)]
            else:
                meter.text += len(text)
            if meter.text > MAX_TEXT:
                meter.check()

    meter.feed(archive, member, start, end=end, data=data)
    # Rows above the first filled one are kept as empty rows, so that numbers are those of the spreadsheet.
    meter.cells = max(span["seen"], (span["high"] + 1) * span["wide"])
    if span["wide"] > MAX_COLUMNS:
        meter.cells = MAX_CELLS + 1
    meter.check()


def _check_ods(path: Path, archive: zipfile.ZipFile) -> None:
    meter = _Meter(path)
    row = {"repeat": 1, "wide": 0, "filled": 0, "text": 0, "repeat_cell": 1}
    table = {"rows": 0, "wide": 0}

    def number(attributes: dict[str, str], name: str) -> int:
        for key, value in attributes.items():
            if key.rpartition("}")[2] == name:
                return int(value) if value.isdecimal() and len(value) < 10 else MAX_CELLS + 1
        return 1

    def start(name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition("}")[2]
        if name == "table":
            table["rows"] = table["wide"] = 0
        elif name == "table-row":
            row.update(repeat=number(attributes, "number-rows-repeated"), wide=0, filled=0, text=0)
        elif name in ("table-cell", "covered-table-cell"):
            row["repeat_cell"] = number(attributes, "number-columns-repeated")
            row["wide"] += row["repeat_cell"]
            if any(key.rpartition("}")[2] in ("value-type", "formula") for key in attributes):
                row["filled"] = row["wide"]

    def data(text: str) -> None:
        row["text"] += len(text) * row["repeat_cell"]

    def end(name: str) -> None:
        if name.rpartition("}")[2] == "table-row" and (row["filled"] or row["text"]):
            table["rows"] += row["repeat"]
            table["wide"] = max(table["wide"], row["filled"])
            meter.text += row["text"] * row["repeat"]
            meter.cells = max(meter.cells, table["rows"] * max(table["wide"], 1))
            meter.check()

    meter.feed(archive, "content.xml", start, end=end, data=data)
