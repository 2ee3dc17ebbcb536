"""Which record comes before another, and which after it, in a sort order."""

from collections.abc import Sequence

from django.db.models import Q

from tracte.records import query
from tracte.records.query import Rows
from tracte.records.sorting import own_order, read_sort
from tracte.records.sql import union_ids


def around(rows: Rows, sort: str, record_id: int) -> tuple[int | None, int | None]:
    """The rows right before and right after a record, which need not be one of ``rows`` itself: what an edit moved out
    of a filter keeps the place it would have. Two queries.

    :param sort: as in :meth:`Rows.page`. :returns: ids, ``None`` at the ends; both for a record out of reach.
    :raises Rejected: status 400 for a wrong sort.
    """
    order = read_sort(rows.spec, sort or own_order(rows.spec, rows.actor), rows.actor)
    model, annotations = rows.spec.model._default_manager, order.annotations()
    here = query.rows(rows.spec.key, rows.actor).queryset().filter(pk=record_id)
    marks: Sequence[object] | None = here.annotate(**annotations).values_list(*order.paths()).first()
    if marks is None:
        return None, None
    branches = [
        branch for backwards in (False, True) for branch in rows.sorted_branches(order, marks, backwards=backwards)
    ]
    # Each branch gives its nearest row on either side; among these the order itself tells which are next to the record.
    near = model.alias(**annotations).filter(Q(pk__in=union_ids(branches, 1)) | Q(pk=record_id))
    ids = list(near.order_by(*order.ordering()).values_list("pk", flat=True))
    at = ids.index(record_id)
    return (ids[at - 1] if at else None), (ids[at + 1] if at + 1 < len(ids) else None)


def end(rows: Rows, sort: str, *, last: bool = False) -> int | None:
    """The first row of an order, or the last one. One query.

    :raises Rejected: status 400 for a wrong sort.
    """
    order = read_sort(rows.spec, sort or own_order(rows.spec, rows.actor), rows.actor)
    found: int | None = rows.first(order, None, 1, backwards=last).values_list("pk", flat=True).first()
    return found
