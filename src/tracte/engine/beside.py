"""The records before and after one, in the order of the list somebody came from: its view, filters, sort and groups.

The order goes on over the edge of a page, and in a grouped list over the edge of a group. The number of queries does
not depend on the number of rows: two, and two more at either end of a group.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tracte.engine import grouping, listing
from tracte.engine.listing import SECONDS, ListState, group_of, narrowed, sort_of
from tracte.meta.kinds.base import Kind
from tracte.records.limits import time_limit
from tracte.records.neighbours import around, end
from tracte.records.query import Rows


@dataclass(frozen=True, slots=True)
class Beside:
    """Ids of the neighbours; ``None`` at the ends of the list."""

    previous: int | None = None
    next: int | None = None


def of(rows: Rows, state: ListState, values: Mapping[str, Any]) -> Beside:
    """The neighbours of a record in a list.

    :param rows: all rows in reach. :param values: of the record, with ``id`` and the field the list is grouped by.
    :raises Rejected: status 400 for a wrong filter, sort or group, and when it takes too long.
    """
    with time_limit(SECONDS):
        by = group_of(rows.spec, state)
        if not by:
            return Beside(*around(narrowed(rows, state), sort_of(rows, state), values["id"]))
        kind = grouping.kind_of(rows, by)
        if kind.key == "date":
            return Beside(*around(narrowed(rows, state), grouping.by_date(rows, state, by), values["id"]))
        return _in_groups(rows, state, by, kind, values)


def _in_groups(rows: Rows, state: ListState, by: str, kind: Kind, values: Mapping[str, Any]) -> Beside:
    found, sort, here = narrowed(rows, state), sort_of(rows, state), values.get(by)
    before, after = around(found.where(grouping.just(rows, kind, here)), sort, values["id"])
    if before is not None and after is not None:
        return Beside(before, after)
    order: Sequence[Any] = [one[by] for one in grouping.in_order(rows, kind, found.aggregate([by], ["count"]), by)]
    order = order[: grouping.MOST_GROUPS]
    if here not in order:
        return Beside(before, after)
    at = order.index(here)
    if before is None and at > 0:
        before = end(found.where(grouping.just(rows, kind, order[at - 1])), sort, last=True)
    if after is None and at + 1 < len(order):
        after = end(found.where(grouping.just(rows, kind, order[at + 1])), sort)
    return Beside(before, after)


def read_state(rows: Rows, params: Mapping[str, Sequence[str]]) -> ListState:
    """The state of the list an address is about, without its place in it."""
    return listing.read_state(rows, {name: given for name, given in params.items() if name not in ("cursor", "exact")})
