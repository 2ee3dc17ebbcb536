"""People in a deal: who of the customer's decides, recommends, pays, stands in the way (SN-46)."""

from collections.abc import Sequence

from django.db import models
from django.utils.translation import gettext_lazy as _

from tracte.meta.draft import Draft, WriteEnv
from tracte.meta.entity import Entity, Form, Group, List
from tracte.meta.kinds import Choice, Reference, Text
from tracte.records import query
from tracte.records.record import Record


class OpportunityContact(Record):
    """One person's part in one deal."""

    opportunity = Reference(
        _("Opportunity"), to="opportunity", model="sales.Opportunity", required=True, related=_("People")
    )
    contact = Reference(_("Contact"), to="contact", model="crm.Contact", required=True, related=_("Deals"))
    role = Choice(_("Role in the deal"), list="deal_role")
    note = Text(_("Note"), max_length=500, help=_("What matters to this person, and what we agreed."))

    class Meta:
        db_table = "opportunity_person"  # an index of deals has the other name
        indexes = [
            models.Index(fields=["opportunity"], name="opportunity_person_deal"),
            models.Index(fields=["contact"], name="opportunity_person_contact"),
        ]


class OpportunityContactEntity(Entity):
    """Belongs to its deal: who may see the deal sees who has a part in it."""

    key, plural, model = "opportunity_contact", "opportunity_contacts", OpportunityContact
    label, label_plural = _("Person in the deal"), _("People in the deal")
    icon = "users"
    parent = "opportunity"
    timeline = searchable = False
    title = "{role}"
    personal = ("note",)
    form = Form(Group(_("Person in the deal"), "opportunity contact", "role", "note"), quick="contact role note")
    list = List("title opportunity contact role note", sort="-id")

    def follow(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        """One person has one part in a deal, also when a record comes back from the bin."""
        asked = {
            draft.id: (draft.values["opportunity"], draft.values["contact"])
            for draft in drafts
            if draft.values.get("opportunity")
            and draft.values.get("contact")
            and (draft.verb == "restore" or draft.changed("opportunity") or draft.changed("contact"))
        }
        if not asked:
            return
        env.lock("opportunity", {deal for deal, _contact in asked.values()})
        taken = query.system_rows("opportunity_contact").find_all(("opportunity", "contact"), set(asked.values()))
        seen: dict[tuple[int, int], int] = {}
        for draft in drafts:
            pair = asked.get(draft.id)
            if pair is None:
                continue
            others = [one for one in taken.get(pair, ()) if one != draft.id]
            if others or seen.setdefault(pair, draft.id) != draft.id:
                draft.problem("contact", "not_unique")
