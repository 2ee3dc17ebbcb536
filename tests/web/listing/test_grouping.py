"""Lists in groups: subtotals by currency, months, rights, and a number of queries that stays."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.modules.conftest import Make
from tests.web.listing.conftest import signed_in
from tests.web.listing.test_lists import text_of

from tracte.kernel.actor import OPERATOR, Actor
from tracte.records import door, query
from tracte.records.people import Role

pytestmark = pytest.mark.django_db


def heads(page: Any) -> list[str]:
    """The heads of the groups as one reads them."""
    rows = re.findall(r'<tr class="group-row">(.*?)</tr>', page.content.decode(), re.S)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]


def test_groups_stand_in_the_order_of_their_options_with_number_and_sums_by_currency(
    make: Make, manager: Actor
) -> None:
    account = make("account", name="Forns")
    for amount, when in (("5 EUR", "2026-11-02"), ("7 EUR", "2026-11-28"), ("9 GBP", "2026-12-01")):
        make(
            "opportunity", name=f"Deal {amount}", account=account, amount=amount, closes_on=when, owner=manager.user_id
        )
    page = signed_in(manager).get("/opportunities/?view=&group=closes_on")
    november, december = heads(page)
    assert november.startswith("November 2026 2")
    assert "€12" in november
    assert "£" not in november
    assert december.startswith("December 2026 1")
    assert "£9" in december
    foot = page.content.decode().split("<tfoot>")[1]
    assert "€12" in foot
    assert "£9" in foot


def test_records_without_a_value_are_a_group_of_their_own_and_a_group_leads_to_its_rows(
    make: Make, manager: Actor
) -> None:
    make("account", name="Shop", industry="fmcg")
    make("account", name="Unknown", industry=None)
    client = signed_in(manager)
    page = client.get("/accounts/?view=&group=industry")
    assert [head.split()[0] for head in heads(page)] == ["Consumer", "empty"]
    only = re.findall(r'<a class="badge-n" href="([^"]+)"', page.content.decode())
    assert "Unknown" in text_of(client.get("/accounts/" + only[1].replace("&amp;", "&")))
    assert "Shop" not in text_of(client.get("/accounts/" + only[1].replace("&amp;", "&")))


def test_the_number_of_queries_does_not_depend_on_the_rows(make: Make, seller: Actor) -> None:
    client = signed_in(seller)
    taken = []
    for round_ in range(2):
        for at in range(6):
            account = make("account", name=f"Firm {round_} {at}", owner=seller.user_id)
            make("opportunity", name=f"Deal {round_} {at}", account=account, owner=seller.user_id, amount="5 EUR")
        for group in ("stage", "account", "closes_on"):
            client.get(f"/opportunities/?view=&group={group}")
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert client.get(f"/opportunities/?view=&group={group}").status_code == 200
            taken.append(len(queries))
    assert taken[:3] == taken[3:]
    assert max(taken) <= 11  # two of them are a savepoint that exists in tests alone


def test_a_group_counts_and_sums_only_what_its_reader_sees(make: Make, seller: Actor, manager: Actor) -> None:
    account = make("account", name="Forns", owner=seller.user_id)
    make("opportunity", name="Mine", account=account, owner=seller.user_id, amount="5 EUR")
    make("opportunity", name="Hidden", account=account, amount="100 EUR")
    (head,) = heads(signed_in(seller).get("/opportunities/?view=&group=stage"))
    assert "€5" in head
    assert "€105" in heads(signed_in(manager).get("/opportunities/?view=&group=stage"))[0]


def test_a_hidden_field_is_neither_summed_nor_grouped_by(make: Make, seller: Actor) -> None:
    make("opportunity", name="Mine", owner=seller.user_id, amount="5 EUR", account=make("account", name="F"))
    role = Role.objects.get(key="seller")
    masks = {"masks": {"opportunity": {"amount": "hidden", "weighted": "hidden", "stage": "hidden"}}}
    door.update(OPERATOR, "role", role.pk, masks, origin="system", canonical=True)
    client = signed_in(seller)
    page = client.get("/opportunities/?view=&group=owner")
    assert page.status_code == 200
    assert "€" not in page.content.decode()
    for name in ("stage", "zzz", "name"):
        assert client.get(f"/opportunities/?view=&group={name}").status_code == 400
    assert query.rows("opportunity", seller).count() == (1, False)


def test_months_are_paged_through_and_keep_their_whole_number(make: Make, manager: Actor) -> None:
    account = make("account", name="Forns")
    for day in range(1, 6):
        make("opportunity", name=f"Deal {day}", account=account, closes_on=f"2026-11-0{day}", owner=manager.user_id)
    client = signed_in(manager)
    page = client.get("/opportunities/?view=&group=closes_on&limit=2")
    assert heads(page)[0].startswith("November 2026 5")
    following = re.search(r'href="([^"]+)" rel="next"', page.content.decode())
    assert following is not None
    second = client.get("/opportunities/" + following[1].replace("&amp;", "&"))
    assert "Deal 3" in text_of(second)
    assert heads(second)[0].startswith("November 2026 5")


def test_strangers_get_the_same_refusal_as_for_a_list(person: Callable[..., Actor]) -> None:
    nobody = person("Nobody", "seller")
    role = Role.objects.get(key="seller")
    door.update(OPERATOR, "role", role.pk, {"grants": {}}, origin="system", canonical=True)
    assert signed_in(nobody).get("/opportunities/?group=stage").status_code == 404
