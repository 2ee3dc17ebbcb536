"""What a change of a role would do, before it is saved: for each holder the records and fields gained and lost."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tracte.kernel.actor import Actor
from tracte.meta.kinds.base import Context, say
from tracte.meta.registry import EntitySpec, registry
from tracte.meta.values import shown_title
from tracte.records import snapshot as snapshots
from tracte.records.query import Rows, reach
from tracte.records.snapshot import Snapshot

VERBS = ("view", "edit", "delete")
MOST_PEOPLE = 20  # each costs a few queries for each kind of record whose reach changes
COUNTED = 1000
EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Moved:
    """Records that come into reach or leave it.

    :param count: no further than :data:`COUNTED` + 1. :param titles: the first few.
    """

    count: int
    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowEffect:
    """What one verb on one kind of record would gain and lose."""

    spec: EntitySpec
    verb: str
    gained: Moved
    lost: Moved


@dataclass(frozen=True, slots=True)
class FieldEffect:
    """A field whose right would change: ``""`` as usual, ``readonly`` or ``hidden``."""

    spec: EntitySpec
    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Effect:
    """What the change would do for one holder of the role."""

    name: str
    rows: Sequence[RowEffect] = field(default_factory=tuple)
    fields: Sequence[FieldEffect] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Effects:
    """For the holders whose rights would change; ``more`` were not looked at."""

    people: Sequence[Effect]
    holders: int
    more: int


def effects(role: int, values: Mapping[str, Any], context: Context) -> Effects:
    """What writing ``grants`` or ``masks`` to a role would do for each active person who holds it.

    :param values: the role's new ``grants`` or ``masks``, as they would be stored.
    """
    now = snapshots.current()
    then = replace(
        now,
        grants={**now.grants, role: values.get("grants", now.grants.get(role, {}))},
        masks={**now.masks, role: values.get("masks", now.masks.get(role, {}))},
        worked_out={},
        _actors={},
    )
    holders = [one for one in now.members.values() if one.active and role in now.roles_of(one)]
    looked_at = sorted(holders, key=lambda one: one.name.casefold())[:MOST_PEOPLE]
    people = []
    for member in looked_at:
        before, after = now.actor(member.id), then.actor(member.id)
        rows = tuple(_rows(before, after, now, then))
        fields = tuple(_fields(before, after, context))
        if rows or fields:
            people.append(Effect(member.name, rows, fields))
    return Effects(people, len(holders), len(holders) - len(looked_at))


def _rows(before: Actor, after: Actor, now: Snapshot, then: Snapshot) -> Iterator[RowEffect]:
    for spec in registry():
        declared = spec.declaration
        if declared.directory or declared.own_things or declared.parent is not None:
            continue
        for verb in VERBS:
            if reach(spec, before, verb) is reach(spec, after, verb):
                continue
            mine, theirs = Rows(spec, before, verb, now), Rows(spec, after, verb, then)
            gained, lost = _moved(theirs, mine), _moved(mine, theirs)
            if gained.count or lost.count:
                yield RowEffect(spec, verb, gained, lost)


def _moved(here: Rows, not_there: Rows) -> Moved:
    """What is in one reach and not in another, told to an administrator."""
    found = here.queryset().exclude(pk__in=not_there.queryset().values("pk"))
    ids = list(found.order_by("-pk").values_list("pk", flat=True)[: COUNTED + 1])
    first = replace(here, unscoped=True).read(ids[:EXAMPLES], here.spec.title_fields)
    titles = tuple(shown_title(here.spec, first[pk], here.context) for pk in ids[:EXAMPLES] if pk in first)
    return Moved(len(ids), titles)


def _fields(before: Actor, after: Actor, context: Context) -> Iterator[FieldEffect]:
    for entity, name in sorted(before.masks.keys() | after.masks.keys()):
        was, will = before.masks.get((entity, name), ""), after.masks.get((entity, name), "")
        spec = registry().entities.get(entity)
        if was != will and spec is not None and name in spec.fields:
            yield FieldEffect(spec, say(spec.fields[name].label, context), was, will)
