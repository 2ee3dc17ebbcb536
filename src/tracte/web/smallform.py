"""The small form of one condition, in the menu of its sentence: a field of the record itself, how to compare, a value.

It works without script, so it offers only comparisons that all take their value from the same control; the builder has
the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tracte.engine.filtering.comparisons import (
    NOTHING,
    Comparison,
    Given,
    comparisons,
    put_together,
    taken_apart,
)
from tracte.engine.filtering.fields import filterable
from tracte.engine.periods import PERIODS
from tracte.kernel.problems import Fault, Problem, Rejected
from tracte.meta.kinds.base import Context, Kind, RefTitle, say
from tracte.records.query import Rows
from tracte.web import filtercontrols, ui
from tracte.web.filtercontrols import Box, unit_name

WITHIN = "within:"  # before a period, which has an entry of its own among the comparisons
NAME = "v"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form holds.

    :param name: the field. :param op: key of the comparison, or ``within:`` and a period.
    :param problem: what is wrong.
    """

    name: str
    op: str = ""
    given: Given = NOTHING
    problem: str = ""


def fields(rows: Rows) -> dict[str, Kind]:
    """Fields one can filter by with the form."""
    return {
        name: kind
        for name, kind in rows.visible.items()
        if (kind.stored or kind.key == "many_references") and filterable(kind)
    }


def offered(kind: Kind, context: Context) -> list[Comparison]:
    """The comparisons of a field that take their value from one control."""
    found = comparisons(kind, context)
    shape = "many" if found[0].takes == "many" else "one"
    return [one for one in found if one.takes in (shape, "none")]


def asked(params: QueryDict) -> Asked | None:
    """The form in the parameters of an address; without a comparison when somebody just chose the field."""
    name = params.get("f", "")
    if not name:
        return None
    given = Given(tuple(params.getlist(NAME)), unit=params.get(unit_name(NAME), ""))
    return Asked(name, params.get("op", ""), given)


def shown(rows: Rows, part: Sequence[Any]) -> Asked | None:
    """A condition as the form shows it; ``None`` when only the builder can."""
    name, op, *rest = part
    kind, raw = fields(rows).get(name), rest[0] if rest else None
    if kind is None:
        return None
    if op == "within" and raw in PERIODS:
        return Asked(name, WITHIN + raw)
    found = taken_apart(kind, op, raw, rows.context)
    if found is None or found[0].key not in {one.key for one in offered(kind, rows.context)}:
        return None
    return Asked(name, found[0].key, found[1])


def read(rows: Rows, asked: Asked) -> list[Any]:
    """The condition somebody made in the form.

    :raises Rejected: status 400 when its value cannot be read, or is missing.
    """
    kind = fields(rows).get(asked.name)
    if kind is None:
        raise Rejected([Problem("f", "unknown_field", {"name": asked.name})], status=400)
    if asked.op.startswith(WITHIN):
        return [asked.name, "within", asked.op.removeprefix(WITHIN)]
    one = next((found for found in offered(kind, rows.context) if found.key == asked.op), None)
    if one is None:
        raise Rejected([Problem(asked.name, "unknown_operator", {"op": asked.op})], status=400)
    try:
        return [asked.name, *put_together(kind, one, asked.given, rows.context)]
    except Fault as fault:
        raise Rejected([Problem(asked.name, fault.code, fault.params)], status=400) from None


def form(rows: Rows, hidden: SafeString, asked: Asked, titles: Mapping[int, RefTitle]) -> SafeString:
    """The form itself.

    :param hidden: the state of the list without this condition. :param titles: names of records that are chosen.
    """
    kind = rows.visible[asked.name]
    found = offered(kind, rows.context)
    chosen = next((one for one in found if one.key == asked.op and one.takes != "none"), None)
    valued = chosen or next((one for one in found if one.takes != "none"), None)
    box = Box(NAME, f"v-{asked.name}", rows.snapshot, rows.context, titles, bool(asked.problem), f"e-{asked.name}")
    wrong = format_html(
        '<p class="field-error" id="e-{}">{}{}</p>', asked.name, ui.icon("circle-alert", "s"), asked.problem
    )
    return format_html(
        '<form method="get" class="filter-form">{}<input type="hidden" name="f" value="{}">'
        '<label><span>{}</span><select class="input-box" name="op">{}</select></label>{}{}'
        '<button type="submit" class="btn btn-sm btn-primary">{}</button></form>',
        hidden,
        asked.name,
        say(kind.label, rows.context),
        filtercontrols.options(_ops(kind, found), {asked.op}),
        filtercontrols.control(kind, valued, asked.given, box) if valued else "",
        wrong if asked.problem else "",
        _("Apply"),
    )


def _ops(kind: Kind, found: Sequence[Comparison]) -> list[tuple[str, str]]:
    entries = [(one.key, str(one.label)) for one in found]
    if kind.key not in ("date", "datetime"):
        return entries
    periods = [
        (
            WITHIN + token,
            _("is in %(period)s") % {"period": words} if "_" in token else _("is %(day)s") % {"day": words},
        )
        for token, words in PERIODS.items()
    ]
    return [*periods, *entries]
