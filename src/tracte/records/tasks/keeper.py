"""The thread beside each worker that keeps its lease alive and the queue in order, however busy the worker is."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import Error, connection

from tracte.records.tasks import queue, schedules
from tracte.records.tasks.clock import database_now
from tracte.records.tasks.models import TaskState
from tracte.records.tasks.queue import Claim

log = logging.getLogger("tracte.tasks")

BEATS_A_LEASE = 4
PURGE_EVERY = 3600.0
# A job that ignores its time limit this long is ended with its whole process.
HARD_LIMIT_AFTER = 15.0
LOST_EXIT_CODE = 70


@dataclass(slots=True)
class Running:
    """The task in hand. deadline: when its time is up, in seconds of the monotonic clock."""

    claim: Claim
    deadline: float
    lost: bool = False


class Keeper(threading.Thread):
    """Sends the heartbeat of the running task, takes back dead workers' tasks, runs the timetable, forgets old tasks.

    running: tells the task in hand. lease: the worker's lease in seconds, which paces everything.
    """

    def __init__(self, running: Callable[[], Running | None], lease: float, hard_after: float) -> None:
        super().__init__(name="task-keeper", daemon=True)
        self._running = running
        self._beat = lease / BEATS_A_LEASE
        self._hard_after = hard_after
        self._stopped = threading.Event()
        self._parent = os.getppid()
        self._purge_at = time.monotonic()

    def stop(self) -> None:
        """End the thread, after the beat it may be in."""
        self._stopped.set()
        self.join(timeout=self._beat + 1)

    def run(self) -> None:
        """Beat until stopped; no failure of the database ends it."""
        duties = (self._connect, self._watch_parent, self._heartbeat, self._enforce_hard_limit, self._keep_order)
        while not self._stopped.is_set():
            for duty in duties:
                try:
                    duty()
                except Error as error:
                    log.warning("the task keeper could not reach the database: %s", error)
                    connection.close()
                except Exception:
                    log.exception("the task keeper failed")
            self._stopped.wait(self._beat)
        connection.close()

    def _connect(self) -> None:
        """On PostgreSQL, wait for nobody's lock for ever and let nobody wait for ours: the job's open transaction may
        hold the task, a keeper frozen in the middle of the timetable may hold that."""
        if connection.vendor == "postgresql" and connection.connection is None:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '5s'")
                cursor.execute("SET idle_in_transaction_session_timeout = '10s'")

    def _watch_parent(self) -> None:
        if os.getppid() != self._parent:
            self._parent = os.getppid()
            os.kill(os.getpid(), signal.SIGTERM)

    def _heartbeat(self) -> None:
        running = self._running()
        if running is None or running.lost:
            return
        # None means taken away only while the task is still in hand: it may have ended during the question.
        if queue.renew(running.claim) is None and self._running() is running:
            running.lost = True
            log.warning("task %s was taken away from this worker", running.claim.task_id)
            os.kill(os.getpid(), signal.SIGALRM)

    def _enforce_hard_limit(self) -> None:
        running = self._running()
        if running is None or time.monotonic() < running.deadline + self._hard_after:
            return
        log.error("task %s ignores its time limit: this worker ends itself", running.claim.task_id)
        try:
            queue.fail(running.claim, "The task ignored its time limit and was ended with its worker.")
        finally:
            os._exit(LOST_EXIT_CODE)

    def _keep_order(self) -> None:
        for task_id, state in queue.reap():
            log.log(
                logging.ERROR if state == TaskState.DEAD else logging.WARNING,
                "task %s was left by a dead worker and is now %s",
                task_id,
                state,
            )
        schedules.enqueue_due(database_now())
        if time.monotonic() >= self._purge_at:
            # A full batch means there is more: go on at the next beat.
            full = queue.purge() == queue.PURGE_AT_ONCE
            self._purge_at = time.monotonic() + (0 if full else PURGE_EVERY)
