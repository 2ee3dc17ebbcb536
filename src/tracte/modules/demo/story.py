"""The demo firm's eighteen months as a list of events: who did what, when. Pure and the same for the same day.

Values are canonical field values; a reference is a :class:`To`, the handle of a record made by an earlier event.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

DAYS = 548
RECENT_DAYS = 25
ZONE = ZoneInfo("Europe/Madrid")
SEED = 1714
WRITTEN_UP = "written up"  # a bulk of notes somebody typed in at the end of the week


class To(str):
    """The handle of another record of the story."""

    __slots__ = ()


@dataclass(slots=True)
class Event:
    """One act of one person.

    :param verb: ``create``, ``update``, or the key of an action (``win``, ``lose``).
    :param handle: the record it is about.
    :param bulk: events with the same one share a change set; it is the title of an import.
    """

    at: datetime
    who: str
    entity: str
    verb: str
    handle: str
    values: Mapping[str, Any]
    bulk: str = ""


@dataclass(slots=True)
class Diary:
    """Collects events and knows the calendar: people work on weekdays between half past eight and six.

    :param now: the moment the story ends; nothing happens after it.
    """

    now: datetime
    rng: Random = field(default_factory=lambda: Random(SEED))  # noqa: S311  # a story, no secret
    events: list[Event] = field(default_factory=list)

    @property
    def today(self) -> date:
        return self.now.astimezone(ZONE).date()

    @property
    def start(self) -> date:
        return self.today - timedelta(days=DAYS)

    def moment(self, day: date, earliest: datetime | None = None) -> datetime:
        """A working moment on ``day`` or the next working day, after ``earliest`` and before now."""
        while day.weekday() > 4:
            day += timedelta(days=1)
        minutes = self.rng.randint(8 * 60 + 35, 17 * 60 + 55)
        found = datetime.combine(day, time(minutes // 60, minutes % 60, self.rng.randint(0, 59)), ZONE)
        if earliest is not None and found <= earliest:
            found = earliest + timedelta(minutes=self.rng.randint(4, 95))
        return found

    def past(self, moment: datetime) -> bool:
        return moment < self.now

    def add(self, event: Event) -> bool:
        """Keep an event unless it lies ahead."""
        if not self.past(event.at):
            return False
        self.events.append(event)
        return True

    def told(self) -> list[Event]:
        """Everything in the order it was written down: older notes came in at the end of their week."""
        self._write_up()
        return sorted(self.events, key=lambda event: (event.at, event.bulk))

    def _write_up(self) -> None:
        recent = self.now - timedelta(days=RECENT_DAYS)
        for event in self.events:
            if event.entity == "note" and event.at < recent:
                day = event.at.astimezone(ZONE).date()
                friday = datetime.combine(day + timedelta(days=4 - day.weekday()), time(17, 20), ZONE)
                event.at = max(event.at, friday + timedelta(minutes=sum(event.who.encode()) % 60))
                event.bulk = f"{WRITTEN_UP} {event.who} {friday.date()}"
