"""A team's deals at a glance, for whoever leads it: by team and person, what lies behind comes first (SP-08, SN-44).

Every figure is grouped in the database: the number of queries depends on neither people nor deals.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal
from functools import cached_property
from typing import Any

from tracte.kernel.actor import Level
from tracte.kernel.dates import add_months
from tracte.meta.registry import registry
from tracte.modules.sales import target_plan as plans
from tracte.modules.sales.measures import MEASURES
from tracte.modules.sales.periods import Period
from tracte.modules.sales.progress import Cells, Figures, Holder, Progress, total
from tracte.modules.sales.today import OPEN, Day, Sums, quiet_for
from tracte.records import query
from tracte.records import snapshot as snapshots
from tracte.records.query import reach

WON = MEASURES["won_amount"]
NEW_LEAD = ["status", "eq", "new"]
UNCLAIMED = ["owner", "empty"]
ENOUGH_WON, ENOUGH_CLOSED = 8, 12  # below this an average or a rate says nothing
SORTS = ("quarter", "month", "year")


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table: a team or a person.

    :param weighted: open deals by currency, each with its probability. :param goals: running targets for won amounts
        of the table's period. :param leads: new leads: for a person those nobody has worked on, for a team those
        nobody has claimed.
    """

    holder: Holder
    open: int
    weighted: Sums
    won: Sums
    goals: tuple[Progress, ...]
    late: int
    quiet: int
    leads: int

    @property
    def idle(self) -> bool:
        """Whether there is nothing to tell."""
        return not (self.open or self.won or self.goals or self.leads)

    @property
    def gap(self) -> Decimal | None:
        """How far the one lies behind whose target is furthest away; ``None`` without a target."""
        return max((goal.gap for goal in self.goals), default=None)


@dataclass(frozen=True, slots=True)
class Stuck:
    """Open deals of a stage nobody touched for twice its usual time. :param of: all open deals of the stage."""

    stage: int
    count: int
    of: int
    amounts: Sums


@dataclass(frozen=True, slots=True)
class Need:
    """How many more deals a team's pipeline needs to reach a target.

    ``deals = ⌈(target − won − weighted) ÷ average won deal ÷ win rate⌉``, with the average of the deals won in the
    last twelve months in the target's currency, and the win rate won ÷ (won + lost) of those closed in these months.

    :param missing: target − won − weighted, above 0. :param average: of a won deal. :param rate: from 0 to 1.
    """

    goal: Progress
    missing: Decimal
    average: Decimal
    rate: Decimal

    @property
    def deals(self) -> int:
        return int((self.missing / self.average / self.rate).to_integral_value(ROUND_CEILING))


@dataclass(frozen=True)
class Review:
    """What a day looks like for whoever leads teams. :param found: the running targets."""

    day: Day
    found: Sequence[Progress]
    figures: Figures
    sized: dict[str, Cells] = field(default_factory=dict)  # what was won in twelve months, by currency

    # -- figures: one query each -------------------------------------------------------------------------------------
    @cached_property
    def _open(self) -> Cells:
        sums = ["sum:weighted"] if "weighted" in self.day.rows.visible else []
        return self.day.still_open.aggregate(["owner", "team", "stage"], ["count", *sums])

    @cached_property
    def _late(self) -> Cells:
        if "next_step_on" not in self.day.rows.visible:
            return ()
        return self.day.still_open.where(["next_step_on", "lt", "today"]).aggregate(["owner", "team"], ["count"])

    @cached_property
    def _quiet(self) -> Cells:
        sums = ["sum:amount"] if "amount" in self.day.rows.visible else []
        quiet = self.day.still_open.where(self.quiet_for)
        return quiet.aggregate(["owner", "team", "stage"], ["count", *sums])

    @cached_property
    def _new_leads(self) -> Cells:
        spec, actor = registry()["lead"], self.day.actor
        if reach(spec, actor, "view") is Level.NONE:
            return ()
        rows = query.rows("lead", actor)
        if any(name not in rows.visible for name in ("owner", "team", "status")):
            return ()
        return rows.where({"all": [NEW_LEAD, *self.day.whose]}).aggregate(["owner", "team"], ["count"])

    @cached_property
    def _won(self) -> Cells:
        if not WON.readable(self.day.rows):
            return ()
        return self.figures.cells(query.rows("opportunity", self.day.actor), WON, self.period)

    @cached_property
    def quiet_for(self) -> dict[str, Any]:
        """The condition of deals that went quiet."""
        return quiet_for(self.day.actor)

    @property
    def readable(self) -> bool:
        """Whether the actor sees what the table is made of."""
        return all(name in self.day.rows.visible for name in ("owner", "team", "stage"))

    # -- the table ---------------------------------------------------------------------------------------------------
    @cached_property
    def period(self) -> Period:
        """The period of the table: the sort most people have targets for, else the quarter."""
        held = [
            one.goal.period.sort for one in self.found if one.goal.measure is WON and one.goal.holder.sort != "firm"
        ]
        sort = max(SORTS, key=lambda one: (held.count(one), -SORTS.index(one)))
        return Period.around(sort, self.day.today)

    def teams(self) -> list[tuple[Line | None, list[Line]]]:
        """Each team in reach with its people, those furthest behind first; people without a team come under none."""
        actor, directory = self.day.actor, snapshots.current()
        level = query.rows("opportunity", actor).level
        live = [one for one, row in directory.rows.get("team", {}).items() if row["deleted_at"] is None]
        teams = (
            live
            if level is Level.ALL and not self.day.teams
            else [one for one in live if one in (actor.teams_within(level) or actor.teams)]
        )
        people: dict[int | None, list[Line]] = {team: [] for team in teams}
        for person in self._people():
            home, line = plans.home_of(person), self._line(Holder("person", person))
            if line.idle:
                continue
            if home in people or (level is Level.ALL and not self.day.teams):
                people.setdefault(home if home in people else None, []).append(line)
        found: list[tuple[Line | None, list[Line]]] = []
        for team, lines in people.items():
            head = None if team is None else self._line(Holder("team", team))
            if lines or (head and not head.idle):
                found.append((head, sorted(lines, key=_furthest)))
        return sorted(found, key=lambda one: (one[0] is None, *(_furthest(one[0]) if one[0] else ())))

    def _people(self) -> list[int]:
        """Whoever works on deals, and whoever has some."""
        owners = {cell["owner"] for cell in (*self._open, *self._won) if cell["owner"]}
        known = snapshots.current().members
        return list(dict.fromkeys([*plans.sellers(), *sorted(one for one in owners if one in known)]))

    @cached_property
    def _held(self) -> Mapping[str, Mapping[Holder, list[Mapping[str, Any]]]]:
        """The cells of each figure by whose they are, so that a line looks at its own alone."""
        figures = {"open": self._open, "won": self._won, "late": self._late, "quiet": self._quiet}
        found: dict[str, dict[Holder, list[Mapping[str, Any]]]] = {}
        for name, cells in {**figures, "leads": self._new_leads}.items():
            held = found.setdefault(name, {})
            for cell in cells:
                held.setdefault(Holder("person", cell["owner"]), []).append(cell)
                held.setdefault(Holder("team", cell["team"]), []).append(cell)
        return found

    def _cells(self, name: str, holder: Holder) -> Cells:
        return self._held[name].get(holder, ())

    def _line(self, holder: Holder) -> Line:
        goals = [one for one in self.found if one.goal.holder == holder and one.goal.measure is WON]
        leads = self._cells("leads", holder)
        return Line(
            holder,
            _count(self._cells("open", holder)),
            _sums(self._cells("open", holder), "weighted"),
            _sums(self._cells("won", holder), "amount"),
            tuple(one for one in goals if one.goal.period == self.period),
            _count(self._cells("late", holder)),
            _count(self._cells("quiet", holder)),
            _count(cell for cell in leads if holder.sort == "person" or cell["owner"] is None),
        )

    # -- the conditions of the rows behind the figures -----------------------------------------------------------------
    def where(self, name: str, holder: Holder) -> list[Any]:
        """The condition of the rows behind a cell of the table."""
        more: Mapping[str, Sequence[Any]] = {
            "open": (OPEN,),
            "won": WON.within(self.period.first, self.period.last),
            "late": (OPEN, ["next_step_on", "lt", "today"]),
            "quiet": (OPEN, self.quiet_for),
            "leads": (NEW_LEAD, *([] if holder.sort == "person" else [UNCLAIMED])),
        }
        whose = [] if holder.sort == "team" else self.day.whose if name != "won" else []
        return [*more[name], *holder.where, *whose]

    # -- where deals are stuck -----------------------------------------------------------------------------------------
    def stuck(self) -> list[Stuck]:
        """Stages with deals that went quiet, the one with most first."""
        found = []
        for stage in dict.fromkeys(cell["stage"] for cell in self._quiet):
            cells = [cell for cell in self._quiet if cell["stage"] == stage]
            of = _count(cell for cell in self._open if cell["stage"] == stage)
            found.append(Stuck(stage, _count(cells), of, _sums(cells, "amount")))
        return sorted(found, key=lambda one: (-one.count, one.stage))

    # -- what the pipeline needs ---------------------------------------------------------------------------------------
    @property
    def _year(self) -> list[Any]:
        """The condition of what was closed in the last twelve months."""
        return ["closed_on", "between", [add_months(self.day.today, -12).isoformat(), self.day.today.isoformat()]]

    @cached_property
    def _closed(self) -> Cells:
        closed = query.rows("opportunity", self.day.actor).where({"all": [["stage.kind", "ne", "open"], self._year]})
        return closed.aggregate(["team", "stage"], ["count"])

    def _won_in(self, currency: str) -> Cells:
        if currency not in self.sized:
            won = [*WON.where, self._year, *WON.of_currency(currency)]
            rows = query.rows("opportunity", self.day.actor).where({"all": won})
            self.sized[currency] = rows.aggregate(["team"], ["count", "sum:amount"])
        return self.sized[currency]

    def needs(self) -> list[Need]:
        """What the teams' and the firm's running targets still need; nothing where there is too little to go by."""
        goals = [one for one in self.found if one.goal.measure is WON and one.goal.holder.sort != "person"]
        wanted = [one for one in goals if one.goal.period == self.period and one.coming is not None]
        return [need for one in wanted if (need := self._need(one)) is not None]

    def _need(self, one: Progress) -> Need | None:
        holder, currency = one.goal.holder, one.goal.currency
        missing = one.goal.value - one.reached - (one.coming or Decimal(0))
        if missing <= 0:
            return None
        kinds = {stage: row["kind"] for stage, row in snapshots.current().rows.get("stage", {}).items()}
        cells = [cell for cell in self._closed if holder.has(cell)]
        closed, won = _count(cells), _count(cell for cell in cells if kinds.get(cell["stage"]) == "won")
        sized = self._won_in(currency)
        deals = _count(cell for cell in sized if holder.has(cell))
        if deals < ENOUGH_WON or closed < ENOUGH_CLOSED:
            return None
        average = total(sized, holder, "amount", currency) / deals
        return Need(one, missing, average, Decimal(won) / closed) if average > 0 and won else None


def _furthest(line: Line) -> tuple[bool, Decimal, str]:
    gap = line.gap
    return gap is None, -(gap or Decimal(0)), line.holder.title.casefold()


def _count(cells: Iterable[Mapping[str, Any]]) -> int:
    return sum(cell["count"] for cell in cells)


def _sums(cells: Cells, money: str) -> Sums:
    """Money by currency, the firm's own first."""
    sums: Sums = {}
    for cell in cells:
        for currency, amount in (cell.get(f"sum:{money}") or {}).items():
            sums[currency] = sums.get(currency, Decimal(0)) + amount
    home = str(snapshots.current().company.get("currency") or "")
    return dict(sorted(sums.items(), key=lambda one: (one[0] != home, one[0])))
