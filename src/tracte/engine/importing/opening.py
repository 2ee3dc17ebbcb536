"""Opening a file as a table: by what it is, and texts by the ending of their name."""

from pathlib import Path

from tracte.engine.importing.cards import CardTable
from tracte.engine.importing.jsonrows import JsonTable
from tracte.engine.importing.reading import CsvTable, Table, UnreadableFile
from tracte.engine.importing.sheets import SheetTable
from tracte.engine.uploads import Content, Unfit, content_of

SHEETS = frozenset({".xlsx", ".xlsm", ".ods"})
CARDS = frozenset({".vcf", ".vcard"})
JSONS = frozenset({".json", ".jsonl", ".ndjson"})


def open_table(
    path: Path, *, sheet: str | None = None, encoding: str = "auto", delimiter: str = "auto", header_row: int = 1
) -> Table:
    """Open spreadsheets (XLSX, ODS) whatever they are called; texts called ``.json .jsonl .ndjson`` as JSON, ``.vcf
    .vcard`` as vCards, any other as CSV. What is neither, is refused.

    :param header_row: row of the headers, from 1; 0 when there is none (columns are then called ``1``, ``2`` …).
    :raises UnreadableFile: when the file as a whole cannot be read; says what to do.
    """
    try:
        if path.stat().st_size == 0:
            raise UnreadableFile(f"{path.name} is empty.")
        ending = path.suffix.lower()
        content = content_of(path)
        if content not in (Content.TEXT, Content.SHEET):
            raise UnreadableFile(f"{path.name} is {content.value}.")
        if content is Content.SHEET or ending in SHEETS:
            return SheetTable(path, sheet=sheet, header_row=header_row)
        if ending in CARDS:
            return CardTable(path, encoding=encoding)
        if ending in JSONS:
            return JsonTable(path)
        return CsvTable(path, encoding=encoding, delimiter=delimiter, header_row=header_row)
    except Unfit as error:
        raise UnreadableFile(str(error)) from error
    except OSError as error:
        raise UnreadableFile(f"{path.name} cannot be read: {error.strerror}.") from error
