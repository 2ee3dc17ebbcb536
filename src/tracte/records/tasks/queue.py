"""The moves a task makes between its states. Each is one short transaction, and safe against every other."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Greatest, Now

from tracte.records.tasks.clock import database_now
from tracte.records.tasks.models import FINISHED_STATES, Task, TaskState
from tracte.records.tasks.registry import DEFAULT_LEASE, FIRST_BACKOFF, LONGEST_BACKOFF, LONGEST_LEASE, find_job

LONGEST_ERROR = 8_000
REAP_AT_ONCE = 100
PURGE_AT_ONCE = 500
KEEP_DONE = timedelta(days=7)
KEEP_DEAD = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Claim:
    """A task this worker holds, and the proof of it.

    token: the fencing token of this claim. lease: how long the claim lasts without a sign of life.
    """

    task_id: int
    token: int
    lease: timedelta
    attempt: int
    job: str
    args: str
    actor_id: int | None

    def held(self) -> QuerySet[Task]:
        """Return the task's row if it is still ours, else nothing."""
        return Task.objects.filter(pk=self.task_id, token=self.token, state=TaskState.RUNNING)


def claim_next(worker: str, default_lease: timedelta = DEFAULT_LEASE) -> Claim | None:
    """Take the most urgent task that is due, or None when there is none to take.

    Two tasks of one unique key never run together.
    """
    # A plain read first: an idle worker must not take SQLite's only write lock twice a second.
    if not _due(database_now()).exists():
        return None
    try:
        with transaction.atomic():
            return _take(worker, default_lease)
    except IntegrityError:
        # Another worker took a task of the same unique key at this very moment.
        return None


def _due(now: datetime) -> QuerySet[Task]:
    same_key_running = Task.objects.filter(state=TaskState.RUNNING, unique_key=OuterRef("unique_key"))
    return Task.objects.filter(~Exists(same_key_running), state=TaskState.QUEUED, run_after__lte=now)


def _take(worker: str, default_lease: timedelta) -> Claim | None:
    now = database_now()
    task = _due(now).select_for_update(skip_locked=True).order_by("-priority", "id").first()
    if task is None:
        return None
    known = find_job(task.job)
    lease = (known.lease if known else None) or default_lease
    taken = Task.objects.filter(pk=task.pk, state=TaskState.QUEUED, token=task.token).update(
        state=TaskState.RUNNING,
        token=task.token + 1,
        attempt=task.attempt + 1,
        worker=worker[:120],
        started_at=now,
        lease_until=now + lease,
    )
    if not taken:
        return None
    return Claim(task.pk, task.token + 1, lease, task.attempt + 1, task.job, task.args, task.actor_id)


def renew(claim: Claim) -> bool | None:
    """Prolong the lease. Return whether cancelling was asked, or None when the task is no longer ours."""
    if not claim.held().update(lease_until=database_now() + claim.lease):
        return None
    return cancel_asked(claim)


def cancel_asked(claim: Claim) -> bool | None:
    """Return whether cancelling was asked, or None when the task is no longer ours."""
    return claim.held().values_list("cancel_requested", flat=True).first()


def fence(claim: Claim) -> bool:
    """Inside a transaction: make its commit depend on the task still being ours. Return False when it is not.

    On PostgreSQL the row is locked so that nobody can take the task before the commit, while the heartbeat of this
    very worker still passes. On SQLite the transaction already holds the only write lock; the lease is prolonged
    because the heartbeat cannot be while the lock is held.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM task WHERE id = %s AND token = %s AND state = 'running' FOR KEY SHARE",
                [claim.task_id, claim.token],
            )
            return cursor.fetchone() is not None
    return bool(claim.held().update(lease_until=database_now() + claim.lease))


def report(claim: Claim, done: int, total: int | None, note: str) -> bool:
    """Write the progress and prolong the lease. Return False when the task is no longer ours."""
    return bool(
        claim.held().update(
            progress_done=done,
            progress_total=total,
            note=_storable(note)[:300],
            lease_until=database_now() + claim.lease,
        )
    )


def finish(claim: Claim, result: str) -> bool:
    """Mark the task done. Return False when it is no longer ours."""
    return bool(
        claim.held().update(
            state=TaskState.DONE, result=result, error="", finished_at=database_now(), lease_until=None, worker=""
        )
    )


def mark_cancelled(claim: Claim) -> bool:
    """End the task as cancelled. Return False when it is no longer ours."""
    return bool(claim.held().update(state=TaskState.CANCELLED, finished_at=database_now(), lease_until=None, worker=""))


def give_back(claim: Claim) -> bool:
    """Put the task back for another worker; the attempt does not count. Return False when it is no longer ours."""
    return bool(
        claim.held().update(
            state=TaskState.QUEUED,
            attempt=Greatest(F("attempt") - 1, 0),
            run_after=database_now(),
            lease_until=None,
            worker="",
        )
    )


def fail(claim: Claim, error: str, *, for_good: bool = False) -> TaskState | None:
    """Record a failed attempt: queued again for later, or dead after the last one or when `for_good`.

    error: the traceback, kept for the operator. Return the new state, or None when the task is no longer ours.
    """
    with transaction.atomic():
        task = claim.held().select_for_update().first()
        if task is None:
            return None
        return _end_attempt(task, error, database_now(), for_good=for_good)


def _end_attempt(task: Task, error: str, now: datetime, *, for_good: bool = False, at_once: bool = False) -> TaskState:
    """Write what follows a failed attempt of a task whose row is locked."""
    changes: dict[str, object] = {"error": _storable(error)[-LONGEST_ERROR:], "lease_until": None, "worker": ""}
    if task.cancel_requested:
        state = TaskState.CANCELLED
    elif for_good or task.attempt >= task.max_attempts:
        state = TaskState.DEAD
    else:
        state = TaskState.QUEUED
    if state == TaskState.QUEUED:
        changes["run_after"] = now if at_once else now + _backoff(task.job, task.attempt)
    else:
        changes["finished_at"] = now
    Task.objects.filter(pk=task.pk, token=task.token, state=TaskState.RUNNING).update(state=state, **changes)
    return state


def _backoff(job: str, attempt: int) -> timedelta:
    known = find_job(job)
    first = known.backoff if known else FIRST_BACKOFF
    # The exponent is capped too: a timedelta overflows long before an integer does.
    return min(first * (1 << min(attempt - 1, 20)), LONGEST_BACKOFF)


def reap() -> list[tuple[int, TaskState]]:
    """Take back the tasks whose worker gave no sign of life for a whole lease; return what became of each.

    The first time a task is tried again at once, later with the usual wait. A lease that ends further ahead than any
    lease can last was written before the clock was set back: it is cut short.
    """
    now = database_now()
    suspects = Task.objects.filter(state=TaskState.RUNNING).filter(
        Q(lease_until__lt=now) | Q(lease_until__gt=now + LONGEST_LEASE) | Q(lease_until=None)
    )
    if not suspects.exists():
        return []
    reaped: list[tuple[int, TaskState]] = []
    with transaction.atomic():
        for task in suspects.select_for_update(skip_locked=True).order_by("id")[:REAP_AT_ONCE]:
            if task.lease_until is not None and task.lease_until > now:
                Task.objects.filter(pk=task.pk, token=task.token).update(lease_until=now + LONGEST_LEASE)
                continue
            error = f"The worker {task.worker} gave no sign of life until {task.lease_until} (attempt {task.attempt})."
            reaped.append((task.pk, _end_attempt(task, error, now, at_once=task.attempt <= 1)))
    return reaped


def cancel(task_id: int) -> TaskState | None:
    """Cancel a waiting task, or ask a running one to stop; return its state, None when there is no such task."""
    with transaction.atomic():
        task = Task.objects.select_for_update(no_key=True).filter(pk=task_id).first()
        if task is None:
            return None
        if task.state == TaskState.QUEUED:
            Task.objects.filter(pk=task_id).update(
                state=TaskState.CANCELLED, cancel_requested=True, finished_at=Now(), lease_until=None
            )
            return TaskState.CANCELLED
        if task.state == TaskState.RUNNING:
            Task.objects.filter(pk=task_id).update(cancel_requested=True)
        return TaskState(task.state)


def revive(task_id: int) -> bool:
    """Give a dead task a fresh set of attempts, as an operator asks. Return False when it is not dead."""
    revived = Task.objects.filter(pk=task_id, state=TaskState.DEAD).update(
        state=TaskState.QUEUED, attempt=0, run_after=Now(), finished_at=None
    )
    return bool(revived)


def purge(keep_done: timedelta = KEEP_DONE, keep_dead: timedelta = KEEP_DEAD) -> int:
    """Forget tasks that finished long ago, at most 500 at a time; return how many went."""
    now = database_now()
    old = Task.objects.filter(state__in=FINISHED_STATES).filter(
        Q(finished_at__lt=now - keep_dead) | (~Q(state=TaskState.DEAD) & Q(finished_at__lt=now - keep_done))
    )
    ids = list(old.values_list("pk", flat=True)[:PURGE_AT_ONCE])
    if not ids:
        return 0
    return Task.objects.filter(pk__in=ids, state__in=FINISHED_STATES).delete()[0]


def _storable(text: str) -> str:
    """Return the text without what PostgreSQL cannot store: NUL and lone surrogates."""
    return text.replace("\x00", "\\x00").encode("utf-8", "backslashreplace").decode("utf-8")
