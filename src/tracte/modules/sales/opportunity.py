"""Opportunities: concrete deals with a value, a chance and a day (GA-41, SP-07 to SP-14)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tracte.meta.draft import Draft, WriteEnv
from tracte.meta.entity import Action, Aside, Board, Entity, Form, Group, Import, List, Panel, Part, View
from tracte.meta.kinds import (
    Amount,
    AutoNumber,
    Choice,
    Computed,
    Date,
    Integer,
    LongText,
    Percent,
    Reference,
    Tags,
    Text,
    Ticks,
    User,
)
from tracte.modules.sales import actions, checks, line_rules, rules, stages
from tracte.records.record import Record, scope_indexes

OPEN = ["stage.kind", "eq", "open"]


def margin_of(values: Mapping[str, Any]) -> Decimal | None:
    """What is left of the amount after the cost (real, else estimated), in percent; ``None`` across currencies."""
    amount, cost = values.get("amount"), values.get("cost_real") or values.get("cost_estimated")
    if amount is None or cost is None or amount.currency != cost.currency or amount.amount <= 0:
        return None
    return Decimal((amount.amount - cost.amount) / amount.amount * 100).quantize(Decimal("0.1"))


class Opportunity(Record):
    """A concrete deal with an account, moving through the stages of a pipeline."""

    number = AutoNumber(_("Number"), pattern="OP-{year}-{n:04}")
    name = Text(_("Name"), required=True, search="A")
    account = Reference(_("Account"), to="account", model="crm.Account", related=_("Opportunities"))
    contact = Reference(_("Contact"), to="contact", model="crm.Contact", related=_("Opportunities"))
    pipeline = Reference(
        _("Pipeline"),
        to="pipeline",
        model="sales.Pipeline",
        only=("entity", "opportunity"),
        help=_("The first one when empty."),
    )
    stage = Reference(
        _("Stage"),
        to="stage",
        model="sales.Stage",
        only=("pipeline.entity", "opportunity"),
        help=_("The pipeline's first one when empty."),
    )
    lead = Reference(_("From the lead"), to="lead", model="sales.Lead", related=_("Opportunities"))
    amount = Amount(_("Amount"), help=_("Before tax. The sum of the lines, where there are any."))
    line_count = Integer(_("Number of lines"), read_only=True)
    probability = Percent(_("Probability"), help=_("Follows the stage unless you set another."))
    probability_set_by = User(_("Probability set by"), read_only=True, made_of=("probability",))
    probability_set_on = Date(_("Probability set on"), read_only=True, made_of=("probability",))
    weighted = Amount(_("Weighted"), read_only=True, help=_("Amount × probability."), made_of=("amount", "probability"))
    starts_on = Date(_("Expected start"))
    started_on = Date(_("Started on"))
    closes_on = Date(_("Expected close"))
    closed_on = Date(_("Closed on"))
    cost_estimated = Amount(_("Estimated cost"))
    cost_real = Amount(_("Real cost"))
    margin = Computed(
        _("Margin"),
        kind=Percent(_("Margin"), min=-1_000_000),
        of=("amount", "cost_estimated", "cost_real"),
        value=margin_of,
    )
    objective = Text(_("Objective"), max_length=300, help=_("What the customer wants to reach."))
    type = Reference(
        _("Type"),
        to="opportunity_type",
        model="sales.OpportunityType",
        related=_("Opportunities"),
        only=("active", True),
    )
    product = Reference(_("Product"), to="product", model="catalog.Product", related=_("Opportunities"))
    origin = Choice(_("Origin"), list="origin")
    buyer_decided = Choice(_("Has the buyer decided?"), list="buyer_decided")
    our_position = Choice(_("Our position"), list="deal_position", help=_("Against the others who bid."))
    checked = Ticks(_("Done for the stage"), of="stage", items="checklist", list="stage_check")
    next_step = Text(_("Next step"))
    next_step_on = Date(_("Next step on"))
    won_reason = Choice(_("Won because"), list="won_reason")
    lost_reason = Choice(_("Lost because"), list="lost_reason")
    lost_detail = LongText(_("What happened"), help=_("What we learn from it."))
    tags = Tags(_("Tags"))
    description = LongText(_("Description"), search="B")

    class Meta:
        db_table = "opportunity"
        indexes = [
            *scope_indexes("opportunity", "closes_on"),
            *scope_indexes("opportunity_changed", "modified_at"),
            models.Index(
                fields=["stage", "closes_on", "id"],
                name="opportunity_stage",
                condition=models.Q(deleted_at__isnull=True),
            ),
            models.Index(fields=["account"], name="opportunity_account", condition=models.Q(account__isnull=False)),
            models.Index(fields=["contact"], name="opportunity_contact", condition=models.Q(contact__isnull=False)),
            models.Index(fields=["product"], name="opportunity_product", condition=models.Q(product__isnull=False)),
            models.Index(fields=["type"], name="opportunity_type_of", condition=models.Q(type__isnull=False)),
            models.Index(fields=["lead"], name="opportunity_lead", condition=models.Q(lead__isnull=False)),
            models.Index(fields=["number"], name="opportunity_number"),
            models.Index(
                fields=["closed_on", "stage"],
                name="opportunity_closed",
                condition=models.Q(deleted_at__isnull=True, closed_on__isnull=False),
            ),
        ]


class OpportunityEntity(Entity):
    """A deal: what it is worth, how likely it is, when it closes, and what comes next."""

    key, plural, model = "opportunity", "opportunities", Opportunity
    label, label_plural = _("Opportunity"), _("Opportunities")
    icon, area, order = "target", "sell", 10
    title = "{name}"
    subtitle = "number"
    path = "stage"
    asides: ClassVar[Mapping[str, Aside]] = {
        "probability": Aside(rules.who_says, tells=("probability_set_by", "probability_set_on")),
        "checked": Aside(checks.told),
    }
    form = Form(
        Group(_("Deal"), "name", "account contact", "type origin", "product lead", "owner team", "collaborators"),
        Group(_("Value"), "amount probability", "pipeline stage"),
        Group(_("Where we stand"), "buyer_decided our_position"),
        Group(_("Next step"), "next_step next_step_on"),
        Group(_("Dates"), "starts_on started_on", "closes_on closed_on"),
        Group(_("Costs"), "cost_estimated cost_real"),
        Group(_("What they need"), "objective", "description", "tags"),
        Group(_("How it ended"), "won_reason lost_reason", "lost_detail"),
        quick="name account contact amount closes_on",
    )
    list = List(
        "title account owner stage amount closes_on next_step next_step_on", sort="closes_on", total="amount weighted"
    )
    board = Board(
        by="stage",
        card=("account", "amount", "closes_on", "next_step", "next_step_on", "owner"),
        total="amount",
        probability="probability",
        fold=("won", "lost"),
    )
    facts = ("amount", "weighted", "closes_on", "margin", "owner", "next_step")
    views = (
        View("mine", _("My open"), where={"all": [["owner", "eq", "me"], OPEN]}, sort="closes_on"),
        View(
            "closing",
            _("Closing soon"),
            where={"all": [OPEN, ["closes_on", "not_empty"], ["closes_on", "lte", "+30d"]]},
            sort="closes_on",
        ),
        View("team", _("Team pipeline"), where={"all": [["team", "in", ["my_teams"]], OPEN]}, sort="closes_on"),
        View(
            "neglected",
            _("Neglected"),
            where={"all": [OPEN, {"any": [["next_step_on", "empty"], ["next_step_on", "lt", "today"]]}]},
            sort="closes_on",
        ),
        View(
            "won",
            _("Won this year"),
            where={"all": [["stage.kind", "eq", "won"], ["closed_on", "within", "this_year"]]},
            sort="-closes_on",
        ),
        View(
            "own_odds",
            _("Own probability"),
            where={"all": [OPEN, ["probability_set_on", "not_empty"]]},
            sort="closes_on",
        ),
        View("all", _("All"), sort="-closes_on"),
    )
    related = (
        Panel(
            "opportunity_line",
            via="opportunity",
            label=_("Lines"),
            columns=("product", "unit", "quantity", "price", "discount", "amount", "margin"),
            sort="position",
            table=True,
            totals=("amount", "cost_total", "margin"),
            order="position",
        ),
        Panel(
            "opportunity_contact",
            via="opportunity",
            label=_("People"),
            columns=("contact", "role", "note"),
            sort="id",
            named_by="contact",
            first="contact",
        ),
        Panel(
            "lead",
            via="converted_opportunity",
            label=_("Leads"),
            columns=("status", "interest", "created_at"),
            later=True,
        ),
    )
    parts = (Part("similar", _("Similar deals that were won")),)
    importing = Import(match_on=("number",))
    actions = (
        Action(
            "win",
            _("Won"),
            actions.win,
            asks=("closed_on", "amount", "won_reason"),
            gated=True,
            when=actions.is_open,
            icon="trophy",
        ),
        Action(
            "lose",
            _("Lost"),
            actions.lose,
            asks=("lost_reason", "lost_detail", "closed_on"),
            gated=True,
            when=actions.is_open,
            icon="thumbs-down",
        ),
        Action("reopen", _("Reopen"), actions.reopen, when=actions.is_closed, icon="rotate-ccw"),
    )

    made = {
        "amount": line_rules.has_lines,
        "cost_estimated": line_rules.has_lines,
        "line_count": lambda values: True,
        "weighted": lambda values: True,
    }

    def usual_days(self, step: Mapping[str, Any]) -> int | None:
        """Only open stages are ever stayed in too long."""
        return stages.usual_days(step) if step.get("kind") == "open" else None

    def derive(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        rules.take_type(drafts, env)
        rules.place(drafts, env)
        rules.take_account(drafts, env)
        rules.estimate(drafts, env)
        rules.close(drafts, env)
        line_rules.refuse_by_hand(drafts, env)

    def follow(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        line_rules.add_up(drafts, env)
        rules.weigh(drafts, env)

    def check(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        rules.check_type(drafts, env)
        rules.check_gates(drafts, env)
        rules.check_dates(drafts, env)
