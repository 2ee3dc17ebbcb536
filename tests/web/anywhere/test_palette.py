"""The palette's answer: records in reach, what can be done here, places to go, and what to do when nothing is found."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from tests.modules.conftest import Make
from tests.web.listing.conftest import signed_in

from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.records import door
from tracte.records.people import Role

pytestmark = pytest.mark.django_db


def asked(client: Client, q: str = "", at: str = "/") -> str:
    answer = client.get("/search", {"palette": "1", "q": q, "at": at}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return answer.content.decode()


def plain(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub("</?mark>", "", html)).split())


def links(html: str) -> list[str]:
    return re.findall(r'role="option"[^>]* href="([^"]*)"', html)


def test_records_in_reach_are_found_and_no_others(make: Make, seller: Actor) -> None:
    mine = make("account", name="Harbourline", owner=seller.user_id)
    make("account", name="Harbour of others")
    answer = asked(signed_in(seller), "harb")
    assert f"/accounts/{encode(mine)}/" in links(answer)
    assert "of others" not in plain(answer)


def test_what_people_work_on_comes_before_settings(make: Make, manager: Actor) -> None:
    make("team", name="Harbour team")
    pk = make("account", name="The harbour", owner=manager.user_id)
    assert links(asked(signed_in(manager), "harb"))[0] == f"/accounts/{encode(pk)}/"


def test_what_was_looked_at_last_comes_first_before_anything_is_typed(make: Make, manager: Actor) -> None:
    client = signed_in(manager)
    one, two = make("account", name="First seen"), make("account", name="Seen later")
    for pk in (one, two):
        assert client.get(f"/accounts/{encode(pk)}/").status_code == 200
    assert links(asked(client))[:2] == [f"/accounts/{encode(two)}/", f"/accounts/{encode(one)}/"]


def test_what_was_looked_at_is_shown_by_today_s_rights_and_to_nobody_else(
    make: Make, manager: Actor, person: Callable[..., Actor]
) -> None:
    client = signed_in(manager)
    gone = make("account", name="Gone by now")
    client.get(f"/accounts/{encode(gone)}/")
    door.delete(OPERATOR, "account", gone, origin="ui")
    assert "Gone by now" not in plain(asked(client))
    kept = make("account", name="Still here")
    client.get(f"/accounts/{encode(kept)}/")
    other = signed_in(person("Colleague", "manager"))
    other.cookies["tracte_recent"] = client.cookies["tracte_recent"].value
    assert "Still here" not in plain(asked(other))


def test_what_was_begun_and_not_saved_is_offered_to_the_one_who_began_it(
    manager: Actor, person: Callable[..., Actor]
) -> None:
    client = signed_in(manager)
    client.post("/contacts/new/draft", {"last_name": "Half"})
    client.post("/accounts/new/draft?quick=1", {"name": "Half"})
    answer = asked(client)
    assert "/contacts/new/?draft=1" in links(answer)
    assert 'data-dialog="/accounts/new/quick?draft=1"' in answer
    assert "draft=1" not in asked(signed_in(person("Colleague", "manager")))


@pytest.mark.parametrize("cookie", ["", "x", "....", "0-0", "account-zzz", "a" * 4000, "é"])
def test_a_broken_memory_of_the_browser_is_an_empty_one(manager: Actor, cookie: str) -> None:
    client = signed_in(manager)
    client.cookies["tracte_recent"] = cookie
    assert links(asked(client))


def test_on_a_record_it_offers_what_can_be_done_with_it(make: Make, manager: Actor) -> None:
    deal = make("opportunity", name="Oven line", owner=manager.user_id)
    at = f"/opportunities/{encode(deal)}/"
    answer = asked(signed_in(manager), at=at)
    assert {f"{at}do/win/", f"{at}edit/", f"{at}delete/"} <= set(links(answer))
    assert f'data-dialog="{at}do/win/"' in answer
    assert f"{at}do/reopen/" not in links(answer)


def test_on_a_record_out_of_reach_it_offers_what_it_offers_nowhere(make: Make, seller: Actor) -> None:
    client, hidden = signed_in(seller), make("account", name="Hidden firm")
    nowhere = asked(client, at="/accounts/0000000000zz/")
    assert asked(client, at=f"/accounts/{encode(hidden)}/") == nowhere
    assert asked(client, at="/nonsense/0000000000zz/") == nowhere


def test_the_record_found_brings_what_can_be_made_for_it(make: Make, manager: Actor) -> None:
    pk = make("account", name="Harbourline", owner=manager.user_id)
    answer = asked(signed_in(manager), "harbourl")
    assert "New contact for Harbourline" in plain(answer)
    assert f"/contacts/new/quick?account={encode(pk)}" in answer


def test_whoever_may_not_create_is_offered_nothing_to_create(make: Make, seller: Actor) -> None:
    make("account", name="Harbourline", owner=seller.user_id)
    role = Role.objects.get(key="seller")
    grants = {entity: {"view": "all"} for entity in ("account", "contact")}
    door.update(OPERATOR, "role", role.pk, {"grants": grants}, origin="system", canonical=True)
    answers = plain(asked(signed_in(seller), "harb")) + plain(asked(signed_in(seller), "nothing so called"))
    assert "New" not in answers
    assert "Import" not in answers


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("cont", "/contacts/"),
        ("new acc", "/accounts/new/"),
        ("import acc", "/imports/?entity=account"),
        ("closing opp", "/opportunities/?view=closing"),
        ("prof", "/settings/profile/"),
        ("exp", "/exports/"),
    ],
)
def test_places_views_and_doings_are_found_by_the_beginnings_of_their_words(
    manager: Actor, typed: str, address: str
) -> None:
    assert address in links(asked(signed_in(manager), typed))


def test_it_speaks_the_language_of_the_person(make: Make, manager: Actor) -> None:
    door.update(OPERATOR, "user", int(manager.user_id or 0), {"language": "ca"}, origin="ui")
    assert "/contacts/" in links(asked(signed_in(manager), "contactes"))


def test_nothing_found_explains_itself_and_offers_to_create(firm: None, manager: Actor) -> None:
    answer = asked(signed_in(manager), "Zsófia Üveges")
    assert "Nothing found for “Zsófia Üveges”." in plain(answer)
    assert "first_name=Zs%C3%B3fia&amp;last_name=%C3%9Cveges" in answer
    assert "name=Zs%C3%B3fia+%C3%9Cveges" in answer


@pytest.mark.parametrize(
    ("typed", "given"), [("anna@firm.example", "email=anna%40firm.example"), ("+34 937 412 880", "phone=%2B34")]
)
def test_an_address_or_a_number_goes_where_it_belongs(manager: Actor, typed: str, given: str) -> None:
    assert given in asked(signed_in(manager), typed)
    assert "/products/new" not in asked(signed_in(manager), "anna@firm.example")


def test_what_is_typed_is_never_markup(manager: Actor) -> None:
    assert "<script" not in asked(signed_in(manager), "<script>alert(1)</script>")


def test_it_asks_the_database_little_however_much_there_is(
    make: Make, manager: Actor, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    firm = make("account", name="Forns")
    deals = [make("opportunity", name=f"Oven line {n}", account=firm, owner=manager.user_id) for n in range(12)]
    client, at = signed_in(manager), f"/opportunities/{encode(deals[0])}/"
    for pk in deals:
        client.get(f"/opportunities/{encode(pk)}/")
    asked(client, "oven", at)
    for typed in ("o", "oven li", "", "nothing so called"):
        with django_assert_max_num_queries(9):
            asked(client, typed, at)


def test_no_view_is_offered_that_narrows_by_a_hidden_field(make: Make, seller: Actor) -> None:
    assert "/leads/?view=recycle" in links(asked(signed_in(seller), "recycle"))
    role = Role.objects.get(key="seller")
    masks = {"masks": {"lead": {"recycled_on": "hidden"}}}
    door.update(OPERATOR, "role", role.pk, masks, origin="system", canonical=True)
    assert "/leads/?view=recycle" not in links(asked(signed_in(seller), "recycle"))
    assert "/leads/?view=rejected" in links(asked(signed_in(seller), "rejected"))
