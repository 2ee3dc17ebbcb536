"""The comparisons a person chooses between for a field, and how what they give becomes an operand and comes back.

A person says "more than 14 days ago" where the condition language says ``["at", "lt", "-14d"]``: each comparison knows
its operator and the shape of its values. Operands are kept so that everybody reads the same from them, whatever their
language: a number with a point, a day as ISO.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tracte.kernel.problems import Fault
from tracte.meta import trees
from tracte.meta.conditions.operators import ALIASES
from tracte.meta.kinds import Choice
from tracte.meta.kinds.base import Context, Kind

Label = str | Promise
CALENDAR = tuple(
    f"{which}_{unit}" for unit in ("week", "month", "quarter", "year") for which in ("this", "last", "next")
)
PERIODS = ("today", "yesterday", "tomorrow", *CALENDAR)
UNITS = ("days", "weeks", "months", "years")
_SPAN = re.compile(r"(next|last)_([0-9]{1,4})_(days|weeks|months)\Z")
_POINT = re.compile(r"([-+])([0-9]{1,4})([dwmy])\Z")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_COUNT = re.compile(r"[0-9]{1,4}\Z")


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody gave as value, as they typed it.

    :param values: one text for each value. :param second: the end of a span. :param unit: of a count, or the currency.
    """

    values: tuple[str, ...] = ()
    second: str = ""
    unit: str = ""


NOTHING = Given()


@dataclass(frozen=True, slots=True)
class Comparison:
    """One way to compare.

    :param key: what a form sends. :param op: operator of the condition language.
    :param takes: ``none``, ``one``, ``many``, ``pair``, ``period``, ``span`` (a count and a unit) or ``group``.
    :param fixed: the operand where there is nothing to give. :param sign: which way a count of days is meant.
    """

    key: str
    label: Label
    op: str
    takes: str = "one"
    fixed: str = ""
    sign: str = ""


def _plain(op: str, label: Label, takes: str = "one") -> Comparison:
    return Comparison(op, label, op, takes)


EMPTY = (_plain("empty", _("is empty"), "none"), _plain("not_empty", _("is filled in"), "none"))
TEXT = (
    _plain("contains", _("contains")),
    _plain("eq", _("is")),
    _plain("starts", _("begins with")),
    _plain("ne", _("is not")),
    _plain("not_contains", _("does not contain")),
    *EMPTY,
)
NUMBER = (
    _plain("gte", _("is at least")),
    _plain("lte", _("is at most")),
    _plain("gt", _("is above")),
    _plain("lt", _("is below")),
    _plain("eq", _("is")),
    _plain("ne", _("is not")),
    _plain("between", _("is between"), "pair"),
    *EMPTY,
)
MOMENT = (
    _plain("within", _("is in"), "period"),
    Comparison("next", _("is in the next"), "within", "span", sign="next"),
    Comparison("last", _("is in the last"), "within", "span", sign="last"),
    Comparison("ago", _("is longer ago than"), "lt", "span", sign="-"),
    Comparison("ahead", _("is further ahead than"), "gt", "span", sign="+"),
    Comparison("past", _("is before today"), "lt", "none", fixed="today"),
    Comparison("coming", _("is today or later"), "gte", "none", fixed="today"),
    _plain("gte", _("is from")),
    _plain("lt", _("is before")),
    *EMPTY,
)
DAY = (
    *MOMENT[:-2],
    _plain("lte", _("is by")),
    _plain("gt", _("is after")),
    _plain("eq", pgettext_lazy("date", "is")),
    _plain("between", _("is between"), "pair"),
    *EMPTY,
)
CHOSEN = (_plain("in", _("is"), "many"), _plain("not_in", _("is not"), "many"), *EMPTY)
EXACTLY = _plain("exactly", _("is exactly"))
SEVERAL = (
    _plain("has_any", _("has"), "many"),
    _plain("has_all", _("has all of"), "many"),
    _plain("has_none", _("has none of"), "many"),
    *EMPTY,
)
YES_NO = (_plain("eq", _("is")), _plain("ne", _("is not")))
COLLECTION = (
    Comparison("any", _("there are some"), "any", "group"),
    Comparison("none", _("there are none"), "none", "group"),
    Comparison("every", _("there are only"), "none", "group"),
)


def comparisons(kind: Kind | None, context: Context) -> tuple[Comparison, ...]:
    """What a field can be compared by, the usual first; ``None`` stands for a collection."""
    if kind is None:
        return COLLECTION
    if kind.key in ("choice", "currency", "country", "reference", "user", "team"):
        tree = isinstance(kind, Choice) and trees.is_tree(kind.options(context))
        return (*CHOSEN[:2], EXACTLY, *CHOSEN[2:]) if tree else CHOSEN
    found = {"date": DAY, "datetime": MOMENT, "yes_no": YES_NO}.get(kind.key)
    if found is None:
        found = SEVERAL if "has_any" in kind.operators else NUMBER if "lt" in kind.operators else TEXT
    return tuple(one for one in found if one.op in kind.operators)


def comparison(kind: Kind | None, key: str, context: Context) -> Comparison | None:
    """The comparison a form names, if the field has it."""
    return next((one for one in comparisons(kind, context) if one.key == key), None)


def carried(kind: Kind, one: Comparison, given: Given) -> Given:
    """What was given for another comparison of the same field, as far as it fits this one; else what it begins with."""
    first = given.values[0].strip() if given.values else ""
    if one.takes == "span":
        unit = given.unit if given.unit in UNITS and not (one.op == "within" and given.unit == "years") else "days"
        return Given((first if _COUNT.match(first) else "14",), unit=unit)
    if one.takes == "period":
        return Given((first if first in PERIODS else "this_month",))
    if kind.key == "yes_no":
        return Given((first or "yes",))
    if kind.key in ("date", "datetime") and (_COUNT.match(first) or first in PERIODS):
        return NOTHING
    return given


# -- from a condition to what is shown in the form -------------------------------------------------------------------
def taken_apart(kind: Kind, op: str, raw: Any, context: Context) -> tuple[Comparison, Given] | None:
    """The comparison and the values of a condition as the form shows them; ``None`` when it has no way to show them."""
    op = ALIASES.get(op, op)
    offered = comparisons(kind, context)
    if op in ("eq", "ne") and any(one.op == "in" for one in offered):
        op, raw = {"eq": "in", "ne": "not_in"}[op], [raw]
    for one in (one for one in offered if one.op == op):
        given = _given(kind, one, raw, context)
        if given is not None:
            return one, given
    return None


def _given(kind: Kind, one: Comparison, raw: Any, context: Context) -> Given | None:
    if one.fixed:
        return NOTHING if raw == one.fixed else None
    if one.takes == "none":
        return NOTHING
    if one.takes == "span":
        return _span(one, raw)
    if one.takes == "period":
        return Given((str(raw),)) if raw in PERIODS else None
    if one.takes == "many":
        listed = raw if isinstance(raw, list | tuple) else [raw]
        return Given(tuple(map(str, listed))) if all(isinstance(item, str) for item in listed) and listed else None
    if one.takes == "pair":
        if not isinstance(raw, list | tuple) or len(raw) != 2:
            return None
        first, last = (_text(kind, item, context) for item in raw)
        if first is None or last is None or first[1] != last[1]:
            return None
        return Given((first[0],), last[0], first[1])
    shown = _text(kind, raw, context)
    return None if shown is None else Given((shown[0],), "", shown[1])


def _span(one: Comparison, raw: Any) -> Given | None:
    if not isinstance(raw, str):
        return None
    if one.op == "within":
        found = _SPAN.match(raw)
        return Given((found[2],), unit=found[3]) if found and found[1] == one.sign else None
    found = _POINT.match(raw)
    if not found or found[1] != one.sign:
        return None
    return Given((found[2],), unit=next(unit for unit in UNITS if unit[0] == found[3]))


def _text(kind: Kind, raw: Any, context: Context) -> tuple[str, str] | None:
    """One operand as somebody would type it, and its currency."""
    if kind.key in ("date", "datetime"):
        return (raw, "") if isinstance(raw, str) and _DAY.match(raw) else None
    if kind.key == "yes_no":
        known = {True: "yes", False: "no", "yes": "yes", "no": "no", "true": "yes", "false": "no"}
        return (known[raw], "") if isinstance(raw, bool | str) and raw in known else None
    if not kind.numeric:
        return (raw, "") if isinstance(raw, str) else None
    try:
        value = kind.operand("eq", raw, context)
    except Fault:
        return None
    if value is None:
        return None
    text = kind.edit_text(value, context)
    return (text.rsplit(" ", 1)[0], value.currency) if kind.key == "money" else (text, "")


# -- from what was typed to a condition ------------------------------------------------------------------------------
def put_together(kind: Kind, one: Comparison, given: Given, context: Context) -> list[Any]:
    """Operator and operand of what somebody gave: ``["lt", "-14d"]``.

    :raises Fault: when something is missing or cannot be read.
    """
    if one.takes == "none":
        return [one.op, one.fixed] if one.fixed else [one.op]
    values = [text.strip() for text in given.values if text.strip()]
    if not values:
        raise Fault("required")
    if one.takes == "span":
        return [one.op, _counted(one, values[0], given.unit)]
    if one.takes == "period":
        if values[0] not in PERIODS:
            raise Fault("bad_period", {"value": values[0][:40]})
        return [one.op, values[0]]
    if one.takes == "many":
        return [one.op, list(dict.fromkeys(_split(kind, values)))]
    if one.takes == "pair":
        if not given.second.strip():
            raise Fault("required")
        pair = [_operand(kind, text, given.unit, context) for text in (values[0], given.second)]
        return [one.op, [operand for operand, _value in _in_order(pair)]]
    return [one.op, _operand(kind, values[0], given.unit, context)[0]]


def _in_order(pair: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Two ends the other way round are put right."""
    (_first, low), (_last, high) = pair
    return pair[::-1] if getattr(low, "amount", low) > getattr(high, "amount", high) else pair


def _split(kind: Kind, values: Sequence[str]) -> list[str]:
    """Free words are separated by commas; chosen ones come one by one."""
    if kind.key != "tags":
        return list(values)
    return [part.strip() for value in values for part in value.split(",") if part.strip()]


def _counted(one: Comparison, text: str, unit: str) -> str:
    if not _COUNT.match(text):
        raise Fault("not_an_integer")
    if unit not in UNITS or (one.op == "within" and unit == "years"):
        raise Fault("not_a_choice", {"value": unit[:40]})
    count = int(text)
    return f"{one.sign}_{count}_{unit}" if one.op == "within" else f"{one.sign}{count}{unit[0]}"


def _operand(kind: Kind, text: str, unit: str, context: Context) -> tuple[Any, Any]:
    """An operand as conditions keep it, and its value."""
    if kind.key == "datetime" and _DAY.match(text):
        return text, text
    if kind.key == "yes_no":
        value = kind.operand("eq", text, context)
        return value, value
    if not kind.numeric and kind.key != "date":
        return text, text
    raw = {"amount": text, "currency": unit or None} if kind.key == "money" else text
    value = kind.operand("eq", raw, context)
    if value is None:
        raise Fault("required")
    return kind.to_json(value) if kind.key in ("date", "integer", "duration") else kind.export(value, context), value
