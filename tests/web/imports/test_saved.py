"""What was chosen is kept under a name and offered for the next file with the same columns."""

import re

import pytest
from tests.web.imports.conftest import signed_in
from tests.web.imports.test_imports import Work, accounts, begun, counts, previewed

from tracte.kernel.actor import OPERATOR, Actor
from tracte.records import query

pytestmark = pytest.mark.django_db(transaction=True)
MORE = "company_name;sector;turnover;phone;since;remarks\nNova Ibèrica SL;no such sector;9,50 €;;2005;\n"


def kept() -> list[str]:
    return [one["name"] for one in query.rows("import_scenario", OPERATOR).stream(["name"])]


def test_what_was_chosen_is_offered_for_the_next_file_and_used(admin: Actor, work: Work) -> None:
    client = signed_in(admin)
    url = begun(client)
    previewed(client, url, work, **{"c1-word0": "no such sector", "c1-means0": "retail", "c5-to": ""})
    client.post(url + "save", {"name": "Clienți din vechiul sistem"})
    client.post(url + "save", {"name": "Clienți din vechiul sistem"})
    assert kept() == ["Clienți din vechiul sistem"]
    client.post(url + "apply")
    work()
    assert accounts() == 3

    again = begun(client, MORE, name="next.csv")
    page = client.get(again + "file").content.decode()
    assert "“Clienți din vechiul sistem” was saved for files with these columns." in page
    mark = re.search(r'name="saved" value="([^"]+)"', page)[1]  # type: ignore[index]
    assert client.post(again + "use", {"saved": mark}).url == again + "preview"
    work()
    page = client.get(again + "preview").content.decode()
    assert counts(page) == ["0", "1", "0", "0"]


def test_problem_rows_that_were_mended_come_in_by_what_was_saved(admin: Actor, work: Work) -> None:
    client = signed_in(admin)
    url = begun(client)
    previewed(client, url, work)
    client.post(url + "save", {"name": "Clients"})
    client.post(url + "apply")
    work()
    rows = b"".join(client.get(url + "problems.csv").streaming_content).decode()  # type: ignore[attr-defined]
    again = begun(client, rows.replace("no such sector", "retail").encode(), name="problems.csv")
    page = client.get(again + "file").content.decode()
    mark = re.search(r'name="saved" value="([^"]+)"', page)[1]  # type: ignore[index]
    client.post(again + "use", {"saved": mark})
    work()
    created, _updated, _same, wrong = counts(client.get(again + "preview").content.decode())
    assert (created, wrong) == ("1", "0")


def test_other_columns_are_offered_nothing(admin: Actor) -> None:
    client = signed_in(admin)
    page = client.get(begun(client, "name;city\nNova;Reus\n") + "file").content.decode()
    assert 'name="saved"' not in page


def test_what_was_saved_is_renamed_and_deleted_by_its_owner_alone(admin: Actor, manager: Actor, work: Work) -> None:
    client = signed_in(manager)
    url = begun(client)
    previewed(client, url, work)
    client.post(url + "save", {"name": "Mine"})
    page = client.get("/imports/").content.decode()
    mark = re.search(r'name="saved" value="([^"]+)"', page)[1]  # type: ignore[index]
    other = signed_in(admin)
    assert "Mine" not in other.get("/imports/").content.decode()
    assert other.post("/imports/saved", {"saved": mark, "name": "Taken"}).status_code == 404
    client.post("/imports/saved", {"saved": mark, "name": "Ours"})
    assert kept() == ["Ours"]
    client.post("/imports/saved", {"saved": mark, "delete": "1"})
    assert kept() == []
    assert client.post("/imports/saved", {"saved": "nonsense"}).status_code == 404
