from contextlib import suppress
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracte.kernel import dates

TODAY = date(2026, 11, 18)  # a Wednesday


@pytest.mark.parametrize(
    ("token", "first", "last"),
    [
        ("today", "2026-11-18", "2026-11-18"),
        ("yesterday", "2026-11-17", "2026-11-17"),
        ("this_week", "2026-11-16", "2026-11-22"),
        ("last_month", "2026-10-01", "2026-10-31"),
        ("next_month", "2026-12-01", "2026-12-31"),
        ("next_quarter", "2027-01-01", "2027-03-31"),
        ("last_year", "2025-01-01", "2025-12-31"),
        ("next_30_days", "2026-11-18", "2026-12-18"),
        ("last_2_weeks", "2026-11-04", "2026-11-18"),
        ("-14d", "2026-11-04", "2026-11-04"),
        ("+3m", "2027-02-18", "2027-02-18"),
    ],
)
def test_relative_dates_are_spans_of_days(token: str, first: str, last: str) -> None:
    assert dates.resolve(token, TODAY) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize("token", ["", "next_fortnight", "+3", "14d", "next_99999_months", "+9999y", "-99999m"])
def test_what_is_no_relative_date_is_refused(token: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        dates.resolve(token, TODAY)


@given(st.dates(date(2, 1, 1), date(9998, 1, 1)), st.sampled_from(["week", "month", "quarter", "year"]))
def test_periods_follow_each_other_without_gap(day: date, unit: str) -> None:
    last, this, following = (dates.resolve(f"{which}_{unit}", day) for which in ("last", "this", "next"))
    assert this[0] <= day <= this[1]
    assert last[1].toordinal() + 1 == this[0].toordinal()
    assert this[1].toordinal() + 1 == following[0].toordinal()


def test_months_end_where_the_month_ends() -> None:
    assert dates.add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert dates.add_months(date(2024, 2, 29), -12) == date(2023, 2, 28)
    assert dates.add_months(date(9999, 11, 30), 1) == date(9999, 12, 30)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("2021-04-15", "en"),
        ("2021/4/15", "en"),
        ("15/4/2021", "en"),
        ("4/15/2021", "en-us"),
        ("15 Apr, 2021", "en"),
        ("April 15th 2021", "en"),
        ("15 d'abril de 2021", "ca"),
        ("15 d’abr. del 2021", "ca"),
        ("15 de abril de 2021", "es"),
        ("15 abr 2021", "es"),
        ("15 aprilie 2021", "ro"),
        ("15 apr. 2021", "ro"),
        ("15.04.2021", "ro"),
        ("15. 4. 2021", "de"),
        ("2021-04-15 00:00:00", "en"),
        ("2021-04-15T00:00:00Z", "en"),
    ],
)
def test_days_are_read_however_they_are_written(text: str, language: str) -> None:
    assert dates.parse_date(text, language) == date(2021, 4, 15)


@pytest.mark.parametrize(
    "text", ["2026-02-30", "1.2.21", "31/31/2026", "15 Foo 2021", "2021-04-15 10:00", "", "x" * 61, "1 2", "2021-13-01"]
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        dates.parse_date(text)


def test_a_given_format_decides_everything() -> None:
    assert dates.parse_date("04-15-21", fmt="%m-%d-%y") == date(2021, 4, 15)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-24T09:30Z", datetime(2026, 11, 24, 9, 30)),
        ("2026-11-24 09:30", datetime(2026, 11, 24, 8, 30)),
        ("24/11/2026 9:30 pm", datetime(2026, 11, 24, 20, 30)),
        ("24 Nov 2026, 09:30:01.5", datetime(2026, 11, 24, 8, 30, 1, 500000)),
        ("2026-07-01T09:30:00+02:00", datetime(2026, 7, 1, 7, 30)),
        ("24/11/2026", datetime(2026, 11, 23, 23, 0)),
    ],
)
def test_moments_without_zone_are_local(text: str, moment: datetime) -> None:
    assert dates.parse_datetime(text, "en", "Europe/Madrid") == moment.replace(tzinfo=UTC)


@given(st.text(max_size=70))
def test_any_text_is_a_moment_or_refused(text: str) -> None:
    with suppress(ValueError):
        assert dates.parse_datetime(text, "en", "Europe/Madrid").tzinfo is UTC


def test_days_are_shown_shortly() -> None:
    assert dates.show_date(date(2026, 11, 24), "en", TODAY) == "24 Nov"
    assert dates.show_date(date(2025, 9, 1), "en", TODAY) == "1 Sep 2025"
    assert dates.show_date(date(2026, 11, 24), "en-us", TODAY) == "Nov 24"
    assert dates.show_long_date(date(2026, 11, 24), "en") == "Tuesday, 24 November 2026"


def test_moments_are_shown_on_the_local_clock() -> None:
    moment = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    assert dates.show_datetime(moment, "en", "Europe/Madrid", TODAY) == "25 Nov, 00:30"
    assert dates.show_ago(datetime(2026, 11, 24, 20, 30, tzinfo=UTC), moment, "en") == "3 hours ago"


def test_a_local_day_in_spring_has_twenty_three_hours() -> None:
    first, last = dates.day_bounds(date(2026, 3, 29), date(2026, 3, 29), "Europe/Madrid")
    assert round((last - first).total_seconds()) == 23 * 3600
