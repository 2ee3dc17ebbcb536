"""Adding a row to a related list from the record's page: the reference is told, not asked, and the page stays."""

import re
from typing import Any

import pytest
from django.test import Client
from tests.modules.conftest import Make
from tests.web.listing.conftest import signed_in

from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.records import door, query
from tracte.records.people import Role

pytestmark = pytest.mark.django_db
FRAGMENT = {"HX-Request": "true"}


def opener(client: Client, page: str, entity: str) -> str:
    """The address behind the plus of the related list of ``entity``."""
    html = client.get(page).content.decode()
    found = re.search(rf'data-dialog="(/{entity}/new/quick\?for=[^"]*)"', html)
    assert found is not None
    return found[1].replace("&amp;", "&")


def hidden(html: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', html))


def sent(client: Client, address: str, **typed: Any) -> Any:
    form = hidden(client.get(address, headers=FRAGMENT).content.decode())
    return client.post(address.partition("?")[0], form | typed, headers=FRAGMENT)


def test_the_reference_is_filled_and_cannot_be_chosen(make: Make, manager: Actor) -> None:
    account = make("account", name="Molinos del Ebro")
    client, page = signed_in(manager), f"/accounts/{encode(account)}/"
    html = client.get(opener(client, page, "contacts"), headers=FRAGMENT).content.decode()
    assert re.search(r'<output class="input-box locked" id="f-account">.*Molinos del Ebro', html)
    assert hidden(html)["account"] == encode(account)
    assert 'data-url="/pick/account"' not in html


def test_the_new_row_comes_back_in_its_list_and_nothing_is_reloaded(make: Make, manager: Actor) -> None:
    account = make("account", name="Molinos del Ebro")
    client, page = signed_in(manager), f"/accounts/{encode(account)}/"
    answer = sent(client, opener(client, page, "contacts"), last_name="Üveges")
    html = answer.content.decode()
    assert answer.status_code == 200
    assert not answer.has_header("HX-Redirect")
    panel = html[html.index('id="panel-contact-account"') :]
    assert 'hx-swap-oob="true"' in panel[:60]
    assert re.search(r'<a class="rel-item fresh" href="/contacts/[a-z0-9]+/">', panel)
    assert "Contact: Üveges saved" in html
    assert 'id="record-top"' in html
    assert query.rows("contact", OPERATOR).linked("account", account).count(5)[0] == 1


def test_a_row_that_would_stand_further_down_is_shown_all_the_same(make: Make, manager: Actor) -> None:
    account = make("account", name="Molinos del Ebro")
    for at in range(7):
        make("contact", last_name=f"Aaron {at}", account=encode(account))
    client, page = signed_in(manager), f"/accounts/{encode(account)}/"
    html = sent(client, opener(client, page, "contacts"), last_name="Żuraw").content.decode()
    assert html.index("Żuraw") < html.index("Aaron 0")
    assert "All 8" in html


def test_problems_leave_the_dialog_open_with_the_reference_still_told(make: Make, manager: Actor) -> None:
    account = make("account", name="Molinos del Ebro")
    client, page = signed_in(manager), f"/accounts/{encode(account)}/"
    answer = sent(client, opener(client, page, "contacts"), last_name="Pop", email="no mail")
    html = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="f-email-error"' in html
    assert hidden(html)["account"] == encode(account)
    assert "Molinos del Ebro" in html


def test_what_belongs_to_a_record_is_added_by_who_may_edit_it(make: Make, seller: Actor, person: Any) -> None:
    levels = {"view": "all", "create": "all", "edit": "own"}
    values = {"name": "Assistant", "grants": {"contact": levels, "account": levels}, "masks": {}}
    role = door.create(OPERATOR, "role", values, origin="system", canonical=True).id
    reader = person("Nora", Role.objects.get(pk=role).key)
    theirs = make("contact", last_name="Pop", owner=encode(int(seller.user_id or 0)))
    mine = make("contact", last_name="Rus", owner=encode(int(reader.user_id or 0)))
    client = signed_in(reader)
    assert "/contact_points/new/quick?" in client.get(f"/contacts/{encode(mine)}/").content.decode()
    assert "/contact_points/new/quick?" not in client.get(f"/contacts/{encode(theirs)}/").content.decode()


def test_a_list_that_is_none_of_the_record_changes_nothing_of_the_answer(make: Make, manager: Actor) -> None:
    account = make("account", name="Molinos del Ebro")
    client = signed_in(manager)
    back = f"/accounts/{encode(account)}/"
    typed = {"last_name": "Pop", "for": "contact.owner", "next": back}
    answer = client.post("/contacts/new/quick", typed, headers=FRAGMENT)
    assert answer["HX-Redirect"] == back


def test_sent_twice_it_is_added_once(make: Make, manager: Actor) -> None:
    account = make("account", name="Molinos del Ebro")
    client, page = signed_in(manager), f"/accounts/{encode(account)}/"
    address = opener(client, page, "contacts")
    form = hidden(client.get(address, headers=FRAGMENT).content.decode()) | {"last_name": "Pop"}
    for _time in range(2):
        assert client.post("/contacts/new/quick", form, headers=FRAGMENT).status_code == 200
    assert query.rows("contact", OPERATOR).count(5)[0] == 1


def test_without_script_the_plus_leads_to_the_whole_form(make: Make, manager: Actor) -> None:
    account = make("account", name="Molinos del Ebro")
    client, page = signed_in(manager), f"/accounts/{encode(account)}/"
    html = client.get(page).content.decode()
    link = re.search(r'href="(/contacts/new/\?[^"]*)"', html)
    assert link is not None
    assert encode(account) in client.get(link[1].replace("&amp;", "&")).content.decode()
