"""What happened lately to records the actor may see, newest first: what one person did alike is one line."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tracte.engine.timeline import talks
from tracte.kernel.actor import Actor, Level
from tracte.kernel.ids import decode
from tracte.meta.kinds.base import Kind, RefTitle
from tracte.meta.registry import EntitySpec, registry
from tracte.meta.values import shown_title
from tracte.records import query
from tracte.records import snapshot as snapshots
from tracte.records.changes import Change, CreatedChunk, shown_actor
from tracte.records.query import reach
from tracte.records.storing import created_ids

LOOKED_AT = 200  # newest history rows read; what lies deeper is no news
MOST_READ = 120  # of those, the newest whose records are read
MOST_IDS = 12  # a bulk that created more is told as a number
CLOSED = ("won", "lost")


@dataclass(frozen=True, slots=True)
class News:
    """One thing that happened, or several of the same sort.

    :param who: the name in history; ``mine`` when it was the actor. :param verb: ``create`` or ``update``.
    :param record: what it happened to, ``None`` for a bulk; then ``count`` says how many were created.
    :param moved: the new value of the entity's path field (the stage), when it changed.
    :param changed: labels of changed fields the actor may see.
    :param about: what somebody wrote about, where they wrote (a note).
    :param more: how many others of the same sort the same person did it to.
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
    about: RefTitle | None = None
    more: int = 0

    @property
    def closes(self) -> bool:
        """Whether a deal was won or lost by it."""
        return self.moved is not None and self.moved.extra.get("kind") in CLOSED


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


@dataclass(frozen=True, slots=True)
class _Known:
    """A record in reach. :param owner: ``None`` also where the actor may not see it."""

    title: RefTitle
    owner: int | None


def recent(actor: Actor, since: datetime, limit: int = 8, *, mine: bool = False) -> list[News]:
    """The newest ``limit`` things since a moment, as far as the actor may see the records.

    What others did comes alone where there is any; else what the actor did.

    :param mine: only what concerns the actor: their records, what was written about them, deals won or lost by
        anybody, and new records nobody owns yet.
    """
    found = sorted([*_changed(actor, since), *_created(actor, since)], key=lambda one: one.at, reverse=True)[:MOST_READ]
    about = _about(found)
    known = _read(found, about, actor)
    news: list[News] = []
    own: list[News] = []
    for one in found:
        if one.id is not None and one.id not in known:
            continue
        told = _told(one, actor, known, about)
        if told.mine:
            own.append(told)
        elif not mine or _concerns(one, told, actor, known, about):
            news.append(told)
    return _grouped(news or own)[:limit]


def _concerns(
    one: _Found, told: News, actor: Actor, known: dict[int, _Known], about: dict[int, tuple[int, ...]]
) -> bool:
    if one.id is None:
        return False
    subjects = about.get(one.id)
    if subjects is not None:
        return any(known[subject].owner == actor.user_id for subject in subjects if subject in known)
    owner = known[one.id].owner
    return owner == actor.user_id or told.closes or (one.verb == "create" and owner is None)


def _grouped(news: Sequence[News]) -> list[News]:
    """One line for what one person did to one record, and for the same sort of thing done to several."""
    first: dict[Any, News] = {}
    held: dict[Any, set[int]] = {}
    for one in news:
        single = one.record is None or one.about is not None or one.closes
        moved = one.moved.id if one.moved else None
        # What closes a deal is news of its own; the rest stands together by person, sort and stage.
        key: Any = id(one) if single else (one.who, one.verb, one.spec.key, moved)
        if key not in first:
            first[key], held[key] = one, {one.record.id} if one.record else set()
        elif one.record is not None:
            held[key].add(one.record.id)
    return [replace(one, more=max(len(held[key]) - 1, 0)) for key, one in first.items()]


def _seen(entity: str, actor: Actor) -> EntitySpec | None:
    if entity not in registry():  # its module is gone
        return None
    spec = registry()[entity]
    declared = spec.declaration
    if declared.directory or not declared.timeline or declared.own_things or declared.parent is not None:
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


def _about(found: Iterable[_Found]) -> dict[int, tuple[int, ...]]:
    """What notes and the like are about, by their id: one query for each sort of them."""
    subjects: dict[int, tuple[int, ...]] = {}
    written = {talk.spec.key: talk for talk in talks()}
    ids: dict[str, list[int]] = {}
    for one in found:
        if one.id is not None and one.spec.key in written:
            ids.setdefault(one.spec.key, []).append(one.id)
    for entity, some in ids.items():
        about = written[entity].about
        held = query.links_of(entity, [about], some)
        subjects |= {record: held.get((record, about), ()) for record in some}
    return subjects


def _read(found: Iterable[_Found], about: dict[int, tuple[int, ...]], actor: Actor) -> dict[int, _Known]:
    """Title and owner of the records and of what was written about, as far as in reach: one query an entity."""
    wanted: dict[str, set[int]] = {}
    for one in found:
        if one.id is not None:
            wanted.setdefault(one.spec.key, set()).add(one.id)
    anywhere = {subject for subjects in about.values() for subject in subjects}
    context = snapshots.current().context(actor)
    known: dict[int, _Known] = {}
    for spec in registry():
        ids = wanted.get(spec.key, set()) | (anywhere - known.keys() if spec.may_be_topic else set())
        if not ids or reach(spec, actor, "view") is Level.NONE:
            continue
        names = [name for name in (*spec.title_fields, "owner") if not actor.hides(spec.key, name)]
        for pk, values in query.rows(spec.key, actor).read(ids, names).items():
            title = RefTitle(pk, spec.key, shown_title(spec, values, context))
            known[pk] = _Known(title, values.get("owner"))
    return known


def _told(one: _Found, actor: Actor, known: dict[int, _Known], about: dict[int, tuple[int, ...]]) -> News:
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
        record=None if one.id is None else known[one.id].title,
        count=one.count,
        moved=moved,
        changed=tuple(spec.fields[name] for name in one.data if name in spec.fields),
        about=next((known[s].title for s in about.get(one.id or 0, ()) if s in known), None),
    )
