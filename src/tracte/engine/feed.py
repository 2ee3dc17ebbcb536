"""What happened lately to records the actor may see: one line for each record and act, newest first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tracte.kernel.actor import Actor, Level
from tracte.kernel.ids import decode
from tracte.meta.kinds.base import Kind, RefTitle
from tracte.meta.registry import EntitySpec, registry
from tracte.records import query
from tracte.records import snapshot as snapshots
from tracte.records.changes import Change, CreatedChunk, shown_actor
from tracte.records.query import reach
from tracte.records.storing import created_ids

LOOKED_AT = 200  # newest history rows read; what lies deeper is no news
MOST_IDS = 12  # a bulk that created more is told as a number


@dataclass(frozen=True, slots=True)
class News:
    """One thing that happened.

    :param who: the name in history; ``mine`` when it was the actor. :param verb: ``create`` or ``update``.
    :param record: what it happened to, ``None`` for a bulk; then ``count`` says how many were created.
    :param moved: the new value of the entity's path field (the stage), when it changed.
    :param changed: labels of changed fields the actor may see.
    """

    at: datetime
    who: str
    mine: bool
    verb: str
    spec: EntitySpec
    record: RefTitle | None
    count: int = 1
    moved: RefTitle | None = None
    changed: tuple[Kind, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    at: datetime
    who: str
    actor_id: int | None
    verb: str
    spec: EntitySpec
    id: int | None
    count: int
    data: dict[str, Any]


def recent(actor: Actor, since: datetime, limit: int = 8) -> list[News]:
    """The newest ``limit`` things since a moment, as far as the actor may see the records."""
    found = sorted([*_changed(actor, since), *_created(actor, since)], key=lambda one: one.at, reverse=True)
    found = found[: limit * 4]
    titles = _titles(found, actor)
    news = [_told(one, actor, titles) for one in found if one.id is None or one.id in titles]
    return news[:limit]


def _seen(entity: str, actor: Actor) -> EntitySpec | None:
    if entity not in registry():  # its module is gone
        return None
    spec = registry()[entity]
    if spec.declaration.directory or not spec.declaration.timeline:
        return None
    return spec if reach(spec, actor, "view") > Level.NONE else None


def _changed(actor: Actor, since: datetime) -> Iterable[_Found]:
    rows = Change.objects.filter(verb="update").select_related("set").defer("set__data").order_by("-id")[:LOOKED_AT]
    for change in rows:
        spec = _seen(change.entity, actor)
        if change.at < since or change.set.origin == "system" or spec is None:
            continue
        visible = {name: sides for name, sides in change.data.items() if not actor.hides(spec.key, name)}
        if visible:
            who = shown_actor(change.set.actor_name), change.set.actor_id
            yield _Found(change.at, *who, "update", spec, change.record_id, 1, visible)


def _created(actor: Actor, since: datetime) -> Iterable[_Found]:
    rows = CreatedChunk.objects.select_related("set").defer("set__data").order_by("-id")[:LOOKED_AT]
    for chunk in rows:
        spec, made = _seen(chunk.entity, actor), chunk.set
        if made.created_at < since or made.origin == "system" or spec is None:
            continue
        who = shown_actor(made.actor_name), made.actor_id
        if chunk.count > MOST_IDS:
            if reach(spec, actor, "view") is Level.ALL:
                yield _Found(made.created_at, *who, "create", spec, None, chunk.count, {})
            continue
        for one in created_ids(chunk):
            yield _Found(made.created_at, *who, "create", spec, one, 1, {})


def _titles(found: Iterable[_Found], actor: Actor) -> dict[int, RefTitle]:
    wanted: dict[str, set[int]] = {}
    for one in found:
        if one.id is not None:
            wanted.setdefault(one.spec.key, set()).add(one.id)
    titles: dict[int, RefTitle] = {}
    for entity, ids in wanted.items():
        titles |= query.titles(entity, ids, actor)
    return titles


def _told(one: _Found, actor: Actor, titles: dict[int, RefTitle]) -> News:
    spec, path = one.spec, one.spec.declaration.path
    moved = None
    if path in one.data and one.data[path][1]:
        target = str(getattr(spec.fields[path], "to", ""))
        moved = snapshots.current().title(target, decode(one.data[path][1]))
    return News(
        at=one.at,
        who=one.who,
        mine=one.actor_id == actor.user_id,
        verb=one.verb,
        spec=spec,
        record=None if one.id is None else titles[one.id],
        count=one.count,
        moved=moved,
        changed=tuple(spec.fields[name] for name in one.data if name in spec.fields),
    )
