"""Accounts: organisations we deal with, in trees of groups and branches (GA-40, SN-01, SN-50)."""

from collections.abc import Sequence

from django.db import models
from django.utils.translation import gettext_lazy as _

from tracte.kernel import vat
from tracte.meta.draft import Draft, WriteEnv
from tracte.meta.entity import Entity, Form, Group, Import, List, Match, Panel, View, same
from tracte.meta.kinds import Address, Amount, Choice, Email, Integer, LongText, Phone, Reference, Tags, Text, Url
from tracte.meta.rings import check_parents
from tracte.records.record import Record, scope_indexes


class Account(Record):
    """An organisation: customer, prospect, partner, supplier, competitor …"""

    name = Text(_("Name"), required=True, search="A")
    kind = Choice(_("Relation"), list="account_kind", default="prospect")
    parent = Reference(_("Belongs to"), to="account", model="crm.Account", help=_("The firm that owns this one."))
    vat_number = Text(_("VAT number"), max_length=30, search="A", help=_("Checked by the rules of its country."))
    industry = Choice(_("Industry"), list="industry")
    website = Url(_("Website"), search="B")
    email = Email(_("E-mail"), search="B")
    phone = Phone(_("Phone"), search="B")
    turnover = Amount(_("Turnover"), help=_("In a year."))
    employees = Integer(_("Employees"), min=0, max=10_000_000)
    founded = Integer(_("Founded"), min=500, max=2100, grouped=False, help=_("Year."))
    billing_address = Address(_("Billing address"))
    delivery_address = Address(_("Delivery address"))
    origin = Choice(_("Origin"), list="origin", help=_("How we came to know them."))
    territory = Choice(_("Territory"), list="territory")
    tags = Tags(_("Tags"))
    description = LongText(_("Description"))

    class Meta:
        db_table = "account"
        indexes = [
            *scope_indexes("account", "title_key"),
            *scope_indexes("account_changed", "modified_at"),
            models.Index(fields=["parent"], name="account_parent", condition=models.Q(parent__isnull=False)),
            models.Index(fields=["name"], name="account_name"),
            models.Index(fields=["vat_number"], name="account_vat", condition=models.Q(vat_number__isnull=False)),
        ]


class AccountEntity(Entity):
    """An organisation with its contacts, branches and deals."""

    key, plural, model = "account", "accounts", Account
    label, label_plural = _("Account"), _("Accounts")
    icon, area, order = "building-2", "sell", 30
    title = "{name}"
    subtitle = "website"
    form = Form(
        Group(_("Account"), "name kind", "industry parent", "vat_number"),
        Group(_("How to reach them"), "phone email", "website"),
        Group(_("Addresses"), "billing_address", "delivery_address"),
        Group(_("Size"), "employees turnover", "founded"),
        Group(_("How we work with them"), "origin territory", "owner team", "collaborators", "tags", "description"),
        quick="name kind phone email website",
    )
    list = List("title kind industry phone territory owner modified_at")
    facts = ("kind", "industry", "turnover", "employees", "owner", "phone")
    views = (
        View("all", _("All accounts")),
        View("mine", _("Mine"), where=["owner", "eq", "me"]),
        View("customers", _("Customers"), where=["kind", "eq", "customer"]),
        View("prospects", _("Prospects"), where=["kind", "eq", "prospect"]),
        View("groups", _("Groups"), where={"all": [["parent", "empty"], ["accounts", "any", {"all": []}]]}),
        View("suppliers", _("Suppliers and partners"), where=["kind", "in", ["supplier", "partner", "reseller"]]),
    )
    related = (
        Panel("contact", via="account", label=_("Contacts"), columns=("job_title", "email", "mobile"), sort="title"),
        Panel("affiliation", via="account", label=_("Also involved"), columns=("contact", "roles", "job_title")),
        Panel("account", via="parent", label=_("Branches"), columns=("kind", "owner"), sort="title"),
    )
    duplicates = Match((same("vat_number"), same("name")))
    importing = Import(match_on=("vat_number", "name"))

    def derive(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        """A VAT number is kept the way its country writes it (EU VIES, python-stdnum)."""
        for draft in drafts:
            number = draft.values.get("vat_number")
            if not number or not draft.changed("vat_number"):
                continue
            address = draft.values.get("billing_address")
            region = getattr(address, "country", None) or env.context.region
            try:
                draft.values["vat_number"] = vat.check(number, region)
            except ValueError:
                draft.problem("vat_number", "bad_vat")

    def check(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        check_parents(drafts, env, "account")
