"""Whether a record that is at hand lies within somebody's reach: the rule of :mod:`tracte.records.reach`, in memory."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tracte.kernel.actor import Actor
from tracte.meta import conditions
from tracte.meta.registry import EntitySpec
from tracte.records import query
from tracte.records import snapshot as snapshots
from tracte.records.reach import Way, ways


class Stored:
    """What a condition leads to, as it is stored."""

    def record(self, entity: str, record_id: int) -> Mapping[str, Any] | None:
        return query.system_rows(entity).read([record_id]).get(record_id)

    def collection(self, entity: str, field: str, record_id: int) -> Iterable[Mapping[str, Any]]:
        rows = query.system_rows(entity).pointing(field, record_id)
        return rows.read(rows.ids()).values()


def way_to(spec: EntitySpec, actor: Actor, verb: str, values: Mapping[str, Any]) -> Way | None:
    """The nearest way by which ``actor`` reaches a record of a kind that has owners.

    :param values: of the record: its ``id``, ``owner`` and ``team``. The rest is read when a sharing rule asks for it.
    """
    level = query.reach(spec, actor, verb)
    found = ways(spec, actor, verb, level, snapshots.current())
    return _first(found, values, Stored()) or _first_shared(spec, found, values)


def in_reach(spec: EntitySpec, actor: Actor, verb: str, values: Mapping[str, Any]) -> bool:
    """Whether ``actor`` may ``verb`` a record, given its ``id``, ``owner`` and ``team``."""
    return values["id"] in reached(spec, actor, verb, [values])


def reached(spec: EntitySpec, actor: Actor, verb: str, rows: Sequence[Mapping[str, Any]]) -> set[int]:
    """Ids of those that ``actor`` may ``verb``, of stored records given by ``id``, ``owner`` and ``team``; at most one
    query, and none where owner and team decide."""
    snapshot = snapshots.current()
    found = ways(spec, actor, verb, query.reach(spec, actor, verb), snapshot)
    near = {row["id"] for row in rows if _first(found, row, Stored()) is not None}
    far = [row["id"] for row in rows if row["id"] not in near]
    if not far or all(way.told for way in found):
        return near
    return near | set(query.Rows(spec, actor, verb, snapshot).only(far).ids())


def stays_in_reach(spec: EntitySpec, actor: Actor, verb: str, values: Mapping[str, Any]) -> bool:
    """The same of a record as it is going to be, with all its values."""
    found = ways(spec, actor, verb, query.reach(spec, actor, verb), snapshots.current())
    return _first(found, values, Stored(), whole=True) is not None


def _first(found: Sequence[Way], values: Mapping[str, Any], world: conditions.World, whole: bool = False) -> Way | None:
    """The first way by what is at hand."""
    return next(
        (way for way in found if (whole or way.told) and way.covers(values, world)),
        None,
    )


def _first_shared(spec: EntitySpec, found: Sequence[Way], values: Mapping[str, Any]) -> Way | None:
    if all(way.told for way in found):
        return None
    whole = query.system_rows(spec.key).read([values["id"]]).get(values["id"])
    return None if whole is None else _first(found, whole, Stored(), whole=True)
