"""Storing checked drafts: rows, links, history, spans, search text and events, in the caller's transaction."""

import zlib
from array import array
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from tracte.kernel.fold import fold
from tracte.kernel.ids import encode
from tracte.meta.draft import Draft
from tracte.meta.kinds import AutoNumber
from tracte.meta.kinds.base import Kind
from tracte.meta.registry import EntitySpec
from tracte.records import sqlwrites
from tracte.records.changes import Change, ChangeSet, CreatedChunk, FieldSpan
from tracte.records.guard import open_door
from tracte.records.searchtext import search_rows, write_search
from tracte.records.tables import ExternalRef, NumberSeries, Outbox, RecordLink
from tracte.records.writing import Batch, Diff

REACH = ("owner", "team")  # by which a search knows who may find a record
CONSUMERS: dict[str, frozenset[str]] = {}  # consumer → events it wants; filled by engine jobs at start-up


def subscribe(consumer: str, events: Iterable[str]) -> None:
    """Have outbox rows written for ``consumer`` on these events (``created``, ``updated``, ``deleted``,
    ``restored``)."""
    CONSUMERS[consumer] = frozenset(events)


def store(batch: Batch, changeset: ChangeSet, now: datetime, *, defer_search: bool = False) -> None:
    """Write every draft that was not refused. The drafts know what changed; nothing else is touched."""
    drafts = batch.good()
    if not drafts:
        return
    _stamp(batch, drafts, now)
    with open_door():
        if batch.verb == "create":
            _number(batch, drafts, now)
            _insert(batch.spec, drafts, changeset.pk)
            _remember_created(batch.spec, drafts, changeset)
            _remember_external(batch, drafts)
        else:
            _update(batch, drafts, now)
            _remember_changes(batch, drafts, changeset, now)
        _write_links(batch.spec, drafts)
    _write_spans(batch, drafts, now)
    _index(batch, drafts, changeset, now, defer_search)
    _announce(batch, drafts, changeset, now)


def insert_set(changeset: ChangeSet) -> None:
    """Write a new change set, which learns its number: every write begins with one, and the ORM takes its time."""
    names = [field.attname for field in ChangeSet._meta.concrete_fields if not field.primary_key]
    changeset.written(sqlwrites.insert_new(ChangeSet, names, [getattr(changeset, name) for name in names]))


def _stamp(batch: Batch, drafts: Sequence[Draft], now: datetime) -> None:
    for draft in drafts:
        if draft.created:
            draft.values.update(created_at=now, created_by=batch.actor.user_id)
        draft.values.update(modified_at=now, modified_by=batch.actor.user_id)


def _number(batch: Batch, drafts: Sequence[Draft], now: datetime) -> None:
    """Give automatic numbers, a block at a time. The series row is locked until the transaction ends."""
    today = batch.context.today
    for name, kind in batch.spec.fields.items():
        if not isinstance(kind, AutoNumber):
            continue
        waiting = [draft for draft in drafts if not draft.values.get(name)]
        if not waiting:
            continue
        key = f"{batch.spec.key}.{name}:{kind.counter(today)}"
        NumberSeries.objects.get_or_create(key=key)
        series = NumberSeries.objects.select_for_update().get(key=key)
        for offset, draft in enumerate(waiting):
            draft.values[name] = kind.made(series.next + offset, today)
        NumberSeries.objects.filter(key=key).update(next=series.next + len(waiting))


def title_key(spec: EntitySpec, values: Mapping[str, Any], batch: Batch) -> str:
    texts = {name: spec.fields[name].text(values.get(name), batch.context) for name in spec.title_fields}
    return fold(spec.title(values, texts))[:120]


def _cf(spec: EntitySpec, draft: Draft) -> dict[str, Any]:
    """The JSON column: values of extension fields; keys of modules that are gone stay as they are."""
    stored = dict(draft.before.get("cf") or {})
    for name, kind in spec.cf_fields.items():
        value = draft.values.get(name)
        if value is None:
            stored.pop(str(kind.cf_key), None)
        else:
            stored[str(kind.cf_key)] = kind.to_json(value)
    return stored


def _cells(kind: Kind, value: Any) -> Sequence[Any]:
    width = len(kind.columns())
    return (None,) * width if value is None and width > 1 else kind.to_columns(value)


def _insert(spec: EntitySpec, drafts: Sequence[Draft], set_id: int) -> None:
    kinds = list(spec.column_fields.items())
    names = ["id", "version", "title_key", "cf", "created_set", *(c for _, kind in kinds for c in kind.columns())]
    other = [f for f in spec.model._meta.concrete_fields if f.attname not in {*names, "deleted_at"}]
    fixed = [field.get_default() for field in other]
    count, given = len(drafts), [draft.values for draft in drafts]
    filled: set[str] = set().union(*given)
    columns: list[Sequence[Any]] = [
        [draft.id for draft in drafts],
        [1] * count,
        [values["title_key"] for values in given],
        [_cf(spec, draft) for draft in drafts] if spec.cf_fields else [{}] * count,
        [set_id] * count,
    ]
    for name, kind in kinds:
        if name not in filled:
            columns += [[cell] * count for cell in _cells(kind, None)]
        elif type(kind).to_columns is Kind.to_columns and len(kind.columns()) == 1:
            columns.append([values.get(name) for values in given])
        else:
            columns += zip(*[_cells(kind, values.get(name)) for values in given], strict=True)
    columns += [[value] * count for value in fixed]
    sqlwrites.insert_columns(spec.model, [*names, *(field.attname for field in other)], columns)


def _update(batch: Batch, drafts: Sequence[Draft], now: datetime) -> None:
    """Changed columns only, grouped so that equal sets of columns go in one statement."""
    spec = batch.spec
    stamps = [name for name in spec.column_fields if name not in spec.told_fields]
    groups: dict[tuple[str, ...], list[tuple[int, int, Sequence[Any]]]] = {}
    for draft in drafts:
        columns: list[str] = []
        cells: list[Any] = []
        told = (name for name in batch.diffs[draft.id] if name in spec.column_fields)
        for name in (*told, *(name for name in stamps if draft.changed(name))):
            kind = spec.column_fields[name]
            columns.extend(kind.columns())
            cells.extend(_cells(kind, draft.values.get(name)))
        if any(draft.changed(name) for name in spec.cf_fields):
            columns.append("cf")
            cells.append(_cf(spec, draft))
        if draft.values.get("title_key") != draft.before.get("title_key"):
            columns.append("title_key")
            cells.append(draft.values["title_key"])
        if batch.verb in ("delete", "restore"):
            columns.append("deleted_at")
            cells.append(now if batch.verb == "delete" else None)
        groups.setdefault(tuple(columns), []).append((draft.id, draft.version, cells))
    sqlwrites.update(spec.model, groups)


def _remember_created(spec: EntitySpec, drafts: Sequence[Draft], changeset: ChangeSet) -> None:
    ids = array("q", sorted(draft.id for draft in drafts))
    row = [changeset.pk, spec.key, len(ids), zlib.compress(ids.tobytes())]
    sqlwrites.insert(CreatedChunk, ["set_id", "entity", "count", "ids"], [row])


def created_ids(chunk: CreatedChunk) -> list[int]:
    """The ids a chunk holds."""
    ids = array("q")
    ids.frombytes(zlib.decompress(bytes(chunk.ids)))
    return list(ids)


def _remember_external(batch: Batch, drafts: Sequence[Draft]) -> None:
    keys = [op.external for draft in drafts if (op := batch.ops.get(draft.id)) and op.external]
    for system in {system for system, _ in keys}:  # a ref left by a binned record gives way to the new one
        stale = [external for named, external in keys if named == system]
        ExternalRef.objects.filter(system=system, entity=batch.spec.key, external_id__in=stale).delete()
    refs = [
        ExternalRef(system=op.external[0], entity=batch.spec.key, external_id=op.external[1], record_id=draft.id)
        for draft in drafts
        if (op := batch.ops.get(draft.id)) and op.external
    ]
    ExternalRef.objects.bulk_create(refs)


def diffs_of(spec: EntitySpec, drafts: Sequence[Draft]) -> list[Diff]:
    """``{field: (before, after)}`` of each draft, stamps left out; the drafts are of one verb."""
    filled: set[str] = set().union(*(draft.values for draft in drafts if draft.created))
    told = [name for name in spec.told_fields if name in filled] if filled else spec.told_fields  # all new, or none
    return [_diff(draft, told) for draft in drafts]


def _diff(draft: Draft, told: Sequence[str]) -> Diff:
    before, values = draft.before, draft.values
    if draft.created:  # before is empty: only what was given is new
        return {name: (None, value) for name in told if (value := values.get(name)) is not None}
    return {name: (before.get(name), values.get(name)) for name in told if before.get(name) != values.get(name)}


def json_diff(spec: EntitySpec, diff: Mapping[str, tuple[Any, Any]]) -> dict[str, list[Any]]:
    return {
        name: [None if side in (None, ()) else spec.fields[name].to_json(side) for side in sides]
        for name, sides in diff.items()
    }


def _remember_changes(batch: Batch, drafts: Sequence[Draft], changeset: ChangeSet, now: datetime) -> None:
    rows = [
        [changeset.pk, batch.spec.key, draft.id, batch.verb, now, json_diff(batch.spec, batch.diffs[draft.id])]
        for draft in drafts
    ]
    sqlwrites.insert(Change, ["set_id", "entity", "record_id", "verb", "at", "data"], rows)


def _write_links(spec: EntitySpec, drafts: Sequence[Draft]) -> None:
    for name in spec.link_fields:
        changed = [
            draft for draft in drafts if draft.changed(name) and (draft.before.get(name) or draft.values.get(name))
        ]
        if not changed:
            continue
        field = f"{spec.key}.{name}"
        old = [draft.id for draft in changed if draft.before.get(name)]
        if old:
            RecordLink.objects.filter(field=field, from_id__in=old).delete()
        rows = [[field, d.id, to, at] for d in changed for at, to in enumerate(dict.fromkeys(d.values.get(name) or ()))]
        sqlwrites.insert(RecordLink, ["field", "from_id", "to_id", "position"], rows)


def _write_spans(batch: Batch, drafts: Sequence[Draft], now: datetime) -> None:
    """Keep how long each value of the path field was held."""
    name = batch.spec.declaration.path
    if name is None:
        return
    moved = [draft for draft in drafts if draft.changed(name)]
    if not moved:
        return
    field = f"{batch.spec.key}.{name}"
    old = [draft.id for draft in moved if not draft.created]
    if old:
        FieldSpan.objects.filter(field=field, record_id__in=old, until__isnull=True).update(until=now)
    kind = batch.spec.fields[name]
    rows = [
        [d.id, field, None if d.values.get(name) is None else str(kind.to_json(d.values[name])), now, None]
        for d in moved
    ]
    sqlwrites.insert(FieldSpan, ["record_id", "field", "value", "since", "until"], rows)


def _index(batch: Batch, drafts: Sequence[Draft], changeset: ChangeSet, now: datetime, defer: bool) -> None:
    """Search text: at once, or by a task right after a chunk of many. Who may find a record never lags behind."""
    spec = batch.spec
    if not spec.declaration.searchable:
        return
    if batch.verb == "update":  # what search tells of a record, and who may find it, changed only here
        told = {*spec.search_fields, *spec.title_fields, spec.declaration.subtitle, *REACH}
        drafts = [draft for draft in drafts if any(draft.changed(name) for name in told)]
    if defer and batch.verb in ("create", "update"):
        later = [draft.id for draft in drafts if draft.created or not any(draft.changed(name) for name in REACH)]
        if later:
            event = "created" if batch.verb == "create" else "updated"
            Outbox.objects.create(
                consumer="search", event=event, entity=spec.key, set_id=changeset.pk, ids=later, at=now
            )
        left = set(later)
        drafts = [draft for draft in drafts if draft.id not in left]
    gone = [draft.id for draft in drafts] if batch.verb == "delete" else []
    kept = [] if gone else drafts
    rows = search_rows(spec, [(draft.id, draft.values) for draft in kept], batch.snapshot)
    write_search(rows, gone, fresh=batch.verb == "create")


def _announce(batch: Batch, drafts: Sequence[Draft], changeset: ChangeSet, now: datetime) -> None:
    event = {"create": "created", "update": "updated", "delete": "deleted", "restore": "restored"}[batch.verb]
    ids = [encode(draft.id) for draft in drafts]
    wanting = [consumer for consumer, events in CONSUMERS.items() if event in events]
    Outbox.objects.bulk_create(
        Outbox(consumer=consumer, event=event, entity=batch.spec.key, set_id=changeset.pk, ids=ids, at=now)
        for consumer in wanting
    )
