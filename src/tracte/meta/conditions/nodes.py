"""Checked conditions: trees that say the same in SQL and in memory."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any as AnyValue
from typing import Protocol

from django.db.models import Q, QuerySet

from tracte.meta.conditions.operators import OPERATORS, Column

Values = Mapping[str, AnyValue]


class Scope(Protocol):
    """Rows the actor may see; each hop of a path goes through it."""

    def rows(self, entity: str) -> "QuerySet[AnyValue]": ...

    def links(self, entity: str, field: str) -> "QuerySet[AnyValue]":
        """Rows of ``record_link`` for one field, with ``from_id`` and ``to_id``."""
        ...

    def known(self, entity: str, inner: "Node") -> list[int] | None:
        """Ids of the rows that meet a condition, where that can be told without asking the database."""
        ...


class World(Protocol):
    """The same for values in memory."""

    def record(self, entity: str, record_id: int) -> Values | None: ...

    def collection(self, entity: str, field: str, record_id: int) -> Iterable[Values]:
        """Records of ``entity`` whose ``field`` points to ``record_id``."""
        ...


class Node:
    def to_q(self, scope: Scope) -> Q:
        raise NotImplementedError

    def accepts(self, values: Values, world: World) -> bool:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class All(Node):
    parts: tuple[Node, ...]

    def to_q(self, scope: Scope) -> Q:
        found = ~Q(pk__in=[])  # a plain Q() would also be empty when negated
        for part in self.parts:
            found &= part.to_q(scope)
        return found

    def accepts(self, values: Values, world: World) -> bool:
        return all(part.accepts(values, world) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Any(Node):
    parts: tuple[Node, ...]

    def to_q(self, scope: Scope) -> Q:
        found = Q(pk__in=[])
        for part in self.parts:
            found |= part.to_q(scope)
        return found

    def accepts(self, values: Values, world: World) -> bool:
        return any(part.accepts(values, world) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not(Node):
    part: Node

    def to_q(self, scope: Scope) -> Q:
        return ~self.part.to_q(scope)

    def accepts(self, values: Values, world: World) -> bool:
        return not self.part.accepts(values, world)


@dataclass(frozen=True, slots=True)
class Leaf(Node):
    """One comparison on one column.

    :param value_of: takes the record's values and gives the comparable value of the column.
    """

    column: Column
    operator: str
    operand: AnyValue
    value_of: Callable[[Values], AnyValue]
    guard: Q | None = None  # narrows to comparable rows (the operand's currency)
    guard_of: Callable[[Values], bool] | None = None

    def to_q(self, scope: Scope) -> Q:
        found = OPERATORS[self.operator].sql(self.column, self.operand)
        return found if self.guard is None else found & self.guard

    def accepts(self, values: Values, world: World) -> bool:
        operator = OPERATORS[self.operator]
        value = self.value_of(values)
        if value is None:
            return operator.on_empty
        if self.guard_of is not None and not self.guard_of(values):
            return False
        return operator.memory(value, self.operand)


@dataclass(frozen=True, slots=True)
class Hop(Node):
    """A condition on the record a reference points to. False when it points nowhere the actor may see."""

    column: str
    name: str
    entity: str
    inner: Node

    def to_q(self, scope: Scope) -> Q:
        found: AnyValue = scope.known(self.entity, self.inner)
        if found is None:
            found = scope.rows(self.entity).filter(self.inner.to_q(scope)).order_by().values("pk")
        return Q((f"{self.column}__isnull", False)) & Q((f"{self.column}__in", found))

    def accepts(self, values: Values, world: World) -> bool:
        target = values.get(self.name)
        other = None if target is None else world.record(self.entity, target)
        return other is not None and self.inner.accepts(other, world)


@dataclass(frozen=True, slots=True)
class Related(Node):
    """Any (or none) of the records that point here meets a condition."""

    entity: str
    field: str
    column: str
    link: bool
    none: bool
    inner: Node

    def to_q(self, scope: Scope) -> Q:
        rows = scope.rows(self.entity).filter(self.inner.to_q(scope)).order_by()
        if self.link:
            found = scope.links(self.entity, self.field).filter(from_id__in=rows.values("pk")).values("to_id")
        else:
            found = rows.filter((f"{self.column}__isnull", False)).values(self.column)
        here = Q(pk__in=found)
        return ~here if self.none else here

    def accepts(self, values: Values, world: World) -> bool:
        others = world.collection(self.entity, self.field, values["id"])
        return any(self.inner.accepts(other, world) for other in others) != self.none


@dataclass(frozen=True, slots=True)
class Linked(Node):
    """Which records a many-reference field holds."""

    entity: str
    field: str
    operator: str
    ids: tuple[int, ...]

    def to_q(self, scope: Scope) -> Q:
        links = scope.links(self.entity, self.field)
        if self.operator in ("empty", "not_empty"):
            filled = Q(pk__in=links.values("from_id"))
            return filled if self.operator == "not_empty" else ~filled
        if self.operator == "has_all":
            found = Q()
            for one in self.ids:
                found &= Q(pk__in=links.filter(to_id=one).values("from_id"))
            return found
        here = Q(pk__in=links.filter(to_id__in=self.ids).values("from_id"))
        return ~here if self.operator == "has_none" else here

    def accepts(self, values: Values, world: World) -> bool:
        held = set(values.get(self.field) or ())
        if self.operator in ("empty", "not_empty"):
            return bool(held) == (self.operator == "not_empty")
        if self.operator == "has_all":
            return held.issuperset(self.ids)
        return bool(held.intersection(self.ids)) != (self.operator == "has_none")
