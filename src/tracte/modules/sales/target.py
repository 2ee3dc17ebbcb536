"""Targets: what a person, a team or the whole firm means to reach in a period (GB-18)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tracte.kernel.actor import Actor, Level
from tracte.kernel.problems import Problem
from tracte.meta.draft import Draft, WriteEnv
from tracte.meta.entity import Entity, Form, Group, List, View
from tracte.meta.kinds import Amount, Choice, Date, Integer, Text
from tracte.meta.kinds.base import Option
from tracte.meta.registry import registry
from tracte.modules.sales.measures import MEASURES, OPTIONS
from tracte.modules.sales.periods import Period
from tracte.records import snapshot as snapshots
from tracte.records.query import reach
from tracte.records.record import Record

WHOSE = [
    Option("person", _("A person"), "blue"),
    Option("team", _("A team"), "violet"),
    Option("firm", _("The whole firm"), "teal"),
]
PERIODS = [
    Option("month", _("Month"), "blue"),
    Option("quarter", _("Quarter"), "violet"),
    Option("year", _("Year"), "teal"),
]
MADE_OF = ("whose", "owner", "team", "metric", "period", "starts_on", "amount")


class Target(Record):
    """What somebody means to reach in a period.

    A person's target has the person as owner and stands in one of their teams; a team's has the team and no owner; the
    firm's has neither. So the reach of a role decides over targets as it does over deals.
    """

    whose = Choice(_("Whose"), options=WHOSE, default="person", required=True)
    metric = Choice(_("Measure"), options=OPTIONS, default="won_amount", required=True)
    period = Choice(_("Period"), options=PERIODS, default="month", required=True)
    starts_on = Date(_("Starts on"), required=True, help=_("Any day of the period; its first day is kept."))
    span = Text(_("Span"), max_length=10, read_only=True, made_of=("period", "starts_on"))
    amount = Amount(_("Amount"), help=_("What is to be won, in one currency."))
    number = Integer(_("Number"), min=1, help=_("How many, for what is counted."))
    remark = Text(_("Remark"), max_length=300)
    slot = Text(_("Slot"), max_length=120, read_only=True, unique=True, made_of=MADE_OF)

    class Meta:
        db_table = "target"
        constraints = [
            models.UniqueConstraint(
                fields=["slot"], condition=models.Q(deleted_at__isnull=True), name="target_slot_unique"
            )
        ]
        indexes = [
            models.Index(
                fields=["starts_on", "period", "id"],
                name="target_period",
                condition=models.Q(deleted_at__isnull=True),
            ),
            models.Index(fields=["owner", "id"], name="target_own", condition=models.Q(deleted_at__isnull=True)),
            models.Index(fields=["team", "id"], name="target_team", condition=models.Q(deleted_at__isnull=True)),
        ]


class TargetEntity(Entity):
    """What a person, a team or the firm means to reach. Managers set them; all see their own and their team's."""

    key, plural, model = "target", "targets", Target
    label, label_plural = _("Target"), _("Targets")
    icon, area, order = "flag", "sell", 70
    searchable = False
    title = "{metric} {span}"
    form = Form(
        Group(_("Whose"), "whose", "owner team"),
        Group(_("When"), "period starts_on"),
        Group(_("What"), "metric", "amount number", "remark"),
    )
    list = List("title whose owner team amount number", sort="-id")
    views = (
        View("year", _("This year"), where=["starts_on", "within", "this_year"]),
        View("mine", _("Mine"), where=["owner", "eq", "me"]),
        View("teams", _("Teams"), where=["whose", "eq", "team"]),
        View("all", _("All")),
    )

    def derive(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        """The period begins on its first day; a target has one holder, and a value of the sort its measure has."""
        for draft in drafts:
            values = draft.values
            _hold(draft, env.actor)
            if values.get("period") and values.get("starts_on"):
                period = Period.around(values["period"], values["starts_on"])
                values["starts_on"], values["span"] = period.first, period.code
            measure = MEASURES.get(values.get("metric") or "")
            if measure is not None and draft.changed("metric"):
                idle = "number" if measure.money else "amount"
                if idle not in draft.given:
                    values[idle] = None
            values["slot"] = slot_of(values)

    def check(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        """Whose it is, what is to be reached, and that nobody has two targets for the same."""
        for draft in drafts:
            values = draft.values
            whose, measure = values.get("whose"), MEASURES.get(values.get("metric") or "")
            wanted = {"person": "owner", "team": "team"}.get(whose or "")
            if wanted and values.get(wanted) is None:
                draft.problem(wanted, "nobody_to_reach")
            if measure is not None:
                _check_value(draft, "amount" if measure.money else "number", "number" if measure.money else "amount")
            _name_the_other(draft)

    def row_rule(self, actor: Actor) -> Q | None:
        """Who sets no targets sees their own and those of teams and of the firm as far as they reach, but not what
        colleagues are to reach. Who reads the whole firm reads these too."""
        if actor.everything or Level.ALL is reach(registry()["target"], actor, "view"):
            return None
        if reach(registry()["target"], actor, "edit") >= Level.TEAM:
            return None
        return Q(owner=actor.user_id) | Q(owner__isnull=True)


def _hold(draft: Draft, actor: Actor) -> None:
    """Whose target it is, as owner and team."""
    values, given = draft.values, draft.given
    of_a_person = "owner" in given and values.get("owner")
    if draft.created and "whose" not in given and "team" in given and values.get("team") and not of_a_person:
        values["whose"] = "team"
    if values.get("whose") in ("team", "firm"):
        values["owner"] = None
    if values.get("whose") == "firm":
        values["team"] = None
    elif values.get("whose") == "person" and values.get("owner"):
        values["team"] = _team_of(values["owner"], values.get("team"), actor)


def _team_of(person: int, asked: int | None, actor: Actor) -> int | None:
    """The team a person's target stands in: one of their own, so that no other team's manager sets or sees it."""
    member = snapshots.current().members.get(person)
    teams = member.teams if member is not None else ()
    if asked in teams:
        return asked
    return next((team for team in teams if team in actor.teams), teams[0] if teams else None)


def _name_the_other(draft: Draft) -> None:
    """Say in words of the business that the place is taken: people know no slots."""
    for at, problem in enumerate(draft.problems):
        if (problem.field, problem.code) == ("slot", "not_unique"):
            params = {"span": draft.values.get("span") or ""}
            draft.problems[at] = Problem("starts_on", "target_exists", params, row=draft.row)


def _check_value(draft: Draft, wanted: str, idle: str) -> None:
    value = draft.values.get(wanted)
    if value is None:
        draft.problem(wanted, "required")
    elif wanted == "amount" and value.amount <= 0:
        draft.problem("amount", "too_small", min=1)
    if draft.values.get(idle) is not None:
        draft.problem(idle, "not_for_measure")


def slot_of(values: Mapping[str, Any]) -> str | None:
    """What there may be one target for: holder, period, measure and, for money, the currency."""
    period, first, measure = values.get("period"), values.get("starts_on"), MEASURES.get(values.get("metric") or "")
    if not period or not first or measure is None:
        return None
    holder = {"person": values.get("owner"), "team": values.get("team")}.get(str(values.get("whose")))
    currency = values["amount"].currency if measure.money and values.get("amount") else ""
    return f"{values.get('whose')}:{holder or ''}:{Period.around(period, first).code}:{measure.key}:{currency}"
