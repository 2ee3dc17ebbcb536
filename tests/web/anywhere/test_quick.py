"""Creating from anywhere: the dialog, who is already there, and on to the whole form."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from tests.modules.conftest import Make
from tests.web.listing.conftest import signed_in

from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.meta.registry import registry
from tracte.records import door, query
from tracte.records.people import Role

pytestmark = pytest.mark.django_db
FRAGMENT = {"HX-Request": "true"}


def post(client: Client, address: str, data: dict[str, Any]) -> Any:
    return client.post(address, data, headers=FRAGMENT)


def names(html: str) -> list[str]:
    return re.findall(r' id="f-([a-z_]+)"', html)


def only(entity: str) -> dict[str, Any]:
    found = query.rows(entity, OPERATOR).page(list(registry()[entity].fields), "-id").rows
    assert len(found) == 1
    return found[0]


def test_the_dialog_asks_for_the_few_fields_the_form_declares(manager: Actor) -> None:
    page = signed_in(manager).get("/contacts/new/quick", headers=FRAGMENT).content.decode()
    assert names(page) == ["first_name", "last_name", "account", "job_title", "email", "mobile"]


def test_an_entity_that_declares_none_asks_for_what_is_required_and_for_its_title(manager: Actor) -> None:
    page = signed_in(manager).get("/products/new/quick", headers=FRAGMENT).content.decode()
    assert names(page) == ["name"]


def test_without_script_the_address_leads_to_the_whole_form(manager: Actor) -> None:
    answer = signed_in(manager).get("/contacts/new/quick?first_name=Anna")
    assert (answer.status_code, answer["Location"]) == (302, "/contacts/new/?first_name=Anna")


def test_saving_leads_back_to_the_page_with_undo(manager: Actor) -> None:
    client = signed_in(manager)
    answer = post(client, "/contacts/new/quick", {"last_name": "Üveges", "next": "/accounts/"})
    assert (answer.status_code, answer["HX-Redirect"]) == (200, "/accounts/")
    page = client.get("/accounts/").content.decode()
    assert "Contact: Üveges saved" in page
    assert "/undo" in page
    assert only("contact")["owner"] == manager.user_id


def test_save_and_open_leads_to_the_record(manager: Actor) -> None:
    answer = post(signed_in(manager), "/contacts/new/quick", {"last_name": "Üveges", "_open": "1"})
    assert answer["HX-Redirect"] == f"/contacts/{encode(only('contact')['id'])}/"


def test_over_a_form_only_the_message_comes_back(manager: Actor) -> None:
    answer = post(signed_in(manager), "/contacts/new/quick", {"last_name": "Üveges", "stay": "1"})
    assert "HX-Redirect" not in answer
    assert 'hx-swap-oob="beforeend:#toasts"' in answer.content.decode()


def test_sent_twice_it_is_created_once(manager: Actor) -> None:
    client = signed_in(manager)
    for _ in range(2):
        assert post(client, "/contacts/new/quick", {"last_name": "Üveges", "nonce": "one"}).status_code == 200
    only("contact")


def test_problems_come_back_beside_their_fields_with_what_was_typed(manager: Actor) -> None:
    answer = post(signed_in(manager), "/contacts/new/quick", {"last_name": "Üveges", "email": "not mail"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="not mail"' in page
    assert 'id="f-email-error"' in page


def test_what_the_link_said_is_saved_though_the_dialog_does_not_ask(make: Make, manager: Actor) -> None:
    client, one = signed_in(manager), make("product", name="Oven", sku="OV-1", price="10 EUR")
    page = client.get(f"/opportunities/new/quick?product={encode(one)}", headers=FRAGMENT).content.decode()
    kept = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    assert kept["product"] == encode(one)
    assert "product" not in names(page)
    assert post(client, "/opportunities/new/quick", {"name": "Line", "product": kept["product"]}).status_code == 200
    assert only("opportunity")["product"] == one


def test_more_fields_carries_what_was_typed_and_saves_nothing(manager: Actor) -> None:
    page = signed_in(manager).post("/contacts/new/", {"last_name": "Üveges", "email": "not mail", "_more": "1"})
    assert page.status_code == 200
    assert 'value="not mail"' in page.content.decode()
    assert "field-error" not in page.content.decode()
    assert query.rows("contact", OPERATOR).count()[0] == 0


def test_a_likely_duplicate_is_named_and_may_be_saved_anyway(make: Make, manager: Actor) -> None:
    client = signed_in(manager)
    make("contact", last_name="Üveges", email="u@firm.example")
    first = post(client, "/contacts/new/quick", {"last_name": "Other", "email": "u@firm.example"})
    page = first.content.decode()
    assert first.status_code == 422
    accept = re.search(r'name="accept" value="(\w+)"', page)
    assert accept
    data = {"last_name": "Other", "email": "u@firm.example", "accept": accept[1]}
    assert post(client, "/contacts/new/quick", data).status_code == 200
    assert query.rows("contact", OPERATOR).count()[0] == 2


def test_whoever_may_not_create_meets_neither_dialog_nor_hints(seller: Actor, person: Callable[..., Actor]) -> None:
    door.update(OPERATOR, "role", Role.objects.get(key="seller").pk, {"grants": {}}, origin="system", canonical=True)
    client = signed_in(seller)
    for path in ("quick", "alike", "draft"):
        assert post(client, f"/contacts/new/{path}", {"last_name": "X"}).status_code in (403, 404)
    assert client.get("/contacts/new/quick", headers=FRAGMENT).status_code in (403, 404)
    assert query.rows("contact", OPERATOR).count()[0] == 0


class TestAlike:
    """Hints while typing."""

    def hints(self, actor: Actor, address: str, **typed: str) -> str:
        answer = post(signed_in(actor), address, typed)
        assert answer.status_code == 200
        return str(answer.content.decode())

    def test_the_same_address_names_who_has_it(self, make: Make, manager: Actor) -> None:
        one = make("contact", last_name="Üveges", email="u@firm.example")
        page = self.hints(manager, "/contacts/new/alike", email=" u@FIRM.example ")
        assert f"/contacts/{encode(one)}/" in page
        assert "same e-mail" in page

    def test_a_rule_of_several_fields_waits_for_all_of_them(self, make: Make, manager: Actor) -> None:
        firm = make("account", name="Forns")
        make("contact", first_name="Anna", last_name="Pla", account=firm)
        half = {"first_name": "Anna", "last_name": "Pla"}
        assert "Anna Pla" not in self.hints(manager, "/contacts/new/alike", **half)
        assert "Anna Pla" in self.hints(manager, "/contacts/new/alike", **half, account=encode(firm))

    def test_what_is_half_typed_says_nothing(self, make: Make, manager: Actor) -> None:
        make("contact", last_name="Üveges", email="u@firm.example")
        for typed in ("", "u@", "u@firm", "\0", "x" * 5000):
            assert "Üveges" not in self.hints(manager, "/contacts/new/alike", email=typed)

    def test_one_out_of_sight_and_none_are_the_same_answer(self, make: Make, seller: Actor) -> None:
        make("contact", last_name="Hidden", email="hidden@firm.example")
        none = self.hints(seller, "/contacts/new/alike", email="none@firm.example")
        assert self.hints(seller, "/contacts/new/alike", email="hidden@firm.example") == none

    def test_a_record_being_edited_is_not_like_itself(self, make: Make, manager: Actor) -> None:
        one = make("contact", last_name="Üveges", email="u@firm.example", owner=manager.user_id)
        address = f"/contacts/{encode(one)}/edit/alike"
        assert "Üveges" not in self.hints(manager, address, email="u@firm.example")

    def test_a_record_out_of_reach_is_not_there(self, make: Make, seller: Actor) -> None:
        hidden = make("contact", last_name="Hidden")
        address = f"/contacts/{encode(hidden)}/edit/alike"
        assert post(signed_in(seller), address, {"email": "x@firm.example"}).status_code == 404
