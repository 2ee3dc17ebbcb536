"""A record beside its list, and the steps from one record of a list to the next, with and without the page's script."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.modules.conftest import Make
from tests.web.listing.conftest import signed_in
from tests.web.listing.test_lists import text_of

from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.records import door, query

pytestmark = pytest.mark.django_db
FROM_LIST = {"HX-Current-URL": "http://testserver/opportunities/?view=all&peek=x"}


@pytest.fixture
def deals(make: Make, seller: Actor) -> list[int]:
    """Three deals of Núria's, told apart by what they are worth."""
    account = make("account", name="Forns", owner=seller.user_id)
    return [
        make("opportunity", name=f"Deal {at}", amount=f"{at}000 EUR", account=account, owner=seller.user_id)
        for at in range(1, 4)
    ]


def panel_of(page: str) -> str:
    return page.split('id="peek-inside">')[1].split("</div></dialog>", maxsplit=1)[0]


def steps(html: str) -> dict[str, str | None]:
    """Where previous and next lead."""
    found = re.findall(r'data-step="(\w+)"(?: href="([^"]*)")?', html)
    return {way: unescape(url) or None for way, url in found}


def test_without_script_the_list_comes_with_the_record_beside_it(deals: list[int], seller: Actor) -> None:
    client = signed_in(seller)
    page = client.get("/opportunities/?view=all&sort=amount").content.decode()
    assert panel_of(page) == ""
    assert f'form="peek-form" name="peek" value="{encode(deals[1])}" aria-label="Show Deal 2 beside the list"' in page
    form = page.split('<form id="peek-form"')[1].split("</form>")[0]
    sent = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form)) | {"peek": encode(deals[1])}
    assert sent == {"view": "all", "sort": "amount", "peek": encode(deals[1])}
    panel = panel_of(client.get("/opportunities/", sent).content.decode())
    assert "€2,000" in panel
    assert 'id="field-amount"' in panel
    assert "created this" in panel
    assert steps(panel) == {
        "previous": f"/opportunities/?view=all&sort=amount&peek={encode(deals[0])}",
        "next": f"/opportunities/?view=all&sort=amount&peek={encode(deals[2])}",
    }
    assert 'href="/opportunities/?view=all&amp;sort=amount" data-peek-close' in panel


def test_the_script_gets_the_panel_alone_and_an_address_opened_by_hand_the_list(
    deals: list[int], seller: Actor
) -> None:
    address = f"/opportunities/{encode(deals[0])}/peek/?view=all&sort=amount&filter=" + '["amount","gte",2000]'
    answer = signed_in(seller, fragment=True).get(address).content.decode()
    assert answer.lstrip().startswith("<header")
    assert "Deal 1" in answer
    assert "<html" not in answer
    plain = signed_in(seller).get(address)
    assert plain.status_code == 302
    assert plain.url.startswith("/opportunities/?")
    assert "Deal 1" in panel_of(signed_in(seller).get(plain.url).content.decode())


def test_the_panel_steps_over_the_edge_of_the_page_and_stays_on_it(deals: list[int], seller: Actor) -> None:
    client = signed_in(seller)
    first = client.get("/opportunities/?view=all&sort=amount&limit=1").content.decode()
    after = unescape(re.findall(r'href="([^"]*cursor[^"]*)" rel="next"', first)[0])
    page = client.get(f"/opportunities/{after}&peek={encode(deals[1])}").content.decode()
    found = steps(panel_of(page))
    assert all("cursor=" in str(url) for url in found.values())
    page = client.get(str(found["next"])).content.decode()
    assert "Deal 3" in panel_of(page)
    assert steps(panel_of(page))["next"] is None
    assert page.count("<tr data-id=") == 1


def test_a_record_out_of_reach_and_one_that_does_not_exist_look_the_same(
    make: Make, deals: list[int], seller: Actor
) -> None:
    theirs = encode(make("opportunity", name="Secret"))
    gone = encode(deals[2])
    door.delete(OPERATOR, "opportunity", [deals[2]], origin="ui")
    client, script = signed_in(seller), signed_in(seller, fragment=True)
    pages = []
    for record in (theirs, gone, encode(1 << 60), "nonsense"):
        page = client.get("/opportunities/", {"view": "all", "peek": record})
        assert page.status_code == 200
        assert "Deal 1" in text_of(page)
        assert "Secret" not in text_of(page)
        pages.append(panel_of(page.content.decode()))
    assert len(set(pages)) == 1
    assert "Nothing is here" in pages[0]
    for record in (theirs, gone, encode(1 << 60)):
        assert script.get(f"/opportunities/{record}/peek/").status_code == 404
        assert script.get(f"/opportunities/{record}/row/").status_code in (200, 404)
        assert client.get(f"/opportunities/{record}/next").status_code == 404
    assert "Secret" not in script.get(f"/opportunities/{theirs}/row/").content.decode()


def test_a_hidden_field_is_not_in_the_panel(deals: list[int], seller: Actor) -> None:
    role = query.rows("role", OPERATOR).where(["key", "eq", "seller"]).ids()[0]
    masks = {"opportunity": {"amount": "hidden"}}
    door.update(OPERATOR, "role", role, {"masks": masks}, origin="system", canonical=True)
    panel = panel_of(signed_in(seller).get(f"/opportunities/?view=all&peek={encode(deals[0])}").content.decode())
    assert "Deal 1" in panel
    assert "1,000" not in panel
    assert "field-amount" not in panel


def test_a_field_saved_in_the_panel_brings_the_panel_up_to_date_and_has_its_row_redrawn(
    deals: list[int], seller: Actor
) -> None:
    client = signed_in(seller, fragment=True)
    url = f"/opportunities/{encode(deals[0])}/"
    version = query.rows("opportunity", OPERATOR).get(deals[0])["version"]
    form = {"amount": "1500", "amount_currency": "EUR", "version": version}
    saved = client.post(f"{url}field/amount/", form, headers=FROM_LIST)
    assert saved.status_code == 200
    assert saved["HX-Trigger"] == "peek-saved"
    answer = saved.content.decode()
    assert 'id="peek-top" hx-swap-oob="true"' in answer
    assert 'id="peek-latest" hx-swap-oob="true"' in answer
    assert "record-head" not in answer
    row = client.get(f"{url}row/?columns=title,amount").content.decode()
    assert "€1,500" in row
    assert "peek-open" in row
    # The record's own page gets its own parts, as before.
    form |= {"amount": "1600", "version": query.rows("opportunity", OPERATOR).get(deals[0])["version"]}
    assert "record-top" in client.post(f"{url}field/amount/", form).content.decode()


def test_the_panel_stays_within_its_queries(deals: list[int], make: Make, seller: Actor) -> None:
    contact = make("contact", first_name="Anna", owner=seller.user_id)
    make("account", name="Alba", owner=seller.user_id)
    client = signed_in(seller, fragment=True)
    for plural, pk, asked in (
        ("opportunities", deals[1], "view=all"),
        ("opportunities", deals[1], "view=all&group=stage"),
        ("contacts", contact, "sort=title"),
    ):
        address = f"/{plural}/{encode(pk)}/peek/?{asked}"
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        real = [one["sql"] for one in queries if "SAVEPOINT" not in one["sql"]]
        links = len(query.rows({"opportunities": "opportunity"}.get(plural, "contact"), OPERATOR).spec.link_fields)
        assert len(real) <= 12 + links, "\n".join(sql[:150] for sql in real)


class TestRecordPage:
    def test_whoever_comes_from_a_list_goes_on_to_its_next_record(self, deals: list[int], seller: Actor) -> None:
        client = signed_in(seller)
        first = f"/opportunities/{encode(deals[0])}/"
        assert steps(client.get(first).content.decode()) == {}
        came = {"Referer": "http://testserver/opportunities/?view=all&sort=-amount&cursor=x&peek=y"}
        found = steps(client.get(f"/opportunities/{encode(deals[1])}/", headers=came).content.decode())
        assert found.keys() == {"previous", "next"}
        there = client.get(str(found["next"]))
        assert there.status_code == 302
        assert there.url.startswith(first)
        # The page knows the list although no page of the list was before it.
        back = client.get(str(steps(client.get(there.url).content.decode())["previous"]))
        assert back.url.startswith(f"/opportunities/{encode(deals[1])}/")

    def test_the_end_of_the_list_is_said(self, deals: list[int], seller: Actor) -> None:
        client = signed_in(seller)
        last = f"/opportunities/{encode(deals[2])}/next?list=view%3Dall%26sort%3Damount"
        assert "This is the last record of the list." in text_of(client.get(last, follow=True))

    def test_a_list_of_another_site_or_entity_is_no_list_of_ours(self, deals: list[int], seller: Actor) -> None:
        client, url = signed_in(seller), f"/opportunities/{encode(deals[0])}/"
        for before in ("http://evil.example/opportunities/", "http://testserver/contacts/", "http://testserver/"):
            assert steps(client.get(url, headers={"Referer": before}).content.decode()) == {}

    def test_a_wrong_list_is_refused_calmly_and_breaks_no_page(self, deals: list[int], seller: Actor) -> None:
        client, url = signed_in(seller), f"/opportunities/{encode(deals[0])}/"
        assert client.get(f"{url}?list=nope%3D1").status_code == 200
        assert client.get(f"{url}next?list=nope%3D1").status_code == 400

    def test_it_costs_the_record_page_no_query(self, deals: list[int], seller: Actor) -> None:
        client, url = signed_in(seller), f"/opportunities/{encode(deals[0])}/"
        client.get(url)

        def cost(address: str) -> int:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            return len(queries)

        assert cost(f"{url}?list=view%3Dall") == cost(url)


def test_the_help_tells_the_keys(seller: Actor) -> None:
    page = text_of(signed_in(seller).get("/opportunities/"))
    assert "Show the record beside the list, or hide it" in page
