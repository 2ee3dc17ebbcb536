"""A limit on how long one reading may take, so that no filter can hold a worker."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from time import monotonic
from typing import Any

from django.db import OperationalError, connection, transaction

from tracte.kernel.problems import Problem, Rejected

STEPS = 20_000  # SQLite's virtual machine asks after so many steps: about a millisecond


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Stop the statements inside after ``seconds`` each (PostgreSQL) or together (SQLite).

    :raises Rejected: status 400, ``too_slow``: nothing was read.
    """
    connection.ensure_connection()
    lift = _limit_sqlite(seconds) if connection.vendor == "sqlite" else _limit_postgresql(seconds)
    # In a transaction a stopped statement would spoil the rest; a savepoint keeps the damage inside.
    around = transaction.atomic() if connection.in_atomic_block else nullcontext()
    try:
        with around:
            yield
    except OperationalError as error:
        if "interrupted" in str(error) or "statement timeout" in str(error):
            raise Rejected([Problem("filter", "too_slow")], status=400) from error
        raise
    finally:
        lift()


def _limit_sqlite(seconds: float) -> Callable[[], Any]:
    raw: Any = connection.connection
    deadline = monotonic() + seconds
    raw.set_progress_handler(lambda: monotonic() > deadline, STEPS)
    return lambda: raw.set_progress_handler(None, 0)


def _limit_postgresql(seconds: float) -> Callable[[], Any]:
    # Straight through the driver: a setting is no reading of ours, and this way it costs half of Django's round trip.
    raw: Any = connection.connection
    raw.execute(f"SET statement_timeout = {int(seconds * 1000)}")
    return lambda: raw.execute("SET statement_timeout = 0")
