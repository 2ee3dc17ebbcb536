"""Rows are mended in the preview, and stay mended."""

import re
from typing import Any

import pytest
from django.test import Client
from tests.modules.conftest import Make
from tests.web.imports.conftest import signed_in
from tests.web.imports.test_imports import Work, accounts, begun, counts, form, previewed

from tracte.kernel.actor import OPERATOR, Actor
from tracte.records import query
from tracte.records.changes import StagedRow

pytestmark = pytest.mark.django_db(transaction=True)
FIRMS = (
    "name;sector;vat;city;country\n"
    "Nova SL;retail;;Reus;ES\n"
    "Vella SA;retial;;Vic;ES\n"
    "Trista SL;retial;;Vic;Rumänien\n"
    ";retail;ESB58378430;Vic;ES\n"
)


def bad_rows(client: Client, url: str) -> dict[int, int]:
    """Rows with problems: their numbers in the file and their places in the preview."""
    found = StagedRow.objects.filter(verdict__what="problem").order_by("seq")
    return {row.payload["row"]: row.seq for row in found}


def sent(page: str) -> dict[str, str]:
    headers = dict(re.findall(r'name="(header\d+)" value="([^"]*)"', page))
    texts = dict(re.findall(r'name="(text\d+)" value="([^"]*)"', page))
    for name, options in re.findall(r'<select[^>]* name="(text\d+)"[^>]*>(.*?)</select>', page, re.S):
        texts[name] = re.search(r'value="([^"]*)" selected', options)[1]  # type: ignore[index]
    return headers | texts


def begun_and_previewed(admin: Actor, work: Work) -> tuple[Client, str]:
    client = signed_in(admin)
    url = begun(client, FIRMS)
    page = previewed(client, url, work, **{"c1-means0": "", "c4-means0": ""})
    assert counts(page) == ["1", "0", "0", "3"]
    return client, url


def fixed(client: Client, url: str, seq: int, header: str, text: str, **more: str) -> Any:
    page = client.get(f"{url}preview?show=bad&fix={seq}").content.decode()
    data = sent(page)
    at = next(name.removeprefix("header") for name, value in data.items() if value == header and "header" in name)
    answer = client.post(url + "mend", {**data, f"text{at}": text, "row": seq, **({f"all{at}": "1"} if more else {})})
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    return answer


def test_a_wrong_cell_is_mended_and_the_row_is_looked_at_again_at_once(admin: Actor, work: Work) -> None:
    client, url = begun_and_previewed(admin, work)
    rows = bad_rows(client, url)
    answer = fixed(client, url, rows[3], "sector", "retail")
    page = client.get(answer.url).content.decode()
    assert counts(page) == ["2", "0", "0", "2"]
    assert "Mended: the row makes a new record now." in page
    client.post(url + "columns", form(client, url))  # going back keeps it
    work()
    assert counts(client.get(url + "preview").content.decode()) == ["2", "0", "0", "2"]
    client.post(url + "apply")
    work()
    stored = {one["name"]: one["industry"] for one in query.rows("account", OPERATOR).stream(["name", "industry"])}
    assert stored == {"Nova SL": "retail", "Vella SA": "retail"}


def test_a_row_that_is_still_wrong_says_so_and_stays_open(admin: Actor, work: Work) -> None:
    client, url = begun_and_previewed(admin, work)
    rows = bad_rows(client, url)
    answer = fixed(client, url, rows[3], "sector", "no such thing")
    page = client.get(answer.url).content.decode()
    assert "no such thing" in page and "there is still something wrong" in page
    assert counts(page) == ["1", "0", "0", "3"]


def test_a_value_is_replaced_in_all_rows(admin: Actor, work: Work) -> None:
    client, url = begun_and_previewed(admin, work)
    rows = bad_rows(client, url)
    page = client.get(f"{url}preview?show=bad&fix={rows[3]}").content.decode()
    assert "In all 2 rows with “retial”" in page
    fixed(client, url, rows[3], "sector", "retail", everywhere="1")
    work()
    assert counts(client.get(url + "preview").content.decode()) == ["2", "0", "0", "2"]


def test_what_is_mended_is_checked_like_everything_else(admin: Actor, work: Work, make: Make) -> None:
    client, url = begun_and_previewed(admin, work)
    rows = bad_rows(client, url)
    assert client.post(url + "mend", {"row": "999", "header0": "sector", "text0": "x"}).status_code == 404
    assert client.post(url + "mend", {"row": "x"}).status_code == 400
    answer = client.post(url + "mend", {"row": rows[3], "header0": "nonsense", "text0": "x"})
    assert answer.status_code == 302
    assert counts(client.get(url + "preview").content.decode()) == ["1", "0", "0", "3"]
    assert accounts() == 0


def test_a_row_left_out_stays_out_when_the_columns_are_chosen_anew(admin: Actor, work: Work) -> None:
    client, url = begun_and_previewed(admin, work)
    created = StagedRow.objects.get(verdict__what="created")
    client.post(url + "leave-out", {"row": created.seq, "out": "1", "back": "?show=new"})
    client.post(url + "columns", form(client, url))
    work()
    assert "Take in" in client.get(url + "preview?show=new").content.decode()
