"""Change sets and their changes in JSON, cut to what the reader may see *now*."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from tracte.api.shapes import Shape
from tracte.kernel.actor import Actor, Level
from tracte.kernel.ids import encode
from tracte.meta.kinds import DateTime
from tracte.meta.registry import EntitySpec, registry
from tracte.meta.values import shown_title
from tracte.records import past, query
from tracte.records import snapshot as snapshots
from tracte.records.changes import Change, ChangeSet
from tracte.records.query import Rows

MOMENT = DateTime("")
moment = MOMENT.to_json


def tally(counts: Mapping[str, Any] | None) -> dict[str, Any]:
    """Counts of a set, every figure there."""
    known = ("created", "updated", "unchanged", "deleted", "restored", "warnings", "problems")
    counts = counts or {}
    return {name: int(counts.get(name) or 0) for name in known}


def shown_set(changeset: ChangeSet) -> dict[str, Any]:
    """A change set without its changes."""
    return {
        "id": changeset.pk,
        "state": changeset.state,
        "origin": changeset.origin,
        "title": changeset.title,
        "by": {"id": None if changeset.actor_id is None else encode(changeset.actor_id), "title": changeset.actor_name},
        "created_at": moment(changeset.created_at),
        "applied_at": moment(changeset.applied_at),
        "undo_of": changeset.undo_of_id,
        "done": changeset.done,
        "total": changeset.total,
        "counts": tally(changeset.counts),
    }


def titles_seen(entity: str, ids: Iterable[int], actor: Actor) -> dict[int, str]:
    """Titles of the records within the actor's sight, those in the bin included."""
    wanted = set(ids)
    if entity not in registry() or not wanted:
        return {}
    spec = registry()[entity]
    if query.reach(spec, actor, "view") is Level.NONE:
        return {}
    names = [name for name in spec.title_fields if not actor.hides(entity, name)]
    live = Rows(spec, actor, "view", snapshots.current())
    found = live.read(wanted, names)
    if wanted - found.keys():
        found |= live.bin().read(wanted - found.keys(), names)
    context = snapshots.current().context(actor)
    return {pk: shown_title(spec, values, context) for pk, values in found.items()}


def shown_changes(changes: Sequence[Change], actor: Actor) -> list[dict[str, Any]]:
    """Changes in their order; those of records out of sight are left out, and hidden fields are."""
    shown: dict[int, dict[str, Any]] = {}
    for entity, group in groupby(sorted(changes, key=lambda one: one.entity), key=lambda one: one.entity):
        listed = list(group)
        titles = titles_seen(entity, (one.record_id for one in listed), actor)
        seen = [one for one in listed if one.record_id in titles]
        if not seen:
            continue
        diffs = shown_diffs(registry()[entity], actor, [one.data for one in seen])
        for one, diff in zip(seen, diffs, strict=True):
            shown[one.pk] = {
                "entity": entity,
                "id": encode(one.record_id),
                "title": titles[one.record_id],
                "verb": one.verb,
                "at": moment(one.at),
                "fields": diff,
            }
    return [shown[one.pk] for one in changes if one.pk in shown]


def shown_diffs(spec: EntitySpec, actor: Actor, diffs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """``{field: [before, after]}`` as the API shows values, references with their titles."""
    names = [name for name in spec.fields if any(name in diff for diff in diffs) and not actor.hides(spec.key, name)]
    rows = [
        {"id": 0} | {name: past.value_of(spec.fields[name], diff[name][side]) for name in names if name in diff}
        for diff in diffs
        for side in (0, 1)
    ]
    shown = Shape(spec, actor, names, ()).show(rows)
    return [
        {name: [shown[2 * at][name], shown[2 * at + 1][name]] for name in names if name in diff}
        for at, diff in enumerate(diffs)
    ]
