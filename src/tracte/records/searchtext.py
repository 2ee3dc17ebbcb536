"""Search text of records: folded, one row a record, with the owner and team that decide who may find it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tracte.kernel.fold import fold
from tracte.meta.kinds.base import Context
from tracte.meta.registry import EntitySpec
from tracte.meta.values import shown_title
from tracte.records import sqlwrites
from tracte.records.snapshot import Snapshot
from tracte.records.tables import SearchRow

MAX_TEXT = 4000
COLUMNS = ["record_id", "entity", "owner_id", "team_id", "title", "subtitle", "name_key", "txt"]


def search_rows(
    spec: EntitySpec, records: Iterable[tuple[int, Mapping[str, Any]]], snapshot: Snapshot
) -> list[list[Any]]:
    """One row a record. Text is folded here, in one place for both databases."""
    context = Context(lists=snapshot.lists)
    subtitle = spec.declaration.subtitle
    names = [name for name in spec.search_fields if not spec.fields[name].private]
    rows = []
    for pk, values in records:
        title = shown_title(spec, values, context)
        texts = [spec.fields[name].text(values.get(name), context) for name in names]
        digits = [str(values.get(name) or "").removeprefix("+") for name in names if spec.fields[name].key == "phone"]
        under = spec.fields[subtitle].text(values.get(subtitle), context) if subtitle else ""
        txt = fold(" \n".join([title, *texts, *digits]))[:MAX_TEXT]
        owner, team = values.get("owner"), values.get("team")
        rows.append([pk, spec.key, owner, team, title[:200], under[:200], fold(title)[:120], txt])
    return rows


def write_search(rows: Sequence[Sequence[Any]], gone: Sequence[int] = (), *, fresh: bool = False) -> None:
    """Replace the rows of these records and drop those of ``gone``.

    :param fresh: the records are new, so there is nothing to drop first.
    """
    stale = list(gone) if fresh else [*gone, *(row[0] for row in rows)]
    if stale:
        SearchRow.objects.filter(record_id__in=stale).delete()
    sqlwrites.insert(SearchRow, COLUMNS, rows)
