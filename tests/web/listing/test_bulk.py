"""One change to many records: asked for, tried, done at once or by a worker, stopped, and undone."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from tests.modules.conftest import Make
from tests.web.listing.conftest import signed_in
from tests.web.listing.test_lists import text_of

from tracte.engine import bulk as bulks
from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.records import door, query
from tracte.records.changes import ChangeSet, State
from tracte.records.people import Role
from tracte.records.tasks.registry import load_jobs
from tracte.records.tasks.worker import Worker

pytestmark = pytest.mark.django_db

ALL = {"all": "1", "where": "?view="}
CUSTOMER = {"action": "edit", "set": "kind", "kind": "customer"}


def kinds() -> dict[str, str]:
    return {values["name"]: values["kind"] for values in query.rows("account", OPERATOR).stream(["name", "kind"])}


def firms(make: Make, count: int, **values: Any) -> list[int]:
    return [make("account", name=f"Firm {at}", kind="prospect", **values) for at in range(count)]


def facts(page: Any) -> list[str]:
    """The numbers over a preview: changed, already so, left as they are."""
    return re.findall(r'class="big tnum">([^<]+)<', page.content.decode())


class TestPreview:
    def test_it_shows_what_changes_and_stores_nothing(self, make: Make, manager: Actor) -> None:
        firms(make, 2)
        make("account", name="Done", kind="customer")
        page = signed_in(manager).post("/accounts/bulk", ALL | CUSTOMER | {"step": "preview"})
        assert page.status_code == 200
        assert facts(page) == ["2", "1", "0"]
        assert re.search(r"Relation\s+Prospect\s+Customer", text_of(page))
        assert set(kinds().values()) == {"prospect", "customer"}
        assert not ChangeSet.objects.filter(title__startswith="Edit").exists()

    def test_the_form_offers_only_fields_one_may_change(self, make: Make, manager: Actor) -> None:
        firms(make, 1)
        role = Role.objects.get(key="manager")
        masks = {"masks": {"account": {"employees": "hidden", "phone": "readonly"}}}
        door.update(OPERATOR, "role", role.pk, masks, origin="system", canonical=True)
        client = signed_in(manager)
        page = client.post("/accounts/bulk", ALL | {"action": "edit"}).content.decode()
        offered = set(re.findall(r'name="set" value="([^"]+)"', page))
        assert {"kind", "owner", "industry"} <= offered
        assert not {"employees", "phone", "created_at"} & offered
        for name in ("employees", "phone", "created_at", "zzz"):
            refused = client.post("/accounts/bulk", ALL | {"action": "edit", "step": "apply", "set": name, name: "1"})
            assert refused.status_code == 422

    def test_what_cannot_be_read_is_told_beside_its_field_and_kept(self, make: Make, manager: Actor) -> None:
        firms(make, 1)
        form = ALL | {"action": "edit", "step": "preview", "set": "employees", "employees": "many"}
        page = signed_in(manager).post("/accounts/bulk", form)
        assert page.status_code == 422
        assert 'value="many"' in page.content.decode()
        assert "field-error" in page.content.decode()
        none = signed_in(manager).post("/accounts/bulk", ALL | {"action": "edit", "step": "preview"})
        assert (none.status_code, "Tick at least one field" in text_of(none)) == (422, True)

    def test_what_would_be_refused_is_counted_by_its_reason(self, make: Make, seller: Actor) -> None:
        firms(make, 2, owner=seller.user_id)
        make("account", name="Team's", team=next(iter(seller.teams)))
        make("account", name="Hidden")
        page = signed_in(seller).post("/accounts/bulk", ALL | CUSTOMER | {"step": "preview"})
        assert facts(page) == ["2", "0", "1"]
        assert "not many at once" in text_of(page)
        assert "Hidden" not in text_of(page)


class TestDoing:
    def test_a_page_of_records_is_changed_at_once_and_undone_as_one(self, make: Make, manager: Actor) -> None:
        ids = firms(make, 3)
        client = signed_in(manager)
        form = CUSTOMER | {"step": "apply", "ids": [encode(one) for one in ids[:2]]}
        assert client.post("/accounts/bulk", form).url == "/accounts/"
        assert sorted(kinds().values()) == ["customer", "customer", "prospect"]
        assert "2 records changed" in text_of(client.get("/accounts/"))
        client.post(f"/changes/{ChangeSet.objects.latest('id').pk}/undo")
        assert set(kinds().values()) == {"prospect"}

    def test_a_ticked_field_left_empty_is_emptied(self, make: Make, manager: Actor) -> None:
        firms(make, 2, employees=5)
        form = ALL | {"action": "edit", "step": "apply", "set": "employees", "employees": "", "kind": "customer"}
        signed_in(manager).post("/accounts/bulk", form)
        rows = list(query.rows("account", OPERATOR).stream(["employees", "kind"]))
        assert {(row["employees"], row["kind"]) for row in rows} == {(None, "prospect")}

    def test_ticked_records_out_of_reach_stop_all(self, make: Make, seller: Actor) -> None:
        mine = make("account", name="Mine", kind="prospect", owner=seller.user_id)
        ours = make("account", name="Ours", kind="prospect", team=next(iter(seller.teams)))
        theirs = make("account", name="Theirs", kind="prospect")
        for other, status in ((ours, 403), (theirs, 404)):
            for step in ("", "preview", "apply"):
                form = CUSTOMER | {"step": step, "ids": [encode(mine), encode(other)]}
                assert signed_in(seller).post("/accounts/bulk", form).status_code == status
        assert set(kinds().values()) == {"prospect"}

    def test_without_the_right_to_change_many_nothing_is_offered_or_done(
        self, make: Make, person: Callable[..., Actor]
    ) -> None:
        reader = person("Reader", "read_only")
        firms(make, 2)
        client = signed_in(reader)
        assert 'id="bulk"' not in client.get("/accounts/").content.decode()
        for step in ("", "preview", "apply"):
            assert client.post("/accounts/bulk", ALL | CUSTOMER | {"step": step}).status_code == 403
        assert set(kinds().values()) == {"prospect"}


class TestInTheBackground:
    @pytest.fixture(autouse=True)
    def small_pages(self, monkeypatch: pytest.MonkeyPatch) -> None:
        load_jobs()
        monkeypatch.setattr(bulks, "AT_ONCE", 2)
        monkeypatch.setattr(bulks, "CHUNK", 2)

    def begin(self, actor: Actor, **more: Any) -> str:
        answer = signed_in(actor).post("/accounts/bulk", ALL | CUSTOMER | {"step": "apply"} | more)
        assert answer.status_code == 302, answer.content.decode()
        return str(answer.url)

    def test_more_than_a_page_is_done_by_a_worker_shown_while_it_runs_and_undone_as_one(
        self, make: Make, manager: Actor
    ) -> None:
        firms(make, 5)
        url, client = self.begin(manager), signed_in(manager)
        assert 'role="status"' in client.get(url).content.decode()
        assert "0 of 5" in text_of(client.get(f"{url}progress"))
        assert set(kinds().values()) == {"prospect"}
        Worker().drain()
        assert set(kinds().values()) == {"customer"}
        assert client.get(f"{url}progress").headers["HX-Redirect"] == url
        assert "5 records changed" in text_of(client.get(url))
        client.post(f"/changes/{ChangeSet.objects.latest('id').pk}/undo")
        assert set(kinds().values()) == {"prospect"}

    def test_its_rights_are_those_of_the_moment_it_runs(self, make: Make, manager: Actor) -> None:
        firms(make, 4)
        url = self.begin(manager)
        role = Role.objects.get(key="manager")
        door.update(OPERATOR, "role", role.pk, {"grants": {"*": {"view": "all"}}}, origin="system", canonical=True)
        Worker().drain()
        assert set(kinds().values()) == {"prospect"}
        assert "right to do this was taken away" in text_of(signed_in(manager).get(url))
        assert ChangeSet.objects.get(pk=url.split("/")[-2]).state == State.FAILED

    def test_records_that_stop_matching_are_left_alone_and_later_ones_are_not_swept_in(
        self, make: Make, manager: Actor
    ) -> None:
        ids = firms(make, 4, employees=10)
        where = "?filter=" + json.dumps(["employees", "gte", 5])
        url = self.begin(manager, where=where)
        door.update(OPERATOR, "account", ids[0], {"employees": "1"}, origin="system")
        make("account", name="Later", kind="prospect", employees=50)
        Worker().drain()
        assert kinds() == {"Firm 0": "prospect", **{f"Firm {n}": "customer" for n in (1, 2, 3)}, "Later": "prospect"}
        words = text_of(signed_in(manager).get(url))
        assert "3 records changed" in words
        assert "1 record did not match any more" in words

    def test_what_somebody_else_saves_meanwhile_is_not_lost(self, make: Make, manager: Actor) -> None:
        ids = firms(make, 4)
        self.begin(manager)
        door.update(OPERATOR, "account", ids[3], {"name": "Renamed"}, origin="system")
        Worker().drain()
        assert kinds()["Renamed"] == "customer"

    def test_it_can_be_stopped_and_what_was_done_until_then_is_undone(
        self, make: Make, manager: Actor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        firms(make, 6)
        url, client = self.begin(manager), signed_in(manager)
        write = bulks._write

        def and_stop(*given: Any, **more: Any) -> Any:
            done = write(*given, **more)
            client.post(f"{url}cancel")
            return done

        monkeypatch.setattr(bulks, "_write", and_stop)
        Worker().drain()
        assert sorted(kinds().values()).count("customer") == 2
        words = text_of(client.get(url))
        assert "It was stopped" in words
        assert "2 records changed" in words
        client.post(f"/changes/{url.split('/')[-2]}/undo")
        assert set(kinds().values()) == {"prospect"}

    def test_one_that_no_worker_has_begun_is_stopped_at_once(self, make: Make, manager: Actor) -> None:
        firms(make, 3)
        url, client = self.begin(manager), signed_in(manager)
        assert client.post(f"{url}cancel").url == url
        assert "It was stopped" in text_of(client.get(url))
        Worker().drain()
        assert set(kinds().values()) == {"prospect"}

    def test_refused_records_are_counted_by_their_reason(self, make: Make, seller: Actor) -> None:
        firms(make, 3, owner=seller.user_id)
        make("account", name="Ours", kind="prospect", team=next(iter(seller.teams)))
        url = self.begin(seller)
        Worker().drain()
        words = text_of(signed_in(seller).get(url))
        assert "3 records changed; 1 was left as it is" in words
        assert kinds()["Ours"] == "prospect"

    def test_deleting_everything_that_matches_asks_first(self, make: Make, manager: Actor) -> None:
        firms(make, 4)
        client = signed_in(manager)
        page = client.post("/accounts/bulk", ALL | {"action": "delete"})
        assert facts(page)[0] == "4"
        url = client.post("/accounts/bulk", ALL | {"action": "delete", "step": "apply"}).url
        Worker().drain()
        assert kinds() == {}
        assert "4 records deleted" in text_of(client.get(url))

    def test_it_is_nobody_elses(self, make: Make, manager: Actor, seller: Actor) -> None:
        firms(make, 3)
        url, stranger = self.begin(manager), signed_in(seller)
        assert stranger.get(url).status_code == 404
        assert stranger.get(f"{url}progress").status_code == 404
        assert stranger.post(f"{url}cancel").status_code == 404
        assert signed_in(manager).get(url.replace("accounts", "contacts")).status_code == 404
