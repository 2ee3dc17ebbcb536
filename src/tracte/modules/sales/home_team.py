"""A manager's part of the home page: the table by team and person, where deals are stuck, what the pipeline needs."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from babel.numbers import format_compact_currency
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tracte.kernel.dates import date_locale
from tracte.kernel.ids import encode
from tracte.modules.sales import target_plan as plans
from tracte.modules.sales.chart import target_bar
from tracte.modules.sales.home_targets import percent, sentence, tone, value_of
from tracte.modules.sales.progress import Progress
from tracte.modules.sales.review import Line, Need, Review
from tracte.modules.sales.today import OPEN, Sums
from tracte.records import snapshot as snapshots
from tracte.web import ui
from tracte.web.home import Block, list_url
from tracte.web.request import ActorRequest

STAGES_SHOWN = 5


def table(request: ActorRequest, review: Review) -> Block | None:
    """People by team with what is open, won, late and quiet; each figure leads to its rows."""
    if not review.readable:
        return None
    groups = review.teams()
    if sum(len(people) + bool(team) for team, people in groups) < 2:  # who works alone needs no table
        return None
    language = request.context.language
    shown = [
        {
            "head": _line(review, head, language) if head else None,
            "people": [_line(review, one, language) for one in people],
        }
        for head, people in groups
    ]
    return Block("sales/home_team.html", {"groups": shown, "period": review.period.code, "url": plans.HERE})


def _line(review: Review, line: Line, language: str) -> dict[str, Any]:
    holder = line.holder
    goals = [_goal(one, language) for one in line.goals]
    won = [("", sums) for sums in [written(line.won, language)] if sums and not goals]
    figures = (
        ("open", _("Open"), str(line.open), "closes_on", ""),
        ("open", _("Weighted"), written(line.weighted, language), "-weighted", ""),
        ("late", _("Late"), str(line.late), "next_step_on", "bad"),
        ("quiet", _("Going quiet"), str(line.quiet), "-amount", "warn"),
        ("leads", _("Unclaimed leads") if holder.sort == "team" else _("New leads"), str(line.leads), "-id", ""),
    )
    cells = [
        {
            "label": label,
            "text": text if text != "0" else "",
            "url": list_url("leads" if name == "leads" else "opportunities", review.where(name, holder), sort),
            "tone": hue,
        }
        for name, label, text, sort, hue in figures
    ]
    conditions = [OPEN, *holder.where]
    return {
        "name": plans.label_of(holder),
        "person": holder.sort == "person",
        "url": list_url("opportunities", conditions, "closes_on").replace("/opportunities/?", "/opportunities/board?"),
        "goals": goals,
        "won": won[0][1] if won else "",
        "won_url": list_url("opportunities", review.where("won", holder), "-closed_on"),
        "cells": cells,
    }


def _goal(one: Progress, language: str) -> dict[str, Any]:
    goal = one.goal
    return {
        "reached": value_of(one.reached, goal, language),
        "of": _("of %(value)s") % {"value": value_of(goal.value, goal, language)},
        "url": list_url("opportunities", one.where, goal.measure.sort),
        "meter": target_bar(one.share, (one.coming or Decimal(0)) / goal.value, one.gone),
        "told": sentence(one, language),
        "share": percent(one.share, language),
        "tone": tone(one),
    }


def written(sums: Sums, language: str) -> str:
    """Amounts of several currencies side by side, never added up."""
    return " + ".join(short_money(amount, currency, language) for currency, amount in sums.items())


def stuck(request: ActorRequest, review: Review) -> Block | None:
    """The stages with most deals nobody touches."""
    found, language = review.stuck()[:STAGES_SHOWN], request.context.language
    if not found:
        return None
    stages = snapshots.current().directory.get("stage", {})
    rows = []
    for one in found:
        title = stages[one.stage]
        where = [OPEN, *review.day.whose, ["stage", "eq", encode(one.stage)], review.quiet_for]
        rows.append(
            {
                "pill": _pill(title.title, title.extra),
                "text": _("%(n)d of %(of)d") % {"n": one.count, "of": one.of},
                "sum": written(one.amounts, language),
                "url": list_url("opportunities", where, "modified_at"),
            }
        )
    return Block("sales/home_stuck.html", {"rows": rows}, aside=True)


def _pill(name: str, extra: Mapping[str, Any]) -> str:
    return ui.stage(name, int(extra.get("probability") or 0), "open", str(extra.get("hue") or "stone"))


def short_money(amount: Decimal, currency: str, language: str) -> str:
    """An amount in few signs: ``€215K``."""
    return str(format_compact_currency(amount, currency, locale=date_locale(language), fraction_digits=int(amount < 0)))


def needs(request: ActorRequest, review: Review) -> Block | None:
    """How many more deals each team's pipeline needs, where there is enough to go by."""
    language = request.context.language
    rows = [_need(one, language) for one in review.needs()]
    return Block("sales/home_need.html", {"rows": rows}, aside=True) if rows else None


def _need(one: Need, language: str) -> dict[str, str]:
    goal = one.goal.goal
    deals = ngettext("%(n)d more deal", "%(n)d more deals", one.deals) % {"n": one.deals}
    words = {
        "missing": value_of(one.missing, goal, language),
        "average": value_of(one.average, goal, language),
        "rate": percent(one.rate, language),
    }
    return {
        "who": plans.label_of(goal.holder),
        "deals": deals,
        "told": _("%(missing)s missing, at %(average)s a won deal and a win rate of %(rate)s") % words,
        "url": list_url("opportunities", one.goal.coming_where, "closes_on"),
    }
