"""The firm itself: company settings, currencies with dated rates, value lists. Declared as entities by the base
module."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tracte.meta.kinds import Address, Choice, Date, Decimal, Integer, Text, TimeZone, Url, YesNo
from tracte.meta.kinds.base import Option
from tracte.records.record import Record

HUES = [
    Option(hue, label, hue)
    for hue, label in {
        "stone": _("Stone"),
        "clay": _("Clay"),
        "ochre": _("Ochre"),
        "olive": _("Olive"),
        "green": _("Green"),
        "teal": _("Teal"),
        "sea": _("Sea"),
        "blue": _("Blue"),
        "violet": _("Violet"),
        "plum": _("Plum"),
        "rose": _("Rose"),
    }.items()
]


class Company(Record):
    """The firm that owns this Tracte. There is one."""

    name = Text(_("Company name"), max_length=150, required=True)
    vat_number = Text(_("VAT number"), max_length=30)
    currency = Text(_("Currency"), max_length=3, required=True, default="EUR", help=_("Three letters, such as EUR."))
    country = Text(
        _("Country"),
        max_length=2,
        default="ES",
        help=_("Two letters; phone numbers without prefix are read as from here."),
    )
    language = Choice(_("Language"), list="language", default="en")
    timezone = TimeZone(_("Time zone"), default="Europe/Madrid")
    website = Url(_("Website"))
    address = Address(_("Address"))
    audit_days = Integer(
        _("Days the audit trail is kept"),
        min=90,
        max=36_500,
        grouped=False,
        default=730,
        help=_("Older entries are deleted each night."),
    )

    class Meta:
        db_table = "company"


class Currency(Record):
    """A currency the firm works in."""

    name = Text(_("Name"), max_length=80, required=True)
    code = Text(_("Code"), max_length=3, required=True, unique=True, help=_("ISO 4217, such as EUR."))
    active = YesNo(_("In use"), default=True)

    class Meta:
        db_table = "currency"


class ExchangeRate(Record):
    """What one unit of a currency is worth in the company's currency from a day on, set by hand."""

    currency = Text(_("Currency"), max_length=3, required=True, help=_("ISO 4217, such as USD."))
    valid_from = Date(_("Valid from"), required=True)
    rate = Decimal(_("Rate"), places=6, required=True, help=_("Company currency for one unit."))

    class Meta:
        db_table = "exchange_rate"
        indexes = [models.Index(fields=["currency", "valid_from"], name="exchange_rate_day")]


class ValueItem(Record):
    """One entry of a value list, added or relabelled by an administrator; the shipped entries live in the modules."""

    list = Text(_("List"), max_length=60, required=True)
    key = Text(_("Key"), max_length=60, required=True)
    label = Text(_("Label"), max_length=120, required=True, search="B")
    parent = Text(
        _("Under"),
        max_length=60,
        help=_("Key of the entry it stands under; - for none. Empty leaves a shipped entry where it is."),
    )
    hue = Choice(_("Hue"), options=HUES, default="stone")
    position = Integer(_("Position"), default=100)
    retired = YesNo(_("Retired"), default=False, help=_("Kept on old records, no longer offered."))

    class Meta:
        db_table = "value_item"
        indexes = [models.Index(fields=["list", "position"], name="value_item_list")]
