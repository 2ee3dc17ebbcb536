"""What the demo firm means to reach: targets for eighteen months that tell a story today.

They are set after the deals are told, from how these went: somebody is ahead, somebody behind, a team just under.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from tracte.kernel.money import Money
from tracte.modules.demo.deals import Deal
from tracte.modules.demo.story import Diary, Event, To
from tracte.modules.sales.periods import Period

# Of the quarter's target, how much more or less is reached today than the calendar would say.
LEADS = {"laia": Decimal("1.30"), "ioana": Decimal("0.55"), "eleanor": Decimal("0.90"), "nuria": Decimal("1.05")}
TEAM_LEADS = {"iberia": Decimal("1.08"), "romania": Decimal("0.53"), "uk": Decimal("0.94")}
FIRM_LEADS = Decimal("0.97")
OWNERS = {"laia": "iberia", "nuria": "iberia", "ioana": "romania", "eleanor": "uk"}
LOW = {"iberia": 90_000, "romania": 45_000, "uk": 60_000}  # where nothing was won yet
SET_BY = "jordi"
ROUND = Decimal(1000)
OLD_QUARTERS = 5


def tell(diary: Diary, deals: list[Deal]) -> None:
    """Quarterly targets for everybody who sells, their teams and the firm in euros, set as the quarter began."""
    won = _won(diary, deals)
    now = Period.around("quarter", diary.today)
    for back in range(OLD_QUARTERS, -1, -1):
        period = _before(now, back)
        for person, team in OWNERS.items():
            lead = LEADS[person] if back == 0 else Decimal("0.95")
            value = _value(won, period, diary.today, lead, low=LOW[team] // 2, owner=person)
            _set(
                diary,
                period,
                f"user/{person}",
                {"owner": To(f"user/{person}"), "team": To(f"team/{team}")},
                value,
                team,
            )
        for team, lead in TEAM_LEADS.items():
            value = _value(won, period, diary.today, lead if back == 0 else Decimal("0.97"), low=LOW[team], team=team)
            _set(diary, period, f"team/{team}", {"owner": None, "team": To(f"team/{team}")}, value, team)
        euros = [one for one in won if one[2] != "uk"]
        value = _value(euros, period, diary.today, FIRM_LEADS if back == 0 else Decimal("0.98"), low=LOW["iberia"])
        _set(diary, period, "firm", {"owner": None, "team": None}, value, "")
    _count_deals(diary, now)


def _won(diary: Diary, deals: list[Deal]) -> list[tuple[date, str, str, Decimal]]:
    """Day, owner, team and amount of every deal won."""
    by_handle = {deal.handle: deal for deal in deals}
    found = []
    for event in diary.events:
        if event.entity == "opportunity" and event.verb == "win" and diary.past(event.at):
            deal = by_handle[event.handle]
            found.append((event.at.date(), deal.firm.owner, deal.firm.team, deal.amount.amount))
    return found


def _value(
    won: list[tuple[date, str, str, Decimal]],
    period: Period,
    today: date,
    lead: Decimal,
    *,
    low: int,
    owner: str = "",
    team: str = "",
) -> Decimal:
    """A target of which the share reached is ``lead`` times the share of the period gone, in round thousands."""
    held = (one for one in won if period.holds(one[0]))
    mine = (amount for _day, who, ours, amount in held if owner in ("", who) and team in ("", ours))
    reached = sum(mine, Decimal(0))
    fair = reached / lead / max(period.gone(today), Decimal("0.1"))
    return max((fair / ROUND).to_integral_value() * ROUND, Decimal(low))


def _set(
    diary: Diary, period: Period, who: str, holder: Mapping[str, Any], value: Decimal, team: str, metric: str = ""
) -> None:
    currency = "GBP" if team == "uk" else "EUR"
    values: dict[str, Any] = {
        "whose": who.partition("/")[0].replace("user", "person"),
        **holder,
        "metric": metric or "won_amount",
        "period": period.sort,
        "starts_on": period.first,
        **({"number": int(value)} if metric else {"amount": Money(value, currency)}),
    }
    handle = f"target/{who}/{period.code}/{metric}"
    diary.add(Event(_moment(diary, period), SET_BY, "target", "create", handle, values))


def _moment(diary: Diary, period: Period) -> datetime:
    """Set on the first working day of the period, or of the story when that began later."""
    return diary.moment(max(period.first, diary.start))


def _count_deals(diary: Diary, now: Period) -> None:
    """Who is new to the firm is also asked for a number of new opportunities each month."""
    month = Period.around("month", diary.today)
    for period in {month, Period.around("month", now.first)}:
        holder = {"owner": To("user/ioana"), "team": To("team/romania")}
        _set(diary, period, "user/ioana", holder, Decimal(6), "romania", "new_opportunities")


def _before(period: Period, back: int) -> Period:
    year, quarter = divmod(period.first.year * 4 + (period.first.month - 1) // 3 - back, 4)
    return Period("quarter", date(year, quarter * 3 + 1, 1))
