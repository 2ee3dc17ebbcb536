"""Editing in the cells of a list: rights, problems, and two people in the same cell."""

import re
from typing import Any

import pytest
from tests.modules.conftest import Make
from tests.web.listing.conftest import signed_in

from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.records import door, query
from tracte.records.people import Role

pytestmark = pytest.mark.django_db
COLUMNS = "?columns=title,kind,employees,owner"


def cell(pk: int, name: str) -> str:
    return f"/accounts/{encode(pk)}/cell/{name}/{COLUMNS}"


def stored(pk: int) -> dict[str, Any]:
    return query.rows("account", OPERATOR).get(pk)


def test_a_saved_cell_answers_with_its_row_and_an_undo(make: Make, manager: Actor) -> None:
    pk = make("account", name="Forns", employees=3)
    client = signed_in(manager, fragment=True)
    form = client.get(cell(pk, "employees")).content.decode()
    assert 'name="version" value="1"' in form
    saved = client.post(cell(pk, "employees"), {"employees": "12", "version": "1"})
    assert saved.status_code == 200
    row = saved.content.decode()
    assert saved.headers["HX-Reselect"] == "tr[data-id]"
    assert f'<tr data-id="{encode(pk)}">' in row
    assert "12" in re.sub(r"<[^>]+>", " ", row)
    assert len(re.findall(r"<td", row)) == 5
    assert "/undo" in row
    assert stored(pk)["employees"] == 12


def test_the_heads_say_which_cells_are_edited(make: Make, manager: Actor, seller: Actor) -> None:
    make("account", name="Forns", owner=seller.user_id)
    page = signed_in(manager).get("/accounts/?columns=employees,kind,created_at").content.decode()
    assert set(re.findall(r'data-edit="([^"]+)"', page)) == {"name", "employees", "kind"}
    role = Role.objects.get(key="seller")
    masks = {"masks": {"account": {"employees": "readonly"}}}
    door.update(OPERATOR, "role", role.pk, masks, origin="system", canonical=True)
    page = signed_in(seller).get("/accounts/?columns=employees,kind").content.decode()
    assert set(re.findall(r'data-edit="([^"]+)"', page)) == {"name", "kind"}


def test_what_cannot_be_saved_stays_in_its_cell(make: Make, manager: Actor) -> None:
    pk = make("account", name="Forns", employees=3)
    refused = signed_in(manager, fragment=True).post(cell(pk, "employees"), {"employees": "many", "version": "1"})
    assert refused.status_code == 422
    assert refused.headers["HX-Retarget"] == f'[data-id="{encode(pk)}"] > .editing'
    assert 'value="many"' in refused.content.decode()
    assert "field-error" in refused.content.decode()
    assert stored(pk)["employees"] == 3


def test_two_people_in_different_cells_both_save(make: Make, manager: Actor) -> None:
    pk = make("account", name="Forns", employees=3)
    door.update(OPERATOR, "account", pk, {"website": "https://forns.example"}, origin="system")
    saved = signed_in(manager, fragment=True).post(cell(pk, "employees"), {"employees": "12", "version": "1"})
    assert saved.status_code == 200
    assert (stored(pk)["employees"], stored(pk)["website"]) == (12, "https://forns.example")


def test_two_people_in_the_same_cell_are_told_and_nothing_is_lost(make: Make, manager: Actor) -> None:
    pk = make("account", name="Forns", employees=3)
    door.update(OPERATOR, "account", pk, {"employees": "7"}, origin="system")
    client = signed_in(manager, fragment=True)
    met = client.post(cell(pk, "employees"), {"employees": "12", "version": "1"})
    assert met.status_code == 409
    page = met.content.decode()
    assert "changed this meanwhile to: 7" in page
    assert 'value="12"' in page
    assert stored(pk)["employees"] == 7
    assert client.post(cell(pk, "employees"), {"employees": "12", "version": "2"}).status_code == 200
    assert stored(pk)["employees"] == 12


def test_nobody_edits_beyond_their_rights(make: Make, seller: Actor) -> None:
    theirs = make("account", name="Hidden", employees=3)
    mine = make("account", name="Mine", employees=3, owner=seller.user_id)
    client = signed_in(seller, fragment=True)
    for answer in (client.get(cell(theirs, "employees")), client.post(cell(theirs, "employees"), {"employees": "9"})):
        assert answer.status_code == 404
    role = Role.objects.get(key="seller")
    masks = {"masks": {"account": {"employees": "hidden", "kind": "readonly"}}}
    door.update(OPERATOR, "role", role.pk, masks, origin="system", canonical=True)
    for name in ("employees", "kind", "created_at", "zzz"):
        assert client.get(cell(mine, name)).status_code == 404
        assert client.post(cell(mine, name), {name: "9", "version": "1"}).status_code == 404
    row = client.post(cell(mine, "name"), {"name": "Renamed", "version": "1"}).content.decode()
    assert len(re.findall(r"<td", row)) == 4  # the hidden column is not drawn
    assert stored(theirs)["employees"] == stored(mine)["employees"] == 3


def test_a_record_given_away_leaves_the_list(make: Make, seller: Actor, manager: Actor) -> None:
    pk = make("account", name="Mine", owner=seller.user_id, team=None)
    saved = signed_in(manager, fragment=True).post(
        f"/accounts/{encode(pk)}/cell/owner/?columns=title,owner", {"owner": encode(manager.user_id or 0), "version": 1}
    )
    assert saved.status_code == 200
    assert stored(pk)["owner"] == manager.user_id


def test_without_script_the_record_itself_is_edited(make: Make, manager: Actor) -> None:
    pk = make("account", name="Forns")
    assert signed_in(manager).get(cell(pk, "employees")).url == f"/accounts/{encode(pk)}/field/employees/"
