"""The page that says who may do what with a record, and why (GA-22, U4)."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.modules.conftest import firm, make, person

from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.records import door, query
from tracte.records.people import Role, User

Make = Callable[..., int]
__all__ = ["firm", "make", "person"]


@pytest.fixture
def teams(make: Make) -> dict[str, int]:
    return {name: make("team", name=name) for name in ("North", "South")}


def page(actor: Actor) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id))
    return client


def text(client: Client, record_id: int) -> str:
    """What the page says; the choice of people to share the record with holds every name."""
    return re.sub(r'<form method="post" class="share-form">.*?</form>', "", whole(client, record_id))


def whole(client: Client, record_id: int) -> str:
    response = client.get(f"/accounts/{encode(record_id)}/access/")
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_the_owner_reads_why_they_may_and_a_teammate_why_they_may_not_delete(
    make: Make, person: Callable[..., Actor], teams: dict[str, int]
) -> None:
    mine, mate = person("Mine", "seller", teams["North"]), person("Mate", "seller", teams["North"])
    account = make("account", name="Acme", owner=mine.user_id, team=teams["North"])
    assert "It is their own. Seller reaches" in text(page(mine), account)
    shown = text(page(mate), account)
    assert "Its team North is one of theirs. Seller reaches the team&#x27;s records." in shown
    assert "Seller reaches own records. This one is of Mine, North." in shown
    assert f"/accounts/{encode(account)}/access/" in page(mate).get(f"/accounts/{encode(account)}/").content.decode()


def test_for_a_stranger_the_page_is_not_there_as_the_record_is_not(
    make: Make, person: Callable[..., Actor], teams: dict[str, int]
) -> None:
    mine, stranger = person("Mine", "seller", teams["North"]), person("Stranger", "seller", teams["South"])
    account = make("account", name="Acme", owner=mine.user_id, team=teams["North"])
    there = page(stranger).get(f"/accounts/{encode(account)}/access/")
    nowhere = page(stranger).get(f"/accounts/{encode(account + 1)}/access/")
    assert (there.status_code, nowhere.status_code) == (404, 404)


def test_only_an_administrator_reads_who_else_may_in_as_many_queries_for_many_as_for_few(
    make: Make, person: Callable[..., Actor], teams: dict[str, int]
) -> None:
    admin = person("Boss", "administrator", is_admin=True)
    mine = person("Mine", "seller", teams["North"])
    person("Stranger", "seller", teams["South"])
    account = make("account", name="Acme", owner=mine.user_id, team=teams["North"])
    assert "Stranger" not in text(page(mine), account)
    shown = text(page(admin), account)
    assert "Stranger" in shown
    assert "This one is of Mine, North." in shown
    boss = page(admin)
    with CaptureQueriesContext(
        connection,
    ) as few:
        text(boss, account)
    for n in range(12):
        person(f"Extra{n}", "seller", teams["South"])
    text(boss, account)
    with CaptureQueriesContext(connection) as many:
        text(boss, account)
    assert len(many) <= max(len(few), 12)


def test_whose_record_it_is_stays_untold_to_those_from_whom_it_is_hidden(
    make: Make, person: Callable[..., Actor], teams: dict[str, int]
) -> None:
    role = Role.objects.get(key="seller")
    masks: dict[str, Any] = {"masks": {"account": {"owner": "hidden", "name": "readonly"}}}
    door.update(OPERATOR, "role", role.pk, masks, origin="ui", canonical=True)
    holder = person("Holder", "administrator")
    mate = person("Mate", "seller", teams["North"])
    account = make("account", name="Acme", owner=holder.user_id, team=teams["North"])
    shown = text(page(mate), account)
    assert "Holder" not in shown
    assert "This one is not among them." in shown
    assert "You may not change: Name" in shown
    assert "Hidden from you" not in shown


def test_a_record_is_shared_on_its_page_and_no_longer(
    make: Make, person: Callable[..., Actor], teams: dict[str, int]
) -> None:
    mine, friend = person("Mine", "seller", teams["North"]), person("Friend", "seller", teams["South"])
    account = make("account", name="Acme", owner=mine.user_id, team=teams["North"])
    url, chosen = f"/accounts/{encode(account)}/access/", encode(friend.user_id or 0)
    assert page(friend).get(url).status_code == 404
    assert page(mine).post(url, {"add": chosen}).status_code == 302
    shown = text(page(mine), account)
    assert "No longer share with Friend" in shown
    assert "Shared with" in text(page(friend), account)
    assert page(mine).post(url, {"remove": chosen}).status_code == 302
    assert page(friend).get(url).status_code == 404
    wrong = page(mine).post(url, {"add": "nobody"})
    assert wrong.status_code == 422
    assert "This is not the id of a record." in wrong.content.decode()


def test_who_may_not_share_a_record_reads_with_whom_it_is_and_changes_nothing(
    make: Make, person: Callable[..., Actor], teams: dict[str, int]
) -> None:
    mine, reader = person("Mine", "seller", teams["North"]), person("Reader", "read_only")
    stranger = person("Stranger", "seller", teams["South"])
    shared = [encode(mine.user_id or 0)]
    account = make("account", name="Acme", owner=mine.user_id, team=teams["North"], collaborators=shared)
    url, wanted = f"/accounts/{encode(account)}/access/", {"add": encode(stranger.user_id or 0)}
    shown = text(page(reader), account)
    assert "Shared with" in shown
    assert 'name="add"' in whole(page(mine), account)
    assert 'name="add"' not in whole(page(reader), account)
    assert page(reader).post(url, wanted).status_code == 403
    assert page(reader).post(url, {"remove": shared[0]}).status_code == 403
    assert page(stranger).post(url, wanted).status_code == 404
    assert query.system_rows("account").get(account, ["collaborators"])["collaborators"] == (mine.user_id,)
