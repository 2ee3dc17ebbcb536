"""What each operator means, in SQL and in memory, side by side so that they cannot drift apart.

Every operator is two-valued: an empty field never makes the answer unknown. ``ne`` and the ``not_`` forms hold for
empty fields; all others do not.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q
from django.db.models.lookups import (
    Contains,
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    In,
    IsNull,
    LessThan,
    LessThanOrEqual,
    StartsWith,
)

from tracte.kernel.fold import fold
from tracte.meta.expressions import CfValue, Fold

LOOKUPS: dict[str, Any] = {
    "exact": Exact,
    "in": In,
    "lt": LessThan,
    "lte": LessThanOrEqual,
    "gt": GreaterThan,
    "gte": GreaterThanOrEqual,
    "isnull": IsNull,
    "contains": Contains,
}
FOLDED: dict[str, Any] = {"contains": Contains, "startswith": StartsWith}


@dataclass(frozen=True, slots=True)
class Column:
    """Where a value lives: a model column, or a key of ``cf``."""

    name: str
    cf_key: str | None = None
    cast: str = "text"

    def expression(self) -> Any:
        return F(self.name) if self.cf_key is None else CfValue(F("cf"), cf_key=self.cf_key, cast=self.cast)

    def q(self, lookup: str, value: Any) -> Q:
        if self.cf_key is None:
            return Q((f"{self.name}__{lookup}", value))
        return Q(LOOKUPS[lookup](self.expression(), value))

    def folded(self, lookup: str, needle: str) -> Q:
        """A comparison of the folded text; ``needle`` is already folded."""
        return Q(FOLDED[lookup](Fold(self.expression()), needle))

    def holds(self, token: str) -> Q:
        """Whether ``token`` is one of several values: ``|a|b|`` in a column, a JSON list in ``cf``.

        The list is compared as text, in which SQLite keeps letters beyond ASCII escaped and PostgreSQL does not.
        """
        if self.cf_key is None:
            return self.q("contains", f"|{token}|")
        return self.q("contains", json.dumps(token)) | self.q("contains", json.dumps(token, ensure_ascii=False))

    @property
    def filled(self) -> Q:
        return self.q("isnull", False)

    @property
    def empty(self) -> Q:
        return self.q("isnull", True)


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator on one column.

    :param sql: ``sql(column, operand) -> Q`` over stored values.
    :param memory: ``memory(value, operand) -> bool`` over comparable values; ``value`` is never ``None``.
    :param on_empty: the answer for an empty field.
    :param takes: ``one`` operand, a ``list``, or ``none``.
    """

    sql: Callable[[Column, Any], Q]
    memory: Callable[[Any, Any], bool]
    on_empty: bool = False
    takes: str = "one"


def _contains(column: Column, needle: Any) -> Q:
    return column.filled & column.folded("contains", fold(needle))


def _starts(column: Column, needle: Any) -> Q:
    return column.filled & column.folded("startswith", fold(needle))


def _any_token(column: Column, tokens: list[str]) -> Q:
    found = Q(pk__in=[])
    for token in tokens:
        found |= column.holds(token)
    return column.filled & found


def _all_tokens(column: Column, tokens: list[str]) -> Q:
    found = column.filled
    for token in tokens:
        found &= column.holds(token)
    return found


OPERATORS: dict[str, Operator] = {
    "eq": Operator(lambda c, v: c.filled & c.q("exact", v), lambda x, v: x == v),
    "ne": Operator(lambda c, v: c.empty | ~(c.filled & c.q("exact", v)), lambda x, v: x != v, on_empty=True),
    # A choice out of a tree itself, without what stands under it.
    "exactly": Operator(lambda c, v: c.filled & c.q("exact", v), lambda x, v: x == v),
    "in": Operator(lambda c, v: c.filled & c.q("in", v), lambda x, v: x in v, takes="list"),
    "not_in": Operator(lambda c, v: c.empty | ~(c.filled & c.q("in", v)), lambda x, v: x not in v, True, "list"),
    "lt": Operator(lambda c, v: c.filled & c.q("lt", v), lambda x, v: x < v),
    "lte": Operator(lambda c, v: c.filled & c.q("lte", v), lambda x, v: x <= v),
    "gt": Operator(lambda c, v: c.filled & c.q("gt", v), lambda x, v: x > v),
    "gte": Operator(lambda c, v: c.filled & c.q("gte", v), lambda x, v: x >= v),
    "between": Operator(
        lambda c, v: c.filled & c.q("gte", v[0]) & c.q("lte", v[1]), lambda x, v: v[0] <= x <= v[1], takes="pair"
    ),
    "within": Operator(
        lambda c, v: c.filled & c.q("gte", v[0]) & c.q("lt", v[1]), lambda x, v: v[0] <= x < v[1], takes="period"
    ),
    "contains": Operator(_contains, lambda x, v: fold(v) in fold(x)),
    "not_contains": Operator(
        lambda c, v: c.empty | ~_contains(c, v), lambda x, v: fold(v) not in fold(x), on_empty=True
    ),
    "starts": Operator(_starts, lambda x, v: fold(x).startswith(fold(v))),
    "has_any": Operator(_any_token, lambda x, v: any(token in x for token in v), takes="list"),
    "has_all": Operator(_all_tokens, lambda x, v: all(token in x for token in v), takes="list"),
    "has_none": Operator(
        lambda c, v: c.empty | ~_any_token(c, v), lambda x, v: not any(token in x for token in v), True, "list"
    ),
    "empty": Operator(lambda c, v: c.empty, lambda x, v: False, on_empty=True, takes="none"),
    "not_empty": Operator(lambda c, v: c.filled, lambda x, v: True, takes="none"),
}

ALIASES = {"before": "lt", "after": "gt", "is": "eq", "on": "eq"}
