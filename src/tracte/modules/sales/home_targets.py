"""The targets on the home page: reached, still to come, and how much of the period is gone."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from tracte.kernel.money import Money, show_money, show_number
from tracte.modules.sales import target_plan as plans
from tracte.modules.sales.chart import target_bar
from tracte.modules.sales.progress import Figures, Goal, Progress, goals, of_whom, progress, running
from tracte.modules.sales.today import Day
from tracte.web.home import Block, list_url
from tracte.web.request import ActorRequest

ORDER = {"quarter": 0, "month": 1, "year": 2}
WHOSE = {"person": 0, "team": 1, "firm": 2}
MOST_SHOWN = 8


def asked(day: Day) -> list[Goal]:
    """The running targets a home page is about: one's own with one's teams', or those of the teams and the firm with
    their people's. One query."""
    now = running(day.today)
    if day.mine:
        return goals(day.actor, {"all": [now, of_whom(day.actor)]})
    return goals(day.actor, {"all": [now, *([["team", "in", ["my_teams"]]] if day.teams else [])]})


def read(day: Day, found: Iterable[Goal], figures: Figures) -> list[Progress]:
    """How far they are, in the order they are shown."""
    return sorted(progress(day.actor, found, day.today, figures), key=_place)


def _place(one: Progress) -> tuple[Any, ...]:
    goal = one.goal
    return WHOSE[goal.holder.sort], ORDER[goal.period.sort], goal.measure.key, goal.currency, goal.holder.title


def block(request: ActorRequest, day: Day, found: Sequence[Progress]) -> Block | None:
    """The bars; for a wide view those of the firm and the teams, whose people have a table of their own."""
    shown = [one for one in found if day.mine or one.goal.holder.sort != "person"]
    if not shown:
        return None
    language = request.context.language
    content = {
        "title": _("My targets") if day.mine else _("Targets"),
        "url": plans.HERE,
        "may": plans.sets(day.actor),
        "bars": [bar(one, day, language) for one in shown[:MOST_SHOWN]],
        "more": max(len(shown) - MOST_SHOWN, 0),
    }
    return Block("sales/home_targets.html", content, aside=True)


def bar(one: Progress, day: Day, language: str) -> dict[str, Any]:
    """One target as the page draws it."""
    goal = one.goal
    coming = one.coming or Decimal(0)
    reaches = one.reached + coming >= goal.value
    return {
        "label": label_of(goal, day),
        "reached": value_of(one.reached, goal, language),
        "of": _("of %(value)s") % {"value": value_of(goal.value, goal, language)},
        "url": list_url(goal.measure.plural, one.where, goal.measure.sort),
        "meter": target_bar(one.share, coming / goal.value, one.gone),
        "told": sentence(one, language),
        "coming": _("%(value)s to come, weighted") % {"value": value_of(coming, goal, language)} if coming else "",
        "coming_url": list_url("opportunities", one.coming_where, "closes_on"),
        "tone": tone(one),
        "verdict": _("reached") if one.share >= 1 else _("enough to reach it") if coming and reaches else "",
    }


def tone(one: Progress) -> str:
    """``good`` when it is reached or what is to come suffices, ``bad`` when it lies behind the time."""
    if one.share >= 1 or (one.coming and one.reached + one.coming >= one.goal.value):
        return "good"
    return "bad" if one.gap > 0 else ""


def label_of(goal: Goal, day: Day) -> str:
    """What is to be reached, and whose it is where it is not the reader's own."""
    own = goal.holder.sort == "person" and goal.holder.id == day.actor.user_id
    name = str(goal.measure.label)
    return name if own else _("%(who)s: %(measure)s") % {"measure": name, "who": plans.label_of(goal.holder)}


def value_of(value: Decimal, goal: Goal, language: str) -> str:
    """An amount without its cents, or a number."""
    if goal.currency:
        return show_money(Money(value.quantize(Decimal(1)), goal.currency), language)
    return show_number(value, language, 0)


def sentence(one: Progress, language: str) -> str:
    """``62 % reached, 71 % of the quarter gone``."""
    values = {"share": percent(one.share, language), "gone": percent(one.gone, language)}
    if one.goal.period.sort == "month":
        return _("%(share)s reached, %(gone)s of the month gone") % values
    if one.goal.period.sort == "quarter":
        return _("%(share)s reached, %(gone)s of the quarter gone") % values
    return _("%(share)s reached, %(gone)s of the year gone") % values


def percent(share: Decimal, language: str) -> str:
    """A share in whole percent, rounded down: 99.6 % is not yet all."""
    return _("%(n)s\u00a0%%") % {"n": show_number(Decimal(int(share * 100)), language, 0)}
