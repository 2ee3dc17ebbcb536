"""Records that belong to a row's record and come from single cells of it: further e-mails and phones of a contact."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from tracte.kernel.actor import Actor, Level
from tracte.kernel.problems import Fault, Problem
from tracte.meta.kinds import Choice
from tracte.meta.registry import EntitySpec, registry
from tracte.records import query

OWN = frozenset({"email", "phone", "url"})  # kinds of fields that hold a way to reach somebody
LEAST_DIGITS, COMPARED_DIGITS = 6, 8


@dataclass(frozen=True, slots=True)
class Child:
    """An entity whose records belong to the record of a row.

    :param link: its field that refers to the row's record. :param value: its field the cell fills.
    :param sort: its field that says what sort of value it is, a choice; empty when there is none.
    """

    spec: EntitySpec
    link: str
    value: str
    sort: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """One record to make of a cell. :param given: its further values."""

    child: Child
    text: str
    given: Mapping[str, str]


def children_of(spec: EntitySpec, actor: Actor) -> dict[str, Child]:
    """Entities whose records can be made of single cells of a row: one required text, one choice, one parent."""
    found = {}
    for other in registry():
        link = str(other.declaration.parent or "")
        if not link or getattr(other.fields.get(link), "to", None) != spec.key or len(other.title_fields) != 1:
            continue
        name = other.title_fields[0]
        needed = [one for one, kind in other.fields.items() if kind.required and one not in (link, name)]
        sorts = [one for one in needed if isinstance(other.fields[one], Choice)]
        if not other.fields[name].required or len(sorts) != 1 or needed != sorts:
            continue
        if query.reach(other, actor, "create") is not Level.NONE:
            found[other.key] = Child(other, link, name, sorts[0])
    return found


def alike(text: str) -> str:
    """By what two ways to reach somebody are told apart however they are written."""
    digits = re.sub(r"[^0-9]", "", text)
    if "@" in text or len(digits) < LEAST_DIGITS:
        return " ".join(text.casefold().split())
    return digits[-COMPARED_DIGITS:]


class Item(Protocol):
    """What is looked at of a row on its way."""

    values: dict[str, Any]
    wanted: list[Wanted]


@dataclass
class Held:
    """What the records of a chunk have already, by record, so that importing twice doubles nothing."""

    actor: Actor
    known: dict[int, set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, spec: EntitySpec, actor: Actor, live: Sequence[tuple[Item, int]], fresh: Collection[int]) -> "Held":
        """What the records of some rows have already. :param fresh: those that were made just now."""
        held = cls(actor)
        there = [pk for _item, pk in live if pk not in fresh]
        visible = query.rows(spec.key, actor).visible
        names = [name for name, kind in visible.items() if kind.key in OWN]
        for pk, values in query.rows(spec.key, actor).read(there, names).items() if there else ():
            held.take(pk, values.values())
        for item, pk in live:
            held.take(pk, (item.values.get(name) for name in names))
        for child in {wanted.child for item, _pk in live for wanted in item.wanted}:
            held.look(child, there)
        return held

    def look(self, child: Child, ids: Sequence[int]) -> None:
        """Read what records that were here before have."""
        if query.reach(child.spec, self.actor, "view") is Level.NONE or not ids:
            return
        rows = query.rows(child.spec.key, self.actor)
        by_record = rows.find(child.link, ids)
        stored = rows.read((one for ones in by_record.values() for one in ones), [child.value])
        for record, ones in by_record.items():
            self.known.setdefault(record, set()).update(alike(str(stored[one][child.value] or "")) for one in ones)

    def take(self, record: int, values: Iterable[Any]) -> None:
        """Count the record's own e-mail and phones as known."""
        self.known.setdefault(record, set()).update(alike(value) for value in values if isinstance(value, str))

    def is_new(self, record: int, text: str) -> bool:
        """Whether the record lacks this; from now on it has it."""
        seen, mark = self.known.setdefault(record, set()), alike(text)
        fresh = mark not in seen
        seen.add(mark)
        return fresh


def left_blank(wanted: Wanted, row: int) -> Problem:
    """A value that could not become a record: the row comes in without it."""
    fault = Fault("left_blank", {"value": wanted.text[:60]})
    return Problem(wanted.child.spec.key, fault.code, fault.params, warning=True, row=row)
