"""Forms about many rows that are sent twice are done once, and answered the same; deleting compares versions."""

import pytest
from tests.modules.conftest import Make
from tests.web.listing.conftest import signed_in
from tests.web.listing.test_lists import text_of

from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.records import door, query, undo
from tracte.records.changes import ChangeSet

pytestmark = pytest.mark.django_db
NONCE = {"nonce": "one-filled-in-form"}


def there(entity: str = "account") -> int:
    return query.rows(entity, OPERATOR).count(99)[0]


def test_deleting_ticked_rows_twice_is_one_change_and_the_same_answer(make: Make, manager: Actor) -> None:
    ids = [encode(make("account", name=f"Firm {at}")) for at in range(3)]
    client, before = signed_in(manager), ChangeSet.objects.count()
    form = NONCE | {"action": "delete", "ids": ids[:2], "where": "?view="}
    answers = [client.post("/accounts/bulk", form) for _time in range(2)]
    assert [(one.status_code, one["Location"]) for one in answers] == [(302, "/accounts/?view=")] * 2
    assert (there(), ChangeSet.objects.count()) == (1, before + 1)
    assert text_of(client.get("/accounts/")).count("2 records deleted") >= 1


def test_a_change_applied_twice_leaves_no_empty_set_behind(make: Make, manager: Actor) -> None:
    ids = [encode(make("account", name=f"Firm {at}", kind="prospect")) for at in range(2)]
    client, before = signed_in(manager), ChangeSet.objects.count()
    form = NONCE | {"action": "edit", "ids": ids, "set": "kind", "kind": "customer", "step": "apply"}
    answers = [client.post("/accounts/bulk", form) for _time in range(2)]
    assert {one.status_code for one in answers} == {302}
    assert ChangeSet.objects.count() == before + 1


def test_what_was_undone_meanwhile_is_done_again(make: Make, manager: Actor) -> None:
    pk = make("account", name="Firm")
    client = signed_in(manager)
    form = NONCE | {"action": "delete", "ids": [encode(pk)]}
    client.post("/accounts/bulk", form)
    undo.run(ChangeSet.objects.latest("id").pk, manager)
    assert there() == 1
    client.post("/accounts/bulk", form)
    assert there() == 0


def test_another_thing_done_from_the_same_page_is_no_repetition(make: Make, manager: Actor) -> None:
    one, two = (encode(make("account", name=name)) for name in ("One", "Two"))
    client = signed_in(manager)
    for pk in (one, two):
        client.post("/accounts/bulk", NONCE | {"action": "delete", "ids": [pk]})
    assert there() == 0


def test_a_refused_assignment_comes_back_as_a_form(make: Make, manager: Actor) -> None:
    pk = encode(make("account", name="One"))
    form = NONCE | {"action": "assign", "ids": [pk], "owner": "nobody at all"}
    for _time in range(2):
        assert signed_in(manager).post("/accounts/bulk", form).status_code == 422


def test_the_list_carries_what_tells_one_form_from_another(make: Make, manager: Actor) -> None:
    make("account", name="One")
    html = signed_in(manager).get("/accounts/").content.decode()
    bar = html[html.index('class="bulk-bar"') :].split("</form>")[0]
    assert 'name="nonce" value="' in bar


def test_deleting_what_somebody_changed_meanwhile_tells_what_and_asks_again(make: Make, manager: Actor) -> None:
    pk = make("account", name="Forns", employees="3")
    client, address = signed_in(manager), f"/accounts/{encode(pk)}/delete/"
    version = query.rows("account", OPERATOR).get(pk)["version"]
    assert f'name="version" value="{version}"' in client.get(address).content.decode()
    door.update(OPERATOR, "account", pk, {"employees": "44"}, origin="ui")
    answer = client.post(address, {"version": version})
    assert answer.status_code == 409
    assert "44" in text_of(answer)
    assert there() == 1
    client.post(address, {"version": version + 1})
    assert there() == 0
