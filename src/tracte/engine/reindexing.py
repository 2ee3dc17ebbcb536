"""Search text that follows: records imported in bulk are found a moment later, and all of it can be made anew."""

from collections.abc import Callable

from django.db import connection, transaction

from tracte.meta.registry import EntitySpec, registry
from tracte.records import query
from tracte.records import snapshot as snapshots
from tracte.records.searchtext import search_rows, write_search
from tracte.records.tables import Outbox, SearchRow
from tracte.records.tasks.api import enqueue

CONSUMER, JOB = "search", "search.text"
CHUNK = 1_000


def catch_up() -> int:
    """Have the worker write the search text that is waiting; called in the transaction of an import's chunk."""
    return enqueue(JOB, unique_key=JOB)


def write_next() -> int:
    """Write the search text of one waiting chunk, in the caller's transaction.

    :returns: how many records it held; 0 when nothing waits.
    """
    waiting = Outbox.objects.filter(consumer=CONSUMER, state="new").order_by("id")
    if connection.vendor == "postgresql":
        waiting = waiting.select_for_update(skip_locked=True)
    chunk = waiting.first()
    if chunk is None:
        return 0
    if chunk.entity in registry():
        _write(registry()[chunk.entity], chunk.ids, fresh=False)
    Outbox.objects.filter(pk=chunk.pk).update(state="done")
    return max(len(chunk.ids), 1)


def waiting() -> int:
    """How many chunks wait for their search text."""
    return Outbox.objects.filter(consumer=CONSUMER, state="new").count()


def _write(spec: EntitySpec, ids: list[int], *, fresh: bool) -> int:
    if not spec.declaration.searchable:
        return 0
    rows = query.system_rows(spec.key)
    names = {*spec.title_fields, *spec.search_fields, "owner", "team"}
    if spec.declaration.subtitle:
        names.add(spec.declaration.subtitle)
    values = rows.read(ids, [name for name in spec.fields if name in names])
    write_search(search_rows(spec, values.items(), snapshots.current()), fresh=fresh)
    return len(values)


def reindex(told: Callable[[str, int], None] = lambda entity, count: None) -> int:
    """Make all search text anew, entity by entity, in short transactions.

    :param told: called with the entity and how many of its records are done.
    :returns: how many records have search text.
    """
    total = 0
    for spec in registry():
        done = after = 0
        while True:
            with transaction.atomic():
                ids = query.system_rows(spec.key).ids(CHUNK, after) if spec.declaration.searchable else []
                upto = ids[-1] if len(ids) == CHUNK else None
                stale = SearchRow.objects.filter(entity=spec.key, record_id__gt=after)
                (stale if upto is None else stale.filter(record_id__lte=upto)).delete()
                done += _write(spec, ids, fresh=True)
            told(spec.key, done)
            if upto is None:
                break
            after = upto
        total += done
    return total
