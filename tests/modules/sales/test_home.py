"""The home page: a person's day in figures that lead to their rows."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.modules.conftest import Make

from tracte.kernel import clock
from tracte.kernel.actor import OPERATOR, Actor
from tracte.modules.sales.chart import won_steps
from tracte.modules.sales.home import money
from tracte.modules.sales.today import Day, risk
from tracte.records import door, query
from tracte.records.people import User
from tracte.web.home import due_words, list_url
from tracte.web.views.home import day_words, greeting, since_yesterday

NOW = datetime(2026, 11, 19, 9, 30, tzinfo=UTC)
Person = Callable[..., Actor]


@pytest.fixture
def team(make: Make) -> int:
    return make("team", name="Iberia")


@pytest.fixture
def laia(person: Person, team: int) -> Actor:
    return person("Laia", "seller", team)


@pytest.fixture
def deal(make: Make, stage: dict[str, int]) -> Callable[..., int]:
    """``deal(owner, "proposal", days_ago, amount=…)``, made and last changed so many days before now."""

    def maker(owner: Actor, at: str, days_ago: int = 0, **more: Any) -> int:
        values = {"name": f"Deal {days_ago}", "amount": "1000", "closes_on": "2026-12-24"} | more
        with clock.frozen(NOW - timedelta(days=days_ago)):
            return make("opportunity", owner, stage=stage[at], **values)

    return maker


def behind(actor: Actor, address: str) -> int:
    """How many rows the list at an address holds."""
    asked = parse_qs(urlsplit(address).query)
    return query.rows("opportunity", actor).where(json.loads(asked["filter"][0])).count()[0]


def test_late_today_and_missing_next_steps_are_counted_from_open_deals_of_the_person(
    laia: Actor, person: Person, team: int, deal: Callable[..., int]
) -> None:
    other = person("Quim", "seller", team)
    for offset in (-40, -1, 0, 3):
        deal(laia, "new", next_step="Call", next_step_on=(NOW.date() + timedelta(days=offset)).isoformat())
    deal(laia, "qualified")
    deal(laia, "lost", lost_reason="price", next_step_on="2026-01-01")
    deal(other, "new", next_step_on="2026-11-18")
    with clock.frozen(NOW):
        mine, all_ = Day(laia, NOW.date()), Day(laia, NOW.date(), mine=False)
        assert mine.due() == {"late": 2, "today": 1, "none": 1}
        assert all_.due() == {"late": 3, "today": 1, "none": 1}
        assert (mine.open_count, all_.open_count) == (5, 6)
        steps = [row["next_step_on"] for row in mine.next_steps()]
    assert steps == [date(2026, 10, 10), date(2026, 11, 18), date(2026, 11, 19), date(2026, 11, 22), None]


def test_money_of_two_currencies_is_never_added_up_and_each_bar_leads_to_its_rows(
    laia: Actor, deal: Callable[..., int]
) -> None:
    deal(laia, "proposal", amount="100 EUR")
    deal(laia, "proposal", amount="50 GBP")
    deal(laia, "proposal", amount="25 GBP")
    deal(laia, "new", amount="7 EUR")
    with clock.frozen(NOW):
        day = Day(laia, NOW.date())
        assert day.open_sums() == {"EUR": 107, "GBP": 75}
        cells = [cell for group in day.pipeline().values() for cell in group]
        assert [(c.currency, c.stage.key, c.count, c.amount) for c in cells] == [
            ("EUR", "new", 1, 7),
            ("EUR", "proposal", 1, 100),
            ("GBP", "proposal", 2, 75),
        ]
        assert [behind(laia, list_url("opportunities", cell.where)) for cell in cells] == [1, 1, 2]


def test_a_deal_goes_quiet_after_twice_the_usual_time_without_change_or_note(
    laia: Actor, make: Make, deal: Callable[..., int]
) -> None:
    silent = deal(laia, "proposal", 30, amount="900")  # the stage usually takes 14 days
    deal(laia, "proposal", 27)
    deal(laia, "new", 16, amount="40 GBP")  # usually 7
    noted = deal(laia, "proposal", 60)
    deal(laia, "won", 90)
    make("note", laia, body="<p>They called.</p>", about=[_written(noted)])
    with clock.frozen(NOW + timedelta(minutes=5)):
        quiet = Day(laia, NOW.date()).quiet()
    assert [(one.days, one.usual) for one in quiet] == [(30, 14), (16, 7)]
    assert quiet[0].deal["id"] == silent
    assert risk(quiet) == {"EUR": 900, "GBP": 40}


def _written(record: int) -> str:
    from tracte.kernel.ids import encode

    return encode(record)


def test_what_was_won_counts_from_the_first_day_of_the_quarter(laia: Actor, deal: Callable[..., int]) -> None:
    for day, amount in (("2026-09-30", "5"), ("2026-10-01", "10"), ("2026-11-02", "20"), ("2026-11-02", "30")):
        deal(laia, "won", amount=amount, closed_on=day)
    deal(laia, "won", amount="3 GBP", closed_on="2026-10-15")
    with clock.frozen(NOW):
        day = Day(laia, NOW.date())
        won = day.won()
        assert won.sums == {"EUR": 60, "GBP": 3}
        assert won.steps["EUR"] == [(date(2026, 10, 1), 10), (date(2026, 11, 2), 60)]
        assert (won.count, won.first, won.last) == (4, date(2026, 10, 1), date(2026, 12, 31))
        assert behind(laia, list_url("opportunities", day.won_where())) == 4


@pytest.fixture
def page(laia: Actor) -> Callable[..., str]:
    def get(actor: Actor = laia, address: str = "/") -> str:
        client = Client()
        client.force_login(User.objects.get(pk=actor.user_id))
        with clock.frozen(NOW):
            return client.get(address).content.decode()

    return get


def test_the_page_takes_few_queries_however_much_there_is(laia: Actor, make: Make, deal: Callable[..., int]) -> None:
    client = Client()
    client.force_login(User.objects.get(pk=laia.user_id))
    accounts = [make("account", laia, name=f"Account {at}") for at in range(6)]
    for at in range(24):
        deal(laia, "proposal", at * 3, account=accounts[at % 6], amount="5 GBP" if at % 2 else "9 EUR")
    with clock.frozen(NOW):
        client.get("/")
        with CaptureQueriesContext(connection) as few:
            client.get("/")
        for at in range(24):
            deal(laia, "new", at * 3, account=accounts[at % 6])
        with CaptureQueriesContext(connection) as many:
            answer = client.get("/")
    assert answer.status_code == 200
    assert len(many) == len(few) <= 3 + 13  # session, person and directory; then the page


def test_the_page_names_the_person_and_shows_what_is_late(laia: Actor, deal: Callable[..., int], page: Any) -> None:
    deal(laia, "new", name="Ștefan’s <conveyor>", next_step="Call", next_step_on="2026-11-18")
    text = page()
    assert "Good morning, Laia" in text
    assert "Thursday 19 November. 1 next step is late." in text
    assert "Ștefan’s &lt;conveyor&gt;" in text
    assert "style=" not in text


def test_a_manager_sees_everybody_and_may_look_at_their_own(
    person: Person, laia: Actor, deal: Callable[..., int], page: Any
) -> None:
    boss = person("Jordi", "manager")
    deal(laia, "new", name="Freezer shuttle")
    assert "Freezer shuttle" in page(boss)
    assert "Freezer shuttle" not in page(boss, "/?whose=mine").split("news")[0]


def test_a_stranger_to_the_team_sees_nothing_of_its_deals(
    person: Person, laia: Actor, deal: Callable[..., int], page: Any
) -> None:
    deal(laia, "new", name="Freezer shuttle")
    assert "Freezer shuttle" not in page(person("Charlie", "seller"), "/?whose=all")


def test_somebody_new_sees_the_first_steps_instead_of_emptiness(page: Any, person: Person, make: Make) -> None:
    text = page(person("Pia", "manager", is_admin=True))
    assert "First steps" in text
    assert "/contacts/new" in text
    assert "/users/new" in text
    assert 'class="line-item done"' in text  # two people are here already


def test_a_seller_of_an_empty_firm_sees_what_they_may_do(page: Any, laia: Actor) -> None:
    text = page(laia)
    assert "/contacts/new/" in text
    assert "/opportunities/new/" in text
    assert "/users/new/" not in text
    assert "/imports/" not in text.split("First steps")[1]


def test_the_first_steps_tick_themselves_and_go_when_all_are_done(
    page: Any, laia: Actor, person: Person, make: Make, deal: Callable[..., int]
) -> None:
    boss = person("Pia", "manager", is_admin=True)
    door.update(OPERATOR, "user", laia.user_id or 0, {"can_sign_in": "false"}, origin="ui")  # alone for now
    assert "0 of 3 done" in page(boss)
    make("contact", boss, first_name="Ana")
    assert "1 of 3 done" in page(boss)
    deal(boss, "new")
    text = page(boss)
    assert "2 of 3 done" in text
    assert "Deal 0" in text  # work and what is left of the steps stand together
    person("Quim", "seller")
    assert "First steps" not in page(boss)


def test_the_first_steps_stay_closed_for_who_closed_them(page: Any, person: Person) -> None:
    boss, other = person("Pia", "manager", is_admin=True), person("Quim", "manager", is_admin=True)
    client = Client()
    client.force_login(User.objects.get(pk=boss.user_id))
    assert client.get("/settings/first-steps").status_code == 405
    assert client.post("/settings/first-steps").status_code == 302
    assert "First steps" not in page(boss)
    assert "First steps" in page(other)


def test_an_unknown_parameter_is_refused(page: Any, laia: Actor) -> None:
    assert "does not lead anywhere" in page(laia, "/?who=me")
    assert "does not lead anywhere" in page(laia, "/?whose=theirs")


@pytest.mark.parametrize(("hour", "words"), [(4, "evening"), (5, "morning"), (12, "afternoon"), (18, "evening")])
def test_the_greeting_follows_the_hour(hour: int, words: str) -> None:
    assert greeting(hour, "Núria Roure") == f"Good {words}, Núria"


def test_on_monday_and_at_the_weekend_yesterday_is_friday() -> None:
    for day in (21, 22, 23):
        assert since_yesterday(datetime(2026, 11, day, 9, tzinfo=UTC)) == datetime(2026, 11, 20, tzinfo=UTC)
    assert since_yesterday(datetime(2026, 11, 24, 9, tzinfo=UTC)) == datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Thursday 19 November"), ("ca", "Dijous 19 de novembre"), ("ro", "Joi 19 noiembrie")]
)
def test_the_day_is_written_in_the_readers_language(language: str, words: str) -> None:
    assert day_words(NOW.date(), language) == words


def test_days_near_today_are_words() -> None:
    today = date(2026, 11, 19)
    words = [due_words(today + timedelta(days=n), today, "en") for n in (-400, -3, -1, 0, 1, 4, 9)]
    assert words == ["15 Oct 2025", "Mon 16", "Yesterday", "Today", "Tomorrow", "Mon 23", "28 Nov"]


def test_the_chart_stays_in_its_frame_and_says_what_it_is() -> None:
    first, last = date(2026, 10, 1), date(2026, 12, 31)
    for steps in ([], [(first, 5)], [(first, 5), (last, 9)]):
        svg = won_steps(steps, first, last, last, ("Won <so far>", "1 Oct", "today", "31 Dec"))
        assert 'aria-label="Won &lt;so far&gt;"' in svg
        assert "H340" in svg
        assert "style" not in svg
    assert money(Decimal("1234.5"), "EUR", "en") == "€1,234"
