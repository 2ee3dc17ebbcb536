"""The one clock. Everything that needs the time asks here, so a test can stop it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_stopped: ContextVar[datetime | None] = ContextVar("stopped_clock", default=None)


def now() -> datetime:
    """This moment, aware, in UTC."""
    return _stopped.get() or datetime.now(UTC)


def today(timezone: str) -> date:
    """The calendar day it is in ``timezone`` (an IANA name such as ``Europe/Madrid``)."""
    return now().astimezone(ZoneInfo(timezone)).date()


@contextmanager
def frozen(moment: datetime) -> Iterator[None]:
    """Stop the clock at ``moment`` (aware) within the block. For tests and for demo stories."""
    if moment.tzinfo is None:
        raise ValueError("the moment needs a time zone")
    token = _stopped.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _stopped.reset(token)
