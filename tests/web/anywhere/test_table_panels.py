"""A related list as a table on the page of a record: cells are written in, rows move and go, sums follow."""

import re
from typing import Any

import pytest
from django.test import Client
from tests.modules.conftest import Make
from tests.web.listing.conftest import signed_in

from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.records import door, query

pytestmark = pytest.mark.django_db
FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def deal(make: Make) -> int:
    return make("opportunity", name="Bottling", amount="500 EUR")


def add(deal: int, **values: Any) -> int:
    return door.create(OPERATOR, "opportunity_line", {"opportunity": encode(deal), **values}, origin="ui").id


def page_of(deal: int) -> str:
    return f"/opportunities/{encode(deal)}/"


def row_form(client: Client, deal: int, line: int) -> dict[str, str]:
    """What a browser would send of a row nobody touched."""
    html = client.get(page_of(deal)).content.decode()
    form = re.search(rf'<form class="row-tools" id="row-{encode(line)}".*?</form>', html, re.S)
    assert form is not None
    data = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[0]))
    inputs = re.findall(rf'form="row-{encode(line)}" name="([^"]+)" value="([^"]*)"', html)
    return data | dict(inputs)


def send(client: Client, deal: int, line: int, fragment: bool = True, **typed: str) -> Any:
    data = row_form(client, deal, line) | {"do": "save"} | typed
    address = f"{page_of(deal)}rows/opportunity_line-opportunity/{encode(line)}"
    return client.post(address, data, headers=FRAGMENT if fragment else {})


def now(entity: str, record_id: int) -> dict[str, Any]:
    return query.system_rows(entity).get(record_id)


def test_a_typed_quantity_brings_back_the_row_the_sums_and_the_facts(make: Make, manager: Actor, deal: int) -> None:
    client = signed_in(manager)
    line = add(deal, name="Pump", price="100 EUR", cost="60 EUR")
    add(deal, name="Work", price="50 EUR", cost="30 EUR")
    answer = send(client, deal, line, quantity="3", discount="10")
    html = answer.content.decode()
    assert answer.status_code == 200
    assert now("opportunity", deal)["amount"].amount == 320
    assert re.search(rf'<span id="cell-{encode(line)}-amount" hx-swap-oob="true">.*?270', html)
    assert re.search(r'<span id="total-opportunity_line-opportunity-amount" hx-swap-oob="true">.*?320', html)
    assert re.search(r'<span id="total-opportunity_line-opportunity-margin" hx-swap-oob="true">.*?34\.4', html)
    assert 'id="record-top"' in html
    assert 'id="field-amount"' in html
    assert "<table" not in html  # what stands in the other cells stays as it is


def test_only_what_was_touched_is_written(make: Make, manager: Actor, deal: int) -> None:
    client, line = signed_in(manager), add(deal, name="Pump", price="100 EUR")
    drawn = row_form(client, deal, line)
    door.update(OPERATOR, "opportunity_line", line, {"price": "120 EUR"}, origin="ui")
    answer = send(client, deal, line, **(drawn | {"quantity": "2"}))
    assert answer.status_code == 200
    assert (now("opportunity_line", line)["price"].amount, now("opportunity", deal)["amount"].amount) == (120, 240)


def test_a_cell_somebody_else_changed_meanwhile_is_not_written_over(make: Make, manager: Actor, deal: int) -> None:
    client, line = signed_in(manager), add(deal, name="Pump", price="100 EUR")
    drawn = row_form(client, deal, line)
    door.update(OPERATOR, "opportunity_line", line, {"price": "120 EUR"}, origin="ui")
    answer = send(client, deal, line, **(drawn | {"price": "90"}))
    assert answer.status_code == 409
    assert "meanwhile to €120" in answer.content.decode()
    assert now("opportunity_line", line)["price"].amount == 120


def test_what_is_wrong_stands_beside_the_row(make: Make, manager: Actor, deal: int) -> None:
    client, line = signed_in(manager), add(deal, name="Pump", price="100 EUR")
    answer = send(client, deal, line, quantity="none")
    assert answer.status_code == 422
    assert re.search(rf'id="said-{encode(line)}".*Quantity: Write a number', answer.content.decode())
    shown = send(client, deal, line, fragment=False, quantity="-1")
    assert shown.status_code == 302
    assert "This is too low" in client.get(page_of(deal)).content.decode()


def test_a_sum_is_typed_in_the_currency_of_the_other_lines(make: Make, manager: Actor, deal: int) -> None:
    client = signed_in(manager)
    add(deal, name="Pump", price="100 GBP")
    line = add(deal, name="Work")
    assert send(client, deal, line, price="1,250.50").status_code == 200
    assert str(now("opportunity_line", line)["price"].currency) == "GBP"
    assert now("opportunity", deal)["amount"].amount == pytest.approx(1350.5)


def test_rows_change_places_with_their_neighbours_and_stop_at_the_ends(make: Make, manager: Actor, deal: int) -> None:
    client = signed_in(manager)
    lines = [add(deal, name=name, position=place) for name, place in (("A", "10"), ("B", "10"), ("C", ""))]

    def order() -> list[str]:
        rows = query.system_rows("opportunity_line").page(["name", "position"], "position").rows
        return [row["name"] for row in rows]

    html = send(client, deal, lines[2], do="up").content.decode()
    assert order() == ["A", "C", "B"]
    assert re.search(r'value="up" aria-label="Move up: C" autofocus', html)
    send(client, deal, lines[0], do="up")
    assert order() == ["A", "C", "B"]
    send(client, deal, lines[0], fragment=False, do="down")
    assert order() == ["C", "A", "B"]


def test_a_row_goes_and_can_be_brought_back(make: Make, manager: Actor, deal: int) -> None:
    client, line = signed_in(manager), add(deal, name="Pump", price="100 EUR")
    html = send(client, deal, line, do="delete").content.decode()
    assert "Line deleted" in html
    undo = re.search(r"/changes/\d+/undo", html)
    assert undo is not None
    assert now("opportunity", deal)["line_count"] is None
    client.post(undo[0])
    assert now("opportunity", deal)["line_count"] == 1


def test_who_may_only_look_reads_the_table(make: Make, person: Any, deal: int) -> None:
    line = add(deal, name="Pump", price="100 EUR")
    client = signed_in(person("Vera", "marketing"))
    html = client.get(page_of(deal)).content.decode()
    assert "€100" in html
    assert f'id="row-{encode(line)}"' not in html
    assert "cell-input" not in html
    address = f"{page_of(deal)}rows/opportunity_line-opportunity/{encode(line)}"
    assert client.post(address, {"do": "delete"}).status_code == 404


def test_a_row_of_another_deal_or_list_is_not_there(make: Make, manager: Actor, deal: int) -> None:
    client, other = signed_in(manager), make("opportunity", name="Other")
    line = add(other, name="Pump")
    for slug, row in (("opportunity_line-opportunity", line), ("lead-converted_opportunity", line), ("x-y", line)):
        assert client.post(f"{page_of(deal)}rows/{slug}/{encode(row)}", {"do": "delete"}).status_code == 404
    assert now("opportunity", other)["line_count"] == 1


def test_a_list_that_comes_later_is_a_page_without_script(make: Make, manager: Actor, deal: int) -> None:
    anna = make("contact", first_name="Anna")
    make("opportunity_contact", opportunity=encode(deal), contact=anna, role="champion")
    client, address = signed_in(manager), f"/contacts/{encode(anna)}/list/opportunity_contact-contact/"
    page = client.get(f"/contacts/{encode(anna)}/").content.decode()
    assert f'href="{address}"' in page
    assert "Bottling" not in page
    part = client.get(address, headers=FRAGMENT).content.decode()
    assert "Bottling" in part
    assert "Champion" in part
    assert "<html" not in part
    assert "<html" in client.get(address).content.decode()


def test_the_main_contact_stands_first_among_the_people(make: Make, manager: Actor) -> None:
    names = [make("contact", first_name=name) for name in ("Anna", "Berta", "Carla")]
    deal = make("opportunity", name="Bottling", contact=names[1])
    for one in names:
        make("opportunity_contact", opportunity=encode(deal), contact=one)
    html = signed_in(manager).get(page_of(deal)).content.decode()
    panel = html[html.index('id="panel-opportunity_contact-opportunity"') :]
    assert re.findall(r'<span class="strong">(\w+)</span>', panel)[:3] == ["Berta", "Anna", "Carla"]
