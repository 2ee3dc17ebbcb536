"""What of a row is read: its columns, and the values made of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tracte.meta.kinds import Computed
from tracte.meta.kinds.base import Kind
from tracte.meta.values import Build, reader_of
from tracte.records.sorting import Order


@dataclass(frozen=True, slots=True)
class Selection:
    """Which columns to read for some fields and an order, and what to make of them."""

    columns: tuple[str, ...]
    width: int
    build: Build
    computed: tuple[tuple[str, Computed], ...]

    @classmethod
    def of(cls, fields: Mapping[str, Kind], order: Order | None = None) -> "Selection":
        columns, build = reader_of({name: kind for name, kind in fields.items() if kind.stored})
        paths = [path for path in order.paths() if path != "pk"] if order else []
        computed = tuple((name, kind) for name, kind in fields.items() if isinstance(kind, Computed))
        return cls((*columns, "pk", "version", *paths), len(columns), build, computed)

    def read(self, found: Iterable[Sequence[Any]]) -> tuple[list[dict[str, Any]], list[Sequence[Any]]]:
        """The values of each row, and its place in the order."""
        rows: list[dict[str, Any]] = []
        marks: list[Sequence[Any]] = []
        width, build = self.width, self.build
        for row in found:
            values = build(row)
            values["id"], values["version"] = row[width], row[width + 1]
            for name, kind in self.computed:
                values[name] = kind.computed(values)
            rows.append(values)
            marks.append(row[width + 2 :])
        return rows, marks
