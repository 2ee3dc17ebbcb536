"""How long deals usually stay in a stage: written by hand, else measured, else two weeks (SN-44)."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median_low
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

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
def test_nobody_writes_the_measure_by_hand(stage: dict[str, int], codes: Callable[..., Any]) -> None:
    refused = codes(door.update, OPERATOR, "stage", stage["new"], {"measured_days": "3"}, origin="ui")
    assert refused == {("measured_days", "read_only")}
