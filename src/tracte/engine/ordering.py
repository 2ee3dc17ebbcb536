"""Putting the rows of a related list in order by hand."""

from typing import Any

from tracte.engine.recordpage import Related
from tracte.kernel.actor import Actor
from tracte.records import door
from tracte.records.door import Outcome

STEP = 10  # between two places, so that one can come between them
MOST = 500


def shift(actor: Actor, one: Related, row_id: int, by: int, title: str) -> Outcome | None:
    """Let a row of a list change places with its neighbour, as one change.

    :param by: -1 towards the start, 1 towards the end. :returns: ``None`` when it stands at that end already.
    :raises Rejected, NotFound, Forbidden: as any change of these rows.
    """
    name = one.panel.order
    rows = one.rows.page([name], one.panel.sort, limit=MOST).rows
    ids = [row["id"] for row in rows]
    at = ids.index(row_id) if row_id in ids else -1
    if at < 0 or not 0 <= at + by < len(ids):
        return None
    places = [row[name] for row in rows]
    if None in places or len(set(places)) < len(places):
        places = [STEP * (number + 1) for number in range(len(ids))]
    ids[at], ids[at + by] = ids[at + by], ids[at]
    before: dict[int, Any] = {row["id"]: row[name] for row in rows}
    moved = {pk: {name: place} for pk, place in zip(ids, places, strict=True) if before[pk] != place}
    return door.update_all(actor, one.spec.key, moved, origin="ui", title=title)
