"""Cells become raw values: a fixed order of steps, faults beside the cell."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracte.engine.cells import plain_cell, safe_cell
from tracte.engine.importing.scenario import parse
from tracte.engine.importing.spec import Column
from tracte.engine.importing.transforms import cells_of, transform

HEAD = 'format = 1\nname = "x"\n[[file]]\npath = "a.csv"\nentity = "account"\n[file.columns]\n'


def column(options: str) -> Column:
    more = f", {options}" if options else ""
    return parse(f'{HEAD}cell = {{ to = "name"{more} }}').files[0].columns[0]


def one(options: str, cell: object) -> object:
    values, faults = transform(column(options), [cell])
    return faults[0].code if faults else values[0]


@pytest.mark.parametrize(
    ("options", "cell", "value"),
    [
        ("", "  Acme\u00a0 ", "Acme"),
        ("strip = false", " Acme", " Acme"),
        ('map = { Customr = "customer" }', "Customr", "customer"),
        ('map = { Select = "", "*" = "other" }', "Select", None),
        ('map = { Select = "", "*" = "other" }', "Else", "other"),
        ('map = { "" = "unknown" }', " ", "unknown"),
        ('case = "title"', "ANA maria", "Ana Maria"),
        ('case = "sentence"', "HELLO You", "Hello you"),
        ('split = ";"', "a; b ;;c", ["a", "b", "c"]),
        ('split = " ", part = 2', "Ana Puig", "Puig"),
        ('split = " ", part = 3', "Ana Puig", None),
        ('replace = { "-" = "", "(" = "" }', "(93-12", "9312"),
        ('format = "%d/%m/%y"', "3/4/26", "2026-04-03"),
        ('format = ["%Y-%m-%d", "%d %b, %Y %H:%M:%S"]', "15 Apr, 2021 00:03:00", "2021-04-15T00:03:00"),
        ('format = "%Y-%m-%d"', "31/12/2026", "bad_date_format"),
        ('format = "%d/%m/%Y"', date(2026, 1, 2), "2026-01-02"),
        ('decimal = "1.234,56"', 12.5, "12.5"),
        ("multiply = 1000", 12.5, "12500.0"),
        ('decimal = "1.234,56"', "1.234,56 €", "1234.56 €"),
        ('decimal = "1.234,56"', "1.234", "1234"),
        ('decimal = "1,234.56"', "$22,247.63", "$22247.63"),
        ('decimal = "1.234,56"', "1,234.56", "bad_number_format"),
        ('decimal = "1 234,56"', "-1 234,5", "-1234.5"),
        ("multiply = 1_000_000", "1100.04", "1100040000.00"),
        ("multiply = 0.5", "3", "1.5"),
        ("", 12.5, "12.5"),
        ("", 1.234, "1.2340"),
        ("", True, "true"),
        ("", date(2026, 1, 2), "2026-01-02"),
        ("", "", None),
    ],
)
def test_a_cell_becomes(options: str, cell: object, value: object) -> None:
    assert one(options, cell) == value


def test_cells_are_put_together_without_the_blank_ones() -> None:
    joined = parse(HEAD + 'x = "name"\n[file.set]\nwebsite = { join = ["a", "b", "c"], by = ", " }').files[0].columns[1]
    table = {"a": ["1", "1"], "b": ["", "2"], "c": ["3", " "]}
    assert cells_of(joined, table, 2) == ["1, 3", "1, 2"]


def test_equal_but_different_cells_are_kept_apart() -> None:
    values, _ = transform(column(""), [1, True, 1.0, "1"])
    assert values == ["1", "true", "1.0", "1"]


@given(st.text(st.characters(exclude_categories=["Cs"])) | st.text("'=+-@;\"\t\n1a", max_size=8))
def test_no_exported_text_is_a_formula_and_every_one_reads_back(text: str) -> None:
    safe = safe_cell(text)
    assert plain_cell(safe) == text
    if safe[:1] in tuple("=+-@\t\r\n"):
        assert safe.lstrip("+-").replace(".", "", 1).replace(" ", "")[:1].isdigit()
