"""Recurring jobs: each slot of the timetable is enqueued exactly once, whatever the number of workers."""

import json
import logging
from datetime import datetime, timedelta

from django.db import transaction

from tracte.records.tasks.api import enqueue
from tracte.records.tasks.models import Schedule
from tracte.records.tasks.registry import Recurring, all_recurring
from tracte.records.tasks.timetable import Rule, Slot

log = logging.getLogger("tracte.tasks")

# Enough for more than three months of a daily job; a clock is rarely set back further.
SLOTS_REMEMBERED = 100


def enqueue_due(now: datetime) -> list[str]:
    """Enqueue what is due at `now`, the database's time; return the names of the schedules that fired.

    After a pause a schedule fires once, not once for each slot missed.
    """
    fired = []
    for recurring in all_recurring():
        try:
            if _enqueue_if_due(recurring, now):
                fired.append(recurring.name)
        except Exception:
            log.exception("schedule %s cannot be run", recurring.name)
    return fired


def _enqueue_if_due(recurring: Recurring, now: datetime) -> bool:
    row = Schedule.objects.filter(pk=recurring.name).first()
    if row is None:
        first = recurring.rule.following(now).due
        Schedule.objects.bulk_create([Schedule(name=recurring.name, next_at=first)], ignore_conflicts=True)
        return False
    recent: list[str] = json.loads(row.recent_slots)
    coming = _coming(recurring.rule, now, recent)
    unchanged = Schedule.objects.filter(pk=row.pk, next_at=row.next_at)
    if row.next_at > now:
        if row.next_at > coming.due:
            # The clock was set back or the timetable was changed: do not wait for the far moment.
            unchanged.update(next_at=coming.due)
        return False
    ran = recurring.rule.following(row.next_at - timedelta(microseconds=1))
    if ran.label and ran.due == row.next_at:
        recent = [*recent, ran.label][-SLOTS_REMEMBERED:]
        coming = _coming(recurring.rule, now, recent)
    with transaction.atomic():
        if not unchanged.update(next_at=coming.due, recent_slots=json.dumps(recent)):
            return False
        enqueue(recurring.job, recurring.args, unique_key=f"schedule:{recurring.name}")
    return True


def _coming(rule: Rule, now: datetime, recent: list[str]) -> Slot:
    """Return the next slot after `now` that did not run yet."""
    slot = rule.following(now)
    while slot.label in recent:
        slot = rule.following(slot.due)
    return slot
