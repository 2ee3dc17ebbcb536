"""The timetable: each slot once, through pauses, clock jumps and the nights when the clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import jobs_for_tests as jobs
import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from tracte.records.tasks.api import At, Every, TaskState, schedule
from tracte.records.tasks.models import Schedule, Task
from tracte.records.tasks.schedules import enqueue_due

NIGHT = datetime(2026, 5, 10, 2, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def fired_at(*moments: datetime) -> list[bool]:
    """Tell for each moment whether the timetable fired; what it queued is marked done at once."""
    fired = []
    for moment in moments:
        fired.append(bool(enqueue_due(moment)))
        Task.objects.filter(state=TaskState.QUEUED).update(state=TaskState.DONE)
    return fired


@pytest.mark.django_db
def test_a_nightly_job_runs_once_a_night() -> None:
    schedule("nightly", jobs.note, At("03:00"), {"word": "nit"})
    assert fired_at(NIGHT, NIGHT + HOUR, NIGHT + 2 * HOUR, NIGHT + DAY, NIGHT + DAY + HOUR) == [
        False,
        True,
        False,
        False,
        True,
    ]
    assert Task.objects.filter(job="test.note").count() == 2


@pytest.mark.django_db
def test_a_slot_is_queued_once_by_many_workers() -> None:
    schedule("nightly", jobs.note, At("03:00"))
    enqueue_due(NIGHT)
    assert [enqueue_due(NIGHT + HOUR) for _ in range(5)] == [["nightly"], [], [], [], []]
    assert Task.objects.count() == 1


@pytest.mark.django_db
def test_after_a_pause_it_runs_once_and_not_for_each_slot_missed() -> None:
    schedule("nightly", jobs.note, At("03:00"))
    assert fired_at(NIGHT, NIGHT + 30 * DAY, NIGHT + 30 * DAY + HOUR, NIGHT + 31 * DAY + HOUR) == [
        False,
        True,
        True,
        True,
    ]


@pytest.mark.django_db
def test_a_clock_set_back_an_hour_runs_no_slot_twice() -> None:
    schedule("nightly", jobs.note, At("03:00"))
    assert fired_at(NIGHT, NIGHT + HOUR, NIGHT, NIGHT + HOUR, NIGHT + DAY + HOUR) == [False, True, False, False, True]


@pytest.mark.django_db
@pytest.mark.parametrize("jump", [400 * DAY, HOUR * 30])
def test_a_clock_that_leapt_ahead_and_came_back_stops_no_schedule(jump: timedelta) -> None:
    schedule("nightly", jobs.note, At("03:00"))
    schedule("often", jobs.steps, Every(timedelta(minutes=30)), {"count": 1})
    enqueue_due(NIGHT)
    enqueue_due(NIGHT + jump)
    Task.objects.filter(state=TaskState.QUEUED).update(state=TaskState.DONE)
    seen = [name for minutes in range(0, 72 * 60, 30) for name in fired_names(NIGHT + timedelta(minutes=minutes))]
    assert seen.count("often") >= 72 * 2 - 2
    assert 2 <= seen.count("nightly") <= 3, "the one slot run ahead of its time is not run again"


def fired_names(moment: datetime) -> list[str]:
    names = enqueue_due(moment)
    Task.objects.filter(state=TaskState.QUEUED).update(state=TaskState.DONE)
    return names


@pytest.mark.django_db
def test_a_changed_timetable_counts_from_now_on() -> None:
    schedule("often", jobs.note, Every(DAY))
    enqueue_due(NIGHT)
    schedule("often", jobs.note, Every(timedelta(minutes=1)))
    assert fired_at(NIGHT + HOUR, NIGHT + HOUR + timedelta(minutes=2)) == [False, True]


@pytest.mark.django_db
def test_one_broken_schedule_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    schedule("a broken one", jobs.note, At("03:00"))
    schedule("nightly", jobs.note, At("03:00"))
    enqueue_due(NIGHT)
    Schedule.objects.filter(pk="a broken one").update(recent_slots="{")
    assert enqueue_due(NIGHT + HOUR) == ["nightly"]
    assert "a broken one" in caplog.text


def test_mistakes_in_a_timetable_stop_the_start() -> None:
    with pytest.raises(ImproperlyConfigured):
        schedule("wrong", jobs.note, At("03:00"), {"nobody_expects": 1})
    for mistake in (
        {"clock": "25:00"},
        {"clock": "03:00", "weekdays": frozenset({7})},
        {"clock": "03:00", "monthday": 31},
    ):
        with pytest.raises(ValueError, match=r".+"):
            At(**mistake)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="once a second"):
        Every(timedelta(0))


@given(
    start=st.datetimes(datetime(2024, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC)),
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
    zone=st.sampled_from(["UTC", "Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
)
def test_a_daily_time_has_one_slot_for_each_day_of_the_wall_clock(
    start: datetime, hour: int, minute: int, zone: str
) -> None:
    rule = At(f"{hour:02}:{minute:02}", zone=zone)
    slot = rule.following(start)
    assert start < slot.due <= start + timedelta(hours=26)
    for _ in range(400):
        after = rule.following(slot.due)
        days = [datetime.fromisoformat(label).date() for label in (slot.label, after.label)]
        assert days[1] - days[0] == DAY
        assert after.due > slot.due
        slot = after


def test_a_time_that_comes_twice_runs_the_first_time_only() -> None:
    madrid = ZoneInfo("Europe/Madrid")
    slot = At("02:30", zone="Europe/Madrid").following(datetime(2026, 10, 24, 12, tzinfo=UTC))
    assert slot.due == datetime(2026, 10, 25, 2, 30, tzinfo=madrid, fold=0).astimezone(UTC)
    assert At("02:30", zone="Europe/Madrid").following(slot.due).label == "2026-10-26T02:30"


def test_weekdays_and_days_of_the_month_are_kept() -> None:
    monday = At("08:00", weekdays=frozenset({0})).following(datetime(2026, 5, 12, tzinfo=UTC))
    assert monday.due == datetime(2026, 5, 18, 8, tzinfo=UTC)
    first = At("08:00", monthday=1).following(datetime(2026, 5, 12, tzinfo=UTC))
    assert first.due == datetime(2026, 6, 1, 8, tzinfo=UTC)
