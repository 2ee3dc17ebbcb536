"""Totals by group."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.http import HttpResponse

from tracte.api.answers import answer
from tracte.api.dispatch import Call, entity_named
from tracte.api.params import refuse, take_filters
from tracte.api.shapes import reference, turn_of
from tracte.api.views.records import SECONDS, holding, narrowed
from tracte.engine.titles import titles_for
from tracte.kernel.money import Money
from tracte.meta.kinds.amount import digits
from tracte.meta.kinds.base import Kind
from tracte.records import query
from tracte.records.limits import time_limit
from tracte.records.query import Rows

MAX_GROUPS = 1000


def aggregate(call: Call, plural: str) -> HttpResponse:
    """``GET /{plural}/aggregate?group=stage&measure=count,sum:amount``."""
    spec = entity_named(plural, call.actor)
    params = call.params
    group, measures = params.words("group", 3) or [], params.words("measure", 8) or ["count"]
    text = params.text("q")
    condition = take_filters(params, spec, call.actor)
    params.finish()
    rows = narrowed(query.rows(spec.key, call.actor), condition)
    if text is not None:
        rows = holding(rows, text)
    with time_limit(SECONDS):
        cells = rows.aggregate(group, measures)
    if len(cells) > MAX_GROUPS:
        raise refuse("too_many", "group", max=MAX_GROUPS)
    return answer({"data": _shown(rows, cells, group, measures)})


def _shown(rows: Rows, cells: list[dict[str, Any]], group: list[str], measures: list[str]) -> list[dict[str, Any]]:
    """Cells as JSON, in the order of their groups. Groups the actor may not tell apart are added up."""
    titles = titles_for(rows.spec, cells, rows.actor, group)
    refs = {pk: reference(title) for pk, title in titles.items()}
    turns = [(name, turn_of(rows.visible[name], refs)) for name in group]
    merged: dict[tuple[str, ...], dict[str, Any]] = {}
    order: dict[tuple[str, ...], tuple[Any, ...]] = {}
    for cell in cells:
        shown = {name: _value(turn, cell[name]) for name, turn in turns}
        key = tuple(repr(value) for value in shown.values())
        order[key] = tuple(_rank(rows, name, cell[name], shown[name]) for name in group)
        target = merged.setdefault(key, shown)
        for measure in measures:
            target[measure] = _added(target.get(measure), cell[measure])
    ranked = sorted(merged, key=lambda key: order[key])
    return [_finished(rows, merged[key], measures) for key in ranked]


def _value(turn: Any, value: Any) -> Any:
    return None if value is None else value if turn is None else turn(value)


def _rank(rows: Rows, name: str, value: Any, shown: Any) -> tuple[Any, ...]:
    """Directory records by their position, others by title or value; nothing comes last."""
    if shown is None:
        return (2, 0, "")
    kind = rows.visible[name]
    stored = rows.snapshot.rows.get(str(getattr(kind, "to", "")), {}).get(value, {})
    position = stored.get("position")
    text = shown["title"] if isinstance(shown, Mapping) and "title" in shown else str(shown)
    return (0, position if isinstance(position, int) else 0, text.casefold())


def _added(one: Any, other: Any) -> Any:
    if one is None or other is None:
        return other if one is None else one
    if isinstance(one, dict):
        return {unit: one.get(unit, 0) + other.get(unit, 0) for unit in {**one, **other}}
    return one + other


def _finished(rows: Rows, cell: dict[str, Any], measures: list[str]) -> dict[str, Any]:
    for measure in measures:
        if measure != "count":
            cell[measure] = _figure(rows.visible[measure.partition(":")[2]], cell[measure])
    return cell


def _figure(kind: Kind, figure: Any) -> Any:
    """A sum as JSON: of no values null, of money with its currency, of several currencies each by itself."""
    if figure is None:
        return None
    if isinstance(figure, dict):
        sums = {unit: digits(Money(Decimal(total), unit)) for unit, total in sorted(figure.items())}
        if len(sums) == 1:
            ((unit, total),) = sums.items()
            return {"amount": total, "currency": unit}
        return {"amount": None, "mixed": sums}
    return int(figure) if kind.key in ("integer", "duration") else str(figure)
