"""List, board, search and picker pages, as people of several roles meet them."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from tests.modules.conftest import Make
from tests.web.listing.conftest import signed_in

from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.records import door, query
from tracte.records.changes import ChangeSet
from tracte.records.people import Role
from tracte.web.hits import marked

pytestmark = pytest.mark.django_db
ON_BOARD = {"HX-Current-URL": "http://x/opportunities/board?view=all"}


def text_of(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


class TestList:
    def test_who_is_not_signed_in_is_asked_to_and_comes_back_to_the_same_address(self, firm: None) -> None:
        response = Client().get("/contacts/?q=anna")
        assert (response.status_code, response.url) == (302, "/auth/login/?next=/contacts/%3Fq%3Danna")
        assert Client(headers={"HX-Request": "true"}).get("/contacts/").status_code == 401

    def test_a_seller_sees_the_rows_of_the_team_and_no_others(self, make: Make, seller: Actor) -> None:
        make("contact", first_name="Anna", last_name="Mine", owner=seller.user_id)
        make("contact", first_name="Ben", last_name="Hidden")
        page = text_of(signed_in(seller).get("/contacts/"))
        assert "Anna Mine" in page
        assert "Hidden" not in page

    def test_an_entity_without_right_and_one_that_does_not_exist_look_the_same(
        self, person: Callable[..., Actor], make: Make
    ) -> None:
        nobody = person("Nobody", "seller")
        door.update(
            OPERATOR, "role", Role.objects.get(key="seller").pk, {"grants": {}}, origin="system", canonical=True
        )
        client = signed_in(nobody)
        one, other = client.get("/contacts/"), client.get("/nonsense/")
        assert one.status_code == other.status_code == 404
        assert text_of(one) == text_of(other)

    def test_what_people_typed_is_never_markup(self, make: Make, manager: Actor) -> None:
        evil = '<script>alert("x")</script>'
        make("account", name=evil)
        make("opportunity", name=evil, next_step=evil)
        for path in ("/accounts/", "/opportunities/?view=all", "/opportunities/board?view=all", "/search?q=script"):
            assert "<script>alert" not in signed_in(manager).get(path).content.decode(), path

    def test_the_small_form_makes_a_filter_that_reads_as_a_sentence_and_can_be_taken_away(
        self, make: Make, manager: Actor
    ) -> None:
        make("account", name="Small Ltd", employees=3)
        make("account", name="Big Ltd", employees=300)
        client = signed_in(manager)
        made = client.get("/accounts/", {"f": "employees", "op": "gte", "v": "100"})
        assert made.status_code == 302
        page = client.get("/accounts/" + made.url)
        assert "Employees is at least 100" in text_of(page)
        assert "Big Ltd" in text_of(page)
        assert "Small Ltd" not in text_of(page)
        remove = re.search(r'href="([^"]*)" aria-label="Remove filter on Employees"', page.content.decode())
        assert remove is not None
        assert "Small Ltd" in text_of(client.get("/accounts/" + remove[1].replace("&amp;", "&")))

    def test_a_value_the_form_cannot_read_is_told_beside_it(self, manager: Actor) -> None:
        page = signed_in(manager).get("/accounts/", {"f": "employees", "op": "gte", "v": "many"})
        assert page.status_code == 400
        assert "field-error" in page.content.decode()

    def test_a_wrong_address_is_refused_calmly(self, manager: Actor) -> None:
        for wrong in ("?filter={", "?sort=nope", "?nope=1", "?cursor=x", "?limit=0", "?view=nope", "?columns=cf"):
            page = signed_in(manager).get("/accounts/" + wrong)
            assert page.status_code == 400, wrong
            assert "<h1" in page.content.decode()

    def test_an_empty_list_says_why_and_what_to_do(self, manager: Actor) -> None:
        client = signed_in(manager)
        assert "No accounts yet" in text_of(client.get("/accounts/"))
        assert "No accounts match" in text_of(client.get("/accounts/?kind=customer"))

    def test_the_head_sorts_and_says_how(self, make: Make, manager: Actor) -> None:
        make("account", name="Forns")
        page = signed_in(manager).get("/accounts/?sort=-title").content.decode()
        assert 'aria-sort="descending"' in page
        assert 'href="?sort=title"' in page

    def test_pages_stay_within_their_queries(
        self, make: Make, seller: Actor, django_assert_max_num_queries: Callable[[int], Any]
    ) -> None:
        account = make("account", name="Forns", owner=seller.user_id)
        for at in range(3):
            make("opportunity", name=f"Deal {at}", account=account, owner=seller.user_id, amount="5 EUR")
        client = signed_in(seller)
        client.get("/search?q=warm")
        # A savepoint around the reading (two statements) exists in tests alone.
        for path, most in (("/opportunities/", 10), ("/opportunities/board", 10), ("/search?q=deal&palette=1", 6)):
            with django_assert_max_num_queries(most):
                assert client.get(path).status_code == 200


class TestSelection:
    def test_deleting_several_rows_is_one_change_that_can_be_undone(self, make: Make, manager: Actor) -> None:
        ids = [make("account", name=f"Firm {at}") for at in range(3)]
        client = signed_in(manager)
        done = client.post("/accounts/bulk", {"action": "delete", "ids": [encode(one) for one in ids[:2]]})
        assert done.status_code == 302
        assert query.rows("account", OPERATOR).ids() == [ids[2]]
        page = client.get(done.url).content.decode()
        assert "2 records deleted" in page
        assert f'action="/changes/{ChangeSet.objects.latest("id").pk}/undo"' in page

    def test_everything_that_matches_can_be_meant(self, make: Make, manager: Actor) -> None:
        for at in range(3):
            make("account", name=f"Firm {at}", kind="customer" if at else "prospect")
        where = "?filter=" + json.dumps(["kind", "eq", "customer"])
        form = {"action": "delete", "all": "1", "where": where}
        assert "2" in text_of(signed_in(manager).post("/accounts/bulk", form))
        assert query.rows("account", OPERATOR).count() == (3, False)
        signed_in(manager).post("/accounts/bulk", form | {"step": "apply"})
        assert query.rows("account", OPERATOR).count() == (1, False)

    def test_one_row_out_of_reach_stops_all(self, make: Make, seller: Actor) -> None:
        mine = make("account", name="Mine", owner=seller.user_id)
        ours = make("account", name="Ours", team=next(iter(seller.teams)))
        theirs = make("account", name="Theirs")
        client = signed_in(seller)
        for other, status in ((ours, 403), (theirs, 404)):
            gone = client.post("/accounts/bulk", {"action": "delete", "ids": [encode(mine), encode(other)]})
            assert gone.status_code == status
        assert query.rows("account", OPERATOR).count() == (3, False)

    def test_assigning_asks_whom_to_and_then_does_all_of_them(self, make: Make, manager: Actor, seller: Actor) -> None:
        ids = [make("account", name=f"Firm {at}") for at in range(2)]
        client = signed_in(manager)
        chosen = {"action": "assign", "ids": [encode(one) for one in ids]}
        assert "Núria" in text_of(client.post("/accounts/bulk", chosen))
        refused = client.post("/accounts/bulk", chosen | {"owner": encode(ids[0])})
        assert refused.status_code == 422
        client.post("/accounts/bulk", chosen | {"owner": encode(seller.user_id or 0)})
        owners = {values["owner"] for values in query.rows("account", OPERATOR).read(ids).values()}
        assert owners == {seller.user_id}
        assert ChangeSet.objects.filter(origin="ui", counts__updated=2).count() == 1


class TestExport:
    def test_the_rows_of_the_list_leave_as_a_file_and_only_with_the_right(
        self, make: Make, manager: Actor, seller: Actor
    ) -> None:
        make("account", name="Forns", kind="customer", owner=seller.user_id)
        make("account", name="Paperera", kind="prospect", owner=seller.user_id)
        client = signed_in(manager)
        assert 'href="/accounts/export.csv?filter=' in client.get("/accounts/?kind=customer").content.decode()
        found = client.get("/accounts/export.csv?kind=customer")
        text = b"".join(found.streaming_content).decode()  # type: ignore[attr-defined]
        assert (found.headers["Content-Type"], "Forns" in text, "Paperera" in text) == (
            "text/csv; charset=utf-8",
            True,
            False,
        )
        assert signed_in(seller).get("/accounts/export.csv").status_code == 403
        assert "export.csv" not in signed_in(seller).get("/accounts/").content.decode()


class TestBoard:
    @pytest.fixture
    def deal(self, make: Make) -> int:
        return make("opportunity", name="Line 3", amount="1000 EUR", closes_on="2026-12-24")

    def stage(self, key: str) -> str:
        (row,) = query.rows("stage", OPERATOR).where(["key", "eq", key]).page(None).rows
        return encode(row["id"])

    def test_columns_carry_count_and_sums_and_closed_ones_are_folded(
        self, make: Make, deal: int, manager: Actor
    ) -> None:
        make("opportunity", name="Other", amount="30 USD")
        page = text_of(signed_in(manager).get("/opportunities/board?view=all"))
        assert "New 2" in page
        assert "€1,000 + $30" in page
        assert "Line 3" in page

    def test_a_move_answers_with_the_card_the_heads_and_undo(self, deal: int, manager: Actor) -> None:
        client = signed_in(manager, fragment=True)
        values = {"stage": self.stage("qualified"), "version": "1", "before": ""}
        moved = client.post(
            f"/opportunities/{encode(deal)}/move",
            values,
            headers=ON_BOARD,
        )
        assert moved.status_code == 200
        assert 'data-version="2"' in moved.content.decode()
        assert text_of(moved).count("Moved to Qualified") == 1
        assert moved.content.decode().count("<header") == 2

    def test_a_card_somebody_changed_meanwhile_stays_where_it_is(self, deal: int, manager: Actor) -> None:
        door.update(OPERATOR, "opportunity", deal, {"name": "Renamed"}, origin="ui")
        client = signed_in(manager, fragment=True)
        values = {"stage": self.stage("qualified"), "version": "1"}
        stale = client.post(f"/opportunities/{encode(deal)}/move", values, headers=ON_BOARD)
        assert (stale.status_code, "moved-on" in stale.content.decode()) == (409, True)
        assert "Renamed" in text_of(stale)
        assert query.rows("opportunity", OPERATOR).get(deal)["version"] == 2
        again = client.post(
            f"/opportunities/{encode(deal)}/move", values | {"version": "2", "asked": "1"}, headers=ON_BOARD
        )
        assert again.headers["HX-Refresh"] == "true"

    def test_a_stage_asks_for_what_it_needs_and_takes_it(self, deal: int, manager: Actor) -> None:
        client, address = signed_in(manager, fragment=True), f"/opportunities/{encode(deal)}/move"
        asked = client.post(address, {"stage": self.stage("lost"), "version": "1"}, headers=ON_BOARD)
        assert asked.status_code == 422
        assert 'name="lost_reason"' in asked.content.decode()
        sent = {"stage": self.stage("lost"), "version": "1", "lost_reason": "price"}
        given = client.post(address, sent, headers=ON_BOARD)
        assert given.headers["HX-Refresh"] == "true"
        assert query.rows("opportunity", OPERATOR).get(deal)["lost_reason"] == "price"

    def test_the_next_cards_of_a_column_follow_the_first(self, make: Make, manager: Actor) -> None:
        for at in range(30):
            make("opportunity", name=f"Deal {at:02}")
        client = signed_in(manager)
        first = client.get("/opportunities/board?view=all").content.decode()
        address = re.search(r'href="(/opportunities/board[^"]*column=[^"]*)"', first)
        assert address is not None
        rest = client.get(address[1].replace("&amp;", "&")).content.decode()
        seen = [re.findall(r'data-id="(\w+)"', part) for part in (first, rest)]
        assert (len(seen[0]), len(seen[1]), len({*seen[0], *seen[1]})) == (15, 15, 30)

    def test_an_entity_without_board_has_none(self, manager: Actor) -> None:
        assert signed_in(manager).get("/accounts/board").status_code == 404


class TestSearch:
    def test_the_palette_groups_records_things_to_do_and_places(self, make: Make, manager: Actor) -> None:
        make("contact", first_name="Connie", last_name="Àvila")
        page = signed_in(manager, fragment=True).get("/search?palette=1&q=con")
        assert [part in page.content.decode() for part in ("Records", "Do", "Go to", "<mark>Con</mark>nie")] == [
            True
        ] * 4
        assert "<html" not in page.content.decode()

    def test_matches_are_marked_on_folded_text_and_nothing_is_lost(self) -> None:
        assert marked("Àvila & <b>", ["avi"]) == "<mark>Àvi</mark>la &amp; &lt;b&gt;"
        assert marked("Straße", ["asse"]) == "Str<mark>aße</mark>"
        assert marked("", ["a"]) == ""

    def test_nothing_found_says_so(self, manager: Actor) -> None:
        assert "Nothing found" in text_of(signed_in(manager).get("/search?q=zzz"))

    def test_the_picker_offers_what_is_in_reach(self, make: Make, seller: Actor) -> None:
        mine = make("account", name="Forns Mine", owner=seller.user_id)
        make("account", name="Forns Hidden")
        client = signed_in(seller)
        for words in ("", "forns"):
            assert [one["id"] for one in client.get("/pick/account", {"q": words}).json()] == [encode(mine)]
        assert client.get("/pick/nonsense").status_code == 404
        assert {one["title"] for one in client.get("/pick/user?q=nur").json()} == {"Núria"}
