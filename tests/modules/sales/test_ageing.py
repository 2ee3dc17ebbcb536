"""How long deals usually stay in a stage: written by hand, else measured, else two weeks (SN-44)."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median_low
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from tests.web.listing.conftest import signed_in

from tracte.engine import ageing as list_ageing
from tracte.engine import board as boards
from tracte.engine import recordpage
from tracte.engine.listing import ListState
from tracte.kernel import clock
from tracte.kernel.actor import OPERATOR
from tracte.kernel.ids import encode
from tracte.modules.sales import ageing, stages
from tracte.records import door, query
from tracte.records import snapshot as snapshots
from tracte.records.changes import ChangeSet, FieldSpan

Make = Callable[..., int]
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@given(st.lists(st.integers(0, 400), min_size=1))
def test_the_median_of_counts_is_the_median_of_the_values(values: list[int]) -> None:
    assert ageing.median(Counter(values)) == median_low(values)


def stay(record: int, stage: int, days: float, ended: datetime = NOW, field: str = "opportunity.stage") -> None:
    since = ended - timedelta(days=days)
    FieldSpan.objects.create(record_id=record, field=field, value=encode(stage), since=since, until=ended)


def measured(stage: int) -> Any:
    return snapshots.current().rows["stage"][stage]["measured_days"]


@pytest.mark.django_db
def test_the_usual_time_is_measured_from_the_deals_of_the_last_year(stage: dict[str, int]) -> None:
    for record, days in enumerate((1, 3, 9.5, 20, 60, 0.0001), 1):  # the last one was put down on the way
        stay(record, stage["qualified"], days)
        stay(record, stage["new"], days, NOW - timedelta(days=400))  # long ago
    for record in range(1, 5):
        stay(record, stage["proposal"], 30)  # too few
    with clock.frozen(NOW):
        assert ageing.keep(ageing.measure(), "Measured") == 1
    assert [measured(stage[key]) for key in ("new", "qualified", "proposal")] == [None, 9, None]


@pytest.mark.django_db
def test_measuring_again_changes_nothing_and_forgets_what_is_no_longer_true(stage: dict[str, int]) -> None:
    for record in range(1, 6):
        stay(record, stage["qualified"], 3)
    with clock.frozen(NOW):
        assert ageing.keep(ageing.measure(), "Measured") == 1
        sets = ChangeSet.objects.count()
        assert ageing.keep(ageing.measure(), "Measured") == 0
        assert ChangeSet.objects.count() == sets
    with clock.frozen(NOW + timedelta(days=400)):
        ageing.keep(ageing.measure(), "Measured")
    assert measured(stage["qualified"]) is None


@pytest.mark.django_db
def test_what_an_administrator_wrote_counts_before_what_was_measured(make: Make, stage: dict[str, int]) -> None:
    door.update(OPERATOR, "stage", stage["qualified"], {"usual_days": ""}, origin="ui")
    for record in range(1, 6):
        stay(record, stage["qualified"], 9)
        stay(record, stage["proposal"], 9)
    with clock.frozen(NOW):
        ageing.keep(ageing.measure(), "Measured")
    rows = snapshots.current().rows["stage"]
    assert stages.usual_days(rows[stage["qualified"]]) == 9
    assert stages.usual_days(rows[stage["proposal"]]) == 14  # written by hand
    assert stages.usual_days({"usual_days": None, "measured_days": None}) == 14


@pytest.mark.django_db
def test_board_and_record_measure_by_the_same_usual_time(
    make: Make, stage: dict[str, int], client: Client, person: Callable[..., Any]
) -> None:
    door.update(OPERATOR, "stage", stage["new"], {"usual_days": ""}, origin="ui")
    for record in range(1, 6):
        stay(record, stage["new"], 9)
    with clock.frozen(NOW):
        ageing.keep(ageing.measure(), "Measured")
        deal = make("opportunity", name="Bottling")
    with clock.frozen(NOW + timedelta(days=6)):
        page = recordpage.read("opportunity", OPERATOR, deal)
        assert page.path is not None
        now = next(step for step in page.path.steps if step.state == "now")
        assert (now.days, now.usual) == (6, 9)
        board = boards.run(query.rows("opportunity", OPERATOR), ListState())
        assert {column.name: column.usual for column in board.columns}["New"] == 9
        assert {column.name: column.usual for column in board.columns}["Won"] is None


@pytest.mark.django_db
def test_a_list_marks_deals_that_stand_longer_than_usual_as_the_board_does(
    make: Make, stage: dict[str, int], person: Callable[..., Any]
) -> None:
    boss = person("Laia", "manager")
    with clock.frozen(NOW):
        for name, days in (("Bad", 15), ("Late", 8), ("In time", 7)):  # seven days are usual in the first stage
            with clock.frozen(NOW - timedelta(days=days)):
                make("opportunity", name=name, stage=stage["new"])
        with clock.frozen(NOW - timedelta(days=99)):
            make("opportunity", name="Lost long ago", stage=stage["lost"], lost_reason="price")
        browser = signed_in(boss)
        for address in ("/opportunities/?view=&sort=title", "/opportunities/?view=&sort=title&group=stage"):
            rows = rows_by_name(browser.get(address).content.decode())
            assert rows.keys() == {"Bad", "Late", "In time", "Lost long ago"}
            assert 'class="age bad" title="15 days in this stage, usually 7"' in rows["Bad"]
            assert 'class="age warn" title="8 days in this stage, usually 7"' in rows["Late"]
            assert "in this stage" not in rows["In time"]
            assert "in this stage" not in rows["Lost long ago"]
        board = browser.get("/opportunities/board?view=").content.decode()
        assert 'title="15 days in this stage, usually 7"' in board
        # A row that was edited, and drawn anew, keeps its mark; a list without the stage asks for no ages.
        late = query.rows("opportunity", OPERATOR).where(["name", "eq", "Late"]).ids()[0]
        script = signed_in(boss, fragment=True)
        row = script.get(f"/opportunities/{encode(late)}/row/?columns=title,stage").content.decode()
        assert "8 days in this stage" in row
        assert "in this stage" not in browser.get("/opportunities/?view=&columns=amount").content.decode()


@pytest.mark.django_db
def test_ages_cost_a_list_one_query_and_whoever_may_not_see_the_stage_none(
    make: Make, stage: dict[str, int], person: Callable[..., Any]
) -> None:
    boss = person("Laia", "manager")
    for at in range(5):
        make("opportunity", name=f"Deal {at}", stage=stage["new"])
    browser = signed_in(boss)

    def cost(address: str) -> int:
        browser.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(address).status_code == 200
        return sum("SAVEPOINT" not in one["sql"] for one in queries)

    assert cost("/opportunities/?view=&columns=stage") == cost("/opportunities/?view=&columns=next_step") + 1
    role = query.rows("role", OPERATOR).where(["key", "eq", "manager"]).ids()[0]
    masks = {"opportunity": {"stage": "hidden"}}
    door.update(OPERATOR, "role", role, {"masks": masks}, origin="system", canonical=True)
    assert list_ageing.of(query.rows("opportunity", snapshots.current().actor(boss.user_id)), [{"id": 1}]) == {}


def rows_by_name(page: str) -> dict[str, str]:
    rows = re.findall(r"<tr data-id=.*?</tr>", page, re.S)
    return {re.findall(r'class="link clip"[^>]*>([^<]+)<', row)[0]: row for row in rows}


@pytest.mark.django_db
def test_nobody_writes_the_measure_by_hand(stage: dict[str, int], codes: Callable[..., Any]) -> None:
    refused = codes(door.update, OPERATOR, "stage", stage["new"], {"measured_days": "3"}, origin="ui")
    assert refused == {("measured_days", "read_only")}
