"""What a running job holds in its hands."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import transaction

from tracte.records.tasks import queue
from tracte.records.tasks.interrupts import Cancelled, LeaseLost, Stopping
from tracte.records.tasks.queue import Claim


class TaskContext:
    """The running task, as its job sees it.

    task_id: the task's number. attempt: 1 the first time. actor_id: on whose behalf it runs, if anybody's.
    """

    def __init__(self, claim: Claim, stopping: Callable[[], bool] = lambda: False) -> None:
        self._claim = claim
        self._stopping = stopping
        self.task_id = claim.task_id
        self.attempt = claim.attempt
        self.actor_id = claim.actor_id

    def progress(self, done: int, total: int | None = None, note: str = "") -> None:
        """Tell how far the work is: `done` of `total` pieces (None when nobody knows), and a word for the reader.

        Inside a transaction it commits with the data it speaks of. Raises LeaseLost when the task is no longer ours.
        """
        if not queue.report(self._claim, done, total, note):
            raise LeaseLost(self._lost())

    def check(self) -> None:
        """Stop here when told to: call it between two chunks.

        Raises Cancelled when somebody asked to cancel, LeaseLost (a Cancelled) when the task is no longer ours, and
        Stopping when the worker shuts down. A job lets them pass.
        """
        asked = queue.cancel_asked(self._claim)
        if asked is None:
            raise LeaseLost(self._lost())
        if asked:
            raise Cancelled(f"task {self.task_id} was cancelled")
        if self._stopping():
            raise Stopping(f"task {self.task_id} goes back to the queue")

    def fence(self) -> None:
        """Make the commit of the current transaction depend on the task still being ours.

        A worker that slept past its lease is thus stopped here instead of writing a second time. Call it last in the
        transaction: on PostgreSQL it holds the task's row until the commit.

        Raises LeaseLost when the task is no longer ours, RuntimeError outside a transaction, where it would protect
        nothing.
        """
        if not transaction.get_connection().in_atomic_block:
            raise RuntimeError("ctx.fence() belongs inside a transaction")
        if not queue.fence(self._claim):
            raise LeaseLost(self._lost())

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Open a transaction that is fenced just before it commits: one chunk of work."""
        with transaction.atomic():
            yield
            self.fence()

    def _lost(self) -> str:
        return f"task {self.task_id} is no longer ours (token {self._claim.token})"
