"""What was typed and not saved: offered back to the one who typed it, and to nobody else."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.modules.conftest import Make
from tests.web.listing.conftest import signed_in

from tracte.kernel import clock
from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.records import door, formdrafts, query
from tracte.records.changes import Change
from tracte.records.erase import erase
from tracte.records.tables import FormDraft

pytestmark = pytest.mark.django_db
NEW = "/contacts/new/"


def keep(client: Any, address: str, **typed: Any) -> Any:
    return client.post(f"{address}draft", typed)


def page(client: Any, address: str) -> str:
    return str(client.get(address).content.decode())


def offers(html: str) -> bool:
    return "draft-offer" in html and "data-draft-offer hidden" not in html


def test_what_was_typed_is_offered_on_another_device_and_comes_back(manager: Actor) -> None:
    assert keep(signed_in(manager), NEW, first_name="Anna", email="half@", csrfmiddlewaretoken="x").status_code == 204
    other = signed_in(manager)
    blank = page(other, NEW)
    assert offers(blank)
    assert "half@" not in blank
    filled = page(other, NEW + "?draft=1")
    assert 'value="half@"' in filled
    assert "It is not saved yet" in filled
    assert "csrf" not in FormDraft.objects.get().body


def test_nobody_else_is_offered_it(manager: Actor, person: Callable[..., Actor]) -> None:
    keep(signed_in(manager), NEW, first_name="Secret")
    stranger = signed_in(person("Stranger", "manager"))
    assert not offers(page(stranger, NEW))
    assert "Secret" not in page(stranger, NEW + "?draft=1")


def test_saving_forgets_it_and_it_never_was_in_history(manager: Actor) -> None:
    client = signed_in(manager)
    keep(client, NEW, last_name="Never saved so")
    assert client.post(NEW, {"last_name": "Saved"}).status_code == 302
    assert not FormDraft.objects.exists()
    assert "Never saved so" not in str(list(Change.objects.values_list("data", flat=True)))


def test_it_can_be_thrown_away(manager: Actor) -> None:
    client = signed_in(manager)
    keep(client, NEW, last_name="X")
    answer = client.post(f"{NEW}draft", {"_discard": "1"})
    assert (answer.status_code, answer["Location"]) == (302, NEW)
    assert not offers(page(client, NEW))


def test_a_draft_of_an_edit_restored_later_meets_what_changed_meanwhile(make: Make, manager: Actor) -> None:
    client, one = signed_in(manager), make("contact", last_name="Pla", owner=manager.user_id)
    edit = f"/contacts/{encode(one)}/edit/"
    begun = query.rows("contact", OPERATOR).get(one)["version"]
    keep(client, edit, last_name="Mine", version=str(begun))
    door.update(OPERATOR, "contact", one, {"last_name": "Theirs"}, origin="ui")
    restored = page(client, edit + "?draft=1")
    assert 'value="Mine"' in restored
    assert f'name="version" value="{begun}"' in restored
    met = client.post(edit, {"last_name": "Mine", "version": str(begun)})
    assert met.status_code == 409
    assert {"Mine", "Theirs"} <= set(met.content.decode().replace("<", ">").split(">"))


def test_a_draft_about_a_record_out_of_reach_is_refused(make: Make, seller: Actor) -> None:
    hidden = make("contact", last_name="Hidden")
    assert keep(signed_in(seller), f"/contacts/{encode(hidden)}/edit/", last_name="X").status_code == 404
    assert not FormDraft.objects.exists()


def test_fields_whose_right_is_gone_do_not_come_back(manager: Actor) -> None:
    client = signed_in(manager)
    keep(client, NEW, last_name="X", version="9", is_admin="true", modified_at="2020-01-01")
    assert "2020-01-01" not in page(client, NEW + "?draft=1")


def test_more_than_a_form_can_hold_is_refused(manager: Actor) -> None:
    assert keep(signed_in(manager), NEW, description="x" * 300_000).status_code == 413


def test_the_short_and_the_whole_form_keep_their_own(manager: Actor) -> None:
    client = signed_in(manager)
    client.post(f"{NEW}draft?quick=1", {"last_name": "Short"})
    assert not offers(page(client, NEW))
    dialog = client.get(f"{NEW}quick", headers={"HX-Request": "true"}).content.decode()
    assert offers(dialog)
    back = client.get(f"{NEW}quick?draft=1", headers={"HX-Request": "true"}).content.decode()
    assert 'value="Short"' in back


class TestMeeting:
    """Somebody else saved, or deleted, in between."""

    def test_each_field_says_who_saved_theirs_and_the_page_starts_from_both_changes(
        self, make: Make, manager: Actor, person: Callable[..., Actor]
    ) -> None:
        client, one = signed_in(manager), make("contact", first_name="Anna", last_name="Pla", owner=manager.user_id)
        begun = query.rows("contact", OPERATOR).get(one)["version"]
        door.update(person("Mihai", "manager"), "contact", one, {"last_name": "Theirs"}, origin="ui")
        door.update(person("Ioana", "manager"), "contact", one, {"job_title": "Buyer"}, origin="ui")
        typed = {"first_name": "Mine", "last_name": "Also mine", "job_title": "", "version": str(begun)}
        met = client.post(f"/contacts/{encode(one)}/edit/", typed)
        html = met.content.decode()
        assert met.status_code == 409
        rows = {name: html[html.index(f'name="keep-{name}"') :] for name in ("last_name", "job_title")}
        assert "Mihai" in rows["last_name"][:400]
        assert "Ioana" in rows["job_title"][:400]
        assert 'name="keep-first_name" value="mine" checked' in html
        assert 'name="keep-job_title" value="theirs" checked' in html
        choice = {**typed, "version": str(begun + 2), "keep-first_name": "mine", "keep-last_name": "theirs"}
        saved = client.post(f"/contacts/{encode(one)}/edit/", choice | {"keep-job_title": "theirs"})
        assert saved.status_code == 302
        now = query.rows("contact", OPERATOR).get(one)
        assert (now["first_name"], now["last_name"], now["job_title"]) == ("Mine", "Theirs", "Buyer")

    def test_a_record_deleted_meanwhile_keeps_what_was_typed_until_it_is_back(self, make: Make, manager: Actor) -> None:
        client, one = signed_in(manager), make("contact", last_name="Pla", owner=manager.user_id)
        door.delete(OPERATOR, "contact", one, origin="ui")
        edit = f"/contacts/{encode(one)}/edit/"
        gone = client.post(edit, {"last_name": "Typed for long", "version": "1"})
        assert gone.status_code == 409
        back = client.post("/contacts/bin/restore/", {"id": encode(one), "next": edit + "?draft=1"})
        assert back["Location"] == edit + "?draft=1"
        assert 'value="Typed for long"' in page(client, edit + "?draft=1")

    def test_a_stranger_learns_nothing_of_a_deleted_record(self, make: Make, seller: Actor) -> None:
        client, one = signed_in(seller), make("contact", last_name="Hidden")
        door.delete(OPERATOR, "contact", one, origin="ui")
        assert client.post(f"/contacts/{encode(one)}/edit/", {"last_name": "X"}).status_code == 404
        assert not FormDraft.objects.exists()


class TestKept:
    """How long and how many."""

    def test_after_thirty_days_it_is_gone(self, manager: Actor) -> None:
        me = int(manager.user_id or 0)
        formdrafts.keep(me, "new-contact", "last_name=X")
        with clock.frozen(clock.now() + timedelta(days=31)):
            assert formdrafts.kept(me, "new-contact") is None
            assert formdrafts.purge() == 1
        assert not FormDraft.objects.exists()

    def test_the_newest_hundred_of_a_person_stay(self, manager: Actor) -> None:
        me = int(manager.user_id or 0)
        for n in range(formdrafts.MOST + 3):
            formdrafts.keep(me, f"edit-{n}", "a=b")
        assert len(formdrafts.of(me)) == formdrafts.MOST
        assert formdrafts.kept(me, f"edit-{formdrafts.MOST + 2}") is not None

    def test_erasing_a_record_erases_what_anybody_typed_about_it(self, make: Make, manager: Actor) -> None:
        one = make("contact", last_name="Pla")
        formdrafts.keep(int(manager.user_id or 0), "edit-x", "last_name=Zsuzsanna", one)
        erase(OPERATOR, "contact", one)
        assert not FormDraft.objects.exists()
