"""Shortcuts are declared once, listed for the person, and can be switched off."""

import json
import re

import pytest
from tests.web.listing.conftest import signed_in

from tracte.kernel.actor import Actor
from tracte.web import shortcuts

pytestmark = pytest.mark.django_db


def letters(page: str) -> dict[str, str]:
    found = re.search(r'data-keys="([^"]*)"', page)
    return json.loads(found[1].replace("&quot;", '"')) if found else {}


def test_no_letter_does_two_things() -> None:
    declared = [one.key for one in (*shortcuts.ANYWHERE, *shortcuts.LISTS) if one.key]
    assert len(set(declared)) == len(declared)
    assert set(json.loads(shortcuts.letters())) == set(declared)


def test_every_page_tells_its_script_the_letters_and_lists_them_for_the_person(manager: Actor) -> None:
    page = signed_in(manager).get("/contacts/").content.decode()
    assert letters(page)["g"] == "go"
    listed = page[page.index('id="help"') :]
    for one in shortcuts.ANYWHERE:
        assert str(one.label) in listed
    assert "Contacts" in listed


def test_whoever_switches_them_off_keeps_the_list_and_loses_the_letters(manager: Actor) -> None:
    client = signed_in(manager)
    assert client.post("/settings/profile/", {"name": manager.name, "shortcuts": "off"}).status_code == 302
    page = client.get("/contacts/").content.decode()
    assert letters(page) == {}
    assert "switched off in your profile" in page
    client.post("/settings/profile/", {"name": manager.name, "shortcuts": "on"})
    assert letters(client.get("/contacts/").content.decode())
