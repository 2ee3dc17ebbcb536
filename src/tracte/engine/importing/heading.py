"""Finding the row that holds the names of the columns: above it may stand a title, a date, an empty line."""

from collections import Counter
from collections.abc import Sequence

from tracte.engine.importing.reading import Cell, Table
from tracte.engine.importing.transforms import plain

LOOKED_AT = 15


def heading_row(table: Table) -> int:
    """The number of the row that most likely names the columns, from 1.

    The first row is believed, unless later rows are wider: then it is the first row as wide as most, of texts that are
    all different and hold no number.

    :param table: the file opened without a header (``header_row = 0``).
    """
    rows = []
    for row in table.rows():
        rows.append((row.number, [(plain(cell) or "").strip() for cell in row.cells]))
        if len(rows) >= LOOKED_AT:
            break
    filled = [(number, [text for text in cells if text]) for number, cells in rows]
    if len(filled) < 3 or not table.headers:
        return 1
    usual, _count = Counter(len(texts) for _number, texts in filled).most_common(1)[0]
    if usual < 2 or len(filled[0][1]) >= 0.6 * usual:
        return 1
    return next((number for number, texts in filled if len(texts) >= 0.8 * usual and _names(texts)), 1)


def _names(texts: Sequence[Cell]) -> bool:
    return len(set(texts)) == len(texts) and not any(str(text)[:1].isdigit() for text in texts)
