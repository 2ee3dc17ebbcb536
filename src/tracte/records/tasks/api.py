"""Background work, for the rest of the house.

Declare a job in the `jobs` module of an app, enqueue it in the transaction that makes it necessary:

    @job("imports.apply", time_limit=timedelta(hours=2))
    def apply_import(ctx: TaskContext, changeset: int) -> None:
        for number, chunk in enumerate(chunks_left(changeset)):
            ctx.check()
            with ctx.transaction():
                apply(chunk)
                ctx.progress(number + 1, note=...)

    enqueue(apply_import, {"changeset": 7}, actor_id=actor.id)
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction

from tracte.records.tasks import queue
from tracte.records.tasks.clock import database_now
from tracte.records.tasks.context import TaskContext
from tracte.records.tasks.interrupts import Cancelled, GiveUp, Interrupted, LeaseLost, Stopping, TimeLimitReached
from tracte.records.tasks.models import FINISHED_STATES, Task, TaskState
from tracte.records.tasks.registry import Job, find_job, job, schedule
from tracte.records.tasks.timetable import At, Every

__all__ = [
    "At",
    "Cancelled",
    "Every",
    "GiveUp",
    "Interrupted",
    "Job",
    "LeaseLost",
    "Stopping",
    "TaskContext",
    "TaskReport",
    "TaskState",
    "TimeLimitReached",
    "cancel",
    "enqueue",
    "job",
    "read",
    "revive",
    "schedule",
]

INSERT_TRIES = 20


@dataclass(frozen=True, slots=True)
class TaskReport:
    """How a task stands, for a screen or an API answer.

    args: what the job was asked to do, empty when that cannot be read.
    done, total: pieces of work; total is None when unknown.
    error: the last traceback, for operators alone.
    """

    id: int
    job: str
    state: TaskState
    actor_id: int | None
    args: Mapping[str, Any]
    attempt: int
    max_attempts: int
    done: int
    total: int | None
    note: str
    result: Any
    error: str
    cancel_requested: bool
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen to it by itself."""
        return self.state in FINISHED_STATES


def enqueue(
    job: Job | str,
    args: Mapping[str, Any] | None = None,
    *,
    actor_id: int | None = None,
    priority: int | None = None,
    run_after: datetime | timedelta | None = None,
    unique_key: str | None = None,
) -> int:
    """Queue a task within the caller's transaction and return its id: a rollback leaves nothing.

    job: the job or its name. args: what JSON can hold. priority: greater runs first; None takes the job's own.
    run_after: not before this moment, or this long after now by the database's clock.
    unique_key: at most one task of this key waits and at most one runs. When one is waiting already, its id is
    returned and nothing is added; a running one does not count, for it may have read what the caller just changed.

    Raises LookupError for an unknown job, TypeError when the job does not accept the arguments or JSON cannot hold
    them, ValueError for a number that is not finite.
    """
    known = find_job(job) if isinstance(job, str) else job
    if known is None:
        raise LookupError(f"there is no job named {job}")
    given = dict(args or {})
    known.accept(given)
    text = json.dumps(given, allow_nan=False)
    moment = database_now() + run_after if isinstance(run_after, timedelta) else run_after
    fields: dict[str, Any] = {} if moment is None else {"run_after": moment}
    task = Task(
        job=known.name,
        args=text,
        actor_id=actor_id,
        priority=known.priority if priority is None else priority,
        max_attempts=known.max_attempts,
        unique_key=unique_key,
        **fields,
    )
    return _insert(task)


def _insert(task: Task) -> int:
    if task.unique_key is None:
        task.save(force_insert=True)
        return task.pk
    for _ in range(INSERT_TRIES):
        waiting = _join_waiting(task.unique_key)
        if waiting is not None:
            return waiting
        # Somebody may queue one meanwhile, and a worker may even take it before we look: then look again.
        with suppress(IntegrityError), transaction.atomic():
            task.pk = None
            task.save(force_insert=True)
            return task.pk
    raise IntegrityError(f"no place found for a task under the key {task.unique_key}")


def _join_waiting(unique_key: str) -> int | None:
    """Return the id of the task that waits under this key, and keep workers off it until the caller commits.

    Without the lock a worker could run it before the caller's own changes are there to be seen.
    """
    waiting = Task.objects.filter(unique_key=unique_key, state=TaskState.QUEUED, token=0)
    if connection.vendor != "postgresql" or not connection.in_atomic_block:
        return waiting.values_list("pk", flat=True).first()
    with connection.cursor() as cursor:
        # A shared lock, so that two writers of one key do not wait for each other.
        cursor.execute(
            "SELECT id FROM task WHERE unique_key = %s AND state = 'queued' AND token = 0 FOR KEY SHARE", [unique_key]
        )
        row = cursor.fetchone()
    return None if row is None else int(row[0])


def cancel(task_id: int) -> TaskState | None:
    """Cancel a waiting task, or ask a running one to stop at its next check.

    Return its state afterwards (still running in the second case), None when there is no such task. A finished task
    stays as it is.
    """
    return queue.cancel(task_id)


def revive(task_id: int) -> bool:
    """Queue a dead task again with a fresh set of attempts. Return False when it is not dead."""
    return queue.revive(task_id)


def _arguments(text: str) -> Mapping[str, Any]:
    try:
        args = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return args if isinstance(args, dict) else {}


def read(task_id: int) -> TaskReport | None:
    """Return how the task stands, None when there is no such task (finished ones are forgotten after a week)."""
    task = Task.objects.filter(pk=task_id).first()
    if task is None:
        return None
    return TaskReport(
        id=task.pk,
        job=task.job,
        state=TaskState(task.state),
        actor_id=task.actor_id,
        args=_arguments(task.args),
        attempt=task.attempt,
        max_attempts=task.max_attempts,
        done=task.progress_done,
        total=task.progress_total,
        note=task.note,
        result=json.loads(task.result) if task.result else None,
        error=task.error,
        cancel_requested=task.cancel_requested,
        created_at=task.created_at,
        started_at=task.started_at,
        finished_at=task.finished_at,
    )
