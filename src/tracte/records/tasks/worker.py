"""The worker: takes one task after the other and runs it, so that no task can do more harm than fail."""

import json
import logging
import os
import signal
import socket
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from types import FrameType
from typing import Any

from django.db import DEFAULT_DB_ALIAS, Error, close_old_connections, connection, connections

from tracte.records.tasks import queue
from tracte.records.tasks.context import TaskContext
from tracte.records.tasks.interrupts import Cancelled, GiveUp, Interrupted, LeaseLost, Stopping, TimeLimitReached
from tracte.records.tasks.keeper import HARD_LIMIT_AFTER, Keeper, Running
from tracte.records.tasks.models import TaskState
from tracte.records.tasks.queue import Claim
from tracte.records.tasks.registry import DEFAULT_LEASE, LONGEST_LEASE, Job, find_job, load_jobs

log = logging.getLogger("tracte.tasks")

LONGEST_DATABASE_WAIT = 30.0
INTERRUPT_AGAIN_AFTER = 5.0


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """How a worker behaves, in seconds.

    lease: how long it may be silent before its task is taken away. poll: how often an idle worker looks for work.
    grace: how long a running task may still take after the order to stop. hard_after: how long after its time limit a
    deaf task is ended with the whole process.
    """

    lease: float = DEFAULT_LEASE.total_seconds()
    poll: float = 0.5
    grace: float = 10.0
    hard_after: float = HARD_LIMIT_AFTER

    def __post_init__(self) -> None:
        if not 0 < self.lease <= LONGEST_LEASE.total_seconds():
            raise ValueError(f"a lease lies between 0 and {LONGEST_LEASE.seconds} seconds")
        if self.poll <= 0 or self.grace < 0 or self.hard_after < 0:
            raise ValueError("poll, grace and hard limit are numbers of seconds, not negative")


class Worker:
    """Runs tasks in this process, one at a time, until told to stop."""

    def __init__(self, options: WorkerOptions | None = None) -> None:
        self.options = options or WorkerOptions()
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self._running: Running | None = None
        self._stop_at: float | None = None
        self._interrupted_at = 0.0

    def run(self) -> None:
        """Work until SIGTERM or SIGINT, then finish the task in hand or give it back. For the main thread only."""
        self.take_signals()
        load_jobs()
        keeper = Keeper(lambda: self._running, self.options.lease, self.options.hard_after)
        keeper.start()
        wait = self.options.poll
        while self._stop_at is None:
            try:
                close_old_connections()
                wait = self.options.poll
                if self.run_one():
                    continue
            except Error as error:
                wait = min(max(wait * 2, 1.0), LONGEST_DATABASE_WAIT)
                log.warning("the worker waits for the database: %s", error)
                _fresh_connection()
            self._sleep(wait)
        keeper.stop()
        connection.close()

    def take_signals(self) -> None:
        """Answer the signals of this process from now on."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._order_to_stop)
        signal.signal(signal.SIGALRM, self._alarm)

    def drain(self, at_most: int = 1_000) -> int:
        """Run what is due now, in the calling thread and without a heartbeat; return how many tasks ran."""
        load_jobs()
        for count in range(at_most):
            if not self.run_one():
                return count
        return at_most

    def run_one(self) -> bool:
        """Take the next task and run it. Return False when there is none."""
        claim = queue.claim_next(self.name, timedelta(seconds=self.options.lease))
        if claim is None:
            return False
        self._run(claim)
        return True

    # --- one task -------------------------------------------------------------------------------------------------

    def _run(self, claim: Claim) -> None:
        job = find_job(claim.job)
        if job is None:
            # Perhaps a newer version of the program knows it: try again later like any failure.
            self._failed(claim, f"This version of the program has no job named {claim.job}.")
            return
        try:
            args = _decode(job, claim.args)
        except (ValueError, TypeError, RecursionError) as error:
            self._failed(claim, f"The arguments cannot be used: {error}", for_good=True)
            return
        try:
            result = self._call(job, claim, args)
        except Stopping:
            queue.give_back(claim)
        except LeaseLost as lost:
            log.warning("%s", lost)
        except Cancelled:
            queue.mark_cancelled(claim)
        except GiveUp:
            self._failed(claim, traceback.format_exc(), for_good=True)
        except BaseException:  # noqa: BLE001  (whatever a job raises, SystemExit too, is its own failure)
            self._failed(claim, traceback.format_exc())
        else:
            if not queue.finish(claim, result):
                log.warning("task %s ended after it was taken away from this worker", claim.task_id)

    def _call(self, job: Job, claim: Claim, args: Mapping[str, Any]) -> str:
        """Call the job's function under its time limit; return its result as JSON, "" for none."""
        limit = job.time_limit.total_seconds()
        context = TaskContext(claim, stopping=lambda: self._stop_at is not None)
        running = Running(claim, time.monotonic() + limit)
        _bound_transactions(claim.lease)
        self._interrupted_at = 0.0
        try:
            self._running = running
            self._set_timer(min(limit, 1.0))
            if self._stop_at is not None:
                raise Stopping("the worker is shutting down")
            result = job(context, **args)
            return "" if result is None else json.dumps(result)
        finally:
            self._running = None
            self._set_timer(0.0)
            if self._interrupted_at:
                # The interrupt may have hit the middle of a query or of a rollback.
                _fresh_connection()

    def _failed(self, claim: Claim, error: str, *, for_good: bool = False) -> None:
        state = queue.fail(claim, error, for_good=for_good)
        if state == TaskState.DEAD:
            log.error("task %s (%s) is given up after attempt %s\n%s", claim.task_id, claim.job, claim.attempt, error)
        elif state is not None:
            last = error.strip().rsplit("\n", 1)[-1]
            log.warning("task %s (%s) failed at attempt %s: %s", claim.task_id, claim.job, claim.attempt, last)

    # --- signals --------------------------------------------------------------------------------------------------

    def _order_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        if self._stop_at is None:
            self._stop_at = time.monotonic() + self.options.grace

    def _alarm(self, _number: int, _frame: FrameType | None) -> None:
        """Interrupt the job in hand when there is a reason to; called every second and by the keeper."""
        running, now = self._running, time.monotonic()
        if running is None or (self._interrupted_at and now < self._interrupted_at + INTERRUPT_AGAIN_AFTER):
            return
        reason: Interrupted | None = None
        if running.lost:
            reason = LeaseLost(f"task {running.claim.task_id} was taken away from this worker")
        elif self._stop_at is not None and now >= self._stop_at:
            reason = Stopping("the worker is shutting down")
        elif now >= running.deadline:
            reason = TimeLimitReached("the task ran longer than its job allows")
        if reason is not None:
            self._interrupted_at = now
            raise reason

    def _set_timer(self, seconds: float) -> None:
        # Without our handler (a drain in somebody else's process) an alarm would end that process.
        if signal.getsignal(signal.SIGALRM) == self._alarm:
            signal.setitimer(signal.ITIMER_REAL, seconds, seconds)

    def _sleep(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while self._stop_at is None and (left := until - time.monotonic()) > 0:
            # A signal does not cut a sleep short, so sleep in short pieces.
            time.sleep(min(left, 0.5))


def _decode(job: Job, text: str) -> dict[str, Any]:
    args = json.loads(text)
    if not isinstance(args, dict):
        raise TypeError("they are not a JSON object")
    job.accept(args)
    return args


def _bound_transactions(lease: timedelta) -> None:
    """On PostgreSQL, have the server end a transaction that this process leaves open while it is frozen.

    A frozen worker would otherwise hold the lock of its fence, and its task could never be taken back.
    """
    if connection.vendor == "postgresql":
        milliseconds = int(lease.total_seconds() * 2_000)
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('idle_in_transaction_session_timeout', %s, false)", [f"{milliseconds}ms"])


def _fresh_connection() -> None:
    """Drop this thread's connection in whatever state it is; the next query opens a new one."""
    old = connections[DEFAULT_DB_ALIAS]
    if old.connection is not None:
        with suppress(Exception):
            old.connection.close()
    del connections[DEFAULT_DB_ALIAS]
