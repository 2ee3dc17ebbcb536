"""Rows of JSON: one object a line, or a list of objects. Values keep their types."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tracte.engine.importing.lines import MAX_LINE, detect_encoding, read_lines
from tracte.engine.importing.reading import MAX_COLUMNS, Cell, Note, Row, UnreadableFile, named_headers
from tracte.kernel.problems import Fault

HEADER_ROWS = 1_000  # objects looked at to know the columns


class JsonTable:
    """A file of JSON objects. A row's number is its line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.encoding = detect_encoding(path)
        self.facts = {"encoding": self.encoding}
        self.headers, self.notes = self._headers()
        self._known = frozenset(self.headers)

    def _headers(self) -> tuple[list[str], list[Note]]:
        names: dict[str, None] = {}
        for count, (_, found, fault) in enumerate(self._objects()):
            if fault is None and isinstance(found, dict):
                names.update(dict.fromkeys(found))
            if count >= HEADER_ROWS or len(names) > MAX_COLUMNS:
                break
        if not names:
            raise UnreadableFile(f"{self.path.name} holds no JSON objects, one on each line.")
        if len(names) > MAX_COLUMNS:
            raise UnreadableFile(f"{self.path.name} has more than {MAX_COLUMNS:,} keys.")
        return named_headers(list(names), 1)

    def rows(self, after: int = 0) -> Iterator[Row]:
        for number, found, fault in self._objects():
            if number <= after:
                continue
            if fault is not None:
                yield Row(number, [str(found)[:500]], fault)
            elif not isinstance(found, dict):
                yield Row(number, [json.dumps(found, ensure_ascii=False)[:500]], Fault("not_an_object"))
            else:
                yield self._row(number, found)

    def _row(self, number: int, found: dict[str, Any]) -> Row:
        cells = [_cell(found.get(name)) for name in self.headers]
        row = Row(number, cells, size=sum(len(c) if isinstance(c, str) else 8 for c in cells))
        if extra := found.keys() - self._known:
            row.warning = Fault("unknown_column", {"name": ", ".join(sorted(extra))[:80]})
        return row

    def _objects(self) -> Iterator[tuple[int, Any, Fault | None]]:
        """Objects, whether one a line, a list with one a line, or a list written over many lines."""
        held, held_from = "", 0
        for number, (line, fault) in enumerate(read_lines(self.path, self.encoding), 1):
            text = line.strip()
            if fault is not None:
                yield number, text[:500], fault
                held = ""
                continue
            if not held and text in ("", "[", "]", ","):
                continue
            held, held_from = (f"{held}\n{text}", held_from) if held else (text, number)
            found, whole = _decoded(held)
            if whole:
                yield from ((held_from, one, None) for one in found)
                held = ""
            elif len(held) > MAX_LINE or _closes(held):
                # A line that cannot be read on its own and begins no longer object is one bad row.
                yield held_from, held[:500], Fault("bad_json")
                held = ""
        if held:
            yield held_from, held[:500], Fault("bad_json")

    def count(self) -> int:
        return sum(1 for _ in read_lines(self.path, self.encoding))


def _decoded(text: str) -> tuple[list[Any], bool]:
    """The values in ``text`` and whether it was whole."""
    text = text.removesuffix(",").strip()
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1].strip()
    decoder = json.JSONDecoder(parse_constant=_refused)
    found: list[Any] = []
    at = 1 if text.startswith("[") else 0
    try:
        while at < len(text):
            value, at = decoder.raw_decode(text, at)
            found.append(value)
            while at < len(text) and text[at] in " \t\r\n,]":
                at += 1
    except (ValueError, RecursionError):
        return [], False
    return found, True


def _refused(name: str) -> Any:
    raise ValueError(name)


def _closes(text: str) -> bool:
    """Whether as many braces close as open: more lines would not make it readable."""
    return text.count("{") <= text.count("}")


def _cell(value: Any) -> Cell:
    return "" if value is None else value
