"""Reading conditions: from JSON to checked nodes, with every mistake named."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any as AnyValue
from zoneinfo import ZoneInfo

from tracte.kernel.actor import Actor
from tracte.kernel.dates import resolve
from tracte.kernel.ids import decode
from tracte.kernel.problems import Fault, Problem, Rejected
from tracte.meta.conditions.nodes import All, Any, Hop, Leaf, Linked, Node, Not, Related
from tracte.meta.conditions.operators import ALIASES, OPERATORS, Column
from tracte.meta.expressions import cf_cast
from tracte.meta.kinds.base import Context, Kind
from tracte.meta.kinds.choice import Choice
from tracte.meta.registry import EntitySpec, Registry

WIDENED = {"eq": "in", "ne": "not_in", "in": "in", "not_in": "not_in"}  # by which a tree's branches are found
MAX_DEPTH, MAX_LEAVES, MAX_HOPS, MAX_LIST = 6, 60, 3, 1000


@dataclass
class Reader:
    """Reads conditions for one actor.

    :param keyed: ``keyed(entity, key) -> ids``: records of a directory entity named by their slug.
    """

    registry: Registry
    actor: Actor
    context: Context
    keyed: Callable[[str, str], Sequence[int]] = lambda entity, key: ()
    leaves: int = 0

    def read(self, spec: EntitySpec, raw: AnyValue, depth: int = 0) -> Node:
        """:raises Rejected: status 400, naming the field or operator that is wrong."""
        if depth > MAX_DEPTH:
            raise refuse("too_deep", None, limit=MAX_DEPTH)
        if isinstance(raw, Mapping) and len(raw) == 1:
            ((word, inner),) = raw.items()
            if word == "not":
                return Not(self.read(spec, inner, depth + 1))
            if word in ("all", "any") and isinstance(inner, list):
                parts = tuple(self.read(spec, part, depth + 1) for part in inner)
                return All(parts) if word == "all" else Any(parts)
        if isinstance(raw, list | tuple) and len(raw) in (2, 3) and isinstance(raw[0], str) and isinstance(raw[1], str):
            self.leaves += 1
            if self.leaves > MAX_LEAVES:
                raise refuse("too_deep", None, limit=MAX_LEAVES)
            return self._leaf(spec, raw[0], raw[1], raw[2] if len(raw) == 3 else None, depth)
        raise refuse("bad_condition", None)

    def _leaf(self, spec: EntitySpec, path: str, op: str, raw: AnyValue, depth: int) -> Node:
        head, _, rest = path.partition(".")
        if rest.count(".") >= MAX_HOPS:
            raise refuse("too_deep", path, limit=MAX_HOPS)
        if not rest and head in spec.collections and op in ("any", "none"):
            return self._related(spec, head, op, raw, depth)
        if head == "id":
            return self._id_leaf(op, raw)
        kind = self.field(spec, head, path)
        if rest:
            return self._hop(spec, kind, rest, op, raw, depth, path)
        if kind.key == "many_references":
            return self._linked(spec, kind, op, raw)
        return self._compare(kind, path, op, raw, lambda values: values.get(head))

    def field(self, spec: EntitySpec, name: str, path: str) -> Kind:
        """A field the actor may read; hidden and unknown look the same."""
        kind = spec.fields.get(name)
        if kind is None or self.actor.hides(spec.key, name) or not (kind.stored or kind.key == "many_references"):
            raise refuse("unknown_field", path, name=path)
        return kind

    def _hop(self, spec: EntitySpec, kind: Kind, rest: str, op: str, raw: AnyValue, depth: int, path: str) -> Node:
        parts = kind.parts()
        if rest in parts:
            part, whole = parts[rest], kind
            return self._compare(part, path, op, raw, lambda values: part_of(whole, values.get(whole.name), rest))
        other = self.beyond(kind)
        if other is None:
            raise refuse("unknown_field", path, name=path)
        inner = self._leaf(other, rest, op, raw, depth + 1)
        return Hop(kind.columns()[0], kind.name, other.key, inner)

    def beyond(self, kind: Kind) -> EntitySpec | None:
        """The entity a path may go on to through a reference; ``None`` for one the actor may not look at."""
        target = getattr(kind, "to", None)
        if target is None or target == "*" or kind.key == "many_references" or not self.actor.may(target, "view"):
            return None
        return self.registry[target]

    def collection(self, spec: EntitySpec, name: str) -> EntitySpec | None:
        """The entity of a collection; ``None`` when there is none of that name the actor may look at."""
        found = spec.collections.get(name)
        if found is None or not self.actor.may(found.entity, "view"):
            return None
        return None if self.actor.hides(found.entity, found.field) else self.registry[found.entity]

    def _related(self, spec: EntitySpec, name: str, op: str, raw: AnyValue, depth: int) -> Node:
        found, other = spec.collections[name], self.collection(spec, name)
        if other is None:
            raise refuse("unknown_field", name, name=name)
        inner = All(()) if raw is None else self.read(other, raw, depth + 1)
        column = "" if found.link else other.fields[found.field].columns()[0]
        return Related(found.entity, found.field, column, found.link, op == "none", inner)

    def _linked(self, spec: EntitySpec, kind: Kind, op: str, raw: AnyValue) -> Node:
        if op not in ("has_any", "has_all", "has_none", "empty", "not_empty"):
            raise refuse("unknown_operator", kind.name, op=op)
        ids: tuple[int, ...] = ()
        if op.startswith("has"):
            ids = tuple(self._reference_ids(kind, self._list(raw, kind.name), kind.name))
        return Linked(spec.key, kind.name, op, ids)

    def _id_leaf(self, op: str, raw: AnyValue) -> Node:
        if op not in ("eq", "ne", "in", "not_in"):
            raise refuse("unknown_operator", "id", op=op)
        try:
            ids = [decode(item) for item in (self._list(raw, "id") if "in" in op else [raw])]
        except (ValueError, TypeError, AttributeError):
            raise refuse("bad_id", "id") from None
        operand = ids if "in" in op else ids[0]
        return Leaf(Column("pk"), op, operand, lambda values: values["id"])

    def _compare(self, kind: Kind, path: str, op: str, raw: AnyValue, value_of: Callable[[AnyValue], AnyValue]) -> Node:
        op = ALIASES.get(op, op)
        operator = OPERATORS.get(op)
        if operator is None or op not in kind.operators:
            raise refuse("unknown_operator", path, op=op)
        column = column_of(kind)
        comparable: Callable[[AnyValue], AnyValue] = lambda values: comparable_of(kind, value_of(values))  # noqa: E731
        if operator.takes == "none":
            return Leaf(column, op, None, comparable)
        if getattr(kind, "to", None) and op in ("eq", "ne", "in", "not_in"):
            ids = self._reference_ids(kind, self._list(raw, path) if operator.takes == "list" else [raw], path)
            return Leaf(column, {"eq": "in", "ne": "not_in"}.get(op, op), ids, comparable)
        operand = self._operand(kind, path, op, operator.takes, raw)
        if isinstance(kind, Choice) and op in WIDENED:
            listed = operand if operator.takes == "list" else [operand]
            meant = list(kind.meant(listed, self.context))
            if meant != listed:
                op, operand = WIDENED[op], meant
        if kind.key == "money":
            turned = {"ne": "eq", "not_in": "in"}.get(op)
            leaf = money_leaf(kind, turned or op, operand, value_of)
            return Not(leaf) if turned else leaf
        return Leaf(column, op, stored_operand(kind, operand), comparable)

    def _operand(self, kind: Kind, path: str, op: str, takes: str, raw: AnyValue) -> AnyValue:
        try:
            if takes == "period":
                return self._period(kind, raw)
            if takes == "list":
                found = [kind.operand("eq", item, self.context) for item in self._list(raw, path)]
                return [one for item in found for one in (item if isinstance(item, tuple) else (item,))]
            if takes == "pair":
                listed = self._list(raw, path)
                pair = [self._point(kind, ("gte", "lte")[at > 0], item) for at, item in enumerate(listed)]
                if len(pair) != 2 or any(item is None for item in pair):
                    raise Fault("list_expected")
                return pair
            operand = self._point(kind, op, raw)
        except Fault as fault:
            raise refuse(fault.code, path, **fault.params) from None
        if operand is None:
            raise refuse("required", path)
        return operand

    def _point(self, kind: Kind, op: str, raw: AnyValue) -> AnyValue:
        """One operand; a date may be relative (``-14d``, ``today``), and of a day or a period its last instant counts
        for what comes after it, or by it."""
        return kind.operand(op if kind.key in ("date", "datetime") else "eq", raw, self.context)

    def _period(self, kind: Kind, raw: AnyValue) -> tuple[AnyValue, AnyValue]:
        try:
            first, last = resolve(raw, self.context.today)
        except (ValueError, TypeError, AttributeError):
            raise Fault("bad_period", {"value": str(raw)[:40]}) from None
        after = last + timedelta(days=1)
        if kind.key == "date":
            return first, after
        return start_of(first, self.context), start_of(after, self.context)

    def _reference_ids(self, kind: Kind, raws: list[AnyValue], path: str) -> list[int]:
        """Ids named by id, by ``me`` / ``my_teams``, or by the slug of a directory record."""
        target = str(getattr(kind, "to", ""))
        ids: list[int] = []
        for raw in raws:
            if raw == "me" and target == "user":
                ids.append(self.actor.user_id or 0)
            elif raw == "my_teams" and target == "team":
                ids.extend(self.actor.teams)
            elif isinstance(raw, str) and (named := self.keyed(target, raw)):
                ids.extend(named)
            else:
                try:
                    parsed = kind.operand("eq", raw, self.context)
                except Fault as fault:
                    raise refuse(fault.code, path, **fault.params) from None
                ids.extend(parsed if isinstance(parsed, tuple) else (parsed,))
        return [one for one in ids if one is not None]

    @staticmethod
    def _list(raw: AnyValue, path: str) -> list[AnyValue]:
        if not isinstance(raw, list | tuple) or len(raw) > MAX_LIST:
            raise refuse("list_expected", path)
        return list(raw)


def read(spec: EntitySpec, raw: AnyValue, reader: Reader) -> Node:
    """The condition ``raw`` on ``spec``, checked for ``reader``'s actor. ``None`` and ``{}`` mean every record."""
    return All(()) if raw is None or raw == {} else reader.read(spec, raw)


def refuse(code: str, field: str | None, /, **params: object) -> Rejected:
    return Rejected([Problem(field, code, params)], status=400)


def start_of(day: date, context: Context) -> datetime:
    """Midnight of ``day`` in the person's time zone, as an instant."""
    return datetime.combine(day, time(), ZoneInfo(context.timezone))


def column_of(kind: Kind, part: str = "") -> Column:
    """Where a value is compared. Of money in ``cf``, the amount is."""
    if kind.cf_key is not None:
        part = part or ("amount" if kind.key == "money" else "")
        path = f"{kind.cf_key}.{part}" if part else kind.cf_key
        return Column(kind.name, path, "text" if part == "currency" else cf_cast(kind.key))
    return Column(kind.columns()[1 if part == "currency" else 0])


def stored_operand(kind: Kind, operand: AnyValue) -> AnyValue:
    """The operand as the column stores it: ``cf`` compares JSON values."""
    if kind.cf_key is None or operand is None:
        return operand
    if isinstance(operand, list | tuple):
        return [stored_operand(kind, item) for item in operand]
    if isinstance(operand, Decimal):
        return float(operand)
    return operand if kind.key == "yes_no" or isinstance(operand, str) else kind.to_json(operand)


def comparable_of(kind: Kind, value: AnyValue) -> AnyValue:
    if value is None or value == ():
        return None
    return stored_operand(kind, value) if kind.cf_key is not None else kind.comparable(value)


def part_of(whole: Kind, value: AnyValue, part: str) -> AnyValue:
    return None if value is None else getattr(value, part)


def money_leaf(kind: Kind, op: str, operand: AnyValue, value_of: Callable[[AnyValue], AnyValue]) -> Leaf:
    """Money compares only within the operand's currency: 100 EUR is neither more nor less than 100 USD."""
    listed = operand if isinstance(operand, list) else [operand]
    currencies = {item.currency for item in listed}
    if len(currencies) != 1:
        raise refuse("mixed_currencies", kind.name)
    currency = currencies.pop()
    amounts = [stored_operand(kind, item.amount) for item in listed]

    def amount_of(values: AnyValue) -> AnyValue:
        value = value_of(values)
        return None if value is None else stored_operand(kind, value.amount)

    return Leaf(
        column_of(kind),
        op,
        amounts if isinstance(operand, list) else amounts[0],
        amount_of,
        column_of(kind, "currency").q("exact", currency),
        lambda values: value_of(values).currency == currency,
    )
