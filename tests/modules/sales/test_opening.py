"""One opportunity for many accounts: asked, previewed, opened as one change set, undone (SP-07)."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.test import Client

from tracte.engine import bulk as bulks
from tracte.engine.bulk import Change, Selection
from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.kernel.problems import Forbidden
from tracte.meta.registry import registry
from tracte.modules.sales import opening
from tracte.modules.sales.opening import Opening
from tracte.records import door, query, undo
from tracte.records import snapshot as snapshots
from tracte.records.changes import ChangeSet
from tracte.records.people import Role, User
from tracte.records.tasks.worker import Worker

Make = Callable[..., int]
Person = Callable[..., Actor]
pytestmark = pytest.mark.django_db


def browser(actor: Actor) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id))
    return client


@pytest.fixture
def nuria(make: Make, person: Person) -> Actor:
    return person("Nuria", "manager", make("team", name="Iberia"))


@pytest.fixture
def line(make: Make) -> int:
    return make("opportunity_type", name="Autumn line", objective="Twice as fast")


@pytest.fixture
def three(make: Make, nuria: Actor, line: int) -> list[int]:
    """Three accounts; the second has an open deal of the type, the third had one that was lost."""
    made = [make("account", nuria, name=name) for name in ("Acme", "Beta", "Carbo")]
    make("opportunity", name="There", account=made[1], type=encode(line))
    lost = make("opportunity", name="Gone", account=made[2], type=encode(line))
    door.act(OPERATOR, "opportunity", lost, "lose", {"lost_reason": "price"}, origin="ui")
    return made


def deals(line: int) -> list[dict[str, Any]]:
    rows = query.rows("opportunity", OPERATOR).where(["type", "eq", encode(line)])
    return [one for one in rows.read(rows.ids()).values() if one["name"] not in ("There", "Gone")]


def sent(ids: Sequence[int], **more: str) -> dict[str, Any]:
    return {"action": "open_deals", "ids": [encode(one) for one in ids], **more}


def test_ticked_accounts_get_a_deal_unless_they_have_one(three: list[int], nuria: Actor, line: int) -> None:
    pages, url = browser(nuria), "/accounts/bulk"
    assert 'value="open_deals"' in pages.get("/accounts/").content.decode()
    assert 'name="type"' in pages.post(url, sent(three)).content.decode()
    refused = pages.post(url, sent(three, step="preview"))
    assert refused.status_code == 422
    given = {"type": encode(line), "closes_on": "2027-01-31", "theirs": "1"}
    shown = pages.post(url, sent(three, step="preview", **given)).content.decode()
    held, made = shown.split("A deal is opened for")
    assert "Left alone" in held
    assert "Acme" in made
    assert "Carbo" in made
    assert "Beta" in held
    assert not deals(line)
    assert pages.post(url, sent(three, step="apply", **given)).status_code == 302
    found = deals(line)
    assert {one["account"] for one in found} == {three[0], three[2]}
    assert {(one["name"], one["objective"], one["owner"], str(one["closes_on"])) for one in found} == {
        ("Autumn line", "Twice as fast", nuria.user_id, "2027-01-31")
    }
    last = ChangeSet.objects.latest("id")
    assert "3 accounts" in last.title
    undo.run(last.pk, nuria)
    assert not deals(line)


def test_who_wants_it_again_gets_it_again(three: list[int], nuria: Actor, line: int) -> None:
    given = {"type": encode(line), "name": "Second round", "again": "1", "step": "apply"}
    browser(nuria).post("/accounts/bulk", sent(three, **given))
    assert sorted(one["account"] for one in deals(line)) == sorted(three)
    assert {one["name"] for one in deals(line)} == {"Second round"}


def test_a_form_sent_twice_opens_once(three: list[int], nuria: Actor, line: int) -> None:
    pages, given = browser(nuria), sent(three, step="apply", type=encode(line), again="1", nonce="n" * 24)
    assert pages.post("/accounts/bulk", given).status_code == 302
    assert pages.post("/accounts/bulk", given).status_code == 302
    assert len(deals(line)) == 3


def test_deals_go_to_the_owners_of_the_accounts_or_to_me(make: Make, person: Person, nuria: Actor, line: int) -> None:
    jordi = person("Jordi", "seller", make("team", name="Danubia"))
    his = make("account", jordi, name="His")
    pages = browser(nuria)
    pages.post("/accounts/bulk", sent([his], step="apply", type=encode(line), theirs="1"))
    assert [one["owner"] for one in deals(line)] == [jordi.user_id]
    pages.post("/accounts/bulk", sent([his], step="apply", type=encode(line), again="1"))
    assert sorted(one["owner"] for one in deals(line)) == sorted([jordi.user_id, nuria.user_id])


def test_all_that_match_a_filter_in_the_background_and_again_after_a_crash(
    make: Make, nuria: Actor, line: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulks, "AT_ONCE", 2)
    monkeypatch.setattr(bulks, "CHUNK", 2)
    accounts = [make("account", nuria, name=f"Firm {n}") for n in range(5)]
    make("account", nuria, name="Other")
    make("opportunity", name="There", account=accounts[3], type=encode(line))
    spec, change = registry()["account"], Change(opening.VERB, Opening(encode(line), "Line").values())
    chosen = Selection(None, (["name", "starts", "Firm"],))
    changeset, tally = bulks.apply(spec, nuria, chosen, change, "Open")
    assert tally is None
    writer = door.resume(changeset.pk, nuria, strict=True)
    bulks._write(writer, spec, change, accounts[:2], progress={"after": accounts[1]})  # what a crash left behind
    Worker().drain()
    progress = bulks.progress_of(ChangeSet.objects.get(pk=changeset.pk))
    assert (progress.changed, progress.unchanged, progress.running) == (4, 1, False)
    assert sorted(one["account"] for one in deals(line)) == sorted({*accounts} - {accounts[3]})
    page = browser(nuria).get(f"/accounts/bulk/{changeset.pk}/").content.decode()
    assert "4 records made" in page
    undo.run(changeset.pk, nuria)
    assert not deals(line)


def test_a_stranger_opens_nothing_for_accounts_out_of_reach(
    make: Make, person: Person, three: list[int], line: int
) -> None:
    charlie = person("Charlie", "seller", make("team", name="Danubia"))
    pages = browser(charlie)
    given = {"type": encode(line), "step": "apply"}
    assert pages.post("/accounts/bulk", sent(three, **given)).status_code == 404
    everything = {"action": "open_deals", "all": "1", "where": "", **given}
    pages.post("/accounts/bulk", everything)
    assert not deals(line)


def test_without_the_right_nothing_is_offered_or_done(make: Make, person: Person, three: list[int], line: int) -> None:
    role = Role.objects.get(key="marketing")
    assert role is not None
    anna = person("Anna", "marketing", make("team", name="Iberia 2"))
    pages = browser(anna)
    assert 'value="open_deals"' not in pages.get("/accounts/").content.decode()
    assert pages.post("/accounts/bulk", sent(three, type=encode(line), step="apply")).status_code in (400, 403)
    with pytest.raises(Forbidden):
        opening.require(anna)
    assert pages.get(f"/opportunity_types/{encode(line)}/open/").status_code in (403, 404)
    assert not deals(line)


def test_the_types_page_leads_to_its_accounts(three: list[int], nuria: Actor, line: int) -> None:
    pages = browser(nuria)
    address = f"/opportunity_types/{encode(line)}/open/"
    assert address in pages.get(f"/opportunity_types/{encode(line)}/").content.decode()
    page = pages.get(address).content.decode()
    assert "3 accounts" in page
    asked = {"action": "open_deals", "all": "1", "where": "?view=", "type": encode(line), "theirs": "1"}
    form = pages.post("/accounts/bulk", asked).content.decode()
    assert f'<option value="{encode(line)}" selected>' in form
    pages.post("/accounts/bulk", {**asked, "step": "apply"})
    assert {one["account"] for one in deals(line)} == {three[0], three[2]}
    assert snapshots.current().title("opportunity_type", line) is not None
