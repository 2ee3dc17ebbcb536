"""Files as other programs export them come in through the pages with every suggestion accepted."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.web.imports.conftest import signed_in
from tests.web.imports.test_imports import Work, counts, form

from tracte.kernel.actor import OPERATOR, Actor
from tracte.records import query
from tracte.records.changes import ChangeSet

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.data]
FOLDER = "11_contact_exports"


def stored(entity: str, *fields: str) -> list[dict[str, Any]]:
    return list(query.rows(entity, OPERATOR).stream(fields))


def brought(shared_data: Path, name: str, admin: Actor, work: Work, entity: str = "", **more: str) -> dict[str, Any]:
    """Import a file as it is; gives what the change set counts by entity."""
    client = signed_in(admin)
    path = shared_data / FOLDER / name
    answer = client.post("/imports/", {"file": SimpleUploadedFile(path.name, path.read_bytes()), "entity": entity})
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    url = answer.url.removesuffix("file")
    answer = client.post(url + "columns", {**form(client, url), **more})
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    work()
    page = client.get(url + "preview").content.decode()
    shown = counts(page)
    client.post(url + "apply")
    work()
    changeset = ChangeSet.objects.latest("id")
    told = {"shown": shown, **changeset.counts}
    assert changeset.state in ("applied", "partly_applied"), (changeset.state, changeset.data)
    return told


@pytest.mark.parametrize("name", ["northwind_customers_cp1252_semicolon.csv", "northwind_customers_utf8bom_comma.csv"])
def test_a_list_of_customers_makes_accounts_and_the_people_there(
    name: str, shared_data: Path, admin: Actor, work: Work
) -> None:
    told = brought(shared_data, name, admin, work)
    assert told["by_entity"]["account"]["created"] == 91
    assert told["by_entity"]["contact"]["created"] == 91
    assert told["problems"] == 0
    accounts = {one["name"]: one for one in stored("account", "name", "phone", "billing_address")}
    assert accounts["Berglunds snabbköp"]["phone"] == "+46921123465"
    people = stored("contact", "first_name", "last_name", "account", "job_title")
    maria = next(one for one in people if one["last_name"] == "Anders")
    assert (maria["first_name"], maria["account"]) == ("Maria", accounts["Alfreds Futterkiste"]["id"])
    again = brought(shared_data, name, admin, work)
    assert (again["created"], again["problems"]) == (0, 0)
    assert len(stored("contact", "last_name")) == 91


def test_contacts_of_google_come_with_their_companies_and_numbers(shared_data: Path, admin: Actor, work: Work) -> None:
    told = brought(shared_data, "google_shared_contacts_sample1.csv", admin, work)
    assert told["by_entity"]["contact"]["created"] == 16, told
    assert told["by_entity"]["account"]["created"] >= 1
    names = {(one["first_name"], one["last_name"]) for one in stored("contact", "first_name", "last_name")}
    assert ("Test Name", "47") in names


@pytest.mark.parametrize(
    ("name", "points"), [("all.csv", 4), ("all.vcf", 4), ("gmail.csv", 3), ("gmail.vcf", 3), ("outlook.vcf", 2)]
)
def test_a_contact_brings_further_e_mails_and_pages(
    name: str, points: int, shared_data: Path, admin: Actor, work: Work
) -> None:
    brought(shared_data, f"roundcube_csv/{name}", admin, work)
    assert len(stored("contact", "last_name")) == 1
    assert len(stored("contact_point", "value")) >= points
    brought(shared_data, f"roundcube_csv/{name}", admin, work)
    assert len(stored("contact", "last_name")) == 1


@pytest.mark.parametrize(
    ("name", "entity", "least"),
    [("Accounts.csv", "account", 10), ("Contacts.csv", "contact", 15), ("Leads.csv", "lead", 20), ("Opportunities.csv", "opportunity", 12)],
)  # fmt: skip
def test_what_a_file_holds_is_found_out(
    name: str, entity: str, least: int, shared_data: Path, admin: Actor, work: Work
) -> None:
    told = brought(shared_data, f"salesforce_portfolio/{name}", admin, work)
    assert entity in told["by_entity"], told
    done = told["by_entity"][entity]
    assert done["created"] + done["problems"] == least, told
