"""The ways a running task is stopped from outside.

They derive from BaseException, as asyncio's CancelledError does, so that a job's `except Exception` around one row
cannot swallow the order to stop.
"""


class Interrupted(BaseException):
    """A running task must stop now; its open transaction is rolled back."""


class Cancelled(Interrupted):
    """Somebody asked to cancel the task."""


class LeaseLost(Cancelled):
    """The task is no longer ours: another worker may be running it already, so nothing more may be written."""


class Stopping(Interrupted):
    """The worker is shutting down: the task goes back to the queue and its attempt does not count."""


class TimeLimitReached(Interrupted):
    """The task ran longer than its job allows; this counts as a failed attempt."""


class GiveUp(Exception):
    """Raised by a job when trying again cannot help: the task goes to the dead letters at once."""
