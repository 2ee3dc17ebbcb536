"""A line that could not be read, mended by hand and read again by itself."""

import csv
import io
from collections.abc import Sequence

from tracte.engine.cells import plain_cell
from tracte.engine.importing.lines import MAX_LINE
from tracte.engine.importing.reading import Row, Table, fitted, split_loosely, split_quoted, unread
from tracte.kernel.problems import Fault

NUL_SHOWN = "\u2400"  # stands for a NUL, which no text box can hold
DAMAGED = "\ufffd"  # stands for bytes that are no text


def separator(table: Table) -> str:
    """What stands between the cells of a line."""
    return str(getattr(table, "delimiter", ","))


def read_again(table: Table, number: int, text: str) -> Row:
    """A row from the text of its line, with what is still wrong with it.

    :param text: a record; a cell in quotes may run over several lines.
    """
    text = text.replace("\r\n", "\n").replace(NUL_SHOWN, "\0")
    fault = _spoilt(text)
    if fault is not None:
        return unread(number, text, fault)
    delimiter, width = separator(table), len(table.headers)
    cells, is_open = split_quoted(text, delimiter)
    if is_open or ("\n" in text and cells is None):
        return unread(number, text, Fault("unclosed_quote" if is_open else "bad_quotes"))
    if cells is None:
        cells = split_loosely(text, delimiter)
        if len(cells) != width:
            return unread(number, text, Fault("bad_quotes"))
    row = Row(number, [plain_cell(cell) for cell in cells], size=len(text) + 8 * len(cells))
    return fitted(row, width, width)


def _spoilt(text: str) -> Fault | None:
    if len(text) > MAX_LINE:
        return Fault("line_too_long", {"max": MAX_LINE})
    if "\0" in text:
        return Fault("nul_character")
    return Fault("bad_encoding") if DAMAGED in text else None


def line_of(table: Table, row: Row) -> str:
    """The text of a row's line, as it stands or as its cells would be written."""
    return row.raw.replace("\0", NUL_SHOWN) if row.raw else written(row.cells, separator(table))


def written(cells: Sequence[object], delimiter: str) -> str:
    """Cells as one line; a cell that holds a separator or a quote stands in quotes."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="").writerow(["" if one is None else one for one in cells])
    return out.getvalue()


def pieces(table: Table, text: str) -> list[str]:
    """The cells a line falls into when misplaced quotes are taken as they come: at least one a column."""
    first = text.split("\n", 1)[0]
    delimiter = separator(table)
    cells, is_open = split_quoted(first, delimiter)
    if cells is None or is_open:
        cells = first.split(delimiter)
    return cells + [""] * (len(table.headers) - len(cells))
