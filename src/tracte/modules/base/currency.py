"""Currencies the firm works in."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from tracte.kernel.money import CURRENCIES
from tracte.meta.draft import Draft, WriteEnv
from tracte.meta.entity import Entity, Form, Group, Import, List
from tracte.records.firm import Currency


class CurrencyEntity(Entity):
    """A currency offered in forms. Amounts may still come in any ISO 4217 currency."""

    key, plural, model = "currency", "currencies", Currency
    label, label_plural = _("Currency"), _("Currencies")
    icon, area, order = "coins", "settings", 60
    directory = admin_only = True
    searchable = False
    title = "{code}"
    key_field = "code"
    form = Form(Group(_("Currency"), "code name", "active"))
    list = List("title name active")
    importing = Import(match_on=("code",))

    def derive(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        for draft in drafts:
            if draft.values.get("code"):
                draft.values["code"] = str(draft.values["code"]).upper()

    def check(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        for draft in drafts:
            code = draft.values.get("code")
            if code and code not in CURRENCIES:
                draft.problem("code", "bad_currency", code=code)
