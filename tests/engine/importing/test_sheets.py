"""Spreadsheets are measured before they are unpacked, then read with their dates and numbers."""

import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter

from tracte.engine.importing.opening import open_table
from tracte.engine.importing.reading import UnreadableFile

ODS = (
    '<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
    '<office:body><office:spreadsheet><table:table table:name="S">{rows}</table:table></office:spreadsheet>'
    "</office:body>"
    "</office:document-content>"
)


def sheet(folder: Path, rows: list[list[object]], name: str = "t.xlsx") -> Path:
    path = folder / name
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"})
    page = book.add_worksheet("People")
    book.add_worksheet("Other")
    for at, cells in enumerate(rows):
        page.write_row(at, 0, cells)
    book.close()
    return path


def zipped(path: Path, members: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def xlsx(path: Path, sheet_xml: str, shared: str = "<sst/>") -> Path:
    body = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
    return zipped(
        path,
        {
            "xl/workbook.xml": "<workbook/>",
            "xl/worksheets/sheet1.xml": body.format(sheet_xml),
            "xl/sharedStrings.xml": shared,
        },
    )


def test_numbers_dates_and_yes_no_keep_their_type(tmp_path: Path) -> None:
    rows = [
        ["Name", "n", "when", "at", "ok"],
        ["Ana", 1.5, date(2026, 1, 2), datetime(2026, 1, 2, 3, 4), True],
        [],
        ["B", 3],
    ]
    table = open_table(sheet(tmp_path, rows))
    assert table.facts["sheet"] == "People"
    first, second = table.rows()
    assert first.cells[:3] == ["Ana", 1.5, date(2026, 1, 2)]
    assert first.cells[4] is True
    assert (second.number, second.cells) == (4, ["B", 3, "", "", ""])


def test_another_sheet_is_named_and_an_unknown_one_refused(tmp_path: Path) -> None:
    path = sheet(tmp_path, [["a"], [1]])
    with pytest.raises(UnreadableFile, match="People, Other"):
        open_table(path, sheet="Nowhere")


@pytest.mark.parametrize(
    "rows",
    [
        '<row><c r="A1"><v>1</v></c><c r="XFD1048576"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c></row><row><c r="A1048576"/><c r="ZZ2"/></row>',
        '<row r="1"><c r="A1"><v>' + "7" * 60_000_000 + "</v></c></row>",
    ],
    ids=["far corner", "far rows", "long text"],
)
def test_a_sheet_that_spans_too_much_is_refused(tmp_path: Path, rows: str) -> None:
    with pytest.raises(UnreadableFile, match="CSV"):
        open_table(xlsx(tmp_path / "bomb.xlsx", rows))


def test_a_text_shared_by_many_cells_is_counted_each_time(tmp_path: Path) -> None:
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 5000))
    shared = f"<sst><si><t>{'x' * 30_000}</t></si></sst>"
    with pytest.raises(UnreadableFile, match="too much text"):
        open_table(xlsx(tmp_path / "bomb.xlsx", rows, shared))


def test_a_document_type_is_refused_before_it_expands(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><sst><si><t>&b;</t></si></sst>'
    with pytest.raises(UnreadableFile, match="document type"):
        open_table(xlsx(tmp_path / "bomb.xlsx", '<row><c r="A1"/></row>', bomb))


def test_a_zip_bomb_is_refused_by_its_declared_size(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="unpacks to"):
        open_table(xlsx(tmp_path / "bomb.xlsx", " " * 150_000_000))


def test_a_sheet_of_repeated_cells_is_refused(tmp_path: Path) -> None:
    repeated = 'office:value-type="string" table:number-columns-repeated="9000"'
    cell = f"<table:table-cell {repeated}><text:p>x</text:p></table:table-cell>"
    rows = f'<table:table-row table:number-rows-repeated="1000000">{cell}</table:table-row>'
    with pytest.raises(UnreadableFile, match="CSV"):
        open_table(zipped(tmp_path / "bomb.ods", {"content.xml": ODS.format(rows=rows)}))


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04broken"])
def test_what_is_no_spreadsheet_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "t.xlsx"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile):
        open_table(path)
