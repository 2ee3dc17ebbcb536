"""Change sets: at once history, audit, undo and the inbox of proposals."""

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tracte.kernel.actor import OPERATOR


class State(models.TextChoices):
    """Where a change set stands. See ARCHITECTURE in the docs: draft → proposed → applying → applied → undone.

    *Cancelled* is work that was called off while it waited: it has written nothing.
    """

    DRAFT = "draft", _("Draft")
    PROPOSED = "proposed", _("Proposed")
    APPLYING = "applying", _("Applying")
    APPLIED = "applied", _("Applied")
    PARTLY_APPLIED = "partly_applied", _("Partly applied")
    FAILED = "failed", _("Failed")
    UNDONE = "undone", _("Undone")
    PARTLY_UNDONE = "partly_undone", _("Partly undone")
    REJECTED = "rejected", _("Rejected")
    EXPIRED = "expired", _("Expired")
    CANCELLED = "cancelled", _("Cancelled")


# What stands in history where a personal value was erased.
ERASED = {"erased": True}
UNDOABLE = frozenset({State.APPLIED, State.PARTLY_APPLIED, State.PARTLY_UNDONE})


def shown_actor(name: str) -> str:
    """Whoever acted, in words for the reader: a person's name as it was, or the operator in the reader's language."""
    return gettext("operator") if name == OPERATOR.name else name


class ChangeSet(models.Model):
    """One act of writing: by whom, through which door, how much.

    :ivar counts: ``{"created", "updated", "unchanged", "deleted", "restored", "warnings", "problems", "by_entity"}``.
    :ivar data: what the origin needs to resume (scenario, undo plan); never shown.
    """

    id = models.BigAutoField(primary_key=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.APPLIED)
    origin = models.CharField(max_length=20)
    title = models.CharField(max_length=200, default="")
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=120, default="")
    created_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    undo_of = models.ForeignKey("self", null=True, on_delete=models.DO_NOTHING, related_name="undone_by")
    counts = models.JSONField(default=dict)
    done = models.IntegerField(default=0)
    total = models.IntegerField(null=True)
    data = models.JSONField(default=dict)

    class Meta:
        db_table = "change_set"
        indexes = [models.Index(fields=["actor_id", "id"], name="change_set_actor")]

    @property
    def unwritten(self) -> bool:
        """Not in the database: nothing has changed yet."""
        return self._state.adding

    def written(self, number: int) -> None:
        """It is in the database now, under this number."""
        self.pk, self._state.adding, self._state.db = number, False, "default"


class Change(models.Model):
    """What one change set did to one record: ``{field: [before, after]}``. Creates stand in :class:`CreatedChunk`."""

    id = models.BigAutoField(primary_key=True)
    set = models.ForeignKey(ChangeSet, on_delete=models.DO_NOTHING, db_index=False, related_name="+")
    entity = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    verb = models.CharField(max_length=12)
    at = models.DateTimeField()
    data = models.JSONField(default=dict)

    class Meta:
        db_table = "change"
        indexes = [
            models.Index(fields=["record_id", "id"], name="change_record"),
            models.Index(fields=["set", "id"], name="change_of_set"),
        ]


class CreatedChunk(models.Model):
    """Ids a change set created, compressed: a million creates cost under a megabyte of history."""

    id = models.BigAutoField(primary_key=True)
    set = models.ForeignKey(ChangeSet, on_delete=models.DO_NOTHING, related_name="+")
    entity = models.CharField(max_length=40)
    count = models.IntegerField()
    ids = models.BinaryField()

    class Meta:
        db_table = "created_chunk"


class StagedRow(models.Model):
    """A previewed row waiting for its change set to be applied."""

    id = models.BigAutoField(primary_key=True)
    set = models.ForeignKey(ChangeSet, on_delete=models.CASCADE, db_index=False, related_name="+")
    seq = models.IntegerField()
    entity = models.CharField(max_length=40)
    payload = models.JSONField()
    verdict = models.JSONField(default=dict)

    class Meta:
        db_table = "staged_row"
        indexes = [models.Index(fields=["set", "seq"], name="staged_row_set")]


class FieldSpan(models.Model):
    """How long a record held a value of a field reported over time (the stage of a deal)."""

    id = models.BigAutoField(primary_key=True)
    record_id = models.BigIntegerField()
    field = models.CharField(max_length=80)
    value = models.CharField(max_length=60, null=True)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        db_table = "field_span"
        indexes = [models.Index(fields=["record_id", "id"], name="field_span_record")]
