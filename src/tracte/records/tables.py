"""The tables beside the records: links, external references, numbers, search, outbox, idempotency."""

from django.db import models

from tracte.records.record import SortKeyField


class RecordLink(models.Model):
    """One entry of a many-reference field. ``field`` is ``entity.field``; ids are unique across entities.

    Ids are time-ordered, so reading by ``(to_id, field, from_id desc)`` is a timeline in order of creation.
    """

    id = models.BigAutoField(primary_key=True)
    field = models.CharField(max_length=80)
    from_id = models.BigIntegerField()
    to_id = models.BigIntegerField()
    position = models.SmallIntegerField(default=0)

    class Meta:
        db_table = "record_link"
        constraints = [models.UniqueConstraint(fields=["from_id", "field", "to_id"], name="record_link_once")]
        indexes = [models.Index(fields=["to_id", "field", "from_id"], name="record_link_back")]


class ExternalRef(models.Model):
    """The id a record has in another system, so that a second import finds it again."""

    id = models.BigAutoField(primary_key=True)
    system = models.CharField(max_length=60)
    entity = models.CharField(max_length=40)
    external_id = models.CharField(max_length=200)
    record_id = models.BigIntegerField()

    class Meta:
        db_table = "external_ref"
        constraints = [models.UniqueConstraint(fields=["system", "entity", "external_id"], name="external_ref_once")]
        indexes = [models.Index(fields=["record_id"], name="external_ref_record")]


class NumberSeries(models.Model):
    """The next number of a series (``opportunity.number:2026``). Read and raised under the write lock."""

    key = models.CharField(max_length=100, primary_key=True)
    next = models.BigIntegerField(default=1)

    class Meta:
        db_table = "number_series"


class SearchRow(models.Model):
    """Folded text of one record with what decides who may find it. The trigram index stands on ``txt``."""

    record_id = models.BigIntegerField(primary_key=True)
    entity = models.CharField(max_length=40)
    owner_id = models.BigIntegerField(null=True)
    team_id = models.BigIntegerField(null=True)
    title = models.CharField(max_length=200)
    subtitle = models.CharField(max_length=200, default="")
    name_key = SortKeyField(max_length=120, default="")
    txt = models.TextField()

    class Meta:
        db_table = "search_index"
        indexes = [models.Index(fields=["name_key"], name="search_name")]


class Outbox(models.Model):
    """An event for one consumer, written in the transaction of the change. Claimed by state, never by id order."""

    id = models.BigAutoField(primary_key=True)
    consumer = models.CharField(max_length=40)
    event = models.CharField(max_length=60)
    entity = models.CharField(max_length=40)
    set_id = models.BigIntegerField()
    ids = models.JSONField()
    at = models.DateTimeField()
    state = models.CharField(max_length=10, default="new")

    class Meta:
        db_table = "outbox"
        indexes = [
            models.Index(fields=["consumer", "id"], name="outbox_new", condition=models.Q(state="new")),
        ]


class FormDraft(models.Model):
    """What a person typed into a form and has not saved: theirs alone, no business fact, never in history.

    ``form`` names the form (``new-contact``, ``edit-<id>``), ``body`` is what it would send, urlencoded.
    """

    id = models.BigAutoField(primary_key=True)
    user_id = models.BigIntegerField()
    form = models.CharField(max_length=80)
    record_id = models.BigIntegerField(null=True)
    body = models.TextField()
    saved_at = models.DateTimeField()

    class Meta:
        db_table = "form_draft"
        constraints = [models.UniqueConstraint(fields=["user_id", "form"], name="form_draft_once")]
        indexes = [models.Index(fields=["record_id"], name="form_draft_record")]


class Watch(models.Model):
    """What a person has to do with a record as a reader: when they looked at it last, whether they follow it.

    Theirs alone, no business fact, never in history. ``seen_before`` is when they looked before the present visit: what
    is new is told from there until the visit is over.
    """

    id = models.BigAutoField(primary_key=True)
    user_id = models.BigIntegerField()
    entity = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    followed = models.BooleanField(default=False)
    seen_at = models.DateTimeField(null=True)
    seen_before = models.DateTimeField(null=True)

    class Meta:
        db_table = "watch"
        constraints = [models.UniqueConstraint(fields=["record_id", "user_id"], name="watch_once")]
        indexes = [
            models.Index(fields=["user_id", "record_id"], name="watch_followed", condition=models.Q(followed=True)),
            models.Index(fields=["seen_at"], name="watch_seen"),
        ]


class Idempotency(models.Model):
    """The answer to a request with an ``Idempotency-Key``, replayed for 48 hours."""

    id = models.BigAutoField(primary_key=True)
    actor_key = models.CharField(max_length=80)
    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)
    state = models.CharField(max_length=12, default="in_progress")
    status = models.IntegerField(null=True)
    body = models.TextField(default="")
    headers = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "idempotency"
        constraints = [models.UniqueConstraint(fields=["actor_key", "key"], name="idempotency_once")]


class MetaVersion(models.Model):
    """One row. Its number rises with every write to a directory entity, so no worker shows stale names or rights."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    version = models.BigIntegerField(default=1)

    class Meta:
        db_table = "meta_version"
