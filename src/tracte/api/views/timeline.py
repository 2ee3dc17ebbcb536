"""What happened to one record: its changes and what was written about it, newest first."""

import base64
import binascii
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.http import HttpResponse

from tracte.api.answers import answer
from tracte.api.dispatch import Call, entity_named
from tracte.api.history import moment, shown_diffs
from tracte.api.params import refuse
from tracte.kernel import ids
from tracte.kernel.actor import Level
from tracte.meta.registry import EntitySpec, registry
from tracte.records import query
from tracte.records.changes import Change, ChangeSet
from tracte.records.witnessing import history_seen

SPARE = 50  # entries of one instant that a page may have to step over
Entry = tuple[datetime, str, int, dict[str, Any]]


def timeline(call: Call, plural: str, record: str) -> HttpResponse:
    """``GET /{plural}/{id}/timeline``."""
    spec = entity_named(plural, call.actor)
    params = call.params
    limit, cursor = params.limit(), params.text("cursor")
    params.finish()
    pk = query.record_id(record)
    query.rows(spec.key, call.actor).get(pk, ())
    before = _read_cursor(cursor) if cursor else None
    take = limit + 1 + SPARE
    entries = [*_linked(call, spec, pk, before, take)]
    if pk in history_seen(spec, call.actor, [pk]):
        entries += [*_changes(call, spec, pk, before, take), *_creation(call, spec, pk)]
    entries.sort(key=lambda entry: entry[:3], reverse=True)
    if before is not None:
        entries = [entry for entry in entries if entry[:3] < before]
    more = _write_cursor(entries[limit - 1]) if len(entries) > limit else None
    return answer({"data": [shown for *_, shown in entries[:limit]], "next": more})


def _changes(call: Call, spec: EntitySpec, pk: int, before: Any, take: int) -> Iterator[Entry]:
    changes = Change.objects.filter(record_id=pk, entity=spec.key).select_related("set").order_by("-id")
    if before is not None:
        changes = changes.filter(at__lte=before[0])
    found = list(changes[:take])
    for change, diff in zip(found, shown_diffs(spec, call.actor, [one.data for one in found]), strict=True):
        shown = {"kind": "change", "verb": change.verb, "at": moment(change.at), "by": _by(change.set)}
        shown |= {"changeset": change.set_id, "fields": diff, "id": None, "title": change.set.title}
        yield change.at, "change", change.pk, shown


def _creation(call: Call, spec: EntitySpec, pk: int) -> Iterator[Entry]:
    set_id = spec.model._default_manager.filter(pk=pk).values_list("created_set", flat=True).first()
    changeset = ChangeSet.objects.filter(pk=set_id).first() if set_id else None
    if changeset is not None:
        shown = {"kind": "change", "verb": "create", "at": moment(changeset.created_at), "by": _by(changeset)}
        shown |= {"changeset": changeset.pk, "fields": {}, "id": None, "title": changeset.title}
        yield changeset.created_at, "", changeset.pk, shown


def _linked(call: Call, spec: EntitySpec, pk: int, before: Any, take: int) -> Iterator[Entry]:
    """Records that are about this one (notes), as far as the actor sees them."""
    for collection in spec.collections.values():
        other = registry()[collection.entity]
        hidden = call.actor.hides(other.key, collection.field)
        if not collection.link or hidden or query.reach(other, call.actor, "view") is Level.NONE:
            continue
        if other.declaration.directory:
            continue
        rows = query.rows(other.key, call.actor).linked(collection.field, pk).queryset()
        if before is not None:
            rows = rows.filter(created_at__lte=before[0])
        stamps = list(rows.order_by("-created_at", "-pk").values_list("pk", "created_at", "owner_id")[:take])
        titles = query.titles(other.key, [one for one, _, _ in stamps], call.actor)
        for one, at, owner in stamps:
            title = titles.get(one)
            person = call.snapshot.title("user", owner)
            by = {"id": None, "title": ""} if person is None else {"id": ids.encode(person.id), "title": person.title}
            shown = {"kind": other.key, "verb": "create", "at": moment(at), "by": by, "changeset": None, "fields": {}}
            yield at, other.key, one, shown | {"id": ids.encode(one), "title": title.title if title else ""}


def _by(changeset: ChangeSet) -> dict[str, Any]:
    who = changeset.actor_id
    return {"id": None if who is None else ids.encode(who), "title": changeset.actor_name}


def _write_cursor(entry: Entry) -> str:
    text = json.dumps([entry[0].isoformat(), entry[1], entry[2]])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(text: str) -> tuple[datetime, str, int]:
    try:
        at, kind, number = json.loads(base64.urlsafe_b64decode((text + "=" * (-len(text) % 4)).encode()))
        found = datetime.fromisoformat(at)
        if found.tzinfo is None or not isinstance(kind, str) or type(number) is not int or "\0" in kind:
            raise ValueError(text)
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise refuse("bad_cursor", "cursor") from None
    return found, kind, number
