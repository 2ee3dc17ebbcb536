"""What a change set did, for its page: records created, changed, binned and restored, within what the actor may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models.fields.json import KeyTransform

from tracte.engine.timeline import FieldChange, field_changes
from tracte.engine.titles import together
from tracte.kernel.actor import Actor, Level
from tracte.meta.kinds.base import RefTitle
from tracte.meta.registry import EntitySpec, registry
from tracte.records import query, undo, witnessing
from tracte.records.changes import UNDOABLE, Change, ChangeSet, CreatedChunk
from tracte.records.query import Rows, reach
from tracte.records.storing import created_ids

PAGE = 50
CREATED_SHOWN = 30
_UNKNOWN = object()


@dataclass(frozen=True, slots=True)
class Created:
    """Records of one entity that a set created: how many, and the first few the actor may see."""

    spec: EntitySpec
    count: int
    titles: tuple[RefTitle, ...]


@dataclass(frozen=True, slots=True)
class Touched:
    """What a set did to one record that was there before."""

    spec: EntitySpec
    id: int
    at: datetime
    verb: str
    title: str
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Deeds:
    """One page of what a set did. ``unseen``: changes on this page of records that are not for the actor."""

    created: tuple[Created, ...]
    touched: tuple[Touched, ...]
    unseen: int
    more: int | None
    titles: dict[int, RefTitle]


def sets(
    actor: Actor, *, everybody: bool, before: int | None = None, limit: int = PAGE
) -> tuple[list[ChangeSet], int | None]:
    """Change sets newest first, and the mark of the next page.

    :param everybody: not only the actor's own: all that did something to records whose history they may see.
    """
    if everybody and not (actor.admin or actor.everything):
        return witnessing.newest(actor, before, limit)
    found = undo.visible_sets(actor)
    if not everybody:
        found = found.filter(actor_id=actor.user_id)
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found.defer("data").annotate(irreversible=KeyTransform("irreversible", "data"))[: limit + 1])
    return rows[:limit], (rows[limit - 1].pk if len(rows) > limit else None)


def subjects(sets: Sequence[ChangeSet], actor: Actor) -> dict[int, str]:
    """The title of the one record that a set of one is about, for those the actor may see."""
    ones = [one.pk for one in sets if _records(one) == 1]
    about: dict[int, tuple[str, int]] = {}
    for chunk in CreatedChunk.objects.filter(set__in=ones, count=1):
        about[chunk.set_id] = (chunk.entity, created_ids(chunk)[0])
    for set_id, entity, record_id in Change.objects.filter(set__in=ones).values_list("set_id", "entity", "record_id"):
        about.setdefault(set_id, (entity, record_id))
    wanted: dict[str, set[int]] = {}
    for entity, record_id in about.values():
        if entity in registry() and reach(registry()[entity], actor, "view") > Level.NONE:
            wanted.setdefault(entity, set()).add(record_id)
    titles = {pk: one.title for entity, ids in wanted.items() for pk, one in query.titles(entity, ids, actor).items()}
    return {set_id: titles[pk] for set_id, (_entity, pk) in about.items() if titles.get(pk)}


def _records(changeset: ChangeSet) -> int:
    counts = changeset.counts or {}
    return sum(int(counts.get(name) or 0) for name in ("created", "updated", "deleted", "restored"))


def may_undo(changeset: ChangeSet) -> bool:
    """Whether there is something to take back that can be."""
    if not _records(changeset) or changeset.state not in UNDOABLE:
        return False
    listed = getattr(changeset, "irreversible", _UNKNOWN)
    return not (changeset.data.get("irreversible") if listed is _UNKNOWN else listed)


def deeds(changeset: ChangeSet, actor: Actor, before: int | None = None, limit: int = PAGE) -> Deeds:
    """What the set did. Records the actor may not see are counted, not named; in a set of somebody else they are not
    told of at all."""
    created = _created(changeset, actor) if before is None else ()
    changes = witnessing.changes_of(changeset, actor).order_by("-id")
    if before is not None:
        changes = changes.filter(pk__lt=before)
    listed = list(changes[: limit + 1])
    more = listed[limit - 1].pk if len(listed) > limit else None
    touched, unseen, titles = _touched(listed[:limit], actor)
    return Deeds(created, touched, unseen if witnessing.all_seen(changeset, actor) else 0, more, titles)


def _created(changeset: ChangeSet, actor: Actor) -> tuple[Created, ...]:
    counts: dict[str, int] = {}
    first: dict[str, list[int]] = {}
    for chunk in CreatedChunk.objects.filter(set=changeset).defer("ids").order_by("id"):
        counts[chunk.entity] = counts.get(chunk.entity, 0) + chunk.count
        known = first.setdefault(chunk.entity, [])
        if len(known) < CREATED_SHOWN:
            known.extend(created_ids(chunk)[: CREATED_SHOWN - len(known)])
    found = []
    for entity, count in counts.items():
        if entity in registry() and reach(registry()[entity], actor, "view") > Level.NONE:
            titles = query.titles(entity, first[entity], actor)
            if not witnessing.all_seen(changeset, actor):
                seen = witnessing.history_seen(registry()[entity], actor, titles)
                titles = {pk: title for pk, title in titles.items() if pk in seen}
                told = (changeset.counts or {}).get("by_entity", {}).get(entity, {})
                count = int(told.get("created", 0))
            shown = tuple(titles[pk] for pk in first[entity] if pk in titles)
            found.append(Created(registry()[entity], count, shown))
    return tuple(found)


def _touched(changes: Sequence[Change], actor: Actor) -> tuple[tuple[Touched, ...], int, dict[int, RefTitle]]:
    known: dict[int, RefTitle] = {}
    for entity in {change.entity for change in changes}:
        if entity in registry() and reach(registry()[entity], actor, "view") > Level.NONE:
            ids = {change.record_id for change in changes if change.entity == entity}
            known.update(_names(entity, ids, actor))
    found: list[Touched] = []
    for change in changes:
        if change.record_id in known:
            spec = registry()[change.entity]
            fields = tuple(field_changes(spec, actor, change.data, frozenset()))
            title = known[change.record_id].title
            found.append(Touched(spec, change.record_id, change.at, change.verb, title, fields))
    parts: list[tuple[EntitySpec, list[dict[str, Any]], tuple[str, ...]]] = []
    for one in found:
        sides = [{f.name: f.before} for f in one.fields] + [{f.name: f.after} for f in one.fields]
        parts.append((one.spec, sides, tuple(f.name for f in one.fields)))
    return tuple(found), len(changes) - len(found), together(parts, actor, known)


def _names(entity: str, ids: set[int], actor: Actor) -> dict[int, RefTitle]:
    """Titles of live and binned records in reach."""
    found = query.titles(entity, ids, actor)
    missing = ids - found.keys()
    if missing and not registry()[entity].declaration.directory:
        rows: Rows = query.rows(entity, actor).bin()
        names = [name for name in rows.spec.title_fields if name in rows.visible]
        for pk, values in rows.read(missing, names).items():
            texts = {name: rows.visible[name].text(values.get(name), rows.context) for name in names}
            found[pk] = RefTitle(pk, entity, rows.spec.title(values, texts), extra={"binned": True})
    return found
