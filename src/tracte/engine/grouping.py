"""A list in groups: how many and how much each holds, and its rows under it.

Fields with few different values (a stage, an owner) show the first rows of every group and lead to the rest; dates go
by month and are paged through. Either way the number of queries does not depend on the number of rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from tracte.engine.listing import (
    SECONDS,
    Listed,
    ListState,
    columns_in_force,
    group_of,
    narrowed,
    needed,
    sort_of,
)
from tracte.engine.titles import titles_for
from tracte.kernel.fold import fold
from tracte.kernel.money import Money
from tracte.kernel.problems import Problem, Rejected
from tracte.meta import trees
from tracte.meta.kinds import Choice
from tracte.meta.kinds.base import Context, Kind
from tracte.records import query
from tracte.records.limits import time_limit
from tracte.records.query import Rows

KINDS = frozenset({"choice", "reference", "user", "team", "yes_no", "date"})
MOST_GROUPS = 40
FEWEST = 3  # rows of a group that has more, however many groups there are
Sums = dict[str, dict[str, Decimal]]


@dataclass(frozen=True)
class Group:
    """One group.

    :param value: canonical value; the first day of the month for dates. :param count: rows it holds.
    :param sums: the list's totals within it, each currency apart. :param rows: those shown on this page.
    :param only: address of the list narrowed to it.
    """

    value: Any
    count: int
    sums: Mapping[str, Sequence[Money]]
    rows: Sequence[Mapping[str, Any]] = ()
    only: str = ""


@dataclass(frozen=True)
class Grouped(Listed):
    """A page of a list in groups. ``unshown`` is how many groups there are beyond those shown."""

    by: str = ""
    groups: Sequence[Group] = ()
    unshown: int = 0


def groupable(rows: Rows) -> dict[str, Kind]:
    """Fields the rows can be grouped by, as far as the actor sees them."""
    return {
        name: kind for name, kind in rows.visible.items() if kind.key in KINDS and kind.stored and kind.cf_key is None
    }


def kind_of(rows: Rows, by: str) -> Kind:
    """The field the rows are grouped by.

    :raises Rejected: status 400 when there is none of this name, or none one can group by.
    """
    kind = groupable(rows).get(by)
    if kind is None:
        raise Rejected([Problem("group", "unknown_field", {"name": by})], status=400)
    return kind


def run(rows: Rows, state: ListState, seconds: float = SECONDS) -> Grouped:
    """Read the groups the state asks for.

    :raises Rejected: status 400 for a wrong group, filter, sort, column or cursor, and when it takes too long.
    """
    by = group_of(rows.spec, state)
    kind = kind_of(rows, by)
    found, columns = narrowed(rows, state), columns_in_force(rows, state)
    totals = [name for name in rows.spec.declaration.list.total if name in rows.visible]
    with time_limit(seconds):
        figures = found.aggregate([by], ["count", *(f"sum:{name}" for name in totals)])
        fields = needed(rows, dict.fromkeys((*columns, by)))
        if kind.key == "date":
            page = found.page(fields, by_date(rows, state, by), state.cursor or None, state.limit)
            groups, unshown = _months(figures, totals, by, page.rows, state), 0
            shown: Sequence[Mapping[str, Any]] = page.rows
            marks = page.next, page.prev
        else:
            ordered = in_order(rows, kind, figures, by)
            unshown = max(0, len(ordered) - MOST_GROUPS)
            groups = _with_rows(found, state, by, ordered[:MOST_GROUPS], totals, fields)
            shown = [values for group in groups for values in group.rows]
            marks = None, None
        titles = titles_for(rows.spec, [*shown, *({by: group.value} for group in groups)], rows.actor, [*columns, by])
    context: Context = replace(rows.context, titles=titles)
    count = sum(int(one["count"]) for one in figures)
    whole = _money(_added(figures, totals))
    return Grouped(
        rows, state, columns, shown, context, marks[0], marks[1], count, False, whole,
        by=by, groups=groups, unshown=unshown,
    )  # fmt: skip


# -- few values ------------------------------------------------------------------------------------------------------
def in_order(rows: Rows, kind: Kind, figures: Sequence[Mapping[str, Any]], by: str) -> list[Mapping[str, Any]]:
    """The groups as people expect them: options and stages in their order, the rest by title, empty last."""
    if isinstance(kind, Choice):
        places = {key: at for at, key in enumerate(kind.options(rows.context))}
        return sorted(figures, key=lambda one: (one[by] is None, places.get(one[by], 10_000), str(one[by])))
    target = str(getattr(kind, "to", "") or "")
    if not target:
        return sorted(figures, key=lambda one: (one[by] is None, not one[by]))
    held = rows.snapshot.rows.get(target, {})
    if held or target in rows.snapshot.directory:
        parent = _parent_place(rows, target)

        def place(one: Mapping[str, Any]) -> tuple[Any, ...]:
            row = held.get(one[by]) or {}
            known = rows.snapshot.directory.get(target, {}).get(one[by])
            return (one[by] is None, parent(row), row.get("position") or 0, fold(known.title) if known else "")

        return sorted(figures, key=place)
    # Many different records: the fullest first, and among those shown the titles decide.
    fullest = sorted(figures, key=lambda one: (-int(one["count"]), one[by] or 0))
    shown = fullest[:MOST_GROUPS]
    titles = query.titles(target, [one[by] for one in shown if one[by] is not None], rows.actor)
    shown.sort(
        key=lambda one: (
            one[by] is None,
            one[by] not in titles,
            fold(titles[one[by]].title) if one[by] in titles else "",
        )
    )
    return [*shown, *fullest[MOST_GROUPS:]]


def _parent_place(rows: Rows, target: str) -> Any:
    """Stages of several pipelines stand pipeline by pipeline."""
    from_pipeline = rows.snapshot.rows.get("pipeline", {}) if target == "stage" else {}

    def place(row: Mapping[str, Any]) -> tuple[int, int]:
        pipeline = row.get("pipeline") or 0
        return int((from_pipeline.get(pipeline) or {}).get("position") or 0), int(pipeline)

    return place


def _with_rows(
    found: Rows,
    state: ListState,
    by: str,
    figures: Sequence[Mapping[str, Any]],
    totals: Sequence[str],
    fields: list[str],
) -> list[Group]:
    """The groups with the first rows of each; those without a value are one query more."""
    each = max(FEWEST, state.limit // max(1, len(figures)))  # together as many as a page without groups
    sort = sort_of(found, state)
    values = [one[by] for one in figures if one[by] is not None]
    pages = found.tops(by, values, fields, sort, each) if values else {}
    if len(values) < len(figures):
        pages = {**pages, None: found.where([by, "empty"]).page(fields, sort, None, each)}
    made = []
    for one in figures:
        value = one[by]
        kind = found.spec.fields[by]
        only = state.address(parts=(*state.parts, just(found, kind, value)), group="none")
        sums = _money(_added([one], totals))
        made.append(Group(value, int(one["count"]), sums, pages[value].rows if value in pages else (), only))
    return made


def just(rows: Rows, kind: Kind, value: Any) -> list[Any]:
    """The condition of the rows of one group."""
    told = kind.to_json(value)
    if value is None:
        return [kind.name, "empty"]
    if isinstance(kind, Choice) and trees.is_tree(kind.options(rows.context)):
        return [kind.name, "exactly", told]
    return [kind.name, "eq", told] if kind.key == "yes_no" else [kind.name, "in", [told]]


# -- months ----------------------------------------------------------------------------------------------------------
def by_date(rows: Rows, state: ListState, by: str) -> str:
    """By the date first, in the direction asked for; then as the list is sorted."""
    sort = sort_of(rows, state)
    if sort.split(",")[0].removeprefix("-") == by:
        return sort
    return f"{by},{sort}" if sort else by


def _months(
    figures: Sequence[Mapping[str, Any]],
    totals: Sequence[str],
    by: str,
    page: Sequence[Mapping[str, Any]],
    state: ListState,
) -> list[Group]:
    """The months the page reaches into, with what each holds as a whole."""
    whole: dict[date | None, list[Mapping[str, Any]]] = {}
    for one in figures:
        whole.setdefault(_month(one[by]), []).append(one)
    shown: dict[date | None, list[Mapping[str, Any]]] = {}
    for values in page:
        shown.setdefault(_month(values[by]), []).append(values)
    made = []
    for month, rows in shown.items():
        part: list[Any] = (
            [by, "empty"] if month is None else [by, "between", [month.isoformat(), _last(month).isoformat()]]
        )
        only = state.address(parts=(*state.parts, part), group="none")
        ones = whole.get(month, [])
        made.append(Group(month, sum(int(o["count"]) for o in ones), _money(_added(ones, totals)), rows, only))
    return made


def _month(value: date | None) -> date | None:
    return None if value is None else value.replace(day=1)


def _last(month: date) -> date:
    after = date(month.year + month.month // 12, month.month % 12 + 1, 1) if month.year < 9999 else date(9999, 12, 31)
    return date.fromordinal(after.toordinal() - 1)


# -- sums ------------------------------------------------------------------------------------------------------------
def _added(figures: Sequence[Mapping[str, Any]], totals: Sequence[str]) -> Sums:
    """Sums over several groups, by field and currency."""
    found: Sums = {}
    for one in figures:
        for name in totals:
            for currency, amount in (one[f"sum:{name}"] or {}).items():
                if currency:
                    mine = found.setdefault(name, {})
                    mine[currency] = mine.get(currency, Decimal(0)) + amount
    return found


def _money(sums: Sums) -> dict[str, list[Money]]:
    return {name: [Money(by[code], code) for code in sorted(by)] for name, by in sums.items()}
