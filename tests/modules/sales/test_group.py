"""Totals of a group of accounts: open deals of the firm and all its branches, as one person sees them."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from tracte.kernel.actor import OPERATOR, Actor
from tracte.modules.sales.group import group_totals

pytestmark = pytest.mark.django_db
Make = Callable[..., int]


def test_open_deals_of_all_branches_add_up_by_currency(make: Make, stage: dict[str, int]) -> None:
    top = make("account", name="Top")
    firm = make("account", name="Firm", parent=top)
    shop = make("account", name="Shop", parent=firm)
    make("opportunity", name="A", account=top, amount="100 EUR")
    make("opportunity", name="B", account=shop, amount="200 EUR")
    make("opportunity", name="C", account=shop, amount="50 USD")
    make("opportunity", name="D", account=firm, amount="999 EUR", stage=stage["won"])
    make("opportunity", name="E", account=make("account", name="Another"), amount="7 EUR")
    totals = group_totals(top, OPERATOR)
    assert (totals.accounts, totals.deals) == (3, 3)
    assert totals.amount == {"EUR": Decimal(300), "USD": Decimal(50)}
    assert totals.weighted == {"EUR": Decimal(30), "USD": Decimal(5)}
    assert group_totals(firm, OPERATOR).amount == {"EUR": Decimal(200), "USD": Decimal(50)}


def test_a_seller_adds_up_only_what_he_sees(make: Make, person: Callable[..., Actor]) -> None:
    seller = person("Nuria", "seller", make("team", name="Iberia"))
    top = make("account", name="Top", actor=seller)
    make("opportunity", name="Mine", account=top, amount="100 EUR", actor=seller)
    make("opportunity", name="Theirs", account=top, amount="900 EUR")
    assert group_totals(top, seller).amount == {"EUR": Decimal(100)}


def test_a_group_without_deals_has_none(make: Make) -> None:
    totals = group_totals(make("account", name="Alone"), OPERATOR)
    assert (totals.accounts, totals.deals, totals.amount, totals.weighted) == (1, 0, {}, {})
