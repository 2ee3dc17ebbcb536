"""When a recurring job is due: pure rules, no clock and no database."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Slot:
    """One planned run: the moment it is due (UTC) and a label that names it once and for all."""

    due: datetime
    label: str


@dataclass(frozen=True, slots=True)
class Every:
    """Run again and again, `interval` after the last time it was due. A missed run is not made up for."""

    interval: timedelta

    def __post_init__(self) -> None:
        if self.interval < timedelta(seconds=1):
            raise ValueError("a schedule runs at most once a second")

    def following(self, now: datetime) -> Slot:
        """Return the slot that follows `now`. It has no label: no two intervals are ever the same one."""
        return Slot(now + self.interval, "")


@dataclass(frozen=True, slots=True)
class At:
    """Run at a time of the day on a wall clock, on every day or on some.

    clock: "HH:MM" on the wall clock of `zone`.
    weekdays: days of the week, Monday is 0; empty means every day.
    monthday: day of the month from 1 to 28; None means every day.

    In the night when the clocks go forward, a time that does not exist runs an hour later; in the night when they go
    back, a time that comes twice runs the first time only.
    """

    clock: str
    weekdays: frozenset[int] = frozenset()
    monthday: int | None = None
    zone: str = "UTC"
    _time: time = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_time", time.fromisoformat(self.clock))
        if not self.weekdays <= set(range(7)):
            raise ValueError("weekdays are numbers from 0 (Monday) to 6")
        if self.monthday is not None and not 1 <= self.monthday <= 28:
            raise ValueError("monthday lies between 1 and 28, the days every month has")

    def following(self, now: datetime) -> Slot:
        """Return the first slot strictly after `now`."""
        zone = ZoneInfo(self.zone)
        day = now.astimezone(zone).date() - timedelta(days=1)
        while True:
            if self._runs_on(day):
                due = datetime.combine(day, self._time, tzinfo=zone).astimezone(UTC)
                if due > now:
                    return Slot(due, f"{day.isoformat()}T{self.clock}")
            day += timedelta(days=1)

    def _runs_on(self, day: date) -> bool:
        if self.weekdays and day.weekday() not in self.weekdays:
            return False
        return self.monthday is None or day.day == self.monthday


Rule = Every | At
