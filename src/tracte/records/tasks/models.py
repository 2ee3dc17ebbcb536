"""The two tables of background work."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class TaskState(models.TextChoices):
    """Where a task stands. A failed attempt that may be tried again is simply queued once more, for later."""

    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    DEAD = "dead", _("Given up")
    CANCELLED = "cancelled", _("Cancelled")


FINISHED_STATES = (TaskState.DONE, TaskState.DEAD, TaskState.CANCELLED)


class Task(models.Model):
    """One piece of background work: an import, an export, a mailing.

    `token` is the fencing token: it grows at each claim, and whoever writes the outcome must still hold it. Times come
    from the clock of the database, never from that of a worker.
    """

    id = models.BigAutoField(primary_key=True)
    job = models.CharField(max_length=120)
    # Text and not JSONField: a damaged value must fail inside the task, not in the query that looks for work.
    args = models.TextField(default="{}")
    actor_id = models.BigIntegerField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=TaskState, default=TaskState.QUEUED)
    priority = models.SmallIntegerField(default=0)
    unique_key = models.CharField(max_length=200, null=True, blank=True)
    run_after = models.DateTimeField(db_default=Now())
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    attempt = models.PositiveIntegerField(default=0)
    max_attempts = models.PositiveIntegerField(default=3)
    token = models.BigIntegerField(default=0)
    worker = models.CharField(max_length=120, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)
    cancel_requested = models.BooleanField(default=False)

    progress_done = models.BigIntegerField(default=0)
    progress_total = models.BigIntegerField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True, default="")
    result = models.TextField(blank=True, default="")
    error = models.TextField(blank=True, default="")

    class Meta:
        app_label = "records"
        db_table = "task"
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        # Whole indexes led by the state: SQLite does not use a partial index for a bound parameter.
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "-priority", "id"], name="task_next"),
            models.Index(fields=["state", "lease_until"], name="task_lease"),
            models.Index(fields=["state", "finished_at"], name="task_finished"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # Only tasks never claimed yet: else one that must be retried could not be put back beside its successor.
            models.UniqueConstraint(
                fields=["unique_key"], condition=models.Q(state="queued", token=0), name="task_one_waiting_per_key"
            ),
            models.UniqueConstraint(
                fields=["unique_key"], condition=models.Q(state="running"), name="task_one_running_per_key"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job} #{self.pk}"


class Schedule(models.Model):
    """When a recurring job is due next; the timetable itself is declared in code.

    `recent_slots` holds the last slots that ran, as a JSON list of texts, so that a clock set back an hour does not run
    the nightly job a second time.
    """

    name = models.CharField(max_length=120, primary_key=True)
    next_at = models.DateTimeField()
    recent_slots = models.TextField(default="[]")

    class Meta:
        app_label = "records"
        db_table = "task_schedule"
        verbose_name = _("schedule")
        verbose_name_plural = _("schedules")

    def __str__(self) -> str:
        return self.name
