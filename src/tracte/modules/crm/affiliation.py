"""Affiliations: the further accounts a person works with, and as what (SN-46)."""

from collections.abc import Sequence

from django.db import models
from django.utils.translation import gettext_lazy as _

from tracte.meta.draft import Draft, WriteEnv
from tracte.meta.entity import Entity, Form, Group, List, Match, same
from tracte.meta.kinds import Date, MultiChoice, Reference, Text
from tracte.records.record import Record


class Affiliation(Record):
    """One person's part at one account besides their main one, for a time."""

    contact = Reference(_("Contact"), to="contact", model="crm.Contact", required=True)
    account = Reference(_("Account"), to="account", model="crm.Account", required=True)
    roles = MultiChoice(_("Roles"), list="contact_role")
    job_title = Text(_("Job title there"), max_length=120)
    starts_on = Date(_("From"))
    ends_on = Date(_("Until"))

    class Meta:
        db_table = "affiliation"
        indexes = [
            models.Index(fields=["contact"], name="affiliation_contact"),
            models.Index(fields=["account"], name="affiliation_account"),
        ]


class AffiliationEntity(Entity):
    """Belongs to its contact: who may see the contact sees it."""

    key, plural, model = "affiliation", "affiliations", Affiliation
    label, label_plural = _("Affiliation"), _("Affiliations")
    icon = "network"
    parent = "contact"
    timeline = searchable = False
    title = "{job_title}"
    form = Form(Group(_("Affiliation"), "contact account", "roles", "job_title", "starts_on ends_on"))
    list = List("title contact account roles starts_on ends_on", sort="-id")
    duplicates = Match((same("contact", "account"),))

    def check(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        for draft in drafts:
            first, last = draft.values.get("starts_on"), draft.values.get("ends_on")
            if first and last and last < first:
                draft.problem("ends_on", "ends_before_start")
