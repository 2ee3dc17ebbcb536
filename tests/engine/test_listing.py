"""Lists: the address holds the whole state, pages meet without gap, figures never mix currencies."""

from collections.abc import Callable
from itertools import chain
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.modules.conftest import Make

from tracte.engine import listing
from tracte.engine.listing import ListState, read_state
from tracte.engine.sentences import sentences
from tracte.kernel.actor import OPERATOR, Actor, Level
from tracte.kernel.problems import Rejected
from tracte.records import query
from tracte.records.limits import time_limit
from tracte.records.snapshot import held

pytestmark = pytest.mark.django_db


@pytest.fixture
def deals(make: Make) -> list[int]:
    """Seven deals, some without closing day, in two currencies."""
    days = ["2026-12-24", None, "2026-11-30", "2026-12-24", None, "2027-01-15", None]
    amounts = ["100 EUR", "200 EUR", None, "50 USD", "70 EUR", None, "30 USD"]
    return [
        make("opportunity", name=f"Deal {at}", closes_on=day, amount=amount)
        for at, (day, amount) in enumerate(zip(days, amounts, strict=True))
    ]


def listed(**params: str) -> listing.Listed:
    rows = query.rows("opportunity", OPERATOR)
    state = read_state(rows, {name: [value] for name, value in ({"view": "all"} | params).items()})
    return listing.run(rows, state)


@pytest.mark.parametrize("sort", ["closes_on", "-closes_on", "title", "-amount", "stage,-closes_on", "-id"])
def test_pages_show_every_row_once_in_order_and_back_again(deals: list[int], sort: str) -> None:
    whole = [row["id"] for row in listed(sort=sort).values]
    assert sorted(whole) == sorted(deals)
    forward, marks = [], []
    page = listed(sort=sort, limit="2")
    while True:
        forward.append([row["id"] for row in page.values])
        if page.next is None:
            break
        marks.append(page.next)
        page = listed(sort=sort, limit="2", cursor=page.next)
    assert [*chain(*forward)] == whole
    backward = [forward[-1]]
    while page.prev is not None:
        page = listed(sort=sort, limit="2", cursor=page.prev)
        backward.insert(0, [row["id"] for row in page.values])
    assert [*chain(*backward)] == whole


@pytest.mark.parametrize("sort", ["closes_on", "-closes_on"])
def test_rows_without_a_value_come_last_in_both_directions(deals: list[int], sort: str) -> None:
    days = [row["closes_on"] for row in listed(sort=sort).values]
    assert [day is None for day in days] == [False] * 4 + [True] * 3


def test_the_address_gives_the_state_back(deals: list[int]) -> None:
    rows = query.rows("opportunity", OPERATOR)
    state = ListState(
        view="all", parts=(["stage", "eq", "new"], ["amount", "gte", "10 EUR"]), q="deal 1", sort="-amount",
        columns=("amount", "owner"), limit=10, exact=True, default_view="mine",
    )  # fmt: skip
    assert read_state(rows, {name: [value] for name, value in state.pairs().items()}) == state


@pytest.mark.parametrize(
    "params",
    [
        {"nope": "1"}, {"filter": "{"}, {"filter": '["nope","eq",1]'}, {"view": "nope"}, {"limit": "0"},
        {"limit": "9999"}, {"limit": "٣"}, {"sort": "nope"}, {"columns": "nope"}, {"cursor": "nonsense"},
        {"closes_on__near": "1"},
    ],
)  # fmt: skip
def test_what_cannot_be_understood_is_refused_by_name_and_never_ignored(
    deals: list[int], params: dict[str, str]
) -> None:
    with pytest.raises(Rejected) as refused:
        listed(**params)
    assert refused.value.status == 400
    assert all(problem.message for problem in refused.value.problems)


def test_plain_parameters_filter_as_conditions_do(deals: list[int]) -> None:
    assert listed(closes_on__gte="2027-01-01").count == 1
    assert listed(closes_on__empty="").count == 3
    assert listed(stage="new").count == 7
    assert listed(q="deal 3").values[0]["id"] == deals[3]


def test_without_a_filter_the_first_view_holds_and_with_one_everything(deals: list[int]) -> None:
    rows = query.rows("opportunity", OPERATOR)
    assert read_state(rows, {}).view == "mine"
    assert read_state(rows, {"stage": ["new"]}).view == ""


def test_totals_keep_currencies_apart(deals: list[int]) -> None:
    sums = {(money.currency, int(money.amount)) for money in listed().totals["amount"]}
    assert sums == {("EUR", 370), ("USD", 80)}


def test_counting_stops_at_the_cap_and_then_nothing_is_summed(
    deals: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "CAP", 4)
    page = listed(limit="2")
    assert (page.count, page.capped, page.totals) == (3, True, {})
    assert (listed(limit="2", exact="1").count, listed(limit="2", exact="1").capped) == (7, False)


def test_the_number_of_queries_does_not_depend_on_the_number_of_rows(make: Make, deals: list[int]) -> None:
    def asked(limit: str) -> int:
        with held(), CaptureQueriesContext(connection) as queries:
            listed(limit=limit, sort="-id")
        return len([query for query in queries if "SAVEPOINT" not in query["sql"]])

    for at in range(6):
        account = make("account", name=f"Firm {at}")
        make("opportunity", name=f"More {at}", account=account)
    assert asked("12") == asked("3") == 4  # the page, the count, the totals, the accounts


def test_a_hidden_field_is_no_column_no_filter_and_no_order(deals: list[int]) -> None:
    blind = Actor(1, "Blind", levels={("opportunity", "view"): Level.ALL}, masks={("opportunity", "amount"): "hidden"})
    rows = query.rows("opportunity", blind)
    assert "amount" not in listing.run(rows, ListState()).columns
    assert "amount" not in listing.run(rows, ListState()).totals
    for state in (ListState(columns=("amount",)), ListState(sort="amount"), ListState(parts=(["amount", "empty"],))):
        with pytest.raises(Rejected):
            listing.run(rows, state)


def test_a_reading_that_takes_too_long_is_stopped_with_a_problem(firm: None) -> None:
    endless = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) SELECT count(*) FROM n"
    )
    with pytest.raises(Rejected, match="too_slow"), time_limit(0.2), connection.cursor() as cursor:
        cursor.execute(endless)
    assert query.rows("account", OPERATOR).count() == (0, False)


def test_conditions_read_as_sentences(make: Make, person: Callable[..., Actor]) -> None:
    account = make("account", name="Cellers Montgrí")
    rows = query.rows("opportunity", OPERATOR)
    encoded = rows.spec.fields["account"].to_json(account)
    parts: list[Any] = [
        ["closes_on", "within", "next_90_days"],
        ["stage", "in", ["new", "won"]],
        ["account", "eq", encoded],
        ["account.industry", "empty"],
        {"any": [["amount", "gte", "1000 EUR"], ["next_step_on", "lt", "-14d"]]},
        ["owner", "eq", "me"],
    ]
    rows.where({"all": parts})
    assert [one.text for one in sentences(rows, parts)] == [
        "Expected close is in the next 90 days",
        "Stage is New or Won",
        "Account is Cellers Montgrí",
        "Account: industry is empty",
        "Any of: amount is at least €1,000 or next step on is more than 14 days ago",
        "Owner is me",
    ]
