"""Reading tables: CSV of any make, spreadsheets, JSON. One row at a time, in bounded memory, bad rows named.

A file is opened by :func:`tracte.engine.importing.opening.open_table`. Nothing in a row stops the rest: a row that
cannot be read comes with its :class:`~tracte.kernel.problems.Fault`.
"""

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from tracte.engine.cells import plain_cell
from tracte.engine.importing.lines import MAX_LINE, Line, count_lines, detect_encoding, read_lines
from tracte.kernel.problems import Fault

MAX_COLUMNS = 16_384  # what a spreadsheet can hold
MAX_CELL_LINES = 1_000  # lines one quoted cell may run over before its quote counts as unclosed
LEAST_CELL_LINES = 8
CHUNK_ROWS = 2_000
CHUNK_SIZE = 4 * 1024 * 1024  # characters and cells a chunk may hold
SHOWN_OF_LINE = 500  # characters of a line that cannot be read, for the report
MAX_RAW = 20_000  # characters of such a line that can be mended by hand
DELIMITERS = (",", ";", "\t", "|")

Cell = Any  # str, or int, float, bool, date, datetime from spreadsheets and JSON; "" and None are empty


class UnreadableFile(Exception):
    """The file as a whole cannot be read. ``str()`` says why and what to do."""


@dataclass(slots=True)
class Row:
    """One row of a table.

    :param number: where it begins in the file, as an editor or a spreadsheet counts, from 1.
    :param fault: why the row cannot be used; ``cells`` then holds what is known of it.
    :param warning: something odd that does not stop the row.
    :param size: rough cost of keeping it in memory.
    :param raw: the line as it stands, when it could not be cut into cells; its beginning when it is very long.
    """

    number: int
    cells: list[Cell]
    fault: Fault | None = None
    warning: Fault | None = None
    size: int = 0
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Something about the table as a whole: a header used twice, a column without a name."""

    row: int
    fault: Fault


class Table(Protocol):
    """A readable table. ``headers`` are unique; blank ones are named by their place."""

    headers: list[str]
    notes: list[Note]
    facts: dict[str, str]  # what was found out: encoding, delimiter, sheet

    def rows(self, after: int = 0) -> Iterator[Row]:
        """Rows that begin after row number ``after``, in order; empty rows are left out."""
        ...

    def count(self) -> int:
        """About how many rows there are."""
        ...


def chunks(rows: Iterable[Row], size: int = CHUNK_ROWS) -> Iterator[list[Row]]:
    """Rows in lists of at most ``size``, shorter where rows are large."""
    held: list[Row] = []
    weight = 0
    for row in rows:
        held.append(row)
        weight += row.size
        if len(held) >= size or weight >= CHUNK_SIZE:
            yield held
            held, weight = [], 0
    if held:
        yield held


# -- headers ---------------------------------------------------------------------------------------------------------
def named_headers(cells: Sequence[Cell], row: int) -> tuple[list[str], list[Note]]:
    """Unique names for the columns, and what was odd about the header."""
    names: list[str] = []
    notes: list[Note] = []
    seen: set[str] = set()
    for place, cell in enumerate(cells, 1):
        name = " ".join(("" if cell is None else str(cell)).split())
        if not name:
            name = f"column {place}"
        elif name in seen:
            notes.append(Note(row, Fault("duplicate_header", {"name": name[:80]})))
        unique, again = name, 2
        while unique in seen:
            unique, again = f"{name} ({again})", again + 1
        seen.add(unique)
        names.append(unique)
    return names, notes


def fitted(row: Row, width: int, filled_headers: int) -> Row:
    """The row with exactly ``width`` cells; too many filled cells are a fault, too few a warning."""
    cells = row.cells
    if len(cells) == width or row.fault is not None:
        return row
    if len(cells) > width:
        if any(cell not in ("", None) for cell in cells[width:]):
            row.fault = Fault("too_many_cells", {"found": len(cells), "expected": width})
        else:
            del cells[width:]
    else:
        if len(cells) < filled_headers:
            row.warning = Fault("too_few_cells", {"found": len(cells), "expected": width})
        cells.extend([""] * (width - len(cells)))
    return row


# -- CSV -------------------------------------------------------------------------------------------------------------
def sniff_delimiter(lines: Sequence[str]) -> str:
    """The separator that cuts the first lines into the same number of columns most often."""
    best, best_score = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        try:
            widths = [len(cells) for cells in csv.reader(lines, delimiter=delimiter) if cells]
        except csv.Error:  # a carriage return in the middle of a line: not cut by this one
            continue
        wide = [width for width in widths if width > 1]
        if not wide:
            continue
        mode = max(set(wide), key=wide.count)
        score = (wide.count(mode) / len(widths), mode)
        if score > best_score:
            best, best_score = delimiter, score
    return best


class CsvTable:
    """Delimited text. Quotes as in RFC 4180, forgiving where people are not that exact."""

    def __init__(self, path: Path, *, encoding: str = "auto", delimiter: str = "auto", header_row: int = 1) -> None:
        csv.field_size_limit(max(csv.field_size_limit(), MAX_CELL_LINES * 1024 + MAX_LINE))
        self.path = path
        self.encoding = detect_encoding(path) if encoding == "auto" else encoding
        try:
            first = self._first_lines(max(header_row, 1) + 40)
        except LookupError:
            raise UnreadableFile(f"There is no encoding {encoding!r}; write utf-8, cp1252 or utf-16.") from None
        start = max(header_row, 1) - 1
        sample = [line.rstrip("\r")[:20_000] for line, fault in first[start:] if fault is None and line.strip()]
        self.delimiter = sniff_delimiter(sample) if delimiter == "auto" else delimiter
        self.header_row = header_row
        self.headers, self.notes, self._data_from = self._header(first)
        self._filled = sum(not re.fullmatch(r"column \d+", name) for name in self.headers)
        shown = "tab" if self.delimiter == "\t" else self.delimiter
        self.facts = {"encoding": self.encoding, "delimiter": shown}

    def _first_lines(self, limit: int) -> list[Line]:
        found: list[Line] = []
        for line in read_lines(self.path, self.encoding):
            found.append(line)
            if len(found) >= limit or sum(len(text) for text, _ in found) > MAX_LINE:
                break
        return found

    def _header(self, first: Sequence[Line]) -> tuple[list[str], list[Note], int]:
        """Names, notes and the number of the first row of data."""
        if self.header_row == 0:
            width = max((len(row.cells) for row in self._records(iter(first))), default=1)
            return [str(place) for place in range(1, width + 1)], [], 1
        records = self._records(read_lines(self.path, self.encoding))
        for row in records:
            if row.number >= self.header_row:
                if row.fault is not None:
                    break
                following = next(records, None)
                names, notes = named_headers(row.cells, row.number)
                if len(names) > MAX_COLUMNS:
                    raise UnreadableFile(f"{self.path.name} has more than {MAX_COLUMNS:,} columns.")
                return names, notes, following.number if following else row.number + 1
        raise UnreadableFile(f"{self.path.name} has no readable header in row {self.header_row}; set header_row.")

    def rows(self, after: int = 0) -> Iterator[Row]:
        least = max(self._data_from, after + 1)
        width, filled = len(self.headers), self._filled
        for row in self._records(read_lines(self.path, self.encoding), width):
            if row.number >= least:
                row.cells = [plain_cell(cell) if "'" in cell else cell for cell in row.cells]
                yield row if len(row.cells) == width else fitted(row, width, filled)

    def count(self) -> int:
        return max(count_lines(self.path) + 1 - self._data_from, 0)

    def _records(self, lines: Iterator[Line], width: int = 0) -> Iterator[Row]:
        delimiter, feed = self.delimiter, _Feed(enumerate(lines, 1))
        while (item := feed.next()) is not None:
            number, (line, fault) = item
            if fault is not None:
                yield unread(number, line, fault)
            elif '"' not in line:
                line = line.removesuffix("\r")
                if line and not line.isspace():
                    cells = line.split(delimiter)
                    yield Row(number, cells, size=len(line) + 8 * len(cells))
            else:
                yield self._quoted(number, line, feed, width)

    def _quoted(self, number: int, line: str, feed: "_Feed", width: int) -> Row:
        """A record with quotes, which may run over several lines.

        A quote that is never closed would swallow the rest of the file. The record is tried again with each further
        line that has an odd number of quotes; when it does not come out well, the first line alone is the bad row.
        """
        text = line.removesuffix("\r")
        cells, is_open = split_quoted(text, self.delimiter)
        if not is_open:
            if cells is None:
                cells = split_loosely(text, self.delimiter)
                if width and len(cells) != width:
                    return unread(number, text, Fault("bad_quotes"))
            return Row(number, cells, size=len(text) + 8 * len(cells))
        pieces, taken, length = [line], list[_Item](), len(line)
        while is_open and len(taken) < feed.patience and length <= MAX_LINE:
            item = feed.next()
            if item is None:
                break
            taken.append(item)
            more, fault = item[1]
            if fault is not None:
                break
            pieces.append(more)
            length += len(more) + 1
            if more.count('"') % 2:
                cells, is_open = split_quoted("\n".join(pieces).removesuffix("\r"), self.delimiter)
        if cells is not None and (not width or len(cells) == width):
            feed.patience = MAX_CELL_LINES
            return Row(number, cells, size=length + 8 * len(cells))
        feed.give_back(taken)
        return unread(number, text, Fault("unclosed_quote"))


def unread(number: int, line: str, fault: Fault) -> Row:
    """A line that cannot be cut into cells."""
    text = line.removesuffix("\r")
    return Row(number, [text[:SHOWN_OF_LINE]], fault, raw=text[:MAX_RAW])


_Item = tuple[int, Line]


@dataclass(slots=True)
class _Feed:
    """Numbered lines that can be given back. ``patience`` is how far an open quote is followed: less after each that
    was never closed, so that a file full of them is still read in a time that grows with its length."""

    numbered: Iterator[_Item]
    waiting: deque[_Item] = field(default_factory=deque)
    patience: int = MAX_CELL_LINES

    def next(self) -> _Item | None:
        return self.waiting.popleft() if self.waiting else next(self.numbered, None)

    def give_back(self, taken: Sequence[_Item]) -> None:
        self.waiting.extendleft(reversed(taken))
        self.patience = max(self.patience // 2, LEAST_CELL_LINES)


def split_quoted(text: str, delimiter: str) -> tuple[list[str] | None, bool]:
    """The cells of one record, or ``None`` when quotes stand where none belong; and whether a quote is still open."""
    reader = csv.reader([part + "\n" for part in text.split("\n")], delimiter=delimiter, strict=True)
    try:
        cells = next(reader)
        return (cells, False) if next(reader, None) is None else (None, False)
    except csv.Error as error:
        return None, "end of data" in str(error)


def split_loosely(text: str, delimiter: str) -> list[str]:
    """The cells of one line, reading misplaced quotes as they come."""
    try:
        return next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error:
        return text.split(delimiter)


class Inline:
    """Rows written in the scenario itself."""

    def __init__(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self.headers = list(dict.fromkeys(key for row in rows for key in row))
        self.notes: list[Note] = []
        self.facts: dict[str, str] = {}
        self._rows = rows

    def rows(self, after: int = 0) -> Iterator[Row]:
        for number, values in enumerate(self._rows, 1):
            if number > after:
                yield Row(number, [values.get(name, "") for name in self.headers], size=100)

    def count(self) -> int:
        return len(self._rows)


@dataclass(slots=True)
class Places:
    """Where each header stands. Reads a column of a chunk at a time."""

    at: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, headers: Sequence[str]) -> "Places":
        return cls({name: place for place, name in reversed(list(enumerate(headers)))})

    def column(self, rows: Sequence[Row], name: str) -> list[Cell]:
        place = self.at[name]
        return [row.cells[place] for row in rows]
