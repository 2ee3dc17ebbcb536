"""Exchange rates, set by hand, each valid from a day until the next one."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from tracte.kernel.money import CURRENCIES
from tracte.meta.draft import Draft, WriteEnv
from tracte.meta.entity import Entity, Form, Group, List
from tracte.records.firm import ExchangeRate


class ExchangeRateEntity(Entity):
    """What one unit of a currency is worth in the company's currency from a day on."""

    key, plural, model = "exchange_rate", "exchange_rates", ExchangeRate
    label, label_plural = _("Exchange rate"), _("Exchange rates")
    icon, area, order = "arrow-up-down", "settings", 70
    directory = admin_only = True
    searchable = False
    title = "{currency} {valid_from}"
    form = Form(Group(_("Exchange rate"), "currency valid_from", "rate"))
    list = List("title currency valid_from rate", sort="-id")

    def derive(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        for draft in drafts:
            if draft.values.get("currency"):
                draft.values["currency"] = str(draft.values["currency"]).upper()

    def check(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        """One rate for a currency and day, above nought."""
        seen: set[tuple[str, object]] = set()
        for draft in drafts:
            currency, day, rate = (draft.values.get(name) for name in ("currency", "valid_from", "rate"))
            if currency and currency not in CURRENCIES:
                draft.problem("currency", "bad_currency", code=currency)
            if rate is not None and rate <= 0:
                draft.problem("rate", "too_small", min="0.0001")
            if not currency or day is None or not (draft.changed("currency") or draft.changed("valid_from")):
                continue
            others = [
                one for one in env.find("exchange_rate", currency=currency, valid_from=day) if one["id"] != draft.id
            ]
            if others or (currency, day) in seen:
                draft.problem("valid_from", "not_unique")
            seen.add((currency, day))
