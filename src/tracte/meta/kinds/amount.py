"""Money: an amount and its currency."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal as D  # noqa: N817  the kind is called Decimal
from decimal import InvalidOperation
from typing import Any

from django.db import models
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from tracte.kernel.money import (
    CURRENCIES,
    Money,
    currency_of,
    localised,
    minor_unit,
    parse_amount,
    separators,
    show_money,
    unambiguous,
)
from tracte.kernel.problems import Fault
from tracte.meta.columns import ScaledDecimalField
from tracte.meta.kinds.base import Columns, Context, Kind, control_state, escape, input_box
from tracte.meta.kinds.choice import Choice
from tracte.meta.kinds.numbers import BIGGEST_DECIMAL, NUMBER_OPERATORS, Decimal, decimals, read_number

_CENTS = re.compile(r"-?[0-9]{1,14}(?:\.[0-9]{1,2})?\Z").match
_KEYS = {"amount", "currency"}
COMMON = ("EUR", "USD", "GBP", "CHF", "RON", "PLN", "SEK", "NOK", "DKK", "CZK", "HUF", "JPY", "CNY")


def digits(money: Money) -> str:
    """The amount as plain digits with at least the currency's decimals: ``186400.00``."""
    unit = minor_unit(money.currency)
    places = max(-int(unit.as_tuple().exponent), decimals(money.amount))
    return f"{money.amount:.{places}f}"


class CurrencyCode(Choice):
    """The currency of an amount, as a part to filter by."""

    key = "currency"

    def parse(self, raw: Any, ctx: Context) -> str | None:
        if raw is None or raw == "":
            return None
        if isinstance(raw, str) and raw in CURRENCIES:
            return raw
        try:
            return currency_of(str(raw).strip()[:20], ctx.currency)
        except ValueError:
            raise Fault("bad_currency", {"code": str(raw)[:20]}) from None

    def check_new(self, value: Any, ctx: Context) -> None:
        """Every ISO currency may be given."""

    def text(self, value: Any, ctx: Context) -> str:
        return value or ""

    def html(self, value: Any, ctx: Context) -> SafeString:
        return escape(value or "")

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[A-Z]{3}$"}


class Amount(Kind):
    """Money: an exact amount of one currency, in two columns that travel together."""

    key = "money"
    operators = NUMBER_OPERATORS
    numeric = True

    def db_fields(self) -> Columns:
        return {"": ScaledDecimalField(scale=4, null=True), "_currency": models.CharField(max_length=3, null=True)}

    def to_columns(self, value: Any) -> tuple[Any, ...]:
        return (None, None) if value is None else (value.amount, value.currency)

    def from_columns(self, values: Sequence[Any]) -> Money | None:
        amount, currency = values
        return None if amount is None else Money(amount, currency or "")

    def to_json(self, value: Any) -> Any:
        return None if value is None else {"amount": digits(value), "currency": value.currency}

    def from_json(self, value: Any) -> Money | None:
        return None if value is None else Money(D(value["amount"]), value["currency"])

    def parts(self) -> dict[str, Kind]:
        currency = CurrencyCode(_("Currency")).bound(self.name + "_currency")
        return {"amount": Decimal(self.label, places=4).bound(self.name), "currency": currency}

    def parse(self, raw: Any, ctx: Context) -> Money | None:
        if type(raw) is str:
            if _CENTS(raw) and ctx.currency in CURRENCIES:  # one reading in every language
                return Money(D(raw), ctx.currency)
            if not ctx.strict:
                return self._written(raw, None, ctx)
            number = _strict_number(raw, ctx)
            return None if number is None else self._checked(number, ctx.currency)
        if raw is None:
            return None
        if isinstance(raw, Mapping):
            return self._from_object(raw, ctx)
        if isinstance(raw, Money):
            return self._checked(raw.amount, raw.currency)
        number = _strict_number(raw, ctx)
        return None if number is None else self._checked(number, ctx.currency)

    def _from_object(self, raw: Mapping[str, Any], ctx: Context) -> Money | None:
        if not raw.keys() <= _KEYS:
            raise Fault("bad_money")
        amount, currency = raw.get("amount"), raw.get("currency")
        if currency is not None and not isinstance(currency, str):
            raise Fault("bad_money")
        if amount is None or (isinstance(amount, str) and not amount.strip()):
            if ctx.strict and currency:
                raise Fault("bad_money")
            return None
        if not ctx.strict and isinstance(amount, str):
            return self._written(amount, currency, ctx)
        number = _strict_number(amount, ctx)
        if not currency:
            raise Fault("missing_currency")
        return None if number is None else self._checked(number, currency)

    def _written(self, text: str, currency: str | None, ctx: Context) -> Money | None:
        if not text or text.isspace():
            return None
        try:
            amount, named = parse_amount(text, ctx.language, currency or ctx.currency)
        except (ValueError, InvalidOperation):
            raise Fault("bad_money") from None
        return self._checked(amount, named or currency or ctx.currency)

    def _checked(self, amount: D, currency: str) -> Money:
        if currency not in CURRENCIES:
            if not currency:
                raise Fault("missing_currency")
            raise Fault("bad_currency", {"code": currency[:20]})
        if not -BIGGEST_DECIMAL <= amount <= BIGGEST_DECIMAL:
            raise Fault("too_big" if amount > 0 else "too_small", {"max": BIGGEST_DECIMAL, "min": -BIGGEST_DECIMAL})
        if int(amount.as_tuple().exponent) < -4 and decimals(amount) > 4:
            raise Fault("too_many_decimals", {"max": 4})
        return Money(amount, currency)

    def comparable(self, value: Any) -> Any:
        return None if value is None else value.amount

    def from_form(self, data: Mapping[str, Any]) -> Any:
        return {"amount": data.get(self.name), "currency": data.get(self.name + "_currency") or None}

    def text(self, value: Any, ctx: Context) -> str:
        return "" if value is None else show_money(value, ctx.language)

    def html(self, value: Any, ctx: Context) -> SafeString:
        return SafeString(
            "" if value is None else f'<bdi class="amount">{escape(show_money(value, ctx.language))}</bdi>'
        )

    def export(self, value: Any, ctx: Context) -> Any:
        return "" if value is None else f"{unambiguous(digits(value))} {value.currency}"

    def edit_text(self, value: Any, ctx: Context) -> str:
        return "" if value is None else f"{localised(digits(value), *separators(ctx.language))} {value.currency}"

    def control(self, raw: Any, ctx: Context, *, id: str, invalid: bool = False, describedby: str = "") -> SafeString:  # noqa: A002
        amount, currency = "", ctx.currency
        if isinstance(raw, Money):
            amount, currency = localised(digits(raw), *separators(ctx.language)), raw.currency
        elif isinstance(raw, Mapping):
            amount, currency = raw.get("amount") or "", raw.get("currency") or currency
        elif raw is not None:
            amount = str(raw)
        box = input_box(self, str(amount), id=id, invalid=invalid, describedby=describedby, inputmode="decimal")
        offered = dict.fromkeys((ctx.currency, currency, *COMMON, *CURRENCIES))
        options = "".join(
            f'<option value="{escape(code)}"{" selected" if code == currency else ""}>{escape(code)}</option>'
            for code in offered
        )
        return format_html(
            '<span class="input-pair">{}<select class="input-box" name="{}" id="{}" aria-label="{}"{}>{}</select>'
            "</span>",
            box, f"{self.name}_currency", f"{id}_currency", _("Currency"),
            control_state(self, invalid, describedby), SafeString(options),
        )  # fmt: skip

    def json_schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {
                "amount": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]{1,4})?$"},
                "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
            },
            "required": ["amount", "currency"],
            "additionalProperties": False,
        }


def _strict_number(raw: Any, ctx: Context) -> D | None:
    try:
        return read_number(raw, ctx)
    except Fault:
        raise Fault("bad_money") from None
