"""From database rows to values and back, compiled once per set of fields."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tracte.meta.kinds.base import Context, Kind
from tracte.meta.registry import EntitySpec

Build = Callable[[Sequence[Any]], dict[str, Any]]


def reader_of(fields: Mapping[str, Kind]) -> tuple[list[str], Build]:
    """Columns to select for ``fields`` and a function from such a row to canonical values.

    Fields of extensions share the one column ``cf``.
    """
    columns: list[str] = []
    plan: list[tuple[str, Kind, int, int]] = []
    for name, kind in fields.items():
        if kind.cf_key is None:
            mine = kind.columns()
            plan.append((name, kind, len(columns), len(mine)))
            columns.extend(mine)
    extended = {name: kind for name, kind in fields.items() if kind.cf_key is not None}
    cf_at = len(columns)
    if extended:
        columns.append("cf")
    simple = [
        (name, at) for name, kind, at, width in plan if width == 1 and type(kind).from_columns is Kind.from_columns
    ]
    composed = [p for p in plan if (p[0], p[2]) not in simple]

    def build(row: Sequence[Any]) -> dict[str, Any]:
        values = {name: row[at] for name, at in simple}
        for name, kind, at, width in composed:
            values[name] = kind.from_columns(row[at : at + width])
        for name, kind in extended.items():
            stored = (row[cf_at] or {}).get(kind.cf_key)
            values[name] = None if stored is None else kind.from_json(stored)
        return values

    return columns, build


def shown_title(spec: EntitySpec, values: Mapping[str, Any], context: Context) -> str:
    """A record's title from its values."""
    texts = {name: spec.fields[name].text(values.get(name), context) for name in spec.title_fields}
    return spec.title(values, texts)
