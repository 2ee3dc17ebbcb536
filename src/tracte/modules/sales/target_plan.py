"""A year of targets as a table, and the acts that fill it: by cell, a year at once, last year's again.

Every act is one change set, so one *Undo* takes it back.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from tracte.kernel.actor import Actor, Level
from tracte.kernel.ids import decode, encode
from tracte.kernel.money import Money
from tracte.kernel.problems import Forbidden, Problem, Rejected
from tracte.meta.registry import registry
from tracte.modules.sales.measures import MEASURES, Measure
from tracte.modules.sales.periods import MONTHS, Period, spread
from tracte.modules.sales.progress import FIRM, Goal, Holder, goals, progress
from tracte.records import door
from tracte.records import snapshot as snapshots
from tracte.records.door import Op
from tracte.records.query import reach
from tracte.records.transactions import writing

Place = tuple[Holder, Period]
HERE = "/targets/plan/"


@dataclass(frozen=True)
class Plan:
    """The targets of one measure in one year, as far as the actor sees them.

    :param sort: of period: ``month``, ``quarter`` or ``year``. :param currency: empty for what is counted.
    """

    actor: Actor
    year: int
    measure: Measure
    sort: str
    currency: str
    found: Mapping[Place, Goal] = field(default_factory=dict)

    @classmethod
    def read(cls, actor: Actor, year: int, measure: Measure, sort: str, currency: str) -> "Plan":
        """One query."""
        plan = cls(actor, year, measure, sort, currency if measure.money else "")
        known = goals(actor, {"all": [*plan.where, ["starts_on", "between", [f"{year}-01-01", f"{year}-12-31"]]]})
        held = {(goal.holder, goal.period): goal for goal in known if goal.currency == plan.currency}
        return cls(actor, year, measure, sort, plan.currency, held)

    @property
    def where(self) -> list[Any]:
        return [["metric", "eq", self.measure.key], ["period", "eq", self.sort]]

    @property
    def periods(self) -> list[Period]:
        return Period.of_year(self.sort, self.year)

    def value(self, holder: Holder, period: Period) -> Decimal | None:
        goal = self.found.get((holder, period))
        return None if goal is None else goal.value

    def total(self, holder: Holder) -> Decimal:
        """What the year's targets of somebody add up to."""
        return sum((self.value(holder, period) or Decimal(0) for period in self.periods), Decimal(0))

    def holders(self) -> list[Holder]:
        """Whose targets the table has: the firm's, the teams' with their people, and whoever has one already."""
        actor, level = self.actor, reach(registry()["target"], self.actor, "view")
        sets = reach(registry()["target"], actor, "edit")
        rows: list[Holder] = [FIRM] if level is Level.ALL else []
        directory = snapshots.current()
        teams = [one for one, row in directory.rows.get("team", {}).items() if row["deleted_at"] is None]
        mine = (
            teams
            if level is Level.ALL
            else [team for team in teams if team in (actor.teams_within(level) or actor.teams)]
        )
        people = sellers() if max(level if level is Level.ALL else Level.NONE, sets) >= Level.TEAM else []
        for team in sorted(mine, key=lambda one: str(directory.rows["team"][one]["name"]).casefold()):
            rows += [Holder("team", team), *(Holder("person", one) for one in people if home_of(one) == team)]
        rows += [Holder("person", one) for one in people if level is Level.ALL and home_of(one) not in mine]
        rows += [] if actor.user_id is None or self.sees_nobody else [Holder("person", actor.user_id)]
        return list(dict.fromkeys([*rows, *(holder for holder, _period in self.found)]))

    @property
    def sees_nobody(self) -> bool:
        """Whether the actor has no targets of their own to look for: people who sell nothing, and those who see the
        others' anyway."""
        return self.actor.user_id not in sellers()


def sellers() -> list[int]:
    """Whoever works on deals, by name; also people who only own them and do not sign in."""
    directory = snapshots.current()
    users = {one for one, row in directory.rows.get("user", {}).items() if row["deleted_at"] is None}
    members = [member for one, member in directory.members.items() if one in users]
    sell = [one for one in members if directory.actor(one.id).level("opportunity", "edit") > Level.NONE]
    return [one.id for one in sorted(sell, key=lambda one: one.name.casefold())]


def home_of(person: int) -> int | None:
    member = snapshots.current().members.get(person)
    return member.teams[0] if member is not None and member.teams else None


def may_set(actor: Actor, holder: Holder) -> bool:
    """Whether the actor may set the targets of a person, a team or the firm."""
    spec = registry()["target"]
    level = min(reach(spec, actor, verb) for verb in ("create", "edit"))
    if level is Level.ALL or holder.sort == "firm":
        return level is Level.ALL
    if holder.sort == "person" and holder.id == actor.user_id and level >= Level.OWN:
        return True
    member = snapshots.current().members.get(holder.id or 0)
    teams = {holder.id} if holder.sort == "team" else set(member.teams if member is not None else ())
    return bool(teams & actor.teams_within(level))


def usual_sort(actor: Actor, measure: Measure) -> str:
    """The sort of period that most targets of a measure are set for, months where there are none: one query."""
    held = Counter(goal.period.sort for goal in goals(actor, ["metric", "eq", measure.key]))
    return max(MONTHS, key=lambda sort: held[sort])


def sets(actor: Actor) -> bool:
    """Whether the actor sets targets of anybody at all."""
    return min(reach(registry()["target"], actor, verb) for verb in ("create", "edit")) > Level.NONE


# -- writing -----------------------------------------------------------------------------------------------------------
def write(plan: Plan, wanted: Mapping[Place, Any], title: str) -> int | None:
    """Set, change and take away the targets of some places as one change set.

    :param wanted: what shall stand there: an exact number, what somebody typed, or nothing for no target.
    :returns: the change set, or ``None`` when nothing changed.
    :raises Rejected: every problem at once, each with its place among ``wanted`` as row; nothing is written then.
    :raises Forbidden: for a place the actor may not set.
    """
    if any(not may_set(plan.actor, holder) for holder, _period in wanted):
        raise Forbidden("edit", "target")
    ops: dict[str, list[Op]] = {"create": [], "update": [], "delete": []}
    for row, (place, raw) in enumerate(wanted.items(), 1):
        goal = plan.found.get(place)
        if raw in (None, ""):
            if goal is not None:
                ops["delete"].append(Op({}, id=goal.id, row=row))
        elif goal is None:
            ops["create"].append(Op({**_named(*place, plan), **_valued(raw, plan)}, row=row))
        elif raw != goal.value:
            ops["update"].append(Op(_valued(raw, plan), id=goal.id, row=row))
    check = door.begin(plan.actor, "ui", dry_run=True)
    results = [one for verb, some in ops.items() if some for one in check.write("target", verb, some)]
    problems = [problem for result in results for problem in result.problems if not problem.warning]
    if problems:
        raise Rejected(problems)
    if all(result.verdict == "unchanged" for result in results):
        return None
    with writing():
        writer = door.begin(plan.actor, "ui", title)
        for verb, some in ops.items():
            if some:
                writer.write("target", verb, some, partial=False)
        writer.finish()
    return writer.set_id


def _named(holder: Holder, period: Period, plan: Plan) -> dict[str, Any]:
    who = {"person": ("owner", ""), "team": ("", "team")}.get(holder.sort, ("", ""))
    return {
        "whose": holder.sort,
        **({who[0]: encode(holder.id)} if who[0] and holder.id else {"owner": ""}),
        **({who[1]: encode(holder.id)} if who[1] and holder.id else {}),
        "metric": plan.measure.key,
        "period": period.sort,
        "starts_on": period.first.isoformat(),
    }


def _valued(raw: Any, plan: Plan) -> dict[str, Any]:
    text = f"{raw:f}" if isinstance(raw, Decimal) else str(raw).strip()
    return {"amount": f"{text} {plan.currency}"} if plan.measure.money else {"number": text}


# -- filling -----------------------------------------------------------------------------------------------------------
def filled(plan: Plan, holder: Holder, total: Decimal, how: str) -> dict[Place, Decimal | None]:
    """A year's total in the periods of the year.

    :param how: ``even``, or ``shape``: as last year was reached; even where last year says nothing.
    """
    weights = [Decimal(0)] * len(plan.periods) if how != "shape" else last_year(plan, [holder])[holder]
    parts = spread(total, [max(weight, Decimal(0)) for weight in weights])
    return {(holder, period): part or None for period, part in zip(plan.periods, parts, strict=True)}


def last_year(plan: Plan, holders: Iterable[Holder]) -> dict[Holder, list[Decimal]]:
    """What was reached in each period of the year before: as many queries as there are periods."""
    asked = list(holders)
    wanted = [
        Goal(0, 0, holder, plan.measure, period, Decimal(1), plan.currency)
        for holder in asked
        for period in Period.of_year(plan.sort, plan.year - 1)
    ]
    day = date(plan.year, 1, 1)
    reached = {(one.goal.holder, one.goal.period): one.reached for one in progress(plan.actor, wanted, day)}
    periods = Period.of_year(plan.sort, plan.year - 1)
    return {holder: [reached.get((holder, period), Decimal(0)) for period in periods] for holder in asked}


def copied(plan: Plan, percent: Decimal) -> dict[Place, Decimal | None]:
    """Last year's targets again, each so many percent higher, for the places that are still empty.

    :param percent: more than -100.
    """
    before = Plan.read(plan.actor, plan.year - 1, plan.measure, plan.sort, plan.currency)
    found: dict[Place, Decimal | None] = {}
    for holder in before.holders():
        if not may_set(plan.actor, holder):
            continue
        for period, now in zip(before.periods, plan.periods, strict=True):
            value = before.value(holder, period)
            if value is not None and plan.value(holder, now) is None:
                found[holder, now] = max((value * (100 + percent) / 100).quantize(Decimal(1)), Decimal(1))
    return found


def holder_of(text: str) -> Holder:
    """The holder behind a word of a form: ``firm``, ``person-ID``, ``team-ID``.

    :raises Rejected: status 400 for anything else.
    """
    sort, _sep, rest = text.partition("-")
    try:
        if sort in ("person", "team"):
            return Holder(sort, decode(rest))
    except ValueError:
        pass
    if text != "firm":
        raise Rejected([Problem("who", "bad_parameter", {"name": "who"})], status=400)
    return FIRM


def word_of(holder: Holder) -> str:
    """:func:`holder_of` the other way."""
    return holder.sort if holder.id is None else f"{holder.sort}-{encode(holder.id)}"


def label_of(holder: Holder) -> str:
    """How a page names the holder."""
    return holder.title or _("The whole firm")


def shown(value: Decimal | None) -> str:
    """A value as a form holds it, without needless decimals."""
    return "" if value is None else f"{value.normalize():f}"


def money_of(plan: Plan, value: Decimal) -> Money | None:
    return Money(value, plan.currency) if plan.measure.money else None


def measure_named(key: str) -> Measure:
    """:raises Rejected: status 400 for an unknown one."""
    if key not in MEASURES:
        raise Rejected([Problem("measure", "bad_parameter", {"name": "measure"})], status=400)
    return MEASURES[key]


def currencies() -> Sequence[str]:
    """Currencies the firm works in, its own first."""
    directory = snapshots.current()
    own = str(directory.company.get("currency") or "EUR")
    rows = directory.rows.get("currency", {}).values()
    used = sorted(str(row["code"]) for row in rows if row["deleted_at"] is None and row["active"])
    return list(dict.fromkeys([own, *used]))
