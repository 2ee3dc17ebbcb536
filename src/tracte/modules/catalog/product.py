"""Products and services: what the company sells."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from tracte.meta.entity import Entity, Form, Group, Import, List, Match, View, same
from tracte.meta.kinds import Amount, Choice, Computed, LongText, Percent, Text, YesNo
from tracte.meta.kinds.base import Option
from tracte.records.record import Record, scope_indexes

PRODUCT_KINDS = [Option("product", _("Product"), "blue"), Option("service", _("Service"), "violet")]


def margin_of(values: Mapping[str, Any]) -> Decimal | None:
    """What is left of the price after the cost, in percent of the price; ``None`` across currencies."""
    price, cost = values.get("price"), values.get("cost")
    if price is None or cost is None or price.currency != cost.currency or price.amount <= 0:
        return None
    return Decimal((price.amount - cost.amount) / price.amount * 100).quantize(Decimal("0.1"))


class Product(Record):
    """One article of the catalogue, with its list price and what it costs the company."""

    name = Text(_("Name"), required=True, search="A")
    sku = Text(_("SKU"), max_length=60, unique=True, search="A", help=_("The article number."))
    kind = Choice(_("Kind"), options=PRODUCT_KINDS, default="product")
    family = Choice(_("Family"), list="product_family")
    unit = Choice(_("Unit"), list="unit", default="piece")
    price = Amount(_("Price"), help=_("List price of one unit, before tax."))
    cost = Amount(_("Cost"), help=_("What one unit costs the company."))
    margin = Computed(_("Margin"), kind=Percent(_("Margin"), min=-1_000_000), of=("price", "cost"), value=margin_of)
    active = YesNo(_("Active"), default=True, help=_("Offered in new deals."))
    description = LongText(_("Description"), search="B")

    class Meta:
        db_table = "product"
        constraints = [
            models.UniqueConstraint(
                fields=["sku"],
                condition=models.Q(deleted_at__isnull=True, sku__isnull=False),
                name="product_sku_unique",
            )
        ]
        indexes = [*scope_indexes("product", "title_key"), models.Index(fields=["name"], name="product_name")]


class ProductEntity(Entity):
    """A product or service the company sells."""

    key, plural, model = "product", "products", Product
    label, label_plural = _("Product"), _("Products")
    icon, area, order = "package", "sell", 40
    title = "{name}"
    subtitle = "sku"
    form = Form(
        Group(_("Product"), "name", "sku kind", "family unit", "active"),
        Group(_("Price"), "price cost"),
        Group(_("More"), "description", "owner team", "collaborators"),
    )
    list = List("title sku kind family unit price margin active")
    facts = ("price", "cost", "margin", "sku", "family")
    views = (
        View("active", _("Active"), where=["active", "eq", True]),
        View("products", _("Products"), where=["kind", "eq", "product"]),
        View("services", _("Services"), where=["kind", "eq", "service"]),
        View("all", _("All")),
    )
    duplicates = Match((same("name"),))
    importing = Import(match_on=("sku", "name"))
