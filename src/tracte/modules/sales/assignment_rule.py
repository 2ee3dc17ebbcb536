"""Assignment rules: who gets the leads that come in without an owner."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from tracte.kernel.problems import Rejected
from tracte.meta.draft import Draft, WriteEnv
from tracte.meta.entity import Entity, Form, Group, Import, List
from tracte.meta.kinds import Amount, Choice, Country, Data, Integer, MultiChoice, Reference, Team, Text, User, YesNo
from tracte.modules.sales.lists import ASSIGNMENT_MODES
from tracte.records import query
from tracte.records.record import Record


class AssignmentRule(Record):
    """One rule. The first one in use that fits a new lead decides; empty conditions fit every lead."""

    name = Text(_("Name"), max_length=120, required=True, unique=True)
    position = Integer(_("Position"), default=100, help=_("The first rule that fits decides."))
    active = YesNo(_("In use"), default=True)
    origins = MultiChoice(_("Origin is one of"), list="origin")
    country = Country(_("Country is"))
    for_pipeline = Reference(_("Pipeline is"), to="pipeline", model="sales.Pipeline", only=("entity", "lead"))
    at_least = Amount(_("Expected amount is at least"))
    condition = Data(_("Further condition"))
    mode = Choice(_("Goes to"), options=ASSIGNMENT_MODES, default="round_robin", required=True)
    to_team = Team(_("Team"), help=_("Its members take turns, or its queue is filled."))
    to_user = User(_("Person"), help=_("Only when it is always the same one."))

    class Meta:
        db_table = "assignment_rule"


class AssignmentRuleEntity(Entity):
    """Who gets a new lead without an owner, also from an import or the API."""

    key, plural, model = "assignment_rule", "assignment_rules", AssignmentRule
    label, label_plural = _("Assignment rule"), _("Assignment rules")
    icon, area, order = "git-branch", "settings", 95
    directory = admin_only = True
    searchable = False
    title = "{name}"
    form = Form(
        Group(_("Rule"), "name", "position active"),
        Group(_("Which leads"), "origins", "country for_pipeline", "at_least"),
        Group(_("Who gets them"), "mode", "to_team to_user"),
    )
    list = List("title position active origins country mode to_team to_user", sort="id")
    importing = Import(match_on=("name",))

    def check(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        """Somebody is named who can get them, and the further condition can be read."""
        for draft in drafts:
            values = draft.values
            wanted = "to_user" if values.get("mode") == "fixed" else "to_team"
            if values.get(wanted) is None:
                draft.problem(wanted, "nobody_to_assign")
            if values.get("condition") and draft.changed("condition"):
                try:
                    query.system_rows("lead").where(values["condition"])
                except Rejected as refused:
                    draft.problem("condition", refused.problems[0].code, **refused.problems[0].params)
