"""From cells of a file to raw values a field kind can read, a column at a time.

Each distinct value is transformed once: real columns repeat themselves. The order is fixed, whatever the order
in the scenario: strip → replace → split → person → case → map → date format → decimal → multiply.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from tracte.engine.importing.persons import part_of_name
from tracte.engine.importing.reading import Cell
from tracte.engine.importing.spec import Column
from tracte.kernel.money import unambiguous
from tracte.kernel.problems import Fault

Raw = Any  # None, a text, or a list or object of JSON
_BLANKS = " \t\r\n\u00a0\u200b\u2060\ufeff"
_NUMBER = re.compile(r"[0-9](?:[0-9.,'’\s\u00a0\u202f]*[0-9])?")


def plain(cell: Cell) -> str | None:
    """The text of a cell that a spreadsheet or JSON gave as something else; ``None`` when empty."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return unambiguous(format(Decimal(repr(cell)), "f"))
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "seconds")
    if isinstance(cell, dict | list | tuple):
        return json.dumps(cell, ensure_ascii=False)
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def cells_of(column: Column, table: Mapping[str, Sequence[Cell]], count: int) -> Sequence[Cell]:
    """The cells a column is made of: its own, a constant, or several put together."""
    if column.constant is not None:
        constant = column.constant
        return [tuple(constant) if isinstance(constant, list) else constant] * count
    if not column.join:
        return table[str(column.source)]
    parts = [table[name] for name in column.sources]
    texts = ((plain(cell) or "" for cell in row) for row in zip(*parts, strict=True))
    return [column.by.join(text.strip() for text in row if text.strip()) for row in texts]


def transform(column: Column, cells: Sequence[Cell]) -> tuple[list[Raw], dict[int, Fault]]:
    """Raw values for the field's kind, and faults by position."""
    steps = _steps(column)
    if not steps and _as_it_stands(column) and all(type(cell) is str for cell in cells):
        return [(cell.strip(_BLANKS) if column.strip else cell) or None for cell in cells], {}
    known: dict[Cell, tuple[Raw, Fault | None]] = {}
    values: list[Raw] = []
    faults: dict[int, Fault] = {}
    for position, cell in enumerate(cells):
        if isinstance(cell, dict | list):
            values.append(cell)
            continue
        key = cell if type(cell) is str else (type(cell), cell)  # 1, True and 1.0 are equal but not the same cell
        found = known.get(key)
        if found is None:
            found = known[key] = _apply(column, steps, cell)
        values.append(found[0])
        if found[1] is not None:
            faults[position] = found[1]
    return values, faults


Step = Callable[[str], Any]


def _as_it_stands(column: Column) -> bool:
    """Whether nothing but blanks around it is taken from a text; steps are looked at by the caller."""
    return column.split is None and not column.map and not column.replace


def _apply(column: Column, steps: Sequence[Step], cell: Cell) -> tuple[Raw, Fault | None]:
    if isinstance(cell, tuple):
        return list(cell), None
    try:
        text = plain(cell)
        if text is None:
            return _blank(column), None
        if isinstance(cell, date):  # a spreadsheet's dates and numbers need no format
            return text, None
        if isinstance(cell, int | float) and not isinstance(cell, bool) and not column.map:
            return text if column.multiply is None else format(Decimal(text) * column.multiply, "f"), None
        if column.split is not None:
            pieces = [_each(steps, piece) for piece in _cleaned(column, text).split(column.split)]
            if column.part is not None:
                return (pieces[column.part - 1] if column.part <= len(pieces) else None), None
            return [piece for piece in pieces if piece is not None] or None, None
        value = _each(steps, _cleaned(column, text))
        return (_blank(column) if value is None else value), None
    except Fault as fault:
        return None, fault.kept()


def _blank(column: Column) -> Any:
    """What an empty cell stands for: an entry of the map may say."""
    return column.map.get("")


def _cleaned(column: Column, text: str) -> str:
    text = text.strip(_BLANKS) if column.strip else text
    for old, new in column.replace:
        text = text.replace(old, new)
    return text


def _each(steps: Sequence[Step], text: str) -> Any:
    value: Any = text
    for step in steps:
        if not isinstance(value, str) or not value:
            break
        value = step(value)
    return None if value == "" else value


def _steps(column: Column) -> list[Step]:
    steps: list[Step] = []
    if column.split is not None and column.strip:
        steps.append(lambda text: text.strip(_BLANKS))
    if column.person is not None:
        steps.append(partial(part_of_name, column.person))
    if column.case is not None:
        steps.append(_CASES[column.case])
    if column.map:
        steps.append(_mapper(column.map))
    if column.formats:
        steps.append(_dated(column.formats))
    if column.decimal is not None or column.multiply is not None:
        steps.append(_numbered(column.decimal or ".", column.multiply))
    return steps


_CASES: dict[str, Step] = {
    "lower": str.lower,
    "upper": str.upper,
    "title": lambda text: " ".join(word[:1].upper() + word[1:].lower() for word in text.split(" ")),
    "sentence": lambda text: text[:1].upper() + text[1:].lower(),
}


def _mapper(table: Mapping[str, Any]) -> Step:
    """Replaces whole values; ``*`` stands for every value that is not named."""

    def mapped(text: str) -> Any:
        found = table.get(text, table.get("*", text))
        return found if isinstance(found, str) else plain(found)

    return mapped


def _dated(formats: Sequence[str]) -> Step:
    def dated(text: str) -> str:
        for form in formats:
            try:
                moment = datetime.strptime(text, form)  # noqa: DTZ007  the field's kind knows the zone
            except ValueError:
                continue
            return moment.isoformat() if "%H" in form or "%I" in form or "%z" in form else moment.date().isoformat()
        raise Fault("bad_date_format", {"value": text[:40], "format": " / ".join(formats)})

    return dated


def _numbered(example: str, factor: Decimal | None) -> Step:
    """Numbers written like ``example``, rewritten with a point and no grouping. Else a fault, never a guess."""
    mark, group = _marks(example)
    grouped = rf"(?:{re.escape(group)}[0-9]{{3}})*" if group else r"(?:[ '’\u00a0\u202f][0-9]{3})*"
    shape = re.compile(rf"(?:[0-9]{{1,3}}{grouped}|[0-9]+)(?:{re.escape(mark)}[0-9]+)?\Z").match

    def numbered(text: str) -> str:
        found = _NUMBER.search(text)
        if found is None or not shape(found[0]):
            raise Fault("bad_number_format", {"value": text[:40], "format": example})
        whole, _, fraction = found[0].partition(mark)
        number = re.sub("[^0-9]", "", whole) + (f".{fraction}" if fraction else "")
        if factor is not None:
            number = format(Decimal(number) * factor, "f")
        return text[: found.start()] + unambiguous(number) + text[found.end() :]

    return numbered


def _marks(example: str) -> tuple[str, str]:
    """Decimal mark and grouping mark of an example such as ``1.234,56``."""
    marks = re.sub("[0-9]", "", example)
    return marks[-1], marks[0] if len(marks) > 1 else {",": ".", ".": ","}[marks[-1]]
