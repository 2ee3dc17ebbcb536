"""Every new record of an import gets what somebody sets besides; records that are here already keep theirs."""

import re
from typing import Any

import pytest
from django.test import Client
from tests.modules.conftest import Make
from tests.web.imports.conftest import signed_in
from tests.web.imports.test_imports import Work, begun, counts, form, previewed

from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.records import query

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = "first name,last name,e-mail\nAna,Puig,ana@nova.example\nBru,Roca,bru@nova.example\n"


def begun_with(admin: Actor, text: str = PEOPLE) -> tuple[Client, str]:
    client = signed_in(admin)
    return client, begun(client, text, name="people.csv", entity="contact")


def columns(client: Client, url: str, **more: Any) -> Any:
    return client.post(url + "columns", {**form(client, url), **more})


def people() -> dict[str, dict[str, Any]]:
    rows = query.rows("contact", OPERATOR).stream(["first_name", "tags", "account", "no_calls", "born"])
    return {str(one["first_name"]): one for one in rows}


def test_tags_are_offered_first_and_fields_of_columns_not_at_all(admin: Actor) -> None:
    client, url = begun_with(admin)
    page = client.get(url + "columns").content.decode()
    offered = re.findall(r'<option value="(\w*)">', page[page.index('id="f-set-new"') :])
    assert offered[:2] == ["", "tags"]
    assert not {"email", "first_name", "created_at"} & set(offered)
    assert {"account", "no_calls", "born", "address"} <= set(offered)


def test_a_chosen_field_gets_the_control_of_its_kind(admin: Actor) -> None:
    client, url = begun_with(admin)
    page = columns(client, url, set_new="born", again="1").content.decode()
    assert re.search(r'<input[^>]*name="set-born"[^>]*type="date"|<input[^>]*type="date"[^>]*name="set-born"', page)
    page = columns(client, url, set=["born"], set_new="language", again="1").content.decode()
    assert "<select" in page and 'name="set-language"' in page
    page = columns(client, url, set=["born", "language"], unset="born").content.decode()
    assert "set-born" not in page and "set-language" in page


def test_new_records_get_it_and_known_ones_keep_theirs(admin: Actor, work: Work, make: Make) -> None:
    make("contact", first_name="Ana", last_name="Pi", email="ana@nova.example", tags="old")
    firm = make("account", name="Nova")
    client, url = begun_with(admin)
    given = {"set-tags": "RO import, fair", "set-account": encode(firm), "set-no_calls": "on", "set-born": "1980-02-29"}
    page = previewed(client, url, work, set=["tags", "account", "no_calls", "born"], **given)
    assert counts(page) == ["1", "1", "0", "0"]
    told = re.search(r'<dl class="also-set">(.*?)</dl>', page, re.S)
    assert told is not None
    assert re.findall(r"<bdi>(.*?)</bdi>", told[1]) == ["ro import, fair", "Nova", "Yes", "29 Feb 1980"]
    text = client.get(url + "scenario.toml").content.decode()
    assert 'tags = { constant = "ro import, fair", new_only = true }' in text
    client.post(url + "apply")
    work()
    found = people()
    assert (found["Bru"]["tags"], found["Bru"]["account"], found["Bru"]["no_calls"]) == (
        ("ro import", "fair"),
        firm,
        True,
    )
    assert str(found["Bru"]["born"]) == "1980-02-29"
    assert (found["Ana"]["tags"], found["Ana"]["account"]) == (("old",), None)


def test_a_value_that_cannot_be_read_is_told_beside_its_control(admin: Actor) -> None:
    client, url = begun_with(admin)
    answer = columns(client, url, set=["born"], **{"set-born": "yesterday"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="f-set-born-error"' in page and "This is not a date." in page


def test_a_field_without_a_value_is_not_set(admin: Actor, work: Work) -> None:
    client, url = begun_with(admin)
    previewed(client, url, work, set=["tags"], **{"set-tags": ""})
    assert "[file.set]" not in client.get(url + "scenario.toml").content.decode()


def test_a_field_a_column_fills_is_not_set_besides(admin: Actor, work: Work) -> None:
    client, url = begun_with(admin, PEOPLE.replace("e-mail", "e-mail,note").replace(".example\n", ".example,vip\n"))
    previewed(client, url, work, set=["tags"], **{"set-tags": "fair", "c3-to": ""})
    previewed(client, url, work, set=["tags"], **{"set-tags": "fair", "c3-to": "tags"})
    assert "[file.set]" not in client.get(url + "scenario.toml").content.decode()


def test_it_is_kept_with_what_is_saved_for_the_next_file(admin: Actor, work: Work) -> None:
    client, url = begun_with(admin)
    previewed(client, url, work, set=["tags"], **{"set-tags": "fair"})
    client.post(url + "save", {"name": "Fair"})
    again = begun(client, PEOPLE, name="people2.csv", entity="contact")
    saved = re.search(r'name="saved" value="(\w+)"', client.get(again + "file").content.decode())
    assert saved is not None
    client.post(again + "use", {"saved": saved[1]})
    work()
    client.post(again + "apply")
    work()
    assert people()["Ana"]["tags"] == ("fair",)


def test_a_field_closed_to_a_person_is_not_offered(manager: Actor) -> None:
    client, url = begun_with(manager)
    page = client.get(url + "columns").content.decode()
    assert 'value="modified_by"' not in page
    sent = columns(client, url, set=["modified_by"], **{"set-modified_by": "x"})
    assert sent.status_code == 302
