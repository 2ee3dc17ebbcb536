"""Conditions in words: ``["closes_on", "within", "next_90_days"]`` reads "Close date is in the next 90 days"."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from tracte.kernel.problems import Fault
from tracte.meta.conditions.operators import ALIASES
from tracte.meta.kinds.base import Context, Kind, RefTitle, say
from tracte.meta.kinds.reference import read_id
from tracte.meta.registry import EntitySpec, registry
from tracte.records import query
from tracte.records import snapshot as snapshots
from tracte.records.query import Rows

OPERATORS: dict[str, str | Promise] = {
    "eq": gettext_lazy("is"),
    "ne": gettext_lazy("is not"),
    "in": gettext_lazy("is"),
    "not_in": gettext_lazy("is not"),
    "exactly": gettext_lazy("is exactly"),
    "lt": gettext_lazy("is below"),
    "lte": gettext_lazy("is at most"),
    "gt": gettext_lazy("is above"),
    "gte": gettext_lazy("is at least"),
    "between": gettext_lazy("is between"),
    "within": gettext_lazy("is in"),
    "contains": gettext_lazy("contains"),
    "not_contains": gettext_lazy("does not contain"),
    "starts": gettext_lazy("begins with"),
    "has_any": gettext_lazy("has"),
    "has_all": gettext_lazy("has all of"),
    "has_none": gettext_lazy("has none of"),
    "empty": gettext_lazy("is empty"),
    "not_empty": gettext_lazy("is filled in"),
    "any": gettext_lazy("exist"),
    "none": gettext_lazy("do not exist"),
}
DATE_OPERATORS: dict[str, str | Promise] = {
    "eq": pgettext_lazy("date", "is"),
    "lt": gettext_lazy("is before"),
    "lte": gettext_lazy("is by"),
    "gt": gettext_lazy("is after"),
    "gte": gettext_lazy("is from"),
}
PERIODS: dict[str, str | Promise] = {
    "today": gettext_lazy("today"),
    "yesterday": gettext_lazy("yesterday"),
    "tomorrow": gettext_lazy("tomorrow"),
    "this_week": gettext_lazy("this week"),
    "last_week": gettext_lazy("last week"),
    "next_week": gettext_lazy("next week"),
    "this_month": gettext_lazy("this month"),
    "last_month": gettext_lazy("last month"),
    "next_month": gettext_lazy("next month"),
    "this_quarter": gettext_lazy("this quarter"),
    "last_quarter": gettext_lazy("last quarter"),
    "next_quarter": gettext_lazy("next quarter"),
    "this_year": gettext_lazy("this year"),
    "last_year": gettext_lazy("last year"),
    "next_year": gettext_lazy("next year"),
    "next_7_days": gettext_lazy("the next 7 days"),
    "next_30_days": gettext_lazy("the next 30 days"),
    "next_90_days": gettext_lazy("the next 90 days"),
    "last_7_days": gettext_lazy("the last 7 days"),
    "last_30_days": gettext_lazy("the last 30 days"),
    "last_90_days": gettext_lazy("the last 90 days"),
}
_SPAN = re.compile(r"(next|last)_([0-9]{1,4})_(day|week|month|year)s?\Z")
_POINT = re.compile(r"([-+])([0-9]{1,4})([dwmy])\Z")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A condition in three parts; ``name`` is the field when it is one plain comparison on the entity itself."""

    field: str
    op: str
    value: str
    name: str = ""

    @property
    def text(self) -> str:
        return " ".join(part for part in (self.field, self.op, self.value) if part)


def sentences(rows: Rows, parts: Iterable[Any]) -> list[Sentence]:
    """Each condition in words. They have been read before, so they are right; records are named by their titles."""
    listed = list(parts)
    context = replace(rows.context, titles=_titles(rows, listed))
    return [_sentence(rows.spec, part, context) for part in listed]


def operator_word(kind: Kind, op: str) -> str:
    """An operator as people say it of this kind of field."""
    if kind.key in ("date", "datetime") and op in DATE_OPERATORS:
        return str(DATE_OPERATORS[op])
    return str(OPERATORS.get(op, op))


def _sentence(spec: EntitySpec, part: Any, ctx: Context) -> Sentence:
    if isinstance(part, Mapping):
        ((word, inner),) = part.items()
        if word == "not":
            return Sentence(_("Not:"), "", _sentence(spec, inner, ctx).text)
        texts = [_sentence(spec, one, ctx).text for one in inner]
        return Sentence("", "", _all_of(texts) if word == "all" else _any_of(texts))
    path, op, *rest = part
    op = ALIASES.get(op, op)
    raw = rest[0] if rest else None
    if path == "id":
        return Sentence(_("Record"), str(OPERATORS[op]), _any_of([_title(item, ctx) for item in _list(raw)]))
    if path in spec.collections and op in ("any", "none"):
        return _of_collection(spec, path, op, raw, ctx)
    labels, kind = _walk(spec, path)
    if kind is None:
        return Sentence(path, op, str(raw))
    field = " › ".join(say(label, ctx) for label in labels)
    name = path if path in spec.fields else ""
    return Sentence(field, operator_word(kind, op), _operand(kind, op, raw, ctx), name)


def _of_collection(spec: EntitySpec, path: str, op: str, raw: Any, ctx: Context) -> Sentence:
    other = registry()[spec.collections[path].entity]
    label = say(other.declaration.label_plural, ctx)
    inner = "" if raw in (None, {}, {"all": []}) else _sentence(other, raw, ctx).text
    where = f"({inner})" if inner else ""
    return Sentence(label, str(OPERATORS[op]), where)


def _walk(spec: EntitySpec, path: str) -> tuple[list[Any], Kind | None]:
    labels: list[Any] = []
    kind: Kind | None = None
    at: EntitySpec | None = spec
    for step in path.split("."):
        found = (kind.parts() if kind else {}).get(step) or (at.fields.get(step) if at else None)
        if found is None:
            return labels, None
        labels.append(found.label)
        kind = found
        target = getattr(found, "to", None)
        at = registry()[target] if target and target != "*" else None
    return labels, kind


def _list(raw: Any) -> list[Any]:
    return list(raw) if isinstance(raw, list | tuple) else [raw]


def _all_of(texts: list[str]) -> str:
    return (" " + _("and") + " ").join(texts)


def _any_of(texts: list[str]) -> str:
    return (" " + _("or") + " ").join(texts)


def _operand(kind: Kind, op: str, raw: Any, ctx: Context) -> str:
    if op in ("empty", "not_empty"):
        return ""
    if op == "within":
        return period_words(str(raw))
    texts = [_value(kind, item, ctx) for item in _list(raw)]
    return _all_of(texts) if op in ("between", "has_all") else _any_of(texts)


def _value(kind: Kind, raw: Any, ctx: Context) -> str:
    if target := getattr(kind, "to", None):
        return _title(raw, ctx, str(target))
    if kind.key in ("date", "datetime") and isinstance(raw, str) and (words := point_words(raw)):
        return words
    try:
        return kind.text(kind.operand("eq", raw, ctx), ctx) or str(raw)
    except Fault:
        return str(raw)


def _title(raw: Any, ctx: Context, target: str = "") -> str:
    if raw == "me":
        return _("me")
    if raw == "my_teams":
        return _("my teams")
    snapshot = snapshots.current()
    if isinstance(raw, str) and (keyed := snapshot.keyed(target, raw)):
        known = snapshot.title(target, keyed[0])
        return known.title if known else raw
    try:
        known = ctx.titles.get(read_id(raw, ctx))
    except Fault:
        known = None
    return known.title if known else str(raw)


def period_words(token: str) -> str:
    """``next_90_days`` as people say it."""
    if token in PERIODS:
        return str(PERIODS[token])
    found = _SPAN.match(token)
    if not found:
        return token
    count = int(found[2])
    units = {
        "day": ngettext("%(n)d day", "%(n)d days", count),
        "week": ngettext("%(n)d week", "%(n)d weeks", count),
        "month": ngettext("%(n)d month", "%(n)d months", count),
        "year": ngettext("%(n)d year", "%(n)d years", count),
    }
    span = units[found[3]] % {"n": count}
    return _("the next %(span)s") % {"span": span} if found[1] == "next" else _("the last %(span)s") % {"span": span}


def point_words(token: str) -> str:
    """``-14d`` and ``today`` as people say them; ``""`` for a plain date."""
    if token in PERIODS:
        return str(PERIODS[token])
    found = _POINT.match(token)
    if not found:
        return ""
    unit = {"d": "day", "w": "week", "m": "month", "y": "year"}[found[3]]
    span = period_words(f"next_{found[2]}_{unit}s").removeprefix(_("the next %(span)s") % {"span": ""})
    return _("in %(span)s") % {"span": span} if found[1] == "+" else _("%(span)s ago") % {"span": span}


def _titles(rows: Rows, parts: list[Any]) -> dict[int, RefTitle]:
    """Titles of every record the conditions name: by id, or by key for directory entities."""
    wanted: dict[str, set[int]] = {}
    for part in parts:
        _collect(rows.spec, part, rows, wanted)
    found: dict[int, RefTitle] = {}
    for entity, ids in wanted.items():
        found.update(query.titles(entity, ids, rows.actor))
    return found


def _collect(spec: EntitySpec, part: Any, rows: Rows, wanted: dict[str, set[int]]) -> None:
    if isinstance(part, Mapping):
        for inner in part.values():
            for one in inner if isinstance(inner, list) else [inner]:
                _collect(spec, one, rows, wanted)
        return
    path, op, *rest = part
    if path in spec.collections and op in ("any", "none"):
        if rest and rest[0]:
            _collect(registry()[spec.collections[path].entity], rest[0], rows, wanted)
        return
    kind = _walk(spec, path)[1]
    target = spec.key if path == "id" else getattr(kind, "to", None)
    if not target or target == "*":
        return
    for raw in _list(rest[0] if rest else None):
        try:
            wanted.setdefault(target, set()).add(read_id(raw, rows.context))
        except Fault:
            continue
