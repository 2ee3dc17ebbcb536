"""What happened since yesterday: what concerns the reader, told in few lines, and nothing beyond their reach."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.modules.conftest import Make

from tracte.engine import feed
from tracte.kernel import clock
from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.records import door, snapshot
from tracte.records.people import Role, User

NOW = datetime(2026, 11, 19, 9, 30, tzinfo=UTC)
YESTERDAY = NOW - timedelta(days=1)
Person = Callable[..., Actor]


@pytest.fixture
def iberia(make: Make) -> int:
    return make("team", name="Iberia")


@pytest.fixture
def laia(person: Person, iberia: int) -> Actor:
    return person("Laia", "seller", iberia)


@pytest.fixture
def quim(person: Person, iberia: int) -> Actor:
    return person("Quim", "seller", iberia)


@pytest.fixture
def deal(make: Make) -> Callable[..., int]:
    """A deal made a month ago."""

    def maker(owner: Actor, name: str) -> int:
        with clock.frozen(NOW - timedelta(days=30)):
            return make("opportunity", owner, name=name, amount="1000 EUR", closes_on="2027-01-05")

    return maker


def change(actor: Actor, deal: int, **values: Any) -> None:
    with clock.frozen(NOW - timedelta(hours=1)):
        door.update(actor, "opportunity", deal, values, origin="ui")


def told(actor: Actor, *, mine: bool = True) -> list[tuple[str, str, str, int]]:
    """Who, what was done, to what, and to how many more."""
    with clock.frozen(NOW):
        news = feed.recent(actor, YESTERDAY, mine=mine)
    return [(one.who, one.verb, one.record.title if one.record else "", one.more) for one in news]


def test_what_others_did_to_ones_own_records_is_told_and_what_they_did_to_theirs_is_not(
    laia: Actor, quim: Actor, deal: Callable[..., int]
) -> None:
    mine, theirs = deal(laia, "Freezer"), deal(quim, "Belt")
    change(quim, mine, next_step="Call")
    change(quim, theirs, next_step="Call")
    change(laia, mine, objective="More")
    assert told(laia) == [("Quim", "update", "Freezer", 0)]
    assert told(laia, mine=False) == [("Quim", "update", "Belt", 1)]


def test_a_deal_a_colleague_won_is_news_for_the_team(
    laia: Actor, quim: Actor, deal: Callable[..., int], stage: dict[str, int]
) -> None:
    for name in ("Belt", "Oven"):
        change(quim, deal(quim, name), stage=encode(stage["won"]))
    assert sorted(told(laia)) == [("Quim", "update", "Belt", 0), ("Quim", "update", "Oven", 0)]


def test_the_same_sort_of_thing_done_to_several_is_one_line(
    laia: Actor, quim: Actor, deal: Callable[..., int], stage: dict[str, int]
) -> None:
    for at in range(5):
        change(quim, deal(laia, f"Oven {at}"), stage=encode(stage["qualified"]))
    change(quim, deal(laia, "Belt"), next_step="Call")
    assert sorted(told(laia)) == [("Quim", "update", "Belt", 0), ("Quim", "update", "Oven 4", 4)]


def test_a_note_about_ones_own_deal_is_told_with_the_deal(
    laia: Actor, quim: Actor, deal: Callable[..., int], make: Make
) -> None:
    mine, theirs = deal(laia, "Freezer"), deal(quim, "Belt")
    with clock.frozen(NOW - timedelta(hours=1)):
        make("note", quim, body="<p>They called.</p>", about=[encode(mine)])
        make("note", quim, body="<p>Of mine.</p>", about=[encode(theirs)])
        make("note", quim, body="<p>Secret.</p>", about=[encode(mine)], private="true")
    with clock.frozen(NOW):
        (news,) = feed.recent(laia, YESTERDAY, mine=True)
    assert news.record is not None
    assert news.about is not None
    assert (news.record.title, news.about.title) == ("They called.", "Freezer")


def test_a_lead_nobody_has_claimed_is_news(laia: Actor, iberia: int, make: Make) -> None:
    with clock.frozen(NOW - timedelta(hours=1)):
        make("lead", OPERATOR, last_name="Pons", phone="+34937412880", owner="", team=encode(iberia))
    assert told(laia) == [("operator", "create", "Pons", 0)]


def test_where_nobody_else_did_anything_one_reads_what_one_did(laia: Actor, deal: Callable[..., int]) -> None:
    change(laia, deal(laia, "Freezer"), next_step="Call")
    assert told(laia) == [("Laia", "update", "Freezer", 0)]


def test_a_stranger_reads_nothing_of_it(
    laia: Actor, quim: Actor, person: Person, make: Make, deal: Callable[..., int], stage: dict[str, int]
) -> None:
    stranger = person("Charlie", "seller", make("team", name="North"))
    mine = deal(laia, "Freezer")
    change(quim, mine, stage=encode(stage["won"]))
    with clock.frozen(NOW - timedelta(hours=1)):
        make("note", quim, body="<p>They called.</p>", about=[encode(mine)])
    assert told(stranger) == told(stranger, mine=False) == []


def test_a_change_of_a_hidden_field_is_not_told(laia: Actor, quim: Actor, deal: Callable[..., int]) -> None:
    change(quim, deal(laia, "Freezer"), objective="Twice as much")
    role = Role.objects.get(key="seller").pk
    masks = {"masks": {"opportunity": {"objective": "hidden"}}}
    door.update(OPERATOR, "role", role, masks, origin="ui", canonical=True)
    assert told(snapshot.current().actor(laia.user_id or 0)) == []


def test_queries_do_not_depend_on_how_much_happened(
    laia: Actor, quim: Actor, deal: Callable[..., int], make: Make
) -> None:
    def happen(at: int) -> None:
        mine = deal(laia, f"Oven {at}")
        change(quim, mine, next_step="Call")
        with clock.frozen(NOW - timedelta(hours=1)):
            make("note", quim, body="<p>They called.</p>", about=[encode(mine)])

    happen(0)
    with clock.frozen(NOW), CaptureQueriesContext(connection) as few:
        feed.recent(laia, YESTERDAY)
    for at in range(1, 6):
        happen(at)
    with clock.frozen(NOW), CaptureQueriesContext(connection) as many:
        feed.recent(laia, YESTERDAY)
    assert len(many) == len(few)


def test_the_page_tells_it_in_sentences(
    laia: Actor, quim: Actor, deal: Callable[..., int], stage: dict[str, int], make: Make
) -> None:
    for at in range(3):
        change(quim, deal(laia, f"<Oven> {at}"), stage=encode(stage["qualified"]))
    mine = deal(laia, "Freezer")
    with clock.frozen(NOW - timedelta(hours=1)):
        make("note", quim, body="<p>They called.</p>", about=[encode(mine)])
    change(quim, mine, stage=encode(stage["won"]))
    client = Client()
    client.force_login(User.objects.get(pk=laia.user_id))
    with clock.frozen(NOW):
        text = client.get("/").content.decode()
    assert "&lt;Oven&gt; 2</a> and 2 more to Qualified" in text
    assert "<b>Quim</b> wrote about <a" in text
    assert "<b>Quim</b> won <a" in text
