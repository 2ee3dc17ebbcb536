"""Write transactions: in turn on SQLite, tried again when the database asks for it."""

import fcntl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from django.db import IntegrityError, OperationalError, connection, transaction

Answer = TypeVar("Answer")
TRIES = 3
# PostgreSQL: serialization failure, deadlock detected, unique violation. The last means that somebody else wrote the
# same value in between: the next try sees it and says so in the field.
RETRYABLE = frozenset({"40001", "40P01", "23505"})
_held = threading.local()


@contextmanager
def writing() -> Iterator[None]:
    """A write transaction.

    SQLite has one writer. Processes queue on a file lock before BEGIN instead of polling for it: with 20 writers nobody
    starves, and no request sees "database is locked".
    """
    with _turn(), transaction.atomic():
        yield


@contextmanager
def _turn() -> Iterator[None]:
    lock = _lock_file()
    if lock is None or getattr(_held, "depth", None) or connection.in_atomic_block:
        yield
        return
    with lock.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        _held.depth = 1
        try:
            yield
        finally:
            _held.depth = 0
            fcntl.flock(handle, fcntl.LOCK_UN)


def _lock_file() -> Path | None:
    """Beside the database file; none for PostgreSQL and for a database in memory."""
    if connection.vendor != "sqlite":
        return None
    name = str(connection.settings_dict["NAME"])
    return None if ":memory:" in name or "mode=memory" in name else Path(name + ".write-lock")


def retrying(work: Callable[[], Answer]) -> Answer:
    """Run ``work`` (a whole transaction) again when the database cancelled it because of another."""
    for attempt in range(1, TRIES + 1):
        try:
            return work()
        except (OperationalError, IntegrityError) as error:
            state = getattr(error.__cause__, "sqlstate", None)
            if state not in RETRYABLE or attempt == TRIES or connection.in_atomic_block:
                raise
            time.sleep(0.02 * attempt)
    raise AssertionError("unreachable")
