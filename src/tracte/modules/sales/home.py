"""The deals' part of the home page."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tracte.engine.titles import titles_for
from tracte.kernel.actor import Level
from tracte.kernel.dates import show_date
from tracte.kernel.ids import encode
from tracte.kernel.money import Money, show_money
from tracte.meta.kinds.base import RefTitle
from tracte.meta.registry import registry
from tracte.modules.sales import home_targets, home_team
from tracte.modules.sales.chart import won_steps
from tracte.modules.sales.progress import Figures, Holder, Progress
from tracte.modules.sales.review import WON, Review
from tracte.modules.sales.today import OPEN, Day, Quiet, Won, risk
from tracte.records import query
from tracte.records.query import reach
from tracte.web.home import Block, Offered, due_words, list_url
from tracte.web.request import ActorRequest

QUIET_SHOWN = 5


def home(request: ActorRequest) -> Offered:
    """The blocks for one person: their own deals, or all they may see."""
    spec, actor = registry()["opportunity"], request.actor
    if reach(spec, actor, "view") is Level.NONE:
        return Offered()
    whose = whose_asked(request)
    day = Day(actor, request.context.today, mine=whose == "mine", teams=whose == "team")
    # Whoever has no open deal of their own is asked once whether there is any at all.
    full = bool(day.open_count) or query.rows("opportunity", actor).count(cap=1)[0] > 0
    if not full:
        return Offered()
    deals, quiet = day.next_steps(), day.quiet()
    titles = titles_for(spec, [*deals, *(one.deal for one in quiet[:QUIET_SHOWN])], actor, ("account", "owner"))
    figures = Figures(actor)
    goals = home_targets.read(day, home_targets.asked(day), figures)
    review = None if day.mine else Review(day, goals, figures)
    blocks = (
        home_team.table(request, review) if review else None,
        _next_block(request, day, deals, titles),
        _quiet_block(request, day, quiet, titles),
        _won_block(request, day, goals),
        home_targets.block(request, day, goals),
        home_team.needs(request, review) if review else None,
        _pipeline_block(request, day),
        home_team.stuck(request, review) if review else None,
    )
    scopes = tuple(scopes_of(request, whose))
    shown = tuple(block for block in blocks if block is not None)
    return Offered(shown, busy=True, full=True, mine=day.mine, scopes=scopes)


def whose_asked(request: ActorRequest) -> str:
    """Whose deals the page is about: ``mine``, those of one's ``team``, or ``all`` one may see.

    Without a word in the address people who work on their own or their team's deals see theirs, the others all.
    """
    spec, actor = registry()["opportunity"], request.actor
    level = reach(spec, actor, "view")
    if level <= Level.OWN:
        return "mine"
    sells = Level.NONE < reach(spec, actor, "edit") < Level.ALL
    asked = request.GET.get("whose") or ("mine" if sells else "all")
    return "all" if asked == "team" and not (level is Level.ALL and actor.teams) else asked


def scopes_of(request: ActorRequest, whose: str) -> list[dict[str, Any]]:
    """What the person may look at instead."""
    level = reach(registry()["opportunity"], request.actor, "view")
    if level <= Level.OWN:
        return []
    labels = {"mine": _("Mine"), "all": _("Everybody") if level is Level.ALL else _("Team")}
    if level is Level.ALL and request.actor.teams:
        labels = {"mine": _("Mine"), "team": _("Team"), "all": _("Everybody")}
    return [{"label": text, "url": f"/?whose={key}", "current": key == whose} for key, text in labels.items()]


def money(amount: Decimal, currency: str, language: str) -> str:
    """An amount without its cents, which no overview needs."""
    return show_money(Money(amount.quantize(Decimal(1)), currency), language)


def _next_block(
    request: ActorRequest, day: Day, deals: Sequence[Mapping[str, Any]], titles: Mapping[int, RefTitle]
) -> Block:
    due = day.due()
    where = [OPEN, *day.whose]
    badges = [
        (due["late"], "bad", _("%(n)d late"), ["next_step_on", "lt", "today"]),
        (due["today"], "", _("%(n)d today"), ["next_step_on", "eq", "today"]),
        (due["none"], "warn", _("%(n)d without next step"), ["next_step_on", "empty"]),
    ]
    content = {
        "title": _("My open deals") if day.mine else _("Open deals"),
        "all_url": list_url("opportunities", where, "next_step_on"),
        "all": ngettext("All %(n)d", "All %(n)d", day.open_count) % {"n": day.open_count},
        "badges": [
            {"text": text % {"n": n}, "tone": tone, "url": list_url("opportunities", [*where, part], "next_step_on")}
            for n, tone, text, part in badges
            if n
        ],
        "deals": [_deal(request, deal, titles, owner=not day.mine) for deal in deals],
    }
    return Block("sales/home_next.html", content, line=_line(due))


def _line(due: Mapping[str, int]) -> str:
    """The day's deals in a sentence."""
    late = ngettext("%(n)d next step is late", "%(n)d next steps are late", due["late"]) % {"n": due["late"]}
    today = ngettext("%(n)d is for today", "%(n)d are for today", due["today"]) % {"n": due["today"]}
    if due["late"] and due["today"]:
        return _("%(late)s, %(today)s.") % {"late": late, "today": today}
    if due["late"]:
        return late + "."
    if due["today"]:
        words = ngettext("%(n)d next step is for today.", "%(n)d next steps are for today.", due["today"])
        return words % {"n": due["today"]}
    return _("Nothing is late.")


def _deal(
    request: ActorRequest, deal: Mapping[str, Any], titles: Mapping[int, RefTitle], *, owner: bool = False
) -> dict[str, Any]:
    language, today = request.context.language, request.context.today
    due, amount = deal.get("next_step_on"), deal.get("amount")
    account = titles.get(deal.get("account") or 0)
    keeper = titles.get(deal.get("owner") or 0) if owner else None
    return {
        "name": deal.get("name") or _("Opportunity"),
        "url": f"/opportunities/{encode(deal['id'])}/",
        "account": account.title if account else "",
        "owner": keeper.title if keeper else "",
        "amount": show_money(amount, language) if amount else "",
        "step": deal.get("next_step") or "",
        "due": due_words(due, today, language) if due else "",
        "tone": "bad" if due and due < today else "today" if due == today else "",
    }


def _quiet_block(
    request: ActorRequest, day: Day, quiet: Sequence[Quiet], titles: Mapping[int, RefTitle]
) -> Block | None:
    if not quiet:
        return None
    language = request.context.language
    rows = []
    for one in quiet[:QUIET_SHOWN]:
        days = ngettext("%(n)d day", "%(n)d days", one.days) % {"n": one.days}
        usual = _("usual %(n)d") % {"n": one.usual}
        rows.append({**_deal(request, one.deal, titles), "days": days, "usual": usual})
    content = {
        "deals": rows,
        "at_risk": " + ".join(money(amount, currency, language) for currency, amount in risk(quiet).items()),
        "all_url": list_url("opportunities", day.quiet_where(), "-amount"),
        "count": len(quiet),
    }
    return Block("sales/home_quiet.html", content)


def _won_block(request: ActorRequest, day: Day, goals: Sequence[Progress]) -> Block | None:
    if "amount" not in day.rows.visible or "closed_on" not in day.rows.visible:
        return None
    won, language = day.won(), request.context.language
    left = (won.last - day.today).days
    sums = list(won.sums.items()) or [(request.context.currency, Decimal(0))]
    target = _target_of(goals, day, sums[0][0])
    content = {
        "left": ngettext("%(n)d day left", "%(n)d days left", left) % {"n": left},
        "url": list_url("opportunities", day.won_where(), "-closed_on"),
        "figure": money(sums[0][1], sums[0][0], language),
        "of": _("of %(value)s") % {"value": money(target, sums[0][0], language)} if target else "",
        "others": [_other(day, currency, amount, language) for currency, amount in sums[1:]],
        "deals": ngettext("%(n)d deal", "%(n)d deals", won.count) % {"n": won.count},
        "chart": _chart(won, sums[0][0], day, language, target),
        "table": [
            (show_date(at, language, day.today), money(total, sums[0][0], language))
            for at, total in won.steps.get(sums[0][0], ())
        ],
    }
    return Block("sales/home_won.html", content, aside=True)


def _other(day: Day, currency: str, amount: Decimal, language: str) -> dict[str, str]:
    where = [*day.won_where(), ["amount.currency", "eq", currency]]
    return {"text": money(amount, currency, language), "url": list_url("opportunities", where, "-closed_on")}


def _target_of(goals: Sequence[Progress], day: Day, currency: str) -> Decimal | None:
    """What is to be won in the quarter by whom the page is about: the person, else the firm, else the only team."""
    quarter = [one.goal for one in goals if one.goal.period.sort == "quarter" and one.goal.currency == currency]
    won = [goal for goal in quarter if goal.measure is WON]
    if day.mine:
        return next((goal.value for goal in won if goal.holder == Holder("person", day.actor.user_id)), None)
    teams = [goal.value for goal in won if goal.holder.sort == "team"]
    firm = next((goal.value for goal in won if goal.holder.sort == "firm"), None)
    whole = query.rows("opportunity", day.actor).level is Level.ALL and not day.teams
    return firm if whole else teams[0] if len(teams) == len(day.actor.teams) == 1 else None


def _chart(won: Won, currency: str, day: Day, language: str, target: Decimal | None) -> str:
    steps = won.steps.get(currency, ())
    name = _("Won since the quarter began, in %(currency)s, day by day") % {"currency": currency}
    first, last = (show_date(at, language, at) for at in (won.first, won.last))
    label = _("Target %(value)s") % {"value": money(target, currency, language)} if target else ""
    goal = (target, label) if target else None
    return won_steps(steps, won.first, won.last, day.today, (name, first, _("today"), last), goal)


def _pipeline_block(request: ActorRequest, day: Day) -> Block | None:
    if "stage" not in day.rows.visible:
        return None
    language = request.context.language
    sums, priced = day.open_sums(), "amount" in day.rows.visible
    total = " + ".join(money(amount, currency, language) for currency, amount in sums.items())
    deals = ngettext("%(n)d deal", "%(n)d deals", day.open_count) % {"n": day.open_count}
    funnels = []
    for currency, cells in day.pipeline().items():
        rows = [
            {
                "label": cell.stage.title,
                "url": list_url("opportunities", cell.where, "-amount"),
                "value": float(cell.amount) if priced else cell.count,
                "sum": money(cell.amount, currency, language) if priced else "",
                "count": cell.count,
            }
            for cell in cells
        ]
        label = _("Open pipeline by stage, in %(currency)s") % {"currency": currency} if priced else _("Open pipeline")
        most = max((row["value"] for row in rows), default=0.0)
        funnels.append({"label": label, "most": most, "rows": rows, "currency": currency})
    content = {
        "total": f"{total}, {deals}" if total else deals,
        "url": list_url("opportunities", [OPEN, *day.whose], "-amount"),
        "funnels": funnels,
        "several": len(funnels) > 1,
    }
    return Block("sales/home_pipeline.html", content, aside=True)
