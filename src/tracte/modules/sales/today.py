"""What a seller's day looks like in figures: next steps, deals that went quiet, the open pipeline, what was won.

Each figure comes with the condition of the rows behind it, so that a page can lead there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from itertools import accumulate
from typing import Any

from django.db.models import Max

from tracte.kernel import clock, ids
from tracte.kernel.actor import Actor, Level
from tracte.kernel.dates import resolve
from tracte.kernel.money import Money
from tracte.meta.kinds.base import RefTitle
from tracte.meta.registry import registry
from tracte.modules.sales.stages import usual_days
from tracte.records import query
from tracte.records import snapshot as snapshots
from tracte.records.query import Rows
from tracte.records.tables import RecordLink

OPEN = ["stage.kind", "eq", "open"]
MINE = ["owner", "eq", "me"]
OURS = ["team", "in", ["my_teams"]]
NEXT_SHOWN, QUIET_READ = 8, 200
MOST_USUAL = 15  # different usual times a filter has room for, notes included
FIELDS = ("name", "account", "stage", "amount", "owner", "next_step", "next_step_on", "modified_at")

Sums = dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class Cell:
    """Open deals of one stage in one currency."""

    stage: RefTitle
    currency: str
    count: int
    amount: Decimal
    where: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Quiet:
    """An open deal nobody touched for twice the usual time of its stage."""

    deal: Mapping[str, Any]
    days: int
    usual: int


@dataclass(frozen=True, slots=True)
class Won:
    """What was won in a quarter, by currency and day."""

    first: date
    last: date
    count: int
    sums: Sums
    steps: Mapping[str, Sequence[tuple[date, Decimal]]]  # currency → running total on each day something was won


@dataclass(frozen=True)
class Day:
    """One person's view of the deals on one day.

    :param mine: only the person's own deals. :param today: the day on the person's own calendar.
    :param teams: only those of the person's teams.
    """

    actor: Actor
    today: date
    mine: bool = True
    teams: bool = False

    @property
    def whose(self) -> list[Any]:
        """The condition that narrows to these deals."""
        return [MINE] if self.mine else [OURS] if self.teams else []

    @cached_property
    def rows(self) -> Rows:
        """Deals in question, open or closed."""
        found = query.rows("opportunity", self.actor)
        return found.where({"all": self.whose}) if self.whose else found

    @cached_property
    def still_open(self) -> Rows:
        return self.rows.where(OPEN)

    @cached_property
    def _groups(self) -> list[dict[str, Any]]:
        """Open deals by stage and day of the next step: one query for the pipeline and for what is late."""
        visible = self.rows.visible
        group = [name for name in ("stage", "next_step_on") if name in visible]
        return self.still_open.aggregate(group, ["count", *(["sum:amount"] if "amount" in visible else [])])

    # -- next steps --------------------------------------------------------------------------------------------------
    @property
    def open_count(self) -> int:
        return sum(cell["count"] for cell in self._groups)

    def due(self) -> dict[str, int]:
        """How many open deals have a next step that is ``late`` or for ``today``, and how many have ``none``."""
        found = {"late": 0, "today": 0, "none": 0}
        for cell in self._groups:
            day = cell.get("next_step_on")
            name = "none" if day is None else "late" if day < self.today else "today" if day == self.today else ""
            if name:
                found[name] += cell["count"]
        return found

    def next_steps(self) -> list[dict[str, Any]]:
        """The deals with the most urgent next steps; those without one come last."""
        return self.still_open.page(FIELDS, sort="next_step_on", limit=NEXT_SHOWN).rows

    # -- the pipeline ------------------------------------------------------------------------------------------------
    def open_sums(self) -> Sums:
        """Sum of the open deals by currency, the largest number of deals first."""
        sums: Sums = {}
        for cell in self._groups:
            for currency, amount in (cell.get("sum:amount") or {}).items():
                sums[currency] = sums.get(currency, Decimal(0)) + amount
        home = snapshots.current().company.get("currency")
        return dict(sorted(sums.items(), key=lambda item: (item[0] != home, item[0])))

    def pipeline(self) -> dict[str, list[Cell]]:
        """Open deals by currency and stage, in the order of the stages. Currencies are never added up.

        With a single currency, deals without amount count too; with several they stand in none.
        """
        sums = self.open_sums()
        if len(sums) <= 1:
            currency = next(iter(sums), str(snapshots.current().company.get("currency") or "EUR"))
            return {currency: self._cells(self._groups, currency, [])}
        found = {}
        for currency in sums:
            only = ["amount.currency", "eq", currency]
            groups = self.still_open.where(only).aggregate(["stage"], ["count", "sum:amount"])
            found[currency] = self._cells(groups, currency, [only])
        return found

    def _cells(self, groups: Sequence[Mapping[str, Any]], currency: str, only: list[Any]) -> list[Cell]:
        counts: dict[int, int] = {}
        sums: dict[int, Decimal] = {}
        for group in groups:
            stage = group.get("stage") or 0
            counts[stage] = counts.get(stage, 0) + group["count"]
            sums[stage] = sums.get(stage, Decimal(0)) + (group.get("sum:amount") or {}).get(currency, Decimal(0))
        known = snapshots.current().directory.get("stage", {})
        stages = sorted((known[one] for one in counts if one in known), key=_place)
        where = (OPEN, *self.whose, *only)
        return [
            Cell(stage, currency, counts[stage.id], sums[stage.id], (*where, ["stage", "eq", ids.encode(stage.id)]))
            for stage in stages
        ]

    # -- going quiet -------------------------------------------------------------------------------------------------
    def quiet(self) -> list[Quiet]:
        """Open deals without change or note for twice the usual time of their stage, the most valuable first; of very
        many those that wait longest."""
        deals = self.still_open.where(quiet_for(self.actor)).page(FIELDS, sort="modified_at", limit=QUIET_READ).rows
        noted = self._last_notes([deal["id"] for deal in deals])
        stages = snapshots.current().rows.get("stage", {})
        found = []
        for deal in deals:
            usual = usual_days(stages[deal["stage"]])
            last = max(deal["modified_at"], noted.get(deal["id"], datetime.min.replace(tzinfo=UTC)))
            found.append(Quiet(deal, (clock.now() - last).days, usual))
        return sorted(found, key=lambda one: -(one.deal["amount"].amount if one.deal.get("amount") else 0))

    def quiet_where(self) -> list[Any]:
        """The condition of the deals that went quiet."""
        return [OPEN, *self.whose, quiet_for(self.actor)]

    def _last_notes(self, deals: Sequence[int]) -> dict[int, datetime]:
        """When the newest note about each deal was written, from its id: ids are time-ordered."""
        if not deals or "note" not in registry() or query.reach(registry()["note"], self.actor, "view") is Level.NONE:
            return {}
        links = RecordLink.objects.filter(field="note.about", to_id__in=deals).values_list("to_id")
        return {deal: ids.moment(note) for deal, note in links.annotate(newest=Max("from_id"))}

    # -- won ---------------------------------------------------------------------------------------------------------
    def won(self) -> Won:
        """What was won since the quarter began."""
        first, last = resolve("this_quarter", self.today)
        groups = self.rows.where({"all": self.won_where()[:2]}).aggregate(["closed_on"], ["count", "sum:amount"])
        days: dict[str, dict[date, Decimal]] = {}
        for group in sorted(groups, key=lambda one: one["closed_on"]):
            for currency, amount in (group["sum:amount"] or {}).items():
                days.setdefault(currency, {})[group["closed_on"]] = amount
        home = snapshots.current().company.get("currency")
        ordered = sorted(days, key=lambda currency: (currency != home, currency))
        steps = {one: list(zip(days[one], accumulate(days[one].values()), strict=True)) for one in ordered}
        sums = {one: steps[one][-1][1] for one in ordered}
        return Won(first, last, sum(group["count"] for group in groups), sums, steps)

    def won_where(self) -> list[Any]:
        """The condition of what was won this quarter."""
        return [["stage.kind", "eq", "won"], ["closed_on", "within", "this_quarter"], *self.whose]


def quiet_for(actor: Actor) -> dict[str, Any]:
    """The condition of deals that nobody touched for twice the usual time of the stage they stand in: no change, and
    no note that the actor sees.
    """
    stages = [stage for stage in snapshots.current().rows.get("stage", {}).values() if stage["kind"] == "open"]
    by_days: dict[int, list[str]] = {}
    for stage in stages:
        by_days.setdefault(2 * usual_days(stage), []).append(ids.encode(stage["id"]))
    notes = "notes" in registry()["opportunity"].collections and actor.may("note", "view")
    notes = notes and not actor.hides("note", "about") and len(by_days) <= MOST_USUAL
    return {
        "any": [
            {
                "all": [
                    ["stage", "in", sorted(held)],
                    ["modified_at", "lt", f"-{days}d"],
                    *([["notes", "none", ["created_at", "gte", f"-{days}d"]]] if notes else []),
                ]
            }
            for days, held in sorted(by_days.items())
        ]
        or [["stage", "empty"]]
    }


def risk(found: Sequence[Quiet]) -> Sums:
    """Amounts of quiet deals by currency."""
    sums: Sums = {}
    for one in found:
        amount: Money | None = one.deal.get("amount")
        if amount is not None:
            sums[amount.currency] = sums.get(amount.currency, Decimal(0)) + amount.amount
    return sums


def _place(stage: RefTitle) -> tuple[int, int]:
    return int(stage.extra.get("position") or 0), stage.id
