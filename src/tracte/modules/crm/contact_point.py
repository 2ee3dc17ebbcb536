"""Contact points: every further way to reach a person besides the primary e-mail, phone and mobile."""

from collections.abc import Sequence

from django.db import models
from django.utils.translation import gettext_lazy as _

from tracte.kernel.problems import Fault
from tracte.meta.draft import Draft, WriteEnv
from tracte.meta.entity import Action, Entity, Form, Group, List
from tracte.meta.kinds import Choice, Reference, Text
from tracte.modules.crm.actions import make_primary
from tracte.modules.crm.points import PRIMARY, READERS
from tracte.records.record import Record


class ContactPoint(Record):
    """A second e-mail, a private phone, a messenger name."""

    contact = Reference(_("Contact"), to="contact", model="crm.Contact", required=True)
    kind = Choice(_("Kind"), list="contact_point_kind", required=True, default="email_work")
    value = Text(_("Address or number"), max_length=320, required=True, search="B")
    note = Text(_("Note"), help=_("When to use it, for example “evenings only”."))

    class Meta:
        db_table = "contact_point"
        indexes = [models.Index(fields=["contact"], name="contact_point_contact")]


class ContactPointEntity(Entity):
    """Belongs to its contact: who may see the contact sees it."""

    key, plural, model = "contact_point", "contact_points", ContactPoint
    label, label_plural = _("Contact point"), _("Contact points")
    icon = "at-sign"
    parent = "contact"
    timeline = searchable = False
    title = "{value}"
    personal = ("value", "note")
    form = Form(Group(_("Contact point"), "contact", "kind value", "note"))
    list = List("title contact kind note", sort="-id")
    actions = (
        Action(
            "make_primary",
            _("Make primary"),
            make_primary,
            when=lambda values: values.get("kind") in PRIMARY,
            icon="star",
        ),
    )

    def derive(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        """Keep the value in the canonical form of its kind, as the contact's own fields do."""
        for draft in drafts:
            value = draft.values.get("value")
            reader = READERS.get(draft.values.get("kind") or "")
            if not value or reader is None or not (draft.changed("value") or draft.changed("kind")):
                continue
            try:
                draft.values["value"] = reader.parse(value, env.context)
            except Fault as fault:
                draft.problem("value", fault.code, **fault.params)
