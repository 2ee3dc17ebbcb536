"""Products: the article number is unique, the margin follows from price and cost."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracte.kernel.actor import OPERATOR
from tracte.kernel.money import Money
from tracte.modules.catalog.product import margin_of
from tracte.records import door, query

AMOUNTS = st.decimals(min_value="0.01", max_value="1000000", places=2)


@given(AMOUNTS, AMOUNTS)
def test_price_less_cost_is_the_margin(price: Decimal, cost: Decimal) -> None:
    margin = margin_of({"price": Money(price, "EUR"), "cost": Money(cost, "EUR")})
    assert margin is not None
    assert abs(price - cost - price * margin / 100) <= price * Decimal("0.0005") + Decimal("0.01")


def test_there_is_no_margin_across_currencies_or_without_price() -> None:
    euro, dollar = Money(Decimal(1), "EUR"), Money(Decimal(1), "USD")
    assert margin_of({"price": euro, "cost": dollar}) is None
    assert margin_of({"price": None, "cost": euro}) is None
    assert margin_of({"price": Money(Decimal(0), "EUR"), "cost": euro}) is None


@pytest.mark.django_db
def test_the_margin_is_shown_and_never_written(
    make: Callable[..., int], codes: Callable[..., set[tuple[str | None, str]]]
) -> None:
    pump = make("product", name="Pump", sku="P-1", price="100 EUR", cost="60 EUR")
    assert query.rows("product", OPERATOR).get(pump, ["margin"])["margin"] == Decimal("40.0")
    assert codes(door.update, OPERATOR, "product", pump, {"margin": "50"}, origin="ui") == {("margin", "read_only")}


@pytest.mark.django_db
def test_an_article_number_is_used_once_among_live_products(
    make: Callable[..., int], codes: Callable[..., set[tuple[str | None, str]]]
) -> None:
    pump = make("product", name="Pump", sku="P-1")
    again = {"name": "Valve", "sku": "P-1"}
    assert codes(door.create, OPERATOR, "product", again, origin="ui") == {("sku", "not_unique")}
    door.delete(OPERATOR, "product", pump, origin="ui")
    make("product", **again)
    assert codes(door.restore, OPERATOR, "product", pump, origin="ui") == {("sku", "not_unique")}
