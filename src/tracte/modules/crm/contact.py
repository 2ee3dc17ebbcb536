"""Contacts: natural persons (GA-39, GB-16)."""

from collections.abc import Sequence

from django.db import models
from django.utils.translation import gettext_lazy as _

from tracte.meta.draft import Draft, WriteEnv
from tracte.meta.entity import Entity, Form, Group, Import, List, Match, Panel, View, same
from tracte.meta.kinds import Address, Choice, Date, Email, LongText, Phone, Reference, Tags, Text, Url, YesNo
from tracte.records.record import Record, scope_indexes


class Contact(Record):
    """A natural person we deal with, usually at an account. E-mail, phone and mobile are the primary ones."""

    salutation = Choice(_("Salutation"), list="salutation")
    first_name = Text(_("First name"), max_length=100, search="A")
    last_name = Text(_("Last name"), max_length=100, search="A")
    job_title = Text(_("Job title"), max_length=120, search="B")
    department = Text(_("Department"), max_length=120)
    account = Reference(_("Account"), to="account", model="crm.Account", related=_("Contacts"))
    email = Email(_("E-mail"), search="A")
    phone = Phone(_("Phone"), search="B")
    mobile = Phone(_("Mobile"), search="B")
    born = Date(_("Born"), private=True)
    language = Choice(_("Language"), list="spoken_language")
    address = Address(_("Address"), private=True)
    profile_url = Url(_("Profile page"), help=_("LinkedIn or another public page."))
    origin = Choice(_("Origin"), list="origin", help=_("How we came to know this person."))
    no_calls = YesNo(_("Do not call"))
    no_mail = YesNo(_("Do not e-mail"))
    tags = Tags(_("Tags"))
    description = LongText(_("Description"))

    class Meta:
        db_table = "contact"
        indexes = [
            *scope_indexes("contact", "title_key"),
            *scope_indexes("contact_changed", "modified_at"),
            models.Index(fields=["account"], name="contact_account", condition=models.Q(account__isnull=False)),
            models.Index(fields=["email"], name="contact_email", condition=models.Q(email__isnull=False)),
            models.Index(fields=["mobile"], name="contact_mobile", condition=models.Q(mobile__isnull=False)),
        ]


class ContactEntity(Entity):
    """A person, with the accounts they work with and the ways to reach them."""

    key, plural, model = "contact", "contacts", Contact
    label, label_plural = _("Contact"), _("Contacts")
    icon, area, order = "user-round", "sell", 20
    avatar = "who"
    title = "{first_name} {last_name}"
    subtitle = "email"
    form = Form(
        Group(_("Person"), "salutation", "first_name last_name", "account job_title", "department language"),
        Group(_("How to reach them"), "email", "phone mobile", "profile_url", "no_calls no_mail"),
        Group(_("Personal"), "born", "address"),
        Group(_("How we work with them"), "origin", "owner team", "collaborators", "tags", "description"),
        quick="first_name last_name account job_title email mobile",
    )
    list = List("title account job_title email mobile owner modified_at")
    facts = ("account", "job_title", "email", "mobile", "owner")
    views = (
        View("all", _("All contacts")),
        View("mine", _("Mine"), where=["owner", "eq", "me"]),
        View("team", _("My team's"), where=["team", "in", ["my_teams"]]),
        View("new", _("New this month"), where=["created_at", "within", "this_month"], sort="-id"),
        View("no_account", _("Without account"), where=["account", "empty"]),
    )
    related = (
        Panel("contact_point", via="contact", label=_("Other ways to reach them"), columns=("kind", "note"), sort="id"),
        Panel("affiliation", via="contact", label=_("Other accounts"), columns=("account", "roles", "job_title")),
    )
    personal = ("first_name", "last_name", "email", "phone", "mobile", "profile_url", "description")
    duplicates = Match((same("email"), same("mobile"), same("account", "first_name", "last_name")))
    importing = Import(match_on=("email", "mobile"))

    def check(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        """A person has a first name or a last name."""
        for draft in drafts:
            named = draft.values.get("first_name") or draft.values.get("last_name")
            if not named and (draft.created or draft.changed("first_name") or draft.changed("last_name")):
                draft.problem("last_name", "name_needed")
