"""A manager's home: figures by team and person that lead to their rows, and what the pipeline needs."""

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.modules.conftest import Make

from tracte.kernel import clock
from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.modules.sales import home_targets
from tracte.modules.sales.progress import Figures, Holder
from tracte.modules.sales.review import Line, Review
from tracte.modules.sales.today import Day
from tracte.records import door, query
from tracte.records.people import Role, User
from tracte.web.home import list_url

NOW = datetime(2026, 11, 19, 9, 30, tzinfo=UTC)
Person = Callable[..., Actor]


@pytest.fixture
def iberia(make: Make) -> int:
    return make("team", name="Iberia")


@pytest.fixture
def north(make: Make) -> int:
    return make("team", name="North")


@pytest.fixture
def boss(person: Person) -> Actor:
    return person("Jordi", "manager")


@pytest.fixture
def laia(person: Person, iberia: int) -> Actor:
    return person("Laia", "seller", iberia)


@pytest.fixture
def quim(person: Person, iberia: int) -> Actor:
    return person("Quim", "seller", iberia)


@pytest.fixture
def deal(make: Make, stage: dict[str, int]) -> Callable[..., int]:
    """``deal(owner, "proposal", days_ago, amount=…)``, made and last changed so many days before now."""

    def maker(owner: Actor, at: str, days_ago: int = 0, **more: Any) -> int:
        values = {
            "name": f"Deal {days_ago}",
            "amount": "1000 EUR",
            "probability": "50",
            "closes_on": "2027-02-01",
        } | more
        if at in ("won", "lost"):
            values.pop("probability")
        with clock.frozen(NOW - timedelta(days=days_ago)):
            return make("opportunity", owner, stage=stage[at], **values)

    return maker


def target(**values: Any) -> int:
    given = {"period": "quarter", "starts_on": "2026-10-01", "metric": "won_amount"} | values
    return door.create(OPERATOR, "target", given, origin="ui").id


def review_for(actor: Actor, *, teams: bool = False) -> Review:
    day = Day(actor, NOW.date(), mine=False, teams=teams)
    figures = Figures(actor)
    return Review(day, home_targets.read(day, home_targets.asked(day), figures), figures)


def lines(review: Review) -> dict[Holder, Line]:
    return {one.holder: one for head, people in review.teams() for one in (head, *people) if one is not None}


def test_people_stand_under_their_team_and_who_lies_furthest_behind_comes_first(
    boss: Actor, laia: Actor, quim: Actor, person: Person, iberia: int, north: int, deal: Callable[..., int]
) -> None:
    pia = person("Pia", "seller", north)
    deal(laia, "won", amount="600 EUR", closed_on="2026-11-02")
    deal(quim, "won", amount="100 EUR", closed_on="2026-11-02")
    deal(pia, "new")
    for who in (laia, quim):
        target(whose="person", owner=encode(who.user_id or 0), amount="1000 EUR")
    with clock.frozen(NOW):
        found = [
            (head.holder.id if head else None, [one.holder.id for one in people])
            for head, people in review_for(boss).teams()
        ]
    assert found == [(iberia, [quim.user_id, laia.user_id]), (north, [pia.user_id])]


def test_every_figure_of_the_table_has_the_rows_it_leads_to(
    boss: Actor, laia: Actor, quim: Actor, iberia: int, make: Make, deal: Callable[..., int]
) -> None:
    deal(laia, "proposal", 40)  # quiet
    noted = deal(laia, "proposal", 40)
    make("note", laia, body="<p>They called.</p>", about=[encode(noted)])
    deal(laia, "new", next_step="Call", next_step_on="2026-11-01")
    deal(laia, "new", amount="100 GBP")
    deal(quim, "new")
    deal(laia, "won", amount="300 EUR", closed_on="2026-11-02")
    deal(laia, "won", amount="90 EUR", closed_on="2026-09-30")
    make("lead", laia, last_name="Pons", phone="+34937412880")
    make("lead", boss, last_name="Roig", phone="+34937412881", owner="", team=encode(iberia))
    with clock.frozen(NOW):
        review = review_for(boss)
        known = lines(review)
        mine, ours = known[Holder("person", laia.user_id)], known[Holder("team", iberia)]
        assert (mine.open, mine.late, mine.quiet, mine.leads) == (4, 1, 1, 1)
        assert (ours.open, ours.late, ours.quiet, ours.leads) == (5, 1, 1, 1)
        assert mine.weighted == {"EUR": 1500, "GBP": 50}
        assert mine.won == ours.won == {"EUR": 300}
        for line in (mine, ours):
            for name, figure in (
                ("open", line.open),
                ("late", line.late),
                ("quiet", line.quiet),
                ("leads", line.leads),
            ):
                rows = query.rows("lead" if name == "leads" else "opportunity", boss)
                assert rows.where({"all": review.where(name, line.holder)}).count()[0] == figure, name
            assert query.rows("opportunity", boss).where({"all": review.where("won", line.holder)}).count()[0] == 1


def test_stages_are_stuck_by_what_nobody_touches(boss: Actor, laia: Actor, deal: Callable[..., int]) -> None:
    deal(laia, "proposal", 40)
    deal(laia, "proposal", 30, amount="70 GBP")
    deal(laia, "proposal", 2)
    deal(laia, "new", 20)
    deal(laia, "won", 90)
    with clock.frozen(NOW):
        found = [(one.count, one.of, one.amounts) for one in review_for(boss).stuck()]
    assert found == [(2, 3, {"EUR": 1000, "GBP": 70}), (1, 1, {"EUR": 1000})]


def history(laia: Actor, deal: Callable[..., int], won: int, lost: int) -> None:
    for at in range(won):
        deal(laia, "won", amount="500 EUR", closed_on=(date(2026, 1, 10) + timedelta(days=at)).isoformat())
    for at in range(lost):
        deal(laia, "lost", lost_reason="price", closed_on=(date(2026, 2, 10) + timedelta(days=at)).isoformat())


def test_how_many_more_deals_a_target_needs_follows_from_size_and_win_rate(
    boss: Actor, laia: Actor, iberia: int, deal: Callable[..., int]
) -> None:
    history(laia, deal, won=8, lost=8)
    deal(laia, "won", amount="400 GBP", closed_on="2026-03-01")  # another currency: counts for the rate alone
    deal(laia, "won", amount="500 EUR", closed_on="2026-10-05")
    deal(laia, "proposal", amount="1000 EUR", closes_on="2026-12-01")
    target(whose="team", team=encode(iberia), owner="", amount="3000 EUR")
    with clock.frozen(NOW):
        (need,) = review_for(boss).needs()
    # 3,000 − 500 won − 500 weighted = 2,000; ÷ 500 a deal = 4; ÷ 10 won of 18 closed = 7.2
    assert (need.missing, need.average, need.rate) == (2000, 500, Decimal(10) / 18)
    assert need.deals == 8


@pytest.mark.parametrize(("won", "lost", "amount"), [(7, 20, "9000"), (9, 2, "9000"), (9, 9, "100")])
def test_nothing_is_said_where_there_is_too_little_to_go_by_or_nothing_missing(
    boss: Actor, laia: Actor, iberia: int, deal: Callable[..., int], won: int, lost: int, amount: str
) -> None:
    history(laia, deal, won, lost)
    deal(laia, "proposal", amount="1000 EUR", closes_on="2026-12-01")
    target(whose="team", team=encode(iberia), owner="", amount=f"{amount} EUR")
    with clock.frozen(NOW):
        assert review_for(boss).needs() == []


# -- the page --------------------------------------------------------------------------------------------------------
def page(actor: Actor, address: str = "/") -> str:
    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id))
    with clock.frozen(NOW):
        return client.get(address).content.decode()


def test_every_link_of_the_page_leads_to_a_list_that_can_be_read(
    boss: Actor, laia: Actor, quim: Actor, iberia: int, deal: Callable[..., int]
) -> None:
    history(laia, deal, won=9, lost=9)
    deal(laia, "proposal", 40, closes_on="2026-12-01", next_step="Call", next_step_on="2026-11-01")
    target(whose="team", team=encode(iberia), owner="", amount="30000 EUR")
    target(whose="person", owner=encode(laia.user_id or 0), amount="20000 EUR")
    target(whose="firm", owner="", metric="new_leads", number="10")
    text = page(boss)
    assert "What the pipeline needs" in text
    assert "Where deals are stuck" in text
    client = Client()
    client.force_login(User.objects.get(pk=boss.user_id))
    found = {unescape(one) for one in re.findall(r'href="(/(?:opportunities|leads)/[^"]*filter=[^"]*)"', text)}
    assert len(found) > 15
    with clock.frozen(NOW):
        assert {client.get(address).status_code for address in found} == {200}


def test_a_seller_sees_own_and_team_targets_with_what_is_gone_of_the_period(
    laia: Actor, quim: Actor, iberia: int, deal: Callable[..., int]
) -> None:
    deal(laia, "won", amount="620 EUR", closed_on="2026-11-02")
    deal(laia, "proposal", amount="1000 EUR", closes_on="2026-12-01")
    target(whose="person", owner=encode(laia.user_id or 0), amount="1000 EUR")
    target(whose="person", owner=encode(quim.user_id or 0), amount="77777 EUR")
    target(whose="team", team=encode(iberia), owner="", amount="5000 EUR")
    text = page(laia)
    assert "62\u00a0% reached, 54\u00a0% of the quarter gone" in text
    assert "enough to reach it" in text
    assert "€5,000" in text
    assert "77,777" not in text
    assert "Target €1,000" in text  # the line of the chart
    assert "77,777" not in page(laia, "/?whose=all")


def test_a_stranger_sees_nothing_of_the_teams_targets_or_people(
    person: Person, laia: Actor, iberia: int, north: int, deal: Callable[..., int]
) -> None:
    stranger = person("Charlie", "seller", north)
    deal(laia, "won", amount="620 EUR", closed_on="2026-11-02")
    deal(stranger, "new")
    target(whose="team", team=encode(iberia), owner="", amount="5000 EUR")
    target(whose="person", owner=encode(laia.user_id or 0), amount="1000 EUR")
    for address in ("/", "/?whose=all", "/?whose=team"):
        text = page(stranger, address)
        assert "5,000" not in text
        assert "€620" not in text
        assert "Laia" not in text


def test_hidden_amounts_leave_no_figure_in_money(
    person: Person, laia: Actor, iberia: int, deal: Callable[..., int]
) -> None:
    deal(laia, "proposal", 40)
    deal(person("Nil", "seller", iberia), "proposal", 40)
    role = Role.objects.get(key="seller").pk
    masks = {"masks": {"opportunity": {"amount": "hidden"}}}
    door.update(OPERATOR, "role", role, masks, origin="ui", canonical=True)
    target(whose="team", team=encode(iberia), owner="", amount="5000 EUR")
    text = page(laia, "/?whose=all")
    assert "By team and person" in text
    assert "€" not in text


def test_the_managers_page_takes_as_many_queries_for_many_people_as_for_few(
    boss: Actor, person: Person, laia: Actor, quim: Actor, iberia: int, deal: Callable[..., int]
) -> None:
    def fill(people: list[Actor]) -> None:
        for who in people:
            deal(who, "proposal", 40, closes_on="2026-12-01", next_step="Call", next_step_on="2026-11-01")
            deal(who, "won", closed_on="2026-11-02")
            target(whose="person", owner=encode(who.user_id or 0), amount="20000 EUR")

    history(laia, deal, won=9, lost=9)
    target(whose="team", team=encode(iberia), owner="", amount="300000 EUR")
    fill([laia, quim])
    client = Client()
    client.force_login(User.objects.get(pk=boss.user_id))
    with clock.frozen(NOW):
        client.get("/")
        with CaptureQueriesContext(connection) as few:
            client.get("/")
        fill([person(f"Seller{at}", "seller", iberia) for at in range(6)])
        client.get("/")
        with CaptureQueriesContext(connection) as many:
            assert client.get("/").status_code == 200
    assert len(many) == len(few) <= 3 + 22  # session, person and directory; then the page


def test_the_page_of_one_team_counts_that_team_alone(
    person: Person, laia: Actor, quim: Actor, iberia: int, north: int, deal: Callable[..., int]
) -> None:
    boss = person("Mar", "manager", iberia)
    deal(laia, "new")
    deal(person("Pia", "seller", north), "new")
    with clock.frozen(NOW):
        assert {one.id for one in lines(review_for(boss, teams=True)) if one.sort == "team"} == {iberia}
        assert {one.id for one in lines(review_for(boss)) if one.sort == "team"} == {iberia, north}
    address = re.findall(r'href="(/opportunities/board\?[^"]*)"', page(boss, "/?whose=team"))[0]
    asked = parse_qs(urlsplit(unescape(address)).query)
    assert query.rows("opportunity", boss).where(json.loads(asked["filter"][0])).count()[0] == 1
    assert list_url("opportunities", []).startswith("/opportunities/?")
