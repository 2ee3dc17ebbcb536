"""Sort orders and the cursors that page through them.

A page starts after the last row of the one before (keyset): deep pages cost what the first one does.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from tracte.kernel.actor import Actor, Level
from tracte.kernel.problems import Problem, Rejected
from tracte.meta.expressions import Binary, CfValue, Fold, cf_cast
from tracte.meta.kinds.base import Kind
from tracte.meta.registry import EntitySpec, registry

# Kinds whose text is a code: ordered as stored. Other text is ordered folded, as people expect.
CODES = frozenset({"email", "phone", "url", "auto_number", "choice"})
MOST_DIGITS = 30  # before or behind the point of a number: more than any column holds
ALWAYS_SET = frozenset({"modified_at"})  # stamped on every row by the door, though the column would allow less


@dataclass(frozen=True, slots=True)
class SortColumn:
    """One column of a sort order.

    :param path: what to order by in the ORM: a column, or an annotation made of ``expression``.
    :param nullable: empty values come last in both directions.
    """

    field: str
    path: str
    descending: bool
    nullable: bool
    expression: Any = None

    def ordering(self) -> Any:
        column = F(self.path)
        if not self.nullable:
            return column.desc() if self.descending else column.asc()
        return column.desc(nulls_last=True) if self.descending else column.asc(nulls_last=True)

    def reversed(self) -> "SortColumn":
        return SortColumn(self.field, self.path, not self.descending, self.nullable, self.expression)


@dataclass(frozen=True, slots=True)
class Order:
    """A complete sort order; the id makes it total."""

    text: str
    columns: tuple[SortColumn, ...]

    def annotations(self) -> dict[str, Any]:
        return {column.path: column.expression for column in self.columns if column.expression is not None}

    def ordering(self, *, backwards: bool = False) -> list[Any]:
        """Backwards, empty values come first, so plain reversal of each term is right."""
        terms = [column.ordering() for column in self.columns]
        if backwards:
            for term in terms:
                term.reverse_ordering()
        return terms

    def paths(self) -> list[str]:
        return [column.path for column in self.columns]

    def parts(self, marks: Sequence[Any] | None, *, backwards: bool = False) -> list[tuple[Q, list[Any]]]:
        """The order as one or two selections, each with terms that an index can serve.

        "Empty ones last" is no order any index of SQLite has. Filled and empty rows apart, each walks the index.
        """
        first, *rest = self.columns
        if not first.nullable:
            return [(Q(), self.ordering(backwards=backwards))]
        bare = replace(first, nullable=False)
        filled, mark = Q((f"{first.path}__isnull", False)), marks[0] if marks is not None else None
        found: list[tuple[Q, list[Any]]] = []
        if marks is None or mark is not None or backwards:
            lower = filled if mark is None else filled & _bound(bare, mark, backwards)
            found.append((lower, Order(self.text, (bare, *rest)).ordering(backwards=backwards)))
        if marks is None or mark is None or not backwards:
            empty = Q((f"{first.path}__isnull", True))
            found.append((empty, Order(self.text, tuple(rest)).ordering(backwards=backwards)))
        return found

    def after(self, values: Sequence[Any], *, backwards: bool = False) -> Q:
        """Rows strictly after (or before) the row with these sort values."""
        found = Q(pk__in=[])
        for at, column in enumerate(self.columns):
            beyond = _beyond(column, values[at], backwards)
            if beyond is None:
                continue
            for earlier, value in zip(self.columns[:at], values[:at], strict=True):
                beyond &= _equal(earlier, value)
            found |= beyond
        if len(self.columns) == 2 and values[0] is not None and not self.columns[0].nullable:
            # A plain lower bound on the first column lets both databases start in the index.
            found &= _bound(self.columns[0], values[0], backwards)
        return found


def _equal(column: SortColumn, value: Any) -> Q:
    return Q((f"{column.path}__isnull", True)) if value is None else Q((column.path, value))


def _bound(column: SortColumn, value: Any, backwards: bool) -> Q:
    return Q((f"{column.path}__{'lte' if column.descending != backwards else 'gte'}", value))


def _beyond(column: SortColumn, value: Any, backwards: bool) -> Q | None:
    if value is None:  # empties come last: nothing follows them, everything filled precedes them
        return Q((f"{column.path}__isnull", False)) if backwards else None
    further = Q((f"{column.path}__{'lt' if column.descending != backwards else 'gt'}", value))
    if column.nullable and not backwards:
        further |= Q((f"{column.path}__isnull", True))
    return further


def read_sort(spec: EntitySpec, text: str, actor: Actor) -> Order:
    """The order a person or client asks for: ``-amount,title``.

    :raises Rejected: status 400 for an unknown, hidden or unsortable field.
    """
    columns: list[SortColumn] = []
    for word in [part for part in text.split(",") if part][:4]:
        descending = word.startswith("-")
        columns.append(_column(spec, word.removeprefix("-"), descending, actor, len(columns)))
    last_descending = columns[-1].descending if columns else False
    if not columns or columns[-1].path != "pk":
        columns.append(SortColumn("id", "pk", last_descending, False))
    return Order(text, tuple(columns))


def own_order(spec: EntitySpec, actor: Actor, text: str = "") -> str:
    """An order the program chose, as far as the actor may sort by it; the newest first when nothing of it is left.

    :param text: the order of a view; the list's own when empty.
    """
    words = (text or spec.declaration.list.sort).split(",")
    return ",".join(word for word in words if may_sort(spec, word.removeprefix("-"), actor)) or "-id"


def may_sort(spec: EntitySpec, name: str, actor: Actor) -> bool:
    """Whether the actor may sort by a field."""
    try:
        _column(spec, name, False, actor, 0)
    except Rejected:
        return False
    return True


def hides_title(spec: EntitySpec, actor: Actor) -> bool:
    """Whether a part of the records' title is hidden: an order by titles would tell it."""
    return any(actor.hides(spec.key, name) for name in spec.title_fields)


def _column(spec: EntitySpec, name: str, descending: bool, actor: Actor, at: int) -> SortColumn:
    if name == "title":
        if hides_title(spec, actor):
            raise Rejected([Problem(name, "bad_sort", {"name": name})], status=400)
        return SortColumn("title", "title_key", descending, False)
    if name in ("id", "created_at"):  # ids are time-ordered, and their index is there anyway
        return SortColumn(name, "pk", descending, False)
    kind = spec.fields.get(name)
    if kind is None or actor.hides(spec.key, name) or not kind.stored or not kind.sortable:
        raise Rejected([Problem(name, "bad_sort", {"name": name})], status=400)
    target = getattr(kind, "to", None)
    if target is not None:
        return _reference_column(spec, kind, target, descending, actor)
    alias = f"sort_{at}"
    if kind.cf_key is not None:
        cast, path = cf_cast(kind.key), f"{kind.cf_key}.amount" if kind.key == "money" else kind.cf_key
        value: Any = CfValue(F("cf"), cf_key=path, cast=cast)
        return SortColumn(name, alias, descending, True, Binary(Fold(value)) if cast == "text" else value)
    column = kind.columns()[0]
    if kind.key in ("text", "long_text", "rich_text"):
        return SortColumn(name, alias, descending, True, Binary(Fold(F(column))))
    if kind.key in CODES or kind.key in ("tags", "multi_choice", "address"):
        return SortColumn(name, alias, descending, True, Binary(F(column)))
    return SortColumn(name, column, descending, name not in ALWAYS_SET and kind.may_be_empty)


def _reference_column(spec: EntitySpec, kind: Kind, target: str, descending: bool, actor: Actor) -> SortColumn:
    """Order by the title (or position) of the referenced record; only where the actor sees all of them."""
    other = registry()[target]
    reaches = other.declaration.directory or actor.level(target, "view") >= Level.ALL
    if not reaches or hides_title(other, actor):
        raise Rejected([Problem(kind.name, "bad_sort", {"name": kind.name})], status=400)
    by = "position" if "position" in other.fields else "title_key"
    return SortColumn(kind.name, f"{kind.name}__{by}", descending, True)


def write_cursor(order: Order, values: Sequence[Any], *, backwards: bool = False) -> str:
    """An opaque page mark. It holds only values the reader has just seen."""
    body = json.dumps([order.text, "p" if backwards else "n", [_plain(value) for value in values]], ensure_ascii=False)
    return base64.urlsafe_b64encode(body.encode()).decode().rstrip("=")


def read_cursor(order: Order, text: str, model: type[models.Model]) -> tuple[list[Any], bool]:
    """The place a mark stands for, and whether it leads backwards.

    :raises Rejected: status 400 for a mark of another order or not made by us.
    """
    try:
        padded = text + "=" * (-len(text) % 4)
        made_for, way, values = json.loads(base64.urlsafe_b64decode(padded.encode()).decode())
        if made_for != order.text or way not in ("p", "n") or len(values) != len(order.columns):
            raise ValueError(text)
        marks = [_revive(value) for value in values]
        for column, mark in zip(order.columns, marks, strict=True):
            _fit(column, mark, model)
        return marks, way == "p"
    except (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, ValidationError, RecursionError):
        raise Rejected([Problem("cursor", "bad_cursor")], status=400) from None


def _fit(column: SortColumn, mark: Any, model: type[models.Model]) -> None:
    """:raises ValueError, TypeError, ArithmeticError, ValidationError: for a mark the column cannot hold."""
    if isinstance(column.expression, Binary):
        fits = mark is None or isinstance(mark, str)
    elif column.expression is not None:
        fits = not isinstance(mark, dict)
    elif column.path == "pk":
        fits = type(mark) is int
    elif "__" in column.path:  # of the record a reference holds
        fits = mark is None or type(mark) is (int if column.path.endswith("__position") else str)
    else:
        stored: Any = model._meta.get_field(column.path)
        whole = not isinstance(stored, models.DateTimeField) or isinstance(mark, datetime)  # a day is no moment
        fits = mark is None or (whole and stored.get_prep_value(mark) is not None)
    if not fits:
        raise ValueError(mark)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"t": value.isoformat()}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    if isinstance(value, Decimal):
        return {"n": str(value)}
    return value


def _revive(value: Any) -> Any:
    if isinstance(value, dict):
        return _revived(value)
    if isinstance(value, list) or (isinstance(value, str) and "\x00" in value):
        raise ValueError(value)
    if isinstance(value, str):
        value.encode()  # half of a pair is no text
    if isinstance(value, float) and not isfinite(value):
        raise ValueError(value)
    if isinstance(value, int) and abs(value) >= 2**63:
        raise ValueError(value)
    return value


def _revived(value: Mapping[str, Any]) -> datetime | date | Decimal:
    """What JSON has no word for."""
    if "t" in value:
        moment = datetime.fromisoformat(value["t"])
        if moment.tzinfo is None:
            raise ValueError(value)
        return moment.astimezone(UTC)
    if "d" in value:
        return date.fromisoformat(value["d"])
    number = Decimal(value["n"])
    if not number.is_finite() or abs(number.adjusted()) > MOST_DIGITS:
        raise ValueError(value)
    return number
