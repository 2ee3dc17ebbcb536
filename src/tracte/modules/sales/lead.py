"""Leads: somebody who may become a customer, from any source, with little data (GA-37, GA-38)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tracte.meta.draft import Draft, WriteEnv
from tracte.meta.entity import Action, Aside, Board, Entity, Form, Group, Import, List, Match, Panel, View, same
from tracte.meta.kinds import (
    Address,
    Amount,
    Choice,
    Computed,
    Date,
    Email,
    LongText,
    Phone,
    Progress,
    Reference,
    Tags,
    Text,
    Ticks,
    Url,
    User,
    YesNo,
)
from tracte.modules.sales import assigning, checks, conversion, lead_actions, lead_rules, rules, stages
from tracte.modules.sales.lists import LEAD_STATUSES
from tracte.records.record import Record, scope_indexes

OPEN = ["status", "in", [*lead_rules.OPEN]]


def checked_share(values: Mapping[str, Any]) -> Decimal:
    """How much of the checklist is answered with yes, in percent."""
    return Decimal(100 * sum(bool(values.get(name)) for name in lead_rules.CHECKLIST)) / len(lead_rules.CHECKLIST)


class Lead(Record):
    """A person or firm of which we know a way to reach them and little else."""

    name = Text(
        _("Lead"),
        max_length=320,
        read_only=True,
        search="A",
        help=_("Made of the person and the company."),
        made_of=lead_rules.NAMES,
    )
    handle = Text(
        _("Known by"),
        max_length=320,
        read_only=True,
        help=_("How to reach a lead that has no name yet."),
        made_of=lead_rules.CHANNELS,
    )
    first_name = Text(_("First name"), max_length=100)
    last_name = Text(_("Last name"), max_length=100)
    company = Text(_("Company"))
    job_title = Text(_("Job title"), max_length=120, search="B")
    email = Email(_("E-mail"), search="A", help=_("One way to reach them is enough."))
    phone = Phone(_("Phone"), search="B")
    mobile = Phone(_("Mobile"), search="B")
    website = Url(_("Website"), search="B")
    address = Address(_("Address"))
    industry = Choice(_("Industry"), list="industry")
    origin = Choice(_("Origin"), list="origin", help=_("How they came to us."))
    referred_by = Reference(
        _("Referred by"), to="contact", model="crm.Contact", related=_("Leads referred"), help=_("Who sent them.")
    )
    referred_by_account = Reference(_("Referring firm"), to="account", model="crm.Account", related=_("Leads referred"))
    interest = Text(_("Interest"), max_length=300, search="B", help=_("What they asked for."))
    amount = Amount(_("Expected amount"))
    description = LongText(_("Description"), search="B")
    pipeline = Reference(
        _("Pipeline"),
        to="pipeline",
        model="sales.Pipeline",
        only=("entity", "lead"),
        help=_("The first one when empty."),
    )
    stage = Reference(
        _("Stage"),
        to="stage",
        model="sales.Stage",
        only=("pipeline.entity", "lead"),
        help=_("The pipeline's first one when empty."),
    )
    status = Choice(
        _("Status"), options=LEAD_STATUSES, read_only=True, help=_("Follows the stage."), made_of=("stage",)
    )
    has_need = YesNo(_("There is a need"))
    has_budget = YesNo(_("There is a budget"))
    knows_decider = YesNo(_("We know who decides"))
    has_timing = YesNo(_("We know when"))
    checklist = Computed(_("Checklist"), kind=Progress(_("Checklist")), of=lead_rules.CHECKLIST, value=checked_share)
    checked = Ticks(_("Done for the stage"), of="stage", items="checklist", list="stage_check")
    next_step = Text(_("Next step"))
    next_step_on = Date(_("Next step on"))
    reject_reason = Choice(_("Rejected because"), list="lead_rejection")
    reject_note = LongText(_("What happened"), help=_("What we learn from it."))
    recycle_on = Date(_("Take up again on"), help=_("On this day a rejected lead comes back as a new one."))
    recycled_on = Date(_("Came back on"), read_only=True)
    tags = Tags(_("Tags"))
    assigned_rule = Reference(
        _("Assigned by"), to="assignment_rule", model="sales.AssignmentRule", read_only=True, related=_("Leads")
    )
    assigned_to = User(_("Assigned to"), read_only=True)
    converted_on = Date(_("Converted on"), read_only=True)
    converted_account = Reference(
        _("Became the account"), to="account", model="crm.Account", read_only=True, related=_("Leads")
    )
    converted_contact = Reference(
        _("Became the contact"), to="contact", model="crm.Contact", read_only=True, related=_("Leads")
    )
    converted_opportunity = Reference(
        _("Became the opportunity"), to="opportunity", model="sales.Opportunity", read_only=True, related=_("Leads")
    )

    class Meta:
        db_table = "lead"
        # Newest first is the order of the ids.
        indexes = [
            *scope_indexes("lead", "title_key"),
            *scope_indexes("lead_changed", "modified_at"),
            models.Index(fields=["owner", "id"], name="lead_own_new", condition=models.Q(deleted_at__isnull=True)),
            models.Index(fields=["team", "id"], name="lead_team_new", condition=models.Q(deleted_at__isnull=True)),
            models.Index(fields=["stage", "id"], name="lead_stage", condition=models.Q(deleted_at__isnull=True)),
            models.Index(fields=["status", "id"], name="lead_status", condition=models.Q(deleted_at__isnull=True)),
            models.Index(fields=["email"], name="lead_email", condition=models.Q(email__isnull=False)),
            models.Index(fields=["mobile"], name="lead_mobile", condition=models.Q(mobile__isnull=False)),
            models.Index(fields=["phone"], name="lead_phone", condition=models.Q(phone__isnull=False)),
            models.Index(fields=["company"], name="lead_company", condition=models.Q(company__isnull=False)),
            models.Index(fields=["recycle_on"], name="lead_recycle", condition=models.Q(recycle_on__isnull=False)),
            models.Index(
                fields=["assigned_rule", "id"], name="lead_assigned", condition=models.Q(assigned_rule__isnull=False)
            ),
            *(
                models.Index(fields=[name], name=f"lead_{short}", condition=models.Q((f"{name}__isnull", False)))
                for name, short in (
                    ("referred_by", "ref_contact"),
                    ("referred_by_account", "ref_account"),
                    ("converted_account", "to_account"),
                    ("converted_contact", "to_contact"),
                    ("converted_opportunity", "to_deal"),
                )
            ),
        ]


# Where all have the same owner, or none, nobody needs to read it on each row.
ONE_OWNER = ("title", "status", "interest", "origin", "amount", "next_step", "next_step_on", "created_at")


class LeadEntity(Entity):
    """Somebody who may become a customer: qualified, converted or rejected with a reason."""

    key, plural, model = "lead", "leads", Lead
    label, label_plural = _("Lead"), _("Leads")
    icon, area, order = "user-plus", "sell", 5
    avatar = "who"
    title = "{name} {handle}"
    subtitle = "interest"
    path = "stage"
    asides: ClassVar[Mapping[str, Aside]] = {"checked": Aside(checks.told)}
    form = Form(
        Group(_("Who"), "first_name last_name", "company job_title", "industry"),
        Group(_("How to reach them"), "email", "phone mobile", "website", "address"),
        Group(_("Where they come from"), "origin", "referred_by referred_by_account"),
        Group(_("What they want"), "interest", "amount", "description", "tags"),
        Group(_("Work"), "owner team", "collaborators", "pipeline stage", "next_step next_step_on"),
        Group(_("Checklist"), "has_need has_budget", "knows_decider has_timing"),
        Group(_("If it is rejected"), "reject_reason recycle_on", "reject_note"),
        Group(
            _("What became of it"),
            "converted_account converted_contact",
            "converted_opportunity converted_on",
            "recycled_on",
        ),
        Group(_("Who got it"), "assigned_rule assigned_to"),
    )
    list = List(
        "title status interest origin amount owner next_step next_step_on created_at", sort="-id", total="amount"
    )
    board = Board(
        by="stage",
        card=("amount", "interest", "next_step", "next_step_on", "owner"),
        total="amount",
        probability="probability",
        fold=("won", "lost"),
    )
    facts = ("status", "amount", "checklist", "origin", "owner", "next_step")
    views = (
        View("mine", _("My leads"), where={"all": [["owner", "eq", "me"], OPEN]}, columns=ONE_OWNER),
        View("claim", _("To claim"), where={"all": [["owner", "empty"], OPEN]}, columns=ONE_OWNER),
        View("team", _("Team's"), where={"all": [["team", "in", ["my_teams"]], OPEN]}),
        View("qualified", _("Qualified"), where=["status", "eq", "qualified"]),
        View(
            "recycle",
            _("To recycle"),
            where={"all": [["status", "eq", "new"], ["recycled_on", "not_empty"]]},
            sort="-id",
        ),
        View("rejected", _("Rejected"), where=["status", "eq", "rejected"]),
        View("all", _("All")),
    )
    related = (Panel("opportunity", via="lead", label=_("Opportunities"), columns=("stage", "amount", "closes_on")),)
    personal = ("first_name", "last_name", "email", "phone", "mobile", "website", "description", "reject_note")
    duplicates = Match((same("email"), same("mobile"), same("phone"), same("company", "first_name", "last_name")))
    importing = Import(match_on=("email", "mobile", "phone"))
    actions = (
        Action(
            "claim",
            _("Claim"),
            lead_actions.claim,
            when=lead_actions.may_claim,
            why=lead_actions.why_not_claim,
            icon="pin",
        ),
        Action(
            "qualify",
            _("Qualify"),
            lead_actions.qualify,
            asks=lead_rules.CHECKLIST,
            gated=True,
            when=lead_actions.may_qualify,
            why=lead_actions.why_not_work,
            icon="list-checks",
        ),
        Action(
            "convert",
            _("Convert"),
            conversion.convert,
            when=lead_rules.is_open,
            why=lead_actions.why_not_work,
            icon="badge-check",
            primary=True,
            takes=conversion.TAKES,
            page=True,
        ),
        Action(
            "reject",
            _("Reject"),
            lead_actions.reject,
            asks=("reject_reason", "reject_note", "recycle_on"),
            gated=True,
            when=lead_rules.is_open,
            why=lead_actions.why_not_work,
            icon="thumbs-down",
        ),
        Action("reopen", _("Reopen"), lead_actions.reopen, when=lead_actions.may_reopen, icon="rotate-ccw"),
    )

    def usual_days(self, step: Mapping[str, Any]) -> int | None:
        """Only open stages are ever stayed in too long."""
        return stages.usual_days(step) if step.get("kind") == "open" else None

    def derive(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        lead_rules.name(drafts)
        rules.place(drafts, env, "lead")
        lead_rules.follow(drafts, env)
        assigning.assign(drafts, env)

    def check(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        lead_rules.check_channel(drafts)
        lead_rules.check_ways_in(drafts, env)
        lead_rules.check_recycling(drafts, env)
        rules.check_gates(drafts, env, "lead")
