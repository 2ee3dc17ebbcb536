"""Counts and sums by group, worked out by the database in one statement."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import Count, QuerySet, Sum, Value

from tracte.kernel.problems import Problem, Rejected
from tracte.meta.kinds.base import Kind

Answered = Callable[[Callable[[QuerySet[Any]], QuerySet[Any]]], Sequence[Sequence[Any]]]
UNGROUPED = frozenset({"rich_text", "long_text", "money", "tags", "multi_choice", "data"})


def figures_of(
    answered: Answered, visible: Mapping[str, Kind], group: Sequence[str], measures: Sequence[str]
) -> list[dict[str, Any]]:
    """One dictionary a group: its values by field, ``count``, and every sum asked for as ``sum:field``.

    :param answered: gives the answer to what is made of the rows within reach.
    :param visible: the fields the actor may see, by name.
    :param group: names of fields. :param measures: ``count`` and ``sum:field``; a sum of money is
        ``{"EUR": Decimal}``, any sum is ``None`` when no row has a value.
    :raises Rejected: status 400 for a field that cannot be grouped or summed.
    """
    keys = [_group_column(visible, name) for name in group]
    sums = [_summed(visible, measure) for measure in measures if measure != "count"]
    currencies = [kind.columns()[1] for kind in sums if kind.key == "money"]
    totals: dict[str, Any] = {f"total_{at}": Sum(kind.columns()[0]) for at, kind in enumerate(sums)}

    def grouped(rows: QuerySet[Any]) -> QuerySet[Any]:
        # The constant stands for the group of all rows when nothing is grouped by.
        constant: QuerySet[Any] = rows.annotate(everything=Value(1)).values_list(*keys, *currencies, "everything")
        counted: QuerySet[Any] = constant.annotate(rows=Count("pk"), **totals)
        return counted

    cells: dict[tuple[Any, ...], dict[str, Any]] = {}
    for one in answered(grouped):
        at = len(keys)
        row = (*one[: at + len(currencies)], *one[at + len(currencies) + 1 :])
        cell = cells.setdefault(row[:at], dict(zip(group, row, strict=False)) | {"count": 0})
        units = iter(row[at : at + len(currencies)])
        figures = row[at + len(currencies) :]
        cell["count"] += figures[0]
        for kind, figure in zip(sums, figures[1:], strict=True):
            _add_sum(cell, kind, figure, next(units) if kind.key == "money" else None)
    found = list(cells.values())
    for cell in found:
        for kind in sums:
            cell.setdefault(f"sum:{kind.name}", None)
    return found


def _group_column(visible: Mapping[str, Kind], name: str) -> str:
    kind = visible.get(name)
    if kind is None or not kind.stored or kind.cf_key or kind.key in UNGROUPED:
        raise Rejected([Problem("group", "unknown_field", {"name": name})], status=400)
    return kind.columns()[0]


def _summed(visible: Mapping[str, Kind], measure: str) -> Kind:
    word, _, name = measure.partition(":")
    kind = visible.get(name)
    if word != "sum" or kind is None or not kind.numeric or not kind.stored or kind.cf_key:
        raise Rejected([Problem("measure", "unknown_field", {"name": measure})], status=400)
    return kind


def _add_sum(cell: dict[str, Any], kind: Kind, figure: Any, currency: str | None) -> None:
    """Money of several currencies is kept apart, never mixed."""
    name = f"sum:{kind.name}"
    if figure is None:
        return
    if kind.key == "money":
        sums = cell.get(name) or {}
        sums[currency] = sums.get(currency, 0) + figure
        cell[name] = sums
    else:
        cell[name] = (cell.get(name) or 0) + figure
