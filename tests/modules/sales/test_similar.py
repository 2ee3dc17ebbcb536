"""Deals like this one that were won: only what the reader may see, ranked by what they share."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.kernel.problems import NotFound
from tracte.modules.sales.similar import like
from tracte.records import door, snapshot
from tracte.records.people import User

pytestmark = pytest.mark.django_db
Make = Callable[..., int]
Person = Callable[..., Actor]


@pytest.fixture
def won(make: Make, stage: dict[str, int]) -> Make:
    """``won("Name", …)`` → a deal that was won."""

    def maker(name: str, **values: Any) -> int:
        return make("opportunity", name=name, stage=stage["won"], **{"amount": "9 EUR", **values})

    return maker


def names(actor: Actor, deal: int) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.values["name"], one.shares) for one in like(actor, deal)]


def test_what_shares_most_comes_first_and_says_why(make: Make, won: Make) -> None:
    mill, bakery = make("account", name="Mill", industry="fmcg"), make("account", name="Bakery", industry="fmcg")
    pump, tank = make("product", name="Pump"), make("product", name="Tank")
    deal = make("opportunity", name="This", account=mill, product=pump, amount="1000 EUR")
    won("Amount", amount="1900 EUR")
    won("Too much", amount="2001 EUR")
    won("Other currency", amount="1000 USD")
    won("Industry", account=bakery)
    won("Product", product=pump)
    lines = won("By its lines", account=bakery)
    make("opportunity_line", opportunity=encode(lines), product=tank)
    make("opportunity_line", opportunity=encode(lines), product=pump)
    make("opportunity", name="Still open", product=pump)
    assert names(OPERATOR, deal) == [
        ("By its lines", ("product", "industry")),
        ("Product", ("product",)),
        ("Industry", ("industry",)),
        ("Amount", ("amount",)),
    ]


def test_a_deal_that_says_nothing_is_like_no_other(make: Make, won: Make) -> None:
    won("Some")
    assert names(OPERATOR, make("opportunity", name="Bare")) == []


def test_only_deals_in_sight_are_told(make: Make, won: Make, person: Person) -> None:
    north, south = make("team", name="North"), make("team", name="South")
    anna, pol = person("Anna", "seller", north), person("Pol", "seller", south)
    pump = make("product", name="Pump")
    mine = make("opportunity", pol, name="His", product=pump)
    won("Hers", product=pump, owner=anna.user_id, team=north)
    won("His too", product=pump, owner=pol.user_id, team=south)
    assert names(pol, mine) == [("His too", ("product",))]
    hers = make("opportunity", anna, name="Hers, open", product=pump)
    for one in (hers, hers + 1):
        with pytest.raises(NotFound):
            like(pol, one)


@pytest.mark.parametrize(
    ("entity", "field", "share"),
    [
        ("opportunity", "product", "product"),
        ("opportunity", "amount", "amount"),
        ("account", "industry", "industry"),
        ("opportunity", "account", "industry"),
    ],
)
def test_a_hidden_field_makes_nothing_similar(make: Make, won: Make, entity: str, field: str, share: str) -> None:
    mill = make("account", name="Mill", industry="fmcg")
    pump = make("product", name="Pump")
    deal = make("opportunity", name="This", account=mill, product=pump, amount="1000 EUR")
    won("Alike", account=mill, product=pump, amount="1000 EUR")
    grants = {"*": dict.fromkeys(("view", "create", "edit", "delete"), "all")}
    role = {"name": "Masked", "grants": grants, "masks": {entity: {field: "hidden"}}}
    held = door.create(OPERATOR, "role", role, origin="ui", strict=True).id
    raw = {"name": "Mara", "email": "mara@firm.example", "roles": [encode(held)]}
    mara = door.create(OPERATOR, "user", raw, origin="ui").id
    actor = snapshot.current().actor(mara)
    assert share not in names(actor, deal)[0][1]
    assert share in names(OPERATOR, deal)[0][1]


def test_it_takes_as_many_queries_for_one_as_for_many(make: Make, won: Make) -> None:
    pump, mill = make("product", name="Pump"), make("account", name="Mill", industry="fmcg")
    deal = make("opportunity", name="This", product=pump, account=mill, amount="9 EUR")

    def counted() -> int:
        like(OPERATOR, deal)
        with CaptureQueriesContext(connection) as queries:
            like(OPERATOR, deal)
        return len(queries)

    won("One", product=pump, account=mill)
    few = counted()
    for number in range(20):
        make("opportunity_line", opportunity=encode(won(f"D{number}", account=mill)), product=pump)
    assert counted() <= few + 1
    assert few <= 12


def test_the_part_is_a_page_without_script(make: Make, won: Make) -> None:
    pump = make("product", name="Pump")
    deal = make("opportunity", name="This", product=pump)
    won("Bottling for Cal Pons", product=pump, amount="4200 EUR", lost_detail="They liked the <b>trial</b>")
    admin = make("user", name="Boss", email="boss@firm.example", is_admin="true", can_sign_in="true")
    client, address = Client(), f"/opportunities/{encode(deal)}/similar/"
    client.force_login(User.objects.get(pk=admin))
    assert f'href="{address}"' in client.get(f"/opportunities/{encode(deal)}/").content.decode()
    for headers in ({}, {"HX-Request": "true"}):
        html = client.get(address, headers=headers).content.decode()
        assert "Bottling for Cal Pons" in html
        assert "€4,200" in html
        assert "same product" in html
        assert "They liked the &lt;b&gt;trial" in html
        assert ("<html" in html) is not bool(headers)
