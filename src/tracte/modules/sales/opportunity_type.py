"""Opportunity types: what the firm sells again and again, or wants to sell to many customers at once (SP-07, SP-08)."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from tracte.kernel.problems import Problem, Rejected
from tracte.meta.draft import Draft, WriteEnv
from tracte.meta.entity import Entity, Form, Group, Import, List, Panel, View
from tracte.meta.kinds import Amount, Choice, Date, LongText, Reference, Text, YesNo
from tracte.modules.base.keyed import check_keys, derive_keys
from tracte.modules.sales import stages
from tracte.records import query
from tracte.records.firm import HUES
from tracte.records.record import Record


class OpportunityType(Record):
    """A sort of deal with somebody who answers for it. A deal of the type takes pipeline, product and objective from
    it where nobody says otherwise."""

    name = Text(_("Name"), max_length=120, required=True, unique=True)
    key = Text(_("Key"), max_length=60, unique=True, help=_("Made of the name when empty; it never changes."))
    classification = Choice(_("Class"), list="opportunity_class")
    active = YesNo(_("In use"), default=True, help=_("No longer offered for new deals when it is not."))
    hue = Choice(_("Hue"), options=HUES, default="stone")
    product = Reference(_("Product"), to="product", model="catalog.Product", related=_("Opportunity types"))
    pipeline = Reference(_("Pipeline"), to="pipeline", model="sales.Pipeline", only=("entity", "opportunity"))
    objective = Text(_("Objective"), max_length=300, help=_("What the customer wants to reach."))
    description = LongText(_("Description"))
    starts_on = Date(_("Expected start"))
    started_on = Date(_("Started on"))
    ends_on = Date(_("Expected end"))
    ended_on = Date(_("Ended on"))
    cost_estimated = Amount(_("Estimated cost"))
    cost_real = Amount(_("Real cost"))

    class Meta:
        db_table = "opportunity_type"


class OpportunityTypeEntity(Entity):
    """A sort of deal: who answers for it, what it is to cost, and how its deals stand."""

    key, plural, model = "opportunity_type", "opportunity_types", OpportunityType
    label, label_plural = _("Opportunity type"), _("Opportunity types")
    icon, area, order = "layers", "sell", 30
    directory = True
    searchable = False
    title = "{name}"
    key_field = "key"
    badge = ("hue", "active")
    form = Form(
        Group(_("Type"), "name key", "classification hue", "active", "owner team"),
        Group(_("What its deals begin with"), "pipeline product", "objective"),
        Group(_("Dates"), "starts_on started_on", "ends_on ended_on"),
        Group(_("Costs"), "cost_estimated cost_real"),
        Group(_("Description"), "description"),
        quick="name classification",
    )
    list = List("title classification owner active starts_on ends_on cost_estimated", sort="title")
    facts = ("classification", "owner", "starts_on", "ends_on", "cost_estimated", "cost_real")
    views = (
        View("active", _("In use"), where=["active", "eq", True]),
        View("mine", _("Mine"), where=["owner", "eq", "me"]),
        View("all", _("All")),
    )
    related = (
        Panel("opportunity", via="type", label=_("Opportunities"), columns=("account", "stage", "amount", "closes_on")),
    )
    importing = Import(match_on=("key", "name"))

    def derive(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        """Whoever makes a type answers for it until somebody else does."""
        derive_keys(drafts)
        for draft in drafts:
            if draft.created and "owner" not in draft.values:
                draft.values["owner"] = env.actor.user_id

    def check(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        """Its pipeline is one for deals, and nothing ends before it begins."""
        check_keys(drafts)
        for draft in drafts:
            values = draft.values
            pipeline = values.get("pipeline")
            if pipeline and draft.changed("pipeline") and stages.meant_for(pipeline) != "opportunity":
                draft.problem("pipeline", "pipeline_not_for")
            for first, last in (("starts_on", "ends_on"), ("started_on", "ended_on")):
                touched = draft.changed(first) or draft.changed(last)
                if touched and values.get(first) and values.get(last) and values[last] < values[first]:
                    draft.problem(last, "ends_before_start")

    def after(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        """A type with deals is set out of use, not deleted.

        :raises Rejected: which takes back the whole write.
        """
        for draft in drafts:
            if draft.verb == "delete" and query.system_rows("opportunity").queryset().filter(type=draft.id).exists():
                raise Rejected([Problem(None, "in_use", row=draft.row)])
