"""The page on which one says who stands in while one is away."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from tests.modules.conftest import firm, make, person

from tracte.kernel import clock
from tracte.kernel.actor import Actor
from tracte.kernel.ids import encode
from tracte.records import query, snapshot
from tracte.records.people import User
from tracte.records.sharing import Delegation

Make = Callable[..., int]
__all__ = ["firm", "make", "person"]
URL = "/settings/stand-in/"


@pytest.fixture
def away(person: Callable[..., Actor], make: Make) -> Actor:
    return person("Laia", "seller", make("team", name="North"))


@pytest.fixture
def taker(person: Callable[..., Actor], make: Make) -> Actor:
    return person("Joan", "seller", make("team", name="South"))


def page(actor: Actor) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id))
    return client


def day(days: int) -> str:
    return (clock.now() + timedelta(days=days)).date().isoformat()


def reached(actor: Actor) -> list[int]:
    return query.rows("account", snapshot.current().actor(int(actor.user_id or 0))).ids()


def test_whoever_stands_in_reaches_the_records_until_it_is_ended(away: Actor, taker: Actor, make: Make) -> None:
    account = make("account", name="Acme", owner=away.user_id)
    assert reached(taker) == []
    sent = {"taker": encode(taker.user_id or 0), "until": day(7), "reason": "Holidays"}
    assert page(away).post(URL, sent).status_code == 302
    assert reached(taker) == [account]
    mine, theirs = page(away).get(URL).content.decode(), page(taker).get(URL).content.decode()
    assert "Joan stands in for you" in mine
    assert "You stand in for Laia" in theirs
    one = {"end": encode(Delegation.objects.get().pk)}
    assert page(taker).post(URL, one).status_code == 404
    assert reached(taker) == [account]
    assert page(away).post(URL, one).status_code == 302
    assert reached(taker) == []
    assert URL in page(away).get("/settings/profile/").content.decode()


def test_a_wrong_stand_in_is_said_beside_its_field_and_what_was_typed_stays(away: Actor, taker: Actor) -> None:
    answer = page(away).post(URL, {"taker": encode(away.user_id or 0), "until": day(7), "reason": "Holidays"})
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="f-taker-error"' in shown
    assert 'value="Holidays"' in shown
    missing = page(away).post(URL, {"taker": encode(taker.user_id or 0), "until": ""})
    assert 'id="f-until-error"' in missing.content.decode()
    assert Delegation.objects.count() == 0


def test_nobody_names_a_stand_in_for_somebody_else(away: Actor, taker: Actor) -> None:
    sent = {"giver": encode(away.user_id or 0), "taker": encode(away.user_id or 0), "until": day(7)}
    assert page(taker).post(URL, sent).status_code == 302
    assert Delegation.objects.get().giver_id == taker.user_id  # type: ignore[attr-defined]
