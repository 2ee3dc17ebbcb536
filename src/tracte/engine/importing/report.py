"""The report of an import: the rows with problems or warnings, as a table that can be mended and imported again."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tracte.engine.cells import safe_cell
from tracte.engine.importing.reading import Row
from tracte.engine.importing.transforms import plain
from tracte.kernel.problems import Problem

COUNTED = ("created", "updated", "unchanged", "warnings", "problems")
LEAD = ("file", "row", "what", "why")


@dataclass
class Tally:
    """How many rows became what, in all and by entity. Survives a crash inside the change set."""

    totals: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))
    by_entity: dict[str, dict[str, int]] = field(default_factory=dict)

    def add(self, entity: str, what: str, count: int = 1, *, beside: bool = False) -> None:
        """:param beside: it is not a row of the file, but something made of one cell of it."""
        mine = self.by_entity.setdefault(entity, dict.fromkeys(COUNTED, 0))
        if not beside:
            self.totals[what] += count
        mine[what] += count

    def as_json(self) -> dict[str, Any]:
        return {**self.totals, "by_entity": {entity: dict(counts) for entity, counts in self.by_entity.items()}}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Tally":
        return cls({name: int(raw.get(name, 0)) for name in COUNTED}, {k: dict(v) for k, v in raw["by_entity"].items()})


class Report:
    """A CSV file that grows chunk by chunk. After a crash it is cut back to the last chunk that was committed."""

    def __init__(self, path: Path, headers: Sequence[str], size: int | None = None) -> None:
        """:param size: bytes that are valid when an import goes on after a crash."""
        self.path = path
        self.places = {name: place for place, name in enumerate(headers, len(LEAD))}
        self.width = len(LEAD) + len(headers)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.size = 0
        fresh = size is None or not path.exists()
        path.touch(mode=0o600)
        self._file = path.open("r+b")
        if fresh:
            self._file.truncate(0)
            self._write([[*LEAD, *headers]])
        else:
            self._file.truncate(size)
            self._file.seek(0, io.SEEK_END)
            self.size = self._file.tell()

    def add(self, label: str, headers: Sequence[str], found: Sequence[tuple[Row, Sequence[Problem]]]) -> None:
        """Write rows with what is wrong with them; on disk when this returns."""
        lines: list[list[Any]] = []
        for row, problems in found:
            cells: list[Any] = [""] * self.width
            what = "warning" if all(problem.warning for problem in problems) else "problem"
            cells[: len(LEAD)] = [label, row.number, what, " ".join(map(sentence, problems))]
            for name, cell in zip(headers, row.cells, strict=False):
                cells[self.places[name]] = safe_cell(plain(cell) or "")
            lines.append(cells)
        if lines:
            self._write(lines)

    def _write(self, lines: Sequence[Sequence[Any]]) -> None:
        text = io.StringIO()
        csv.writer(text).writerows(lines)
        self._file.write(text.getvalue().encode("utf-8", "replace"))
        self._file.flush()
        self.size = self._file.tell()

    def close(self) -> None:
        self._file.close()


def sentence(problem: Problem) -> str:
    """What one problem says, with the field it is about."""
    return f"{problem.field}: {problem.message}" if problem.field else problem.message
