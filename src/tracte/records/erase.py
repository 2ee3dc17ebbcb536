"""Erasure: the only rewrite of history (GDPR article 17).

What a person wants forgotten goes from the record, its children, its history and search. Who did what, and when, stays.
An erasure is a change set of its own and cannot be undone.
"""

from collections.abc import Iterable

from tracte.kernel.actor import Actor
from tracte.kernel.problems import Forbidden
from tracte.meta.registry import EntitySpec, registry
from tracte.records import door, formdrafts, query, watching
from tracte.records.changes import ERASED, Change
from tracte.records.sqlwrites import history_opened
from tracte.records.transactions import writing


def erase(actor: Actor, entity: str, record_id: int, *, origin: str = "ui") -> int:
    """Empty the personal fields of one record and its children, and every trace of their values.

    :returns: the change set that says who erased what, and when.
    :raises NotFound: no such record in reach; :raises Forbidden: only administrators erase.
    """
    spec = registry()[entity]
    query.rows(entity, actor).get(record_id, ())
    if not (actor.admin or actor.everything):
        raise Forbidden("erase", entity)
    with writing():
        writer = door.begin(actor, origin, "Erasure", free=True, data={"irreversible": True})
        writer.reverting = True  # no rule fills an emptied field again
        _empty(writer, spec, [record_id])
        for child, ids in _children(spec, record_id):
            _empty(writer, child, ids)
        writer.finish()
    return writer.set_id


def personal_fields(spec: EntitySpec) -> list[str]:
    """Fields declared private, and those the entity says tell of a person."""
    named = spec.declaration.personal
    return [name for name, kind in spec.column_fields.items() if kind.private or name in named]


def _children(spec: EntitySpec, record_id: int) -> Iterable[tuple[EntitySpec, list[int]]]:
    """Records whose rights come from this one are part of it."""
    for other in registry():
        parent = other.declaration.parent
        if parent and getattr(other.fields[parent], "to", None) == spec.key:
            column = other.fields[parent].columns()[0]
            yield other, list(other.model._default_manager.filter((column, record_id)).values_list("pk", flat=True))


def _empty(writer: door.Writer, spec: EntitySpec, ids: list[int]) -> None:
    names = personal_fields(spec)
    if not names or not ids:
        return
    formdrafts.forget_about(ids)
    watching.forget_about(ids)
    ops = [door.Op(dict.fromkeys(names), id=pk, canonical=True) for pk in ids]
    writer.required = False
    writer.run(spec.key, "update", ops, False)
    with history_opened():
        for change in Change.objects.filter(entity=spec.key, record_id__in=ids).iterator(chunk_size=500):
            touched = [name for name in names if name in change.data]
            if touched:
                change.data = change.data | {name: [ERASED, ERASED] for name in touched}
                change.save(update_fields=["data"])
