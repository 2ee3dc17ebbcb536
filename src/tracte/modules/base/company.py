"""The company: the firm that owns this Tracte."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from tracte.kernel import vat
from tracte.kernel.money import CURRENCIES
from tracte.meta.draft import Draft, WriteEnv
from tracte.meta.entity import Entity, Form, Group, List
from tracte.modules.base.user import ZONES
from tracte.records.firm import Company


class CompanyEntity(Entity):
    """Its name on documents, its currency, country, language and time zone. There is exactly one."""

    key, plural, model = "company", "companies", Company
    label, label_plural = _("Company"), _("Company")
    icon, area, order = "building-2", "settings", 10
    directory = admin_only = True
    searchable = False
    rights_fields = ("audit_days",)
    title = "{name}"
    form = Form(
        Group(_("Company"), "name vat_number", "website", "address"),
        Group(_("Customs"), "currency country", "language timezone"),
        Group(_("Trust"), "audit_days"),
    )
    list = List("title vat_number currency country timezone")

    def derive(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        for draft in drafts:
            values = draft.values
            for name in ("currency", "country"):
                if values.get(name):
                    values[name] = str(values[name]).upper()
            if draft.changed("vat_number") and values.get("vat_number"):
                try:
                    values["vat_number"] = vat.check(values["vat_number"], values.get("country") or "")
                except ValueError:
                    draft.problem("vat_number", "bad_vat")

    def check(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        made = [draft for draft in drafts if draft.created]
        if made and (len(made) > 1 or env.find("company")):
            for draft in made:
                draft.problem(None, "only_one_company")
        for draft in drafts:
            currency, zone = draft.values.get("currency"), draft.values.get("timezone")
            if currency and currency not in CURRENCIES:
                draft.problem("currency", "bad_currency", code=currency)
            if zone and zone not in ZONES:
                draft.problem("timezone", "bad_timezone", value=zone)
