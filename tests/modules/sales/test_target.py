"""Targets: who may set and see them, one for each holder and period, and how far each is."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.modules.conftest import Make

from tracte.kernel import clock
from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.kernel.money import Money
from tracte.kernel.problems import Forbidden
from tracte.modules.sales import target_plan as plans
from tracte.modules.sales.measures import MEASURES
from tracte.modules.sales.periods import Period
from tracte.modules.sales.progress import FIRM, Holder, goals, progress, running
from tracte.modules.sales.target_plan import Plan
from tracte.records import door, query, snapshot, undo
from tracte.records.changes import ChangeSet
from tracte.records.guard import open_door
from tracte.records.people import Role, User

NOW = datetime(2026, 11, 19, 9, 30, tzinfo=UTC)
TODAY = NOW.date()
Person = Callable[..., Actor]
LEADS_A_TEAM = dict.fromkeys(("view", "create", "edit", "delete", "undo"), "team")


@pytest.fixture
def iberia(make: Make) -> int:
    return make("team", name="Iberia")


@pytest.fixture
def north(make: Make) -> int:
    return make("team", name="North")


@pytest.fixture
def laia(person: Person, iberia: int) -> Actor:
    return person("Laia", "seller", iberia)


@pytest.fixture
def lead(person: Person, make: Make, iberia: int) -> Actor:
    """Somebody who leads one team: their role reaches as far as the team, targets too."""
    door.create(OPERATOR, "role", {"name": "Team lead", "grants": {"*": LEADS_A_TEAM}}, origin="ui", canonical=True)
    return person("Marta", "team_lead", iberia)


def set_for(actor: Actor, **values: Any) -> int:
    """A target of €1,000 for November, unless said otherwise."""
    given = {"period": "month", "starts_on": "2026-11-01", "metric": "won_amount", "amount": "1000 EUR"} | values
    return door.create(actor, "target", {k: v for k, v in given.items() if v is not None}, origin="ui").id


def seen(actor: Actor) -> set[int]:
    return set(query.rows("target", actor).ids())


def of_person(actor: Actor, **values: Any) -> dict[str, Any]:
    return {"whose": "person", "owner": encode(actor.user_id or 0), **values}


def of_team(team: int, **values: Any) -> dict[str, Any]:
    return {"whose": "team", "owner": "", "team": encode(team), **values}


# -- what a target is --------------------------------------------------------------------------------------------------
def test_a_target_begins_on_the_first_day_of_its_period(laia: Actor, values_of: Any) -> None:
    made = set_for(OPERATOR, **of_person(laia), period="quarter", starts_on="2026-11-19")
    values = values_of("target", made)
    assert (values["starts_on"], values["span"]) == (date(2026, 10, 1), "2026-Q4")


def test_there_is_one_target_for_each_holder_period_measure_and_currency(
    laia: Actor, iberia: int, codes: Callable[..., Any]
) -> None:
    set_for(OPERATOR, **of_person(laia))
    again = of_person(laia, starts_on="2026-11-30")
    assert codes(set_for, OPERATOR, **again) == {("starts_on", "target_exists")}
    for other in (
        of_person(laia, amount="1000 GBP"),
        of_person(laia, metric="won_deals", amount=None, number="4"),
        of_person(laia, period="quarter"),
        of_person(laia, starts_on="2026-12-01"),
        of_team(iberia),
        {"whose": "firm", "owner": ""},
    ):
        set_for(OPERATOR, **other)


def test_the_value_is_of_the_sort_the_measure_has_and_above_nothing(laia: Actor, codes: Callable[..., Any]) -> None:
    assert codes(set_for, OPERATOR, **of_person(laia, amount=None)) == {("amount", "required")}
    assert codes(set_for, OPERATOR, **of_person(laia, amount="-5 EUR")) == {("amount", "too_small")}
    assert codes(set_for, OPERATOR, **of_person(laia, number="3")) == {("number", "not_for_measure")}
    assert codes(set_for, OPERATOR, **of_person(laia, metric="new_leads", amount=None)) == {("number", "required")}
    assert codes(set_for, OPERATOR, whose="person", owner="") == {("owner", "nobody_to_reach")}
    assert codes(set_for, OPERATOR, whose="team", owner="", team="") == {("team", "nobody_to_reach")}


def test_a_target_of_a_team_or_of_the_firm_has_no_owner(iberia: int, laia: Actor, values_of: Any) -> None:
    team = values_of("target", set_for(OPERATOR, whose="team", owner=encode(laia.user_id or 0), team=encode(iberia)))
    firm = values_of("target", set_for(OPERATOR, whose="firm", owner="", team=encode(iberia)))
    told = values_of("target", set_for(OPERATOR, team=encode(iberia), starts_on="2026-12-01"))  # as a client may say it
    assert (team["owner"], team["team"]) == (None, iberia)
    assert (firm["owner"], firm["team"]) == (None, None)
    assert (told["whose"], told["owner"]) == ("team", None)


# -- who may ---------------------------------------------------------------------------------------------------------
def test_a_seller_reads_own_and_team_targets_and_sets_none(
    laia: Actor, person: Person, iberia: int, north: int
) -> None:
    quim = person("Quim", "seller", iberia)
    mine, ours = set_for(OPERATOR, **of_person(laia)), set_for(OPERATOR, **of_team(iberia))
    set_for(OPERATOR, **of_person(quim))
    set_for(OPERATOR, **of_team(north))
    set_for(OPERATOR, whose="firm", owner="")
    assert seen(laia) == {mine, ours}
    with pytest.raises(Forbidden):
        set_for(laia, **of_person(laia, starts_on="2026-12-01"))
    with pytest.raises(Forbidden):
        door.update(laia, "target", mine, {"amount": "1 EUR"}, origin="ui")


def test_who_leads_a_team_sets_its_targets_and_those_of_its_people_and_of_nobody_else(
    lead: Actor, laia: Actor, person: Person, iberia: int, north: int, codes: Callable[..., Any]
) -> None:
    stranger = person("Charlie", "seller", north)
    theirs = {set_for(OPERATOR, **of_person(stranger)), set_for(OPERATOR, **of_team(north))}
    made = {set_for(lead, **of_person(laia)), set_for(lead, **of_team(iberia))}
    assert seen(lead) == made
    assert not theirs & seen(lead)
    for wrong in (
        of_person(stranger, starts_on="2026-12-01"),
        of_person(stranger, starts_on="2026-12-01", team=encode(iberia)),  # as if they were of the team
        of_team(north, starts_on="2026-12-01"),
        {"whose": "firm", "owner": "", "starts_on": "2026-12-01"},
        {"whose": "firm", "owner": "", "team": encode(iberia), "starts_on": "2026-12-01"},
    ):
        assert codes(set_for, lead, **wrong) == {("owner", "left_scope")}
    mine = set_for(lead, **of_person(laia, starts_on="2026-10-01"))
    moved = {"owner": encode(stranger.user_id or 0)}
    assert codes(door.update, lead, "target", mine, moved, origin="ui") == {("owner", "left_scope")}


def test_a_stranger_learns_nothing_of_a_teams_targets(
    laia: Actor, person: Person, iberia: int, north: int, codes: Callable[..., Any]
) -> None:
    stranger = person("Charlie", "seller", north)
    for values in (of_person(laia), of_team(iberia), {"whose": "firm", "owner": ""}):
        set_for(OPERATOR, **values)
    assert seen(stranger) == set()
    plan = Plan.read(stranger, 2026, MEASURES["won_amount"], "month", "EUR")
    assert plan.found == {}
    assert set(plan.holders()) == {Holder("team", north), Holder("person", stranger.user_id)}
    assert "1000" not in page(stranger).content.decode()


def test_a_role_of_an_older_home_that_changes_its_team_reads_targets_and_sets_none(person: Person, north: int) -> None:
    door.create(OPERATOR, "role", {"name": "Old seller", "grants": {"*": LEADS_A_TEAM}}, origin="ui", canonical=True)
    with open_door():
        import_module("tracte.modules.sales.migrations.0007_targets").leave_them_to_who_leads(apps, None)
    grants = Role.objects.get(key="old_seller").grants
    assert (grants["target"]["view"], grants["target"]["edit"]) == ("team", "none")
    assert "target" not in Role.objects.get(key="manager").grants


# -- how far they are --------------------------------------------------------------------------------------------------
@pytest.fixture
def deals(make: Make, stage: dict[str, int], laia: Actor, person: Person, iberia: int) -> None:
    """Won: Laia €300 and £50 in November, €90 in October; Quim €200. Open: Laia €1,000 at 50 % for December."""
    quim = person("Quim", "seller", iberia)
    for who, amount, day in (
        (laia, "300 EUR", "2026-11-03"),
        (laia, "50 GBP", "2026-11-04"),
        (laia, "90 EUR", "2026-10-30"),
        (quim, "200 EUR", "2026-11-10"),
    ):
        make("opportunity", who, name=f"{amount}", stage=stage["won"], amount=amount, closed_on=day)
    make(
        "opportunity",
        laia,
        name="Open",
        stage=stage["proposal"],
        amount="1000 EUR",
        probability="50",
        closes_on="2026-12-10",
    )


def reached(actor: Actor) -> dict[tuple[str, str, str], tuple[Decimal, Decimal | None]]:
    found = progress(actor, goals(actor, running(TODAY)), TODAY)
    return {(p.goal.holder.sort, p.goal.period.code, p.goal.currency): (p.reached, p.coming) for p in found}


def test_what_is_reached_and_what_is_to_come_is_counted_for_each_holder_and_currency(
    laia: Actor, iberia: int, deals: None
) -> None:
    for values in (
        of_person(laia),
        of_person(laia, amount="100 GBP"),
        of_person(laia, period="quarter"),
        of_team(iberia),
        {"whose": "firm", "owner": "", "period": "year"},
    ):
        set_for(OPERATOR, **values)
    with clock.frozen(NOW):
        assert reached(laia) == {
            ("person", "2026-11", "EUR"): (300, 0),
            ("person", "2026-11", "GBP"): (50, 0),
            ("person", "2026-Q4", "EUR"): (390, 500),
            ("team", "2026-11", "EUR"): (500, 0),
        }
        assert reached(OPERATOR)["firm", "2026", "EUR"] == (590, 500)


def test_the_figure_and_the_rows_behind_it_agree(laia: Actor, iberia: int, deals: None) -> None:
    set_for(OPERATOR, **of_person(laia, period="quarter"))
    set_for(OPERATOR, **of_team(iberia, metric="won_deals", amount=None, number="9"))
    with clock.frozen(NOW):
        for one in progress(laia, goals(laia, running(TODAY)), TODAY):
            rows = query.rows(one.goal.measure.entity, laia).where({"all": one.where})
            assert rows.count()[0] == (2 if one.goal.currency else one.reached == 3 and 3)
            if one.coming is not None:
                assert query.rows("opportunity", laia).where({"all": one.coming_where}).count()[0] == 1


def test_who_sees_only_own_deals_is_told_nothing_about_the_team(
    make: Make, person: Person, iberia: int, deals: None
) -> None:
    grants = {"*": {"view": "own"}, "target": {"view": "team"}}
    door.create(OPERATOR, "role", {"name": "Narrow", "grants": grants}, origin="ui", canonical=True)
    narrow = person("Nil", "narrow", iberia)
    set_for(OPERATOR, **of_person(narrow))
    set_for(OPERATOR, **of_team(iberia))
    with clock.frozen(NOW):
        assert set(reached(narrow)) == {("person", "2026-11", "EUR")}


def test_who_may_not_see_amounts_sees_no_target_in_money(person: Person, iberia: int, deals: None) -> None:
    role = Role.objects.get(key="seller").pk
    door.update(OPERATOR, "role", role, {"masks": {"opportunity": {"amount": "hidden"}}}, origin="ui", canonical=True)
    masked = person("Nil", "seller", iberia)
    set_for(OPERATOR, **of_team(iberia))
    set_for(OPERATOR, **of_team(iberia, metric="won_deals", amount=None, number="4"))
    with clock.frozen(NOW):
        assert set(reached(masked)) == {("team", "2026-11", "")}


def test_queries_do_not_depend_on_people_or_deals(laia: Actor, person: Person, iberia: int, deals: None) -> None:
    def counted() -> int:
        with clock.frozen(NOW), snapshot.held(), CaptureQueriesContext(connection) as asked:
            reached(OPERATOR)
        return len(asked)

    for period in ("month", "quarter"):
        set_for(OPERATOR, **of_person(laia, period=period))
    reached(OPERATOR)
    few = counted()
    for at in range(8):
        other = person(f"Seller{at}", "seller", iberia)
        for period in ("month", "quarter"):
            set_for(OPERATOR, **of_person(other, period=period))
    snapshot.current()
    assert counted() == few == 1 + 2 + 2  # targets; won and still to come, each for a month and a quarter


# -- the table of a year -----------------------------------------------------------------------------------------------
def page(actor: Actor, data: dict[str, str] | None = None, asked: str = "") -> Any:
    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id))
    address = f"/targets/plan/?year=2026{asked}"
    with clock.frozen(NOW):
        return client.post(address, data) if data is not None else client.get(address)


def plan_of(actor: Actor, year: int = 2026) -> Plan:
    return Plan.read(actor, year, MEASURES["won_amount"], "month", "EUR")


def test_a_year_is_filled_evenly_as_one_change_that_can_be_undone(person: Person, laia: Actor) -> None:
    boss = person("Jordi", "manager")
    holder = Holder("person", laia.user_id)
    before = ChangeSet.objects.count()
    answer = page(boss, {"do": "fill", "who": plans.word_of(holder), "total": "120,000", "how": "even"})
    assert answer.status_code == 302
    assert [plan_of(boss).value(holder, period) for period in Period.of_year("month", 2026)] == [10000] * 12
    assert ChangeSet.objects.count() == before + 1
    undo.run(ChangeSet.objects.latest("pk").pk, boss)
    assert plan_of(boss).found == {}


def test_a_year_is_filled_as_the_last_one_went(person: Person, laia: Actor, make: Make, stage: dict[str, int]) -> None:
    boss = person("Jordi", "manager")
    for amount, day in (("30 EUR", "2025-03-01"), ("10 EUR", "2025-09-30")):
        make("opportunity", laia, name=day, stage=stage["won"], amount=amount, closed_on=day)
    holder = Holder("person", laia.user_id)
    page(boss, {"do": "fill", "who": plans.word_of(holder), "total": "1000", "how": "shape"})
    assert {p.code: g.value for (_h, p), g in plan_of(boss).found.items()} == {"2026-03": 750, "2026-09": 250}


def test_cells_are_set_changed_and_emptied_at_once(person: Person, laia: Actor) -> None:
    boss = person("Jordi", "manager")
    word = plans.word_of(Holder("person", laia.user_id))
    set_for(OPERATOR, **of_person(laia))
    set_for(OPERATOR, **of_person(laia, starts_on="2026-12-01"))
    page(boss, {"do": "cells", f"{word}.2026-10": "1.500", f"{word}.2026-11": "", f"{word}.2026-12": "2,500.50"})
    found = {p.code: g.value for (_h, p), g in plan_of(boss).found.items()}
    assert found["2026-12"] == Decimal("2500.50")
    assert "2026-11" not in found
    assert "2026-10" in found


def test_a_cell_that_is_no_number_refuses_all_and_keeps_what_was_typed(person: Person, laia: Actor) -> None:
    boss = person("Jordi", "manager")
    word = plans.word_of(Holder("person", laia.user_id))
    answer = page(boss, {"do": "cells", f"{word}.2026-10": "much", f"{word}.2026-11": "77"})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="much"' in text
    assert 'value="77"' in text
    assert 'aria-invalid="true"' in text
    assert plan_of(boss).found == {}


def test_last_years_targets_are_taken_again_where_nothing_stands_yet(person: Person, laia: Actor) -> None:
    boss = person("Jordi", "manager")
    for day, amount in (("2025-11-01", "1000 EUR"), ("2025-12-01", "2000 EUR")):
        set_for(OPERATOR, **of_person(laia, starts_on=day, amount=amount))
    set_for(OPERATOR, **of_person(laia, amount="50 EUR"))
    page(boss, {"do": "copy", "percent": "10"})
    assert {p.code: g.value for (_h, p), g in plan_of(boss).found.items()} == {"2026-11": 50, "2026-12": 2200}


def test_a_seller_reads_the_table_and_changes_nothing_in_it(laia: Actor, iberia: int) -> None:
    set_for(OPERATOR, **of_person(laia))
    text = page(laia).content.decode()
    assert "1,000" in text
    assert "<input class=" not in text
    word = plans.word_of(Holder("person", laia.user_id))
    page(laia, {"do": "cells", f"{word}.2026-11": "1"})
    assert page(laia, {"do": "fill", "who": word, "total": "12", "how": "even"}).status_code == 403
    assert page(laia, {"do": "fill", "who": "firm", "total": "12", "how": "even"}).status_code == 403
    assert plan_of(laia).value(Holder("person", laia.user_id), Period("month", date(2026, 11, 1))) == 1000


@pytest.mark.parametrize("asked", ["&measure=luck", "&period=week", "&currency=XXX", "&who=me", "&year=0"])
def test_what_the_table_cannot_show_is_refused(laia: Actor, asked: str) -> None:
    assert page(laia, asked=asked).status_code == 400


@pytest.mark.parametrize("who", ["", "person", "person-1", "team-nobody", "everybody"])
def test_a_holder_that_is_none_is_refused(person: Person, who: str) -> None:
    data = {"do": "fill", "who": who, "total": "12", "how": "even"}
    assert page(person("Jordi", "manager"), data).status_code in (400, 403, 422)


def test_the_table_of_a_large_firm_takes_as_many_queries_as_that_of_a_small_one(
    person: Person, laia: Actor, iberia: int
) -> None:
    boss = person("Jordi", "manager")
    page(boss)
    with CaptureQueriesContext(connection) as few:
        page(boss)
    for at in range(8):
        set_for(OPERATOR, **of_person(person(f"Seller{at}", "seller", iberia)))
    page(boss)
    with CaptureQueriesContext(connection) as many:
        page(boss)
    assert len(many) == len(few)


def test_the_list_behind_the_table_holds_the_same_targets(person: Person, laia: Actor) -> None:
    boss = person("Jordi", "manager")
    set_for(OPERATOR, **of_person(laia))
    text = page(boss).content.decode()
    address = text.split('href="/targets/?')[1].split('"')[0].replace("&amp;", "&")
    asked = parse_qs(urlsplit("?" + address).query)
    assert query.rows("target", boss).where(json.loads(asked["filter"][0])).count()[0] == 1
    assert Money(Decimal(1000), "EUR") == query.rows("target", boss).page(("amount",)).rows[0]["amount"]
    assert FIRM.title == ""
