"""Months, quarters and years: where they begin and end, and how a total is spread over them."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracte.modules.sales.periods import MONTHS, Period, spread

DAYS = st.dates(date(1950, 1, 1), date(2200, 12, 31))


@given(DAYS, st.sampled_from(sorted(MONTHS)))
def test_every_day_lies_in_exactly_one_period_of_its_year(day: date, sort: str) -> None:
    period = Period.around(sort, day)
    holding = [one for one in Period.of_year(sort, day.year) if one.holds(day)]
    assert holding == [period]
    assert Period.around(sort, period.first) == Period.around(sort, period.last) == period


@given(DAYS, st.sampled_from(sorted(MONTHS)))
def test_a_period_is_over_on_its_last_day_and_not_begun_the_day_before(day: date, sort: str) -> None:
    period = Period.around(sort, day)
    assert period.gone(period.last) == 1
    assert 0 < period.gone(period.first) <= period.gone(day) <= 1
    assert period.gone(date(1900, 1, 1)) == 0


@pytest.mark.parametrize(("sort", "code"), [("month", "2026-11"), ("quarter", "2026-Q4"), ("year", "2026")])
def test_a_period_is_called_the_same_in_every_language(sort: str, code: str) -> None:
    assert Period.around(sort, date(2026, 11, 19)).code == code


def test_the_last_year_of_the_calendar_ends() -> None:
    assert Period.around("year", date(9999, 5, 1)).last == date.max


AMOUNTS = st.decimals(min_value=0, max_value=10**9, places=2)


@given(AMOUNTS, st.lists(st.decimals(min_value=0, max_value=10**6, places=2), min_size=1, max_size=12))
def test_the_parts_follow_the_weights_and_add_up_to_the_total(total: Decimal, weights: list[Decimal]) -> None:
    parts = spread(total, weights)
    assert sum(parts) == total
    assert len(parts) == len(weights)
    whole = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        share = weight / whole if whole else Decimal(1) / len(weights)
        assert part >= 0
        assert abs(part - share * total) <= 2


def test_a_total_without_weights_is_spread_evenly() -> None:
    assert spread(Decimal(1000), [Decimal(0)] * 12)[:6] == [84, 84, 84, 84, 83, 83]
