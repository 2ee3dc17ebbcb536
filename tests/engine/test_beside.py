"""The records before and after one: in the order of the list, over the edges of pages and groups, as far as one sees."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.modules.conftest import Make

from tracte.engine import beside, grouping, listing
from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.problems import Rejected
from tracte.records import door, query
from tracte.records.snapshot import held

pytestmark = pytest.mark.django_db
SORTS = ("closes_on", "-closes_on", "title", "-amount", "stage,-closes_on", "-id", "owner,amount")


@pytest.fixture
def deals(make: Make, person: Callable[..., Actor]) -> list[int]:
    """Nine deals: some without closing day, two currencies, two stages, three owners of whom one is nobody."""
    days = ["2026-12-24", None, "2026-11-30", "2026-12-24", None, "2027-01-15", None, "2026-11-02", "2026-12-24"]
    amounts = ["100 EUR", "200 EUR", None, "50 USD", "70 EUR", None, "30 USD", "70 EUR", "70 EUR"]
    people = [person("Anna", "seller").user_id, person("Ben", "seller").user_id, None]
    known = {row["key"]: row["id"] for row in query.rows("stage", OPERATOR).page(["key"], "position").rows}
    stages = [known["new"], known["qualified"]]
    made = []
    for at, (day, amount) in enumerate(zip(days, amounts, strict=True)):
        values = {"name": f"Deal {at % 4}", "closes_on": day, "amount": amount, "owner": people[at % 3]}
        made.append(make("opportunity", **values))
        door.update(OPERATOR, "opportunity", made[-1], {"stage": stages[at % 2]}, origin="ui", canonical=True)
    return made


def state_of(rows: query.Rows, **params: str) -> listing.ListState:
    return beside.read_state(rows, {name: [value] for name, value in ({"view": ""} | params).items()})


def walk(rows: query.Rows, state: listing.ListState, first: int) -> list[int]:
    """Every record one comes to by *next*."""
    found: list[int] = []
    here: int | None = first
    while here is not None:
        assert here not in found
        found.append(here)
        here = beside.of(rows, state, rows.get(here)).next
    return found


@pytest.mark.parametrize("sort", SORTS)
def test_next_goes_through_the_whole_list_in_its_order_and_previous_comes_back(deals: list[int], sort: str) -> None:
    rows = query.rows("opportunity", OPERATOR)
    state = state_of(rows, sort=sort)
    whole = [row["id"] for row in listing.run(rows, state).values]
    assert sorted(whole) == sorted(deals)
    assert walk(rows, state, whole[0]) == whole
    assert beside.of(rows, state, rows.get(whole[0])).previous is None
    for before, after in pairwise(whole):
        assert beside.of(rows, state, rows.get(after)).previous == before


@pytest.mark.parametrize("group", ["stage", "owner", "closes_on"])
@pytest.mark.parametrize("sort", ["amount", "-title"])
def test_groups_are_gone_through_one_after_the_other(deals: list[int], group: str, sort: str) -> None:
    rows = query.rows("opportunity", OPERATOR)
    state = state_of(rows, group=group, sort=sort)
    whole = [values["id"] for one in grouping.run(rows, state).groups for values in one.rows]
    assert sorted(whole) == sorted(deals)
    assert walk(rows, state, whole[0]) == whole
    for before, after in pairwise(whole):
        assert beside.of(rows, state, rows.get(after)).previous == before


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_next_and_then_previous_is_where_one_was(deals: list[int], data: Any) -> None:
    rows = query.rows("opportunity", OPERATOR)
    params = {
        "sort": data.draw(st.sampled_from(SORTS)),
        "group": data.draw(st.sampled_from(["none", "stage", "owner", "closes_on"])),
        "filter": data.draw(st.sampled_from(["", '["closes_on","not_empty"]', '["name","eq","Deal 1"]'])),
    }
    state = state_of(rows, **{name: value for name, value in params.items() if value})
    inside = listing.narrowed(rows, state).ids()
    here = data.draw(st.sampled_from(inside))
    near = beside.of(rows, state, rows.get(here))
    if near.next is not None:
        assert near.next in inside
        assert beside.of(rows, state, rows.get(near.next)).previous == here
    if near.previous is not None:
        assert beside.of(rows, state, rows.get(near.previous)).next == here


def test_a_record_that_left_the_filter_keeps_its_place(deals: list[int]) -> None:
    rows = query.rows("opportunity", OPERATOR)
    state = state_of(rows, sort="title", filter='["name","ne","Deal 1"]')
    titles = {row["id"]: row["name"] for row in rows.page(["name"], "title").rows}
    left = next(pk for pk, name in titles.items() if name == "Deal 1")
    near = beside.of(rows, state, rows.get(left))
    assert near.previous is not None
    assert near.next is not None
    assert (titles[near.previous], titles[near.next]) == ("Deal 0", "Deal 2")


def test_only_records_in_reach_are_neighbours(make: Make, person: Callable[..., Actor]) -> None:
    anna, ben = person("Anna", "seller", make("team", name="A")), person("Ben", "seller", make("team", name="B"))
    mine = [make("opportunity", actor=anna, name=f"Mine {at}") for at in range(2)]
    for at in range(4):
        make("opportunity", actor=ben, name=f"Mine 0 {at}")
    rows = query.rows("opportunity", anna)
    near = beside.of(rows, state_of(rows, sort="title"), rows.get(mine[0]))
    assert (near.previous, near.next) == (None, mine[1])


def test_a_wrong_order_or_group_is_refused(deals: list[int]) -> None:
    rows = query.rows("opportunity", OPERATOR)
    for wrong in ({"sort": "nope"}, {"group": "nope"}, {"filter": "{"}):
        with pytest.raises(Rejected):
            beside.of(rows, state_of(rows, **wrong), rows.get(deals[0]))


@pytest.mark.parametrize(("group", "most"), [("none", 2), ("closes_on", 2), ("stage", 4)])
def test_it_costs_the_same_queries_however_many_rows_there_are(
    make: Make, deals: list[int], group: str, most: int
) -> None:
    def cost() -> int:
        rows = query.rows("opportunity", OPERATOR)
        state = state_of(rows, group=group, sort="amount")
        values = rows.get(deals[0])
        with held(), CaptureQueriesContext(connection) as queries:
            beside.of(rows, state, values)
        return sum("SAVEPOINT" not in one["sql"] for one in queries)

    before = cost()
    for at in range(30):
        make("opportunity", name=f"More {at}", amount=f"{at} EUR")
    assert cost() <= before <= most + 1  # the directory is read once
