"""Who looked at which record when, and who follows it.

A person's own, outside the door and without history, like drafts. Visits are forgotten after ninety days unless the
record is followed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracte.kernel import clock
from tracte.records.tables import Watch
from tracte.records.transactions import writing

VISIT = timedelta(minutes=30)  # whoever comes back sooner is still on the same visit
KEPT = timedelta(days=90)
SPARING = timedelta(minutes=2)  # how often a visit going on is written down again
MOST = 200


@dataclass(frozen=True, slots=True)
class Watched:
    """What a person has to do with a record. :ivar since: from when on something is new to them, if they were here."""

    entity: str
    record_id: int
    since: datetime | None = None
    followed: bool = False


def visit_began() -> datetime:
    """Whoever looked before this moment is on a new visit now."""
    return clock.now() - VISIT


def _read(row: Watch) -> Watched:
    new_visit = row.seen_at is not None and row.seen_at < visit_began()
    return Watched(row.entity, row.record_id, row.seen_at if new_visit else row.seen_before, row.followed)


def mine(user_id: int, record_id: int) -> Watched | None:
    """What somebody has to do with one record."""
    row = Watch.objects.filter(record_id=record_id, user_id=user_id).first()
    return _read(row) if row else None


def followed_by(user_id: int) -> list[Watched]:
    """Records a person follows, the last begun first."""
    rows = Watch.objects.filter(user_id=user_id, followed=True).order_by("-id")
    return [_read(row) for row in rows[:MOST]]


def followers(record_id: int) -> list[int]:
    """Who follows a record, who began first comes first."""
    found = Watch.objects.filter(record_id=record_id, followed=True).order_by("id")
    return list(found.values_list("user_id", flat=True)[:MOST])


def follow(user_id: int, entity: str, record_id: int, on: bool) -> None:
    """Begin or stop following."""
    with writing():
        Watch.objects.update_or_create(
            record_id=record_id, user_id=user_id, defaults={"entity": entity, "followed": on}
        )


def seen(user_id: int, entity: str, record_id: int) -> None:
    """Note that somebody looks at a record now. A visit going on is written down sparingly."""
    now = clock.now()
    row = Watch.objects.filter(record_id=record_id, user_id=user_id).first()
    if row is not None and row.seen_at is not None and now - row.seen_at < SPARING:
        return
    values = {"entity": entity, "seen_at": now}
    if row is not None and row.seen_at is not None and row.seen_at < visit_began():
        values["seen_before"] = row.seen_at
    with writing():
        Watch.objects.update_or_create(record_id=record_id, user_id=user_id, defaults=values)


def forget_about(record_ids: Iterable[int]) -> None:
    """Forget what everybody had to do with these records."""
    Watch.objects.filter(record_id__in=list(record_ids)).delete()


def purge() -> int:
    """Forget visits of long ago; returns how many."""
    gone, _ = Watch.objects.filter(followed=False, seen_at__lte=clock.now() - KEPT).delete()
    return gone
