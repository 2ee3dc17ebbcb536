"""Saved views: whose they are, who sees them, and that they never show more than their reader may see."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from tests.modules.conftest import Make
from tests.web.listing.conftest import signed_in
from tests.web.listing.test_lists import text_of

from tracte.engine import savedviews
from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.modules.base.saved_view import SavedView
from tracte.records import door, query
from tracte.records.changes import ChangeSet
from tracte.records.people import Role

pytestmark = pytest.mark.django_db


def save(actor: Actor, name: str, state: str, share: str = "me", plural: str = "accounts", look: str = "list") -> str:
    """Save a view as its person does, and return its key."""
    form = {"name": name, "state": state, "share": share, "look": look}
    answer = signed_in(actor).post(f"/{plural}/views/", form)
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    return savedviews.key_of(SavedView.objects.latest("id").pk)


def tabs_of(actor: Actor, address: str = "/accounts/") -> str:
    page = signed_in(actor).get(address).content.decode()
    return re.sub(
        r"<[^>]+>", " ", page[page.index('class="tab-strip"') : page.index("</div>", page.index("tab-strip"))]
    )


BIG = '?filter=["employees","gte",100]&sort=-title&columns=kind,employees'


class TestSaving:
    def test_filter_columns_and_order_are_kept_and_come_back_by_the_tab(self, make: Make, manager: Actor) -> None:
        make("account", name="Small Ltd", employees=3)
        make("account", name="Big Ltd", employees=300)
        make("account", name="Alpha Ltd", employees=400)
        key = save(manager, "Large firms", BIG)
        page = signed_in(manager).get(f"/accounts/?view={key}")
        words = text_of(page)
        assert "Small Ltd" not in words
        assert words.index("Big Ltd") < words.index("Alpha Ltd")
        assert "Employees is at least 100" in words
        head = re.findall(r'<th scope="col"[^>]*>(?:<a[^>]*>)?([^<]+)', page.content.decode())
        assert head == ["Account", "Relation", "Employees"]
        assert "Large firms" in tabs_of(manager)

    def test_without_a_name_nothing_is_saved(self, manager: Actor) -> None:
        answer = signed_in(manager).post("/accounts/views/", {"name": " ", "state": "?"})
        assert answer.status_code == 422
        assert not SavedView.objects.exists()

    def test_what_is_shown_replaces_what_was_saved_and_undo_brings_it_back(self, make: Make, manager: Actor) -> None:
        key = save(manager, "Large", BIG)
        saved = SavedView.objects.get()
        client = signed_in(manager)
        form = {"action": "save", "state": f'?view={key}&filter=["kind","eq","customer"]', "version": saved.version}
        assert client.post(f"/accounts/views/{encode(saved.pk)}/", form).status_code == 302
        saved.refresh_from_db()
        assert len(saved.condition["all"]) == 2
        assert client.post(f"/changes/{ChangeSet.objects.latest('id').pk}/undo").status_code == 302
        saved.refresh_from_db()
        assert saved.condition == {"all": [["employees", "gte", 100]]}

    def test_a_view_changed_meanwhile_is_not_overwritten(self, manager: Actor) -> None:
        save(manager, "Large", BIG)
        saved = SavedView.objects.get()
        door.update(OPERATOR, "saved_view", saved.pk, {"name": "Larger"}, origin="system")
        form = {"action": "rename", "name": "Mine", "version": saved.version}
        assert signed_in(manager).post(f"/accounts/views/{encode(saved.pk)}/", form).status_code == 409
        saved.refresh_from_db()
        assert saved.name == "Larger"

    def test_deleting_one_is_undone_like_any_other_write(self, manager: Actor) -> None:
        key = save(manager, "Large", BIG)
        client, pk = signed_in(manager), SavedView.objects.get().pk
        assert client.post(f"/accounts/views/{encode(pk)}/", {"action": "delete"}).url == "/accounts/"
        assert "Large" not in tabs_of(manager)
        assert client.get(f"/accounts/?view={key}").status_code == 400
        client.post(f"/changes/{ChangeSet.objects.latest('id').pk}/undo")
        assert "Large" in tabs_of(manager)

    def test_taking_a_condition_out_keeps_the_rest_of_its_layout(self, make: Make, manager: Actor) -> None:
        make("account", name="Small Ltd", employees=3)
        key = save(manager, "Large", BIG)
        page = signed_in(manager).get(f"/accounts/?view={key}").content.decode()
        remove = re.search(r'href="([^"]*)" aria-label="Remove filter on Employees"', page)
        assert remove is not None
        after = signed_in(manager).get("/accounts/" + remove[1].replace("&amp;", "&"))
        assert "Small Ltd" in text_of(after)
        assert f"from={key}" in remove[1]
        assert "Save what is shown" in text_of(after)

    def test_a_board_is_saved_as_a_board(self, manager: Actor) -> None:
        key = save(manager, "Mine by stage", "?view=", plural="opportunities", look="board")
        page = signed_in(manager).get("/opportunities/").content.decode()
        assert f'href="/opportunities/board?view={key}"' in page
        assert signed_in(manager).get(f"/opportunities/board?view={key}").status_code == 200


class TestSharing:
    def test_only_its_maker_sees_a_view_of_their_own(self, manager: Actor, seller: Actor) -> None:
        key = save(manager, "My secret list", BIG)
        assert "My secret list" in tabs_of(manager)
        assert "My secret list" not in tabs_of(seller)
        client, pk = signed_in(seller), SavedView.objects.get().pk
        assert client.get(f"/accounts/?view={key}").status_code == 400
        for action in ("save", "rename", "delete"):
            answer = client.post(f"/accounts/views/{encode(pk)}/", {"action": action, "name": "Taken"})
            assert answer.status_code == 404
        assert client.get(f"/saved_views/{encode(pk)}/").status_code == 404

    def test_a_team_shares_a_view_and_strangers_do_not_see_it(self, make: Make, person: Callable[..., Actor]) -> None:
        team = make("team", name="Iberia")
        one, mate, stranger = person("Núria", "seller", team), person("Jordi", "seller", team), person("Ana", "seller")
        save(one, "Ours", BIG, f"team:{encode(team)}")
        assert "Ours" in tabs_of(mate)
        assert "Ours" not in tabs_of(stranger)
        refused = signed_in(stranger).post("/accounts/views/", {"name": "X", "share": f"team:{encode(team)}"})
        assert refused.status_code == 422

    def test_a_shared_view_is_seen_by_others_and_changed_by_its_maker_alone(
        self, manager: Actor, seller: Actor
    ) -> None:
        save(manager, "For all", BIG, "everybody")
        pk = SavedView.objects.get().pk
        assert "For all" in tabs_of(seller)
        answer = signed_in(seller).post(f"/accounts/views/{encode(pk)}/", {"action": "delete"})
        assert answer.status_code == 403
        assert SavedView.objects.get().deleted_at is None

    def test_people_who_may_write_nothing_still_save_views_of_their_own(self, person: Callable[..., Actor]) -> None:
        reader = person("Reader", "read_only")
        save(reader, "What I read", BIG)
        assert "What I read" in tabs_of(reader)

    def test_a_shared_view_shows_its_reader_no_row_and_no_field_beyond_their_rights(
        self, make: Make, manager: Actor, seller: Actor
    ) -> None:
        make("account", name="Hidden Ltd", employees=500)
        make("account", name="Mine Ltd", employees=3, owner=seller.user_id)
        save(manager, "Large", BIG.replace("sort=-title", "sort=-employees"), "everybody")
        role = Role.objects.get(key="seller")
        masks = {"masks": {"account": {"employees": "hidden"}}}
        door.update(OPERATOR, "role", role.pk, masks, origin="system", canonical=True)
        page = signed_in(seller).get(f"/accounts/?view={savedviews.key_of(SavedView.objects.get().pk)}")
        words = text_of(page)
        assert page.status_code == 200
        assert "Mine Ltd" in words
        assert "Hidden Ltd" not in words
        assert "Employees" not in words
        assert "3 parts of this view were left out" in words

    def test_what_was_written_past_the_door_is_read_with_care(self, make: Make, manager: Actor) -> None:
        make("account", name="Forns")
        save(manager, "Broken", BIG, "everybody")
        wrong: list[Any] = [{"all": [["zzz", "eq", 1], {"any": "x"}, 7, None]}, ["kind", "nope", "x"], "text", {"x": 1}]
        for condition in wrong:
            with connection.cursor() as cursor:
                cursor.execute("UPDATE saved_view SET condition = %s, \"order\" = 'zzz'", [json.dumps(condition)])
            page = signed_in(manager).get(f"/accounts/?view={savedviews.key_of(SavedView.objects.get().pk)}")
            assert page.status_code == 200, text_of(page)
            assert "Forns" in text_of(page)
            assert "left out" in text_of(page)

    def test_a_view_of_what_one_may_not_see_cannot_be_made(self, manager: Actor, seller: Actor) -> None:
        values = {"name": "X", "entity": "nonsense"}
        with pytest.raises(Exception, match="entity"):
            door.create(seller, "saved_view", values, origin="api")


class TestFirstView:
    def test_a_list_opens_with_the_view_its_person_chose_and_for_nobody_else(
        self, make: Make, manager: Actor, seller: Actor
    ) -> None:
        make("account", name="Small Ltd", employees=3)
        key = save(manager, "Large", BIG, "everybody")
        client = signed_in(manager)
        assert client.post("/accounts/views/first", {"key": key}).status_code == 302
        assert "Employees is at least 100" in text_of(client.get("/accounts/"))
        assert "Employees is at least 100" not in text_of(signed_in(seller).get("/accounts/"))
        client.post("/accounts/views/first", {"key": ""})
        assert "Employees is at least 100" not in text_of(client.get("/accounts/"))

    def test_a_first_view_that_is_gone_gives_way_to_the_usual_one(self, manager: Actor) -> None:
        key = save(manager, "Large", BIG)
        client = signed_in(manager)
        client.post("/accounts/views/first", {"key": key})
        client.post(f"/accounts/views/{encode(SavedView.objects.get().pk)}/", {"action": "delete"})
        page = client.get("/accounts/")
        assert page.status_code == 200
        assert "Employees is at least" not in text_of(page)

    def test_only_a_view_one_sees_can_be_chosen(self, manager: Actor, seller: Actor) -> None:
        key = save(manager, "Secret", BIG)
        assert signed_in(seller).post("/accounts/views/first", {"key": key}).status_code == 404


class TestCounts:
    def test_each_tab_is_told_how_many_its_reader_would_see(self, make: Make, manager: Actor, seller: Actor) -> None:
        make("account", name="Hidden", employees=500)
        make("account", name="Mine", employees=500, owner=seller.user_id)
        key = save(manager, "Large", BIG, "everybody")
        for actor, expected in ((manager, "2"), (seller, "1")):
            text = signed_in(actor, fragment=True).get("/accounts/views/counts").content.decode()
            assert f'id="count-{key}" hx-swap-oob="true">{expected}<' in text

    def test_a_stranger_to_the_entity_is_told_nothing(self, person: Callable[..., Actor]) -> None:
        nobody = person("Nobody", "seller")
        role = Role.objects.get(key="seller")
        door.update(OPERATOR, "role", role.pk, {"grants": {}}, origin="system", canonical=True)
        client = signed_in(nobody)
        assert client.get("/accounts/views/counts").status_code == 404
        assert client.post("/accounts/views/", {"name": "X"}).status_code == 404
        assert query.rows("saved_view", nobody).ids() == []


@pytest.mark.parametrize(("name", "share"), [("A\x00B", "me"), ("x" * 61, "me"), ("Ours", "nobody"), ("", "me")])
def test_what_no_view_can_hold_is_refused_and_not_stored(manager: Actor, name: str, share: str) -> None:
    form = {"name": name, "share": share, "state": BIG}
    assert signed_in(manager).post("/accounts/views/", form).status_code == 422
    assert not SavedView.objects.exists()
    save(manager, "Good", BIG)
    kept = SavedView.objects.get()
    address = f"/accounts/views/{encode(kept.pk)}/"
    form = {"action": "rename", "name": name, "share": share}
    assert signed_in(manager).post(address, form).status_code == 422
    assert SavedView.objects.get().name == "Good"


def test_a_form_sent_twice_saves_one_view(manager: Actor) -> None:
    client = signed_in(manager)
    page = client.get("/accounts/").content.decode()
    form = {"name": "Large", "state": BIG, "nonce": re.findall(r'name="nonce" value="([^"]+)"', page)[0]}
    answers = [client.post("/accounts/views/", form) for _ in range(2)]
    assert [answer.url for answer in answers] == [
        f"/accounts/?view={savedviews.key_of(SavedView.objects.get().pk)}"
    ] * 2
