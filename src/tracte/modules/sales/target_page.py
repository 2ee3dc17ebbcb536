"""The page on which targets are set and read: people by the months of a year (GB-18)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from babel.dates import format_skeleton
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from tracte.kernel.actor import Level
from tracte.kernel.dates import date_locale
from tracte.kernel.money import parse_amount, show_number
from tracte.kernel.problems import NotFound, Problem, Rejected
from tracte.meta.registry import registry
from tracte.modules.sales import target_plan as plans
from tracte.modules.sales.home import money
from tracte.modules.sales.measures import MEASURES
from tracte.modules.sales.periods import MONTHS, Period
from tracte.modules.sales.progress import Holder
from tracte.modules.sales.target_plan import Place, Plan
from tracte.records.query import reach
from tracte.web.addresses import done
from tracte.web.home import list_url
from tracte.web.request import ActorRequest, with_actor

ASKED = ("year", "measure", "period", "currency")
YEARS = range(1990, 2200)


@require_http_methods(["GET", "POST"])
@with_actor
def plan_page(request: ActorRequest) -> HttpResponseBase:
    """``/targets/plan/``: a year of targets; a POST saves the cells, fills a year or takes last year's again."""
    if reach(registry()["target"], request.actor, "view") is Level.NONE:
        raise NotFound("target")
    plan = _asked(request)
    if request.method != "POST":
        return _show(request, plan, {}, {}, [])
    wanted: dict[Place, Any] = {}
    try:
        wanted, title = _wanted(request, plan)
        set_id = plans.write(plan, wanted, title)
    except Rejected as refused:
        if refused.status == 400:
            raise
        return _refused(request, plan, wanted, refused.problems)
    done(request, title if set_id else _("Nothing had changed"), set_id)
    return HttpResponseRedirect(address(plan))


def address(plan: Plan, **other: Any) -> str:
    """The page's address for a plan, some of it otherwise."""
    asked = {"year": plan.year, "measure": plan.measure.key, "period": plan.sort, "currency": plan.currency} | other
    return f"{plans.HERE}?{urlencode({name: value for name, value in asked.items() if value})}"


def _asked(request: ActorRequest) -> Plan:
    """:raises Rejected: status 400 for a parameter that is unknown or cannot be read."""
    unknown = [name for name in request.GET if name not in ASKED]
    if unknown:
        raise Rejected([Problem(unknown[0], "unknown_parameter", {"name": unknown[0]})], status=400)
    year = request.GET.get("year", str(request.context.today.year))
    sort, currency = request.GET.get("period", ""), request.GET.get("currency", plans.currencies()[0])
    for name, good in (
        ("year", year.isascii() and year.isdigit() and int(year) in YEARS),
        ("period", sort in MONTHS or not sort),
        ("currency", currency in plans.currencies()),
    ):
        if not good:
            raise Rejected([Problem(name, "bad_parameter", {"name": name})], status=400)
    measure = plans.measure_named(request.GET.get("measure", "won_amount"))
    return Plan.read(request.actor, int(year), measure, sort or plans.usual_sort(request.actor, measure), currency)


def _wanted(request: ActorRequest, plan: Plan) -> tuple[dict[Place, Any], str]:
    """What the form asks for, and what the change is called.

    :raises Rejected: for a total or a percentage that is no number.
    """
    sent = request.POST
    if sent.get("do") == "fill":
        holder = plans.holder_of(sent.get("who", ""))
        found: Mapping[Place, Any] = plans.filled(plan, holder, _number(request, "total"), sent.get("how", "even"))
        words = {"who": plans.label_of(holder), "year": plan.year}
        return dict(found), _("Targets of %(who)s for %(year)s filled") % words
    if sent.get("do") == "copy":
        copied = plans.copied(plan, _number(request, "percent", "0"))
        return dict(copied), _("Targets of %(year)s taken again") % {"year": plan.year - 1}
    typed: dict[Place, Any] = {}
    for holder in plan.holders():
        for period in plan.periods:
            name = _cell(holder, period)
            if name in sent and plans.may_set(plan.actor, holder):
                typed[holder, period] = _typed(sent[name], plan.value(holder, period), request.context.language)
    return typed, _("Targets for %(year)s saved") % {"year": plan.year}


def _typed(text: str, stored: Decimal | None, language: str) -> Any:
    """What stands in a cell; what says the stored value in another way is that value."""
    text = text.strip()[:40]
    try:
        return stored if stored is not None and text and parse_amount(text, language)[0] == stored else text
    except ValueError:
        return text


def _number(request: ActorRequest, name: str, empty: str = "") -> Decimal:
    text = request.POST.get(name, "").strip()[:40] or empty
    try:
        number = parse_amount(text, request.context.language)[0]
    except ValueError:
        raise Rejected([Problem(name, "not_a_number")]) from None
    if name == "percent" and not -100 < number <= 1000:
        raise Rejected([Problem(name, "not_a_number")])
    if name == "total" and not 0 < number < 10**12:
        raise Rejected([Problem(name, "too_small", {"min": 1})])
    return number


def _cell(holder: Holder, period: Period) -> str:
    return f"{plans.word_of(holder)}.{period.code}"


def _refused(
    request: ActorRequest, plan: Plan, wanted: Mapping[Place, Any], problems: list[Problem]
) -> HttpResponseBase:
    places = list(wanted)
    wrong: dict[str, str] = {}
    for problem in problems:
        if problem.row and problem.row <= len(places):
            wrong[_cell(*places[problem.row - 1])] = problem.message
    typed = {_cell(*place): raw if isinstance(raw, str) else plans.shown(raw) for place, raw in wanted.items()}
    words = []
    for problem in problems:
        place = places[problem.row - 1] if problem.row and problem.row <= len(places) else None
        label = f"{plans.label_of(place[0])}, {place[1].code}" if place else _("Fill a year")
        words.append({"key": _cell(*place) if place else problem.field, "label": label, "message": problem.message})
    return _show(request, plan, typed, wrong, words)


def _show(
    request: ActorRequest,
    plan: Plan,
    typed: Mapping[str, str],
    wrong: Mapping[str, str],
    problems: list[dict[str, Any]],
) -> HttpResponseBase:
    language = request.context.language
    rows = [_row(plan, holder, typed, wrong, language) for holder in plan.holders()]
    settable = [row for row in rows if row["may"]]
    people = sum(row["sort"] == "person" for row in rows)
    context = {
        "area": "sell",
        "module": "target",
        "year": plan.year,
        "before_url": address(plan, year=plan.year - 1),
        "after_url": address(plan, year=plan.year + 1),
        "action": address(plan),
        "selects": _selects(plan),
        "heads": [_head(period, language) for period in plan.periods],
        "rows": rows,
        "settable": settable,
        "people": ngettext("%(n)d person", "%(n)d people", people) % {"n": people},
        "unit": plan.currency,
        "list_url": list_url("targets", [*plan.where, ["starts_on", "between", _year(plan)]], "-id"),
        "problems": problems,
        "sent": request.POST,
        "several": len(plan.periods) > 1,
    }
    return render(request, "sales/targets.html", context, status=422 if problems else 200)


def _year(plan: Plan) -> list[str]:
    return [f"{plan.year}-01-01", f"{plan.year}-12-31"]


def _selects(plan: Plan) -> list[dict[str, Any]]:
    """What the table shows, each choice a link of its own."""
    measures = [(str(one.label), address(plan, measure=key), one is plan.measure) for key, one in MEASURES.items()]
    sorts = {"month": _("Months"), "quarter": _("Quarters"), "year": _("Year")}
    periods = [(label, address(plan, period=key), key == plan.sort) for key, label in sorts.items()]
    found = [{"label": _("Measure"), "options": measures}, {"label": _("Period"), "options": periods}]
    if plan.measure.money and len(plans.currencies()) > 1:
        codes = [(code, address(plan, currency=code), code == plan.currency) for code in plans.currencies()]
        found.append({"label": _("Currency"), "options": codes})
    return found


def _head(period: Period, language: str) -> dict[str, str]:
    if period.sort == "month":
        locale = date_locale(language)
        short = str(format_skeleton("MMM", period.first, locale=locale))
        return {"short": short, "long": str(format_skeleton("yMMMM", period.first, locale=locale))}
    return {"short": period.code.rpartition("-")[2], "long": period.code}


def _row(
    plan: Plan, holder: Holder, typed: Mapping[str, str], wrong: Mapping[str, str], language: str
) -> dict[str, Any]:
    may = plans.may_set(plan.actor, holder)
    cells = []
    for period in plan.periods:
        name, value = _cell(holder, period), plan.value(holder, period)
        goal = plan.found.get((holder, period))
        cells.append(
            {
                "name": name,
                "label": f"{plans.label_of(holder)}, {_head(period, language)['long']}",
                "value": typed.get(name, plans.shown(value)),
                "text": "" if value is None else show_number(value, language, 0),
                "wrong": wrong.get(name, ""),
                "set": goal is not None,
            }
        )
    total = plan.total(holder)
    return {
        "sort": holder.sort,
        "word": plans.word_of(holder),
        "label": plans.label_of(holder),
        "may": may,
        "cells": cells,
        "total": (money(total, plan.currency, language) if plan.measure.money else show_number(total, language, 0))
        if total
        else "",
    }
