"""Who may see who changed what: the right *history*, of one record and of other people's change sets.

A change set is seen by its maker, by administrators, and by whoever may see the history of a record it touched: of such
a set they see what it did to those records, and count no others.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, Q, QuerySet

from tracte.kernel.actor import Actor, Level
from tracte.kernel.problems import NotFound
from tracte.meta.registry import EntitySpec, registry
from tracte.records import snapshot as snapshots
from tracte.records.changes import Change, ChangeSet, CreatedChunk
from tracte.records.query import Rows, reach
from tracte.records.storing import created_ids

COUNT_OF = {"create": "created", "update": "updated", "delete": "deleted", "restore": "restored"}
MOST_CHUNKS = 50  # of created records looked through for one page of sets, a thousand ids each
SCANNED = 200  # sets looked at for one page of those somebody may see


def history_seen(spec: EntitySpec, actor: Actor, ids: Collection[int]) -> set[int]:
    """Those of the records the actor sees whose history they may see, too; no query where the rights go equally far."""
    if reach(spec, actor, "history") is reach(spec, actor, "view"):
        return set(ids)
    if reach(spec, actor, "history") is Level.NONE:
        return set()
    return set(Rows(spec, actor, "history", snapshots.current()).only(ids).ids())


def witnesses(actor: Actor) -> bool:
    """Whether the actor may see changes that others made."""
    if actor.admin or actor.everything:
        return True
    return any(reach(spec, actor, "history") > Level.OWN for spec in registry() if not spec.declaration.directory)


def all_seen(changeset: ChangeSet, actor: Actor) -> bool:
    """Whether the set is the actor's own, or they are an administrator."""
    mine = actor.user_id is not None and changeset.actor_id == actor.user_id
    return mine or actor.admin or actor.everything


def look_at(set_id: int, actor: Actor) -> ChangeSet:
    """A change set to look at, with the counts of what the actor may see of it.

    :raises NotFound: when there is no such set, or none of it is for the actor.
    """
    found = ChangeSet.objects.filter(pk=set_id).first()
    if found is not None and all_seen(found, actor):
        return found
    told = tallies([set_id], actor).get(set_id)
    if found is None or not told:
        raise NotFound("change set")
    found.counts, found.data, found.title = told, {}, ""
    return found


def newest(actor: Actor, before: int | None, limit: int) -> tuple[list[ChangeSet], int | None]:
    """The newest change sets of everybody that the actor may see some of, with counts of that, and where to go on."""
    shown: list[ChangeSet] = []
    mark = before
    for _ in range(SCANNED // limit):
        sets = ChangeSet.objects.order_by("-id").defer("data")
        page = list(sets.filter(pk__lt=mark)[:limit] if mark is not None else sets[:limit])
        told = tallies([one.pk for one in page if not all_seen(one, actor)], actor)
        for one in page:
            if all_seen(one, actor):
                shown.append(one)
            elif one.pk in told:
                one.counts, one.title = told[one.pk], ""
                shown.append(one)
            mark = one.pk
            if len(shown) == limit:
                return shown, mark
        if len(page) < limit:
            return shown, None
    return shown, mark


def changes_of(changeset: ChangeSet, actor: Actor) -> QuerySet[Change]:
    """What a set did to records that were there before, as far as it is for the actor."""
    changes = Change.objects.filter(set=changeset)
    if all_seen(changeset, actor):
        return changes
    told = [spec for spec in registry() if _told(spec, actor)]
    return changes.filter(reduce(or_, (Q(_within(spec, actor, "record_id"), entity=spec.key) for spec in told)))


def _told(spec: EntitySpec, actor: Actor) -> bool:
    """Whether changes of this kind of record are told to others than who made them."""
    return not spec.declaration.directory and reach(spec, actor, "history") is not Level.NONE


def _within(spec: EntitySpec, actor: Actor, column: str) -> Q:
    """Records whose history the actor may see, those in the bin included."""
    mine = Rows(spec, actor, "history", snapshots.current())
    live, binned = (rows.queryset().values("pk") for rows in (mine, mine.bin()))
    return Q((f"{column}__in", live)) | Q((f"{column}__in", binned))


def tallies(set_ids: Sequence[int], actor: Actor) -> dict[int, dict[str, Any]]:
    """What sets did to records whose history the actor may see: counts by set; sets without any are left out.

    One query for each kind of record the actor reaches, however many sets and records there are.
    """
    found: dict[int, Counter[str]] = {}
    by_entity: dict[int, dict[str, Counter[str]]] = {}
    created = _created(set_ids)
    for spec in registry():
        if not _told(spec, actor):
            continue
        changes = Change.objects.filter(_within(spec, actor, "record_id"), set__in=set_ids, entity=spec.key).order_by()
        rows = list(changes.values_list("set_id", "verb").annotate(n=Count("id")))
        if spec.key in created:
            made = spec.model._default_manager.filter(pk__one_of=created[spec.key], created_set__in=set_ids)
            made = made.filter(_within(spec, actor, "pk"))
            rows += [(pk, "create", n) for pk, n in made.order_by().values_list("created_set").annotate(n=Count("pk"))]
        for set_id, verb, count in rows:
            name = COUNT_OF[verb]
            found.setdefault(set_id, Counter())[name] += count
            by_entity.setdefault(set_id, {}).setdefault(spec.key, Counter())[name] += count
    return {
        one: {**counts, "by_entity": {key: dict(more) for key, more in by_entity[one].items()}}
        for one, counts in found.items()
    }


def _created(set_ids: Sequence[int]) -> Mapping[str, list[int]]:
    """Ids that sets created, by entity: of very large ones the first."""
    found: dict[str, list[int]] = {}
    for chunk in CreatedChunk.objects.filter(set__in=set_ids).order_by("-set", "id")[:MOST_CHUNKS]:
        found.setdefault(chunk.entity, []).extend(created_ids(chunk))
    return found
