"""What happened to a record since somebody was there, and to the records they follow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tracte.engine.timeline import Changed, FieldChange, Timeline, author_of, field_changes
from tracte.engine.titles import together
from tracte.kernel.actor import Actor
from tracte.meta.kinds.base import Context, Kind, RefTitle
from tracte.meta.registry import EntitySpec, registry
from tracte.records import query, watching
from tracte.records import snapshot as snapshots
from tracte.records.changes import Change
from tracte.records.witnessing import history_seen

MOST_CHANGES = 300


@dataclass(frozen=True, slots=True)
class Moved:
    """One field from what it was to what it is, however many steps it took; ``who`` took the last."""

    name: str
    kind: Kind
    before: Any
    after: Any
    actor_id: int | None
    actor_name: str


@dataclass(frozen=True, slots=True)
class News:
    """What is new to a reader. ``count``: of things that happened; ``more``: at least so many."""

    since: datetime
    count: int
    more: bool
    moved: tuple[Moved, ...]


def since_last(found: Timeline, reader: int | None) -> News | None:
    """What others did since the reader was here, of what stands on this page of the timeline."""
    if found.watched is None or found.watched.since is None:
        return None
    events = [*found.pinned, *found.events]
    new = [event for event in events if found.is_new(event, reader)]
    if not new:
        return None
    changes = [
        (event.fields, event.actor_id, event.actor_name)
        for event in reversed(found.events)
        if isinstance(event, Changed) and found.is_new(event, reader)
    ]
    more = bool(found.more) and all(found.is_new(event, reader) or author_of(event) == reader for event in found.events)
    return News(found.watched.since, len(new), more, _summed(changes))


def _summed(changes: Sequence[tuple[Sequence[FieldChange], int | None, str]]) -> tuple[Moved, ...]:
    """Fields from where they began to where they ended, the oldest change given first; what came back is left out."""
    moved: dict[str, Moved] = {}
    for fields, actor_id, actor_name in changes:
        for one in fields:
            known = moved.pop(one.name, None)
            before = known.before if known else one.before
            moved[one.name] = Moved(one.name, one.kind, before, one.after, actor_id, actor_name)
    return tuple(one for one in reversed(moved.values()) if one.before != one.after)


def telling(spec: EntitySpec, moved: Sequence[Moved]) -> list[Moved]:
    """The fields that tell most first: the step it stands on, then what people set, then what follows from it."""
    path = spec.declaration.path
    return sorted(moved, key=lambda one: (one.name != path, one.kind.read_only or one.kind.key == "computed"))


@dataclass(frozen=True, slots=True)
class Deed:
    """One change of a record that a person may read."""

    fields: tuple[FieldChange, ...]
    actor_id: int | None
    actor_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Followed:
    """A record somebody follows, with what others did to it since they were there last."""

    spec: EntitySpec
    title: RefTitle
    deeds: tuple[Deed, ...]

    @property
    def moved(self) -> list[Moved]:
        return telling(self.spec, _summed([(one.fields, one.actor_id, one.actor_name) for one in self.deeds]))

    @property
    def last_at(self) -> datetime | None:
        return self.deeds[-1].at if self.deeds else None


def following(actor: Actor, *, only_new: bool = False) -> tuple[list[Followed], Context]:
    """The records somebody follows and may still see, those with the latest news first, and how their values are shown.

    One query for what they follow, one for the changes, one for the titles of each kind of record.
    """
    context = snapshots.current().context(actor)
    if actor.user_id is None:
        return [], context
    watched = watching.followed_by(actor.user_id)
    titles: dict[int, RefTitle] = {}
    for entity in dict.fromkeys(one.entity for one in watched if one.entity in registry()):
        titles |= query.titles(entity, [one.record_id for one in watched if one.entity == entity], actor)
    there = [one for one in watched if one.record_id in titles]
    by_entity: dict[str, list[int]] = {}
    for one in there:
        by_entity.setdefault(one.entity, []).append(one.record_id)
    seen = {pk for entity, ids in by_entity.items() for pk in history_seen(registry()[entity], actor, ids)}
    deeds = _deeds(actor, {one.record_id: one.since for one in there if one.since}, seen)
    parts = [
        (registry()[one.entity], [{f.name: f.before}, {f.name: f.after}], (f.name,))
        for one in there
        for deed in deeds.get(one.record_id, ())
        for f in deed.fields
    ]
    found = [
        Followed(registry()[one.entity], titles[one.record_id], tuple(deeds.get(one.record_id, ())))
        for one in there
        if one.record_id in deeds or not only_new
    ]
    found.sort(key=lambda one: one.last_at.timestamp() if one.last_at else 0.0, reverse=True)
    return found, replace(context, titles=together(parts, actor, titles))


def _deeds(actor: Actor, since: Mapping[int, datetime], seen: set[int]) -> dict[int, list[Deed]]:
    """What others did to each record after its moment, the oldest first, without what is hidden from the actor."""
    since = {pk: at for pk, at in since.items() if pk in seen}
    if not since:
        return {}
    changes = (
        Change.objects.filter(record_id__in=list(since), at__gt=min(since.values()))
        .exclude(set__actor_id=actor.user_id)
        .order_by("-id")
        .values_list("entity", "record_id", "at", "data", "set__actor_id", "set__actor_name")
    )
    found: dict[int, list[Deed]] = {}
    for entity, record_id, at, data, actor_id, name in reversed(changes[:MOST_CHANGES]):
        if entity in registry() and at > since[record_id]:
            fields = tuple(field_changes(registry()[entity], actor, data or {}, frozenset()))
            if fields:
                found.setdefault(record_id, []).append(Deed(fields, actor_id, name, at))
    return found
