"""Lines: what a deal is made of, how much of it, at which price and cost (GA-42, SP-11, SP-12)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from tracte.meta.draft import Draft, WriteEnv
from tracte.meta.entity import Entity, Form, Group, List
from tracte.meta.kinds import Amount, Choice, Computed, Integer, Percent, Reference, Text
from tracte.meta.kinds import Decimal as Number
from tracte.modules.sales import line_rules
from tracte.records.record import Record

LEAST_QUANTITY = Decimal("0.0001")


def margin_of(values: Mapping[str, Any]) -> Decimal | None:
    """What is left of a line's amount after its cost, in percent; ``None`` without both."""
    amount, cost = values.get("amount"), values.get("cost_total")
    if amount is None or cost is None or amount.currency != cost.currency or amount.amount <= 0:
        return None
    return Decimal((amount.amount - cost.amount) / amount.amount * 100).quantize(Decimal("0.1"))


class OpportunityLine(Record):
    """One product or service in a deal. The deal's amount and estimated cost are the sums of its lines."""

    opportunity = Reference(
        _("Opportunity"), to="opportunity", model="sales.Opportunity", required=True, related=_("Lines")
    )
    position = Integer(_("Position"), min=0, max=1_000_000, grouped=False, help=_("The last one when empty."))
    product = Reference(_("Product"), to="product", model="catalog.Product", related=_("In deals"))
    name = Text(_("Description"), max_length=300, help=_("The product's name when empty."))
    quantity = Number(_("Quantity"), places=4, min=LEAST_QUANTITY, default=Decimal(1), required=True)
    unit = Choice(_("Unit"), list="unit", help=_("The product's when empty."))
    price = Amount(_("Price"), help=_("Of one unit, before tax. The product's list price when empty."))
    discount = Percent(_("Discount"))
    cost = Amount(_("Cost"), help=_("What one unit costs the company. The product's when empty."))
    amount = Amount(
        _("Amount"),
        read_only=True,
        help=_("Quantity × price, less the discount."),
        made_of=("quantity", "price", "discount"),
    )
    cost_total = Amount(_("Total cost"), read_only=True, help=_("Quantity × cost."), made_of=("quantity", "cost"))
    margin = Computed(
        _("Margin"), kind=Percent(_("Margin"), min=-1_000_000_000), of=("amount", "cost_total"), value=margin_of
    )

    class Meta:
        db_table = "opportunity_line"
        indexes = [
            models.Index(fields=["opportunity", "position", "id"], name="opportunity_line_deal"),
            models.Index(
                fields=["product"], name="opportunity_line_product", condition=models.Q(product__isnull=False)
            ),
        ]


class OpportunityLineEntity(Entity):
    """Belongs to its deal: who may see the deal sees its lines."""

    key, plural, model = "opportunity_line", "opportunity_lines", OpportunityLine
    label, label_plural = _("Line"), _("Lines")
    icon = "list"
    parent = "opportunity"
    timeline = searchable = False
    title = "{name}"
    form = Form(
        Group(_("Line"), "opportunity position", "product name", "quantity unit"),
        Group(_("Value"), "price discount", "cost"),
        quick="product name quantity unit price discount cost",
    )
    list = List("title opportunity product quantity unit price discount amount margin", sort="-id")
    made = {"amount": lambda values: True, "cost_total": lambda values: True}

    def derive(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        line_rules.take_from_product(drafts, env)
        line_rules.put_in_order(drafts, env)

    def follow(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        line_rules.reckon(drafts)
        line_rules.check_deals(drafts, env)

    def check(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        line_rules.check_each(drafts)

    def settle(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        line_rules.settle_deals(drafts, env)
