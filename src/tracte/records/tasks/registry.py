"""The jobs this program knows, and their timetable."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import autodiscover_modules

from tracte.records.tasks.timetable import Rule

if TYPE_CHECKING:
    from tracte.records.tasks.context import TaskContext

# A killed worker's task must be running again within a minute, so no lease may be longer than half of it.
LONGEST_LEASE = timedelta(seconds=30)
DEFAULT_LEASE = timedelta(seconds=20)
DEFAULT_TIME_LIMIT = timedelta(minutes=15)
FIRST_BACKOFF = timedelta(seconds=5)
LONGEST_BACKOFF = timedelta(hours=1)

JobFunction = Callable[..., Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Job:
    """A kind of background work: a plain function `fn(ctx, **args)` and how it is run.

    max_attempts: how often it is tried before it goes to the dead letters.
    lease: how long a silent worker keeps it; None takes the worker's own (20 s).
    priority: greater runs first.
    time_limit: how long one attempt may run.
    backoff: the wait after the first failure; doubled after each further one, up to an hour.
    """

    name: str
    function: JobFunction
    max_attempts: int = 3
    lease: timedelta | None = None
    priority: int = 0
    time_limit: timedelta = DEFAULT_TIME_LIMIT
    backoff: timedelta = FIRST_BACKOFF

    def __post_init__(self) -> None:
        if self.max_attempts < 1:
            raise ImproperlyConfigured(f"job {self.name}: max_attempts must be at least 1")
        if self.lease is not None and not timedelta(0) < self.lease <= LONGEST_LEASE:
            raise ImproperlyConfigured(f"job {self.name}: a lease lies between 0 and {LONGEST_LEASE.seconds} s")
        if self.time_limit <= timedelta(0) or self.backoff < timedelta(0):
            raise ImproperlyConfigured(f"job {self.name}: time_limit and backoff cannot be negative")

    def __call__(self, ctx: "TaskContext", **args: Any) -> Mapping[str, Any] | None:
        return self.function(ctx, **args)

    def accept(self, args: Mapping[str, Any]) -> None:
        """Raise TypeError when the function cannot be called with these arguments."""
        inspect.signature(self.function).bind(None, **args)


@dataclass(frozen=True, slots=True)
class Recurring:
    """A job that the worker enqueues by itself, by its timetable."""

    name: str
    job: Job
    rule: Rule
    args: Mapping[str, Any] = field(default_factory=dict)


_jobs: dict[str, Job] = {}
_recurring: dict[str, Recurring] = {}


def job(
    name: str,
    *,
    max_attempts: int = 3,
    lease: timedelta | None = None,
    priority: int = 0,
    time_limit: timedelta = DEFAULT_TIME_LIMIT,
    backoff: timedelta = FIRST_BACKOFF,
) -> Callable[[JobFunction], Job]:
    """Register the decorated function `fn(ctx, **args)` as the job `name`; see `Job` for the options.

    The function runs outside any transaction, at least once: a worker may die after the last commit and before the
    task is marked done. It commits in short chunks (a quarter of a second), each inside `ctx.transaction()`. It may
    return a dictionary that JSON can hold, which is kept as the task's result.

    Raises ImproperlyConfigured when another function already has this name.
    """

    def register(function: JobFunction) -> Job:
        made = Job(name, function, max_attempts, lease, priority, time_limit, backoff)
        known = _jobs.get(name)
        if known is not None and (known.function.__module__, known.function.__qualname__) != (
            function.__module__,
            function.__qualname__,
        ):
            raise ImproperlyConfigured(f"two jobs are named {name}")
        _jobs[name] = made
        return made

    return register


def schedule(name: str, job: Job, rule: Rule, args: Mapping[str, Any] | None = None) -> Recurring:
    """Have the workers run `job` by the timetable `rule`, exactly once for each slot whatever their number.

    Raises ImproperlyConfigured when the name is taken or the job does not accept `args`.
    """
    if name in _recurring and _recurring[name].job.name != job.name:
        raise ImproperlyConfigured(f"two schedules are named {name}")
    try:
        job.accept(args or {})
    except TypeError as error:
        raise ImproperlyConfigured(f"schedule {name}: {error}") from error
    _recurring[name] = Recurring(name, job, rule, dict(args or {}))
    return _recurring[name]


def find_job(name: str) -> Job | None:
    """Return the job of this name, or None when this version of the program has none.

    A web process or a command that enqueues by name has not loaded the jobs; a worker has.
    """
    if name not in _jobs:
        load_jobs()
    return _jobs.get(name)


def all_recurring() -> tuple[Recurring, ...]:
    """Return every declared schedule, in the order of their names."""
    return tuple(_recurring[name] for name in sorted(_recurring))


def load_jobs() -> None:
    """Import the `jobs` module of every installed app, so that its jobs are known."""
    autodiscover_modules("jobs")
