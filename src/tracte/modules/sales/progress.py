"""How far people, teams and the firm are with their targets, worked out from what the reader may see.

The number of queries depends on the sorts of period and measure that are in use, never on people or deals.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tracte.kernel import ids
from tracte.kernel.actor import Actor, Level
from tracte.meta.registry import registry
from tracte.modules.sales.measures import MEASURES, Measure
from tracte.modules.sales.periods import MONTHS, Period
from tracte.records import query
from tracte.records import snapshot as snapshots
from tracte.records.query import Rows, reach

OPEN = ["stage.kind", "eq", "open"]
FIELDS = ("whose", "owner", "team", "metric", "period", "starts_on", "amount", "number")
Cells = Sequence[Mapping[str, Any]]  # figures by owner and team


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose target it is. :param sort: ``person``, ``team`` or ``firm``. :param id: of the person or the team."""

    sort: str
    id: int | None = None

    @property
    def where(self) -> list[Any]:
        """The condition of the rows that are theirs."""
        field = {"person": "owner", "team": "team"}.get(self.sort)
        return [[field, "eq", ids.encode(self.id)]] if field and self.id else []

    @property
    def title(self) -> str:
        """The name of the person or team; the firm's is said by the page."""
        found = snapshots.current().title({"person": "user", "team": "team"}.get(self.sort, ""), self.id)
        return found.title if found is not None else ""

    def has(self, cell: Mapping[str, Any]) -> bool:
        """Whether figures of one owner and team are theirs."""
        return self.sort == "firm" or cell["owner" if self.sort == "person" else "team"] == self.id


FIRM = Holder("firm")


@dataclass(frozen=True, slots=True)
class Goal:
    """One target. :param value: an amount of ``currency``, or a number when that is empty."""

    id: int
    version: int
    holder: Holder
    measure: Measure
    period: Period
    value: Decimal
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """One target with what is reached of it.

    :param coming: what the open deals expected to close by the end of the period would add, each with its
        probability; ``None`` where this does not say anything. :param gone: share of the period that is over, 0–1.
    """

    goal: Goal
    reached: Decimal
    coming: Decimal | None
    gone: Decimal

    @property
    def share(self) -> Decimal:
        """Share of the target that is reached; 1 is all of it."""
        return self.reached / self.goal.value

    @property
    def gap(self) -> Decimal:
        """How far the share reached lies behind the share of the period gone; below 0 when it is ahead."""
        return self.gone - self.share

    @property
    def where(self) -> list[Any]:
        """The condition of the rows behind what is reached."""
        return [*self.goal.measure.counted(self.goal.period, self.goal.currency), *self.goal.holder.where]

    @property
    def coming_where(self) -> list[Any]:
        """The condition of the deals behind what is to come."""
        return [
            *closing_by(self.goal.period),
            *self.goal.measure.of_currency(self.goal.currency),
            *self.goal.holder.where,
        ]


def closing_by(period: Period) -> list[Any]:
    """Open deals expected to close by the end of a period."""
    return [OPEN, ["closes_on", "lte", period.last.isoformat()]]


def goals(actor: Actor, where: Any) -> list[Goal]:
    """The targets the actor may see that meet a condition: one query. None without the right or with hidden values."""
    if reach(registry()["target"], actor, "view") is Level.NONE:
        return []
    rows = query.rows("target", actor)
    if any(name not in rows.visible for name in ("whose", "metric", "period", "starts_on")):
        return []
    found = (_goal(values) for values in rows.where(where).stream(FIELDS))
    return [goal for goal in found if goal is not None]


def _goal(values: Mapping[str, Any]) -> Goal | None:
    measure, amount, number = MEASURES.get(values["metric"]), values.get("amount"), values.get("number")
    if measure is None or (amount if measure.money else number) is None:
        return None
    holder = Holder(values["whose"], {"person": values.get("owner"), "team": values.get("team")}.get(values["whose"]))
    value, currency = (amount.amount, amount.currency) if measure.money and amount else (Decimal(number or 0), "")
    period = Period(values["period"], values["starts_on"])
    return Goal(values["id"], values["version"], holder, measure, period, value, currency) if value > 0 else None


def running(today: date) -> dict[str, Any]:
    """The condition of the targets of the month, the quarter and the year a day lies in."""
    periods = [Period.around(sort, today) for sort in MONTHS]
    return {"any": [{"all": [["period", "eq", p.sort], ["starts_on", "eq", p.first.isoformat()]]} for p in periods]}


def of_whom(actor: Actor) -> dict[str, Any]:
    """The condition of the actor's own targets and those of their teams."""
    return {"any": [["owner", "eq", "me"], {"all": [["whose", "eq", "team"], ["team", "in", ["my_teams"]]]}]}


def progress(actor: Actor, found: Iterable[Goal], today: date, figures: "Figures | None" = None) -> list[Progress]:
    """How far each target is, as far as the actor sees all that counts for it.

    :param today: the day on the reader's own calendar. :param figures: those already worked out are used again.
    """
    figures, coming = figures or Figures(actor), _Coming(actor)
    made = []
    for goal in found:
        reached = figures.of(goal)
        if reached is not None:
            made.append(Progress(goal, reached, coming.of(goal, today), goal.period.gone(today)))
    return made


def sees_all_of(rows: Rows, holder: Holder) -> bool:
    """Whether the rows a person, a team or the firm has lie within the reader's reach."""
    if rows.level is Level.ALL:
        return True
    if holder.sort == "team":
        return holder.id in rows.actor.teams_within(rows.level)
    if holder.sort == "person":
        return holder.id == rows.actor.user_id or rows.level >= Level.TEAM
    return False


class Figures:
    """What is reached, by measure and period: one query for each pair in use; amount and number share theirs."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.rows: dict[str, Rows | None] = {}
        self.known: dict[Any, Cells] = {}

    def of(self, goal: Goal) -> Decimal | None:
        rows = self._rows(goal.measure.entity)
        if rows is None or not goal.measure.readable(rows) or not sees_all_of(rows, goal.holder):
            return None
        return total(self.cells(rows, goal.measure, goal.period), goal.holder, goal.measure.money, goal.currency)

    def _rows(self, entity: str) -> Rows | None:
        if entity not in self.rows:
            known = entity in registry() and reach(registry()[entity], self.actor, "view") > Level.NONE
            self.rows[entity] = query.rows(entity, self.actor) if known else None
        return self.rows[entity]

    def cells(self, rows: Rows, measure: Measure, period: Period) -> Cells:
        """Number and sums of the rows that count in a period, by owner and team."""
        key = (measure.entity, measure.day, str(measure.where), period)
        if key not in self.known:
            sums = {one.money for one in MEASURES.values() if one.entity == measure.entity and one.money}
            wanted = ["count", *(f"sum:{name}" for name in sorted(sums) if name in rows.visible)]
            counted = rows.where({"all": measure.within(period.first, period.last)})
            self.known[key] = counted.aggregate(["owner", "team"], wanted)
        return self.known[key]


class _Coming:
    """What open deals would add by the end of a period: one query for each sort of period."""

    def __init__(self, actor: Actor) -> None:
        known = reach(registry()["opportunity"], actor, "view") > Level.NONE
        self.rows = query.rows("opportunity", actor) if known else None
        self.cells: dict[Period, Cells] = {}

    def of(self, goal: Goal, today: date) -> Decimal | None:
        rows = self.rows
        if rows is None or not goal.measure.money or goal.period.last < today:
            return None
        if any(name not in rows.visible for name in ("weighted", "closes_on", "stage")):
            return None
        if goal.period not in self.cells:
            narrowed = rows.where({"all": closing_by(goal.period)})
            self.cells[goal.period] = narrowed.aggregate(["owner", "team"], ["count", "sum:weighted"])
        return total(self.cells[goal.period], goal.holder, "weighted", goal.currency)


def total(cells: Cells, holder: Holder, money: str, currency: str) -> Decimal:
    """Sum over the owners and teams that are the holder's: of money in one currency, or of rows without ``money``."""
    mine = [cell for cell in cells if holder.has(cell)]
    if not money:
        return Decimal(sum(cell["count"] for cell in mine))
    return sum(((cell.get(f"sum:{money}") or {}).get(currency, Decimal(0)) for cell in mine), Decimal(0))
